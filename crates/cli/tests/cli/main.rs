//! The commands from outside: a command line in, requests to a server, exit code and text out.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod apply;
mod lines;
mod offline;
mod refusals;
mod server;
mod service;
