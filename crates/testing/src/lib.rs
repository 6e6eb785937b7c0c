//! Test harness: the real binary in a folder of its own, on free ports, with the real clients.
//!
//! Everything here panics rather than returning errors: it is used by tests alone, and a panic there is a failure with a place.

mod client;
mod need;
mod server;

pub use client::{Said, curl, run};
pub use need::{Need, need};
pub use server::Server;
