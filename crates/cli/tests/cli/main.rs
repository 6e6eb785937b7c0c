//! The commands from outside: a command line in, requests to a server, exit code and text out.

mod apply;
mod lines;
mod offline;
mod refusals;
mod server;
mod service;
