//! The Git host through its front door: the real `git` against a listening server.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod clone;
mod host;
mod limits;
mod push;
mod safety;
mod server_side;
