//! The pages through the real router, over a real store.

mod create;
mod live;
mod login;
mod pages;
mod permission;
mod plan;
mod security;
mod world;
