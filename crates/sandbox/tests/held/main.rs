//! Real processes under the real `hold`, through the crate's public door. Most of it needs root,
//! because only root can make a process another user; what an ordinary user gets is tried too,
//! by becoming one.

#![expect(clippy::unwrap_used, reason = "a test may end this way")]
#![expect(clippy::print_stderr, reason = "what is skipped must be seen")]

mod bench;

mod environment;
mod filesystem;
mod life;
mod limits;
mod log;
mod network;
mod ordinary_user;
mod tool;
