//! The routes that Backstage's clients know, through the real router over a real store.

mod answers;
mod host;
mod location;
mod permission;
mod scaffolder;
