//! The main job, through the front door: the real binary, `git`, `kubectl`, `psql` and `curl`.

mod refusals;
mod service;

use causeway_testing::Server;

/// A server of the binary under test.
fn server() -> Server {
    Server::start(env!("CARGO_BIN_EXE_platform"), &[])
}
