//! Drivers against the real thing: processes under the real `hold` behind the real ingress, a real PostgreSQL, real files.
//! Most of it needs root, because only root can make a process another user.

#![expect(clippy::unwrap_used, reason = "a test may end this way")]
#![expect(clippy::print_stderr, reason = "what is skipped must be seen")]

mod bench;
mod client;

mod crashes;
mod destroying;
mod outliving;
mod postgres;
mod rollouts;
mod sqlite;
mod surroundings;
