//! The ingress through its front door: real sockets on both sides.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod hygiene;
mod limits;
mod replicas;
mod routing;
mod streaming;
mod tunnels;
mod world;
