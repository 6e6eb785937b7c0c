//! Limits of the Git host. The invariant: nothing that a client does is unbounded in time, memory,
//! processes or disk; each bound is here.

use std::path::PathBuf;
use std::time::Duration;

/// Limits and paths; every field has a default that suits one machine.
#[derive(Debug, Clone)]
pub struct ForgeConfig {
    /// The `git` executable.
    pub git: PathBuf,
    /// Largest push in bytes, after decompression of the HTTP body. Larger ones are refused with a
    /// message that `git push` shows.
    pub max_push: u64,
    /// Largest body of a fetch request in bytes (the list of what the client wants and has).
    pub max_fetch_request: u64,
    /// Most refs that one push may change.
    pub max_updates: usize,
    /// Longest time for one clone, fetch or push.
    pub transfer_time: Duration,
    /// Longest time in which a client may send or take nothing.
    pub idle_time: Duration,
    /// Longest time for one command that the server runs for itself.
    pub command_time: Duration,
    /// Clones, fetches and pushes at the same time; more wait.
    pub transfers: usize,
    /// How long one more waits for its turn before it is answered with 503.
    pub queue_time: Duration,
    /// Commands at the same time that the server runs for itself.
    pub commands: usize,
    /// Private memory of one `git` process in bytes.
    pub process_memory: u64,
    /// Largest sum of file sizes of one checkout in bytes.
    pub max_checkout: u64,
}

impl Default for ForgeConfig {
    fn default() -> Self {
        Self {
            git: PathBuf::from("git"),
            max_push: 2 << 30,
            max_fetch_request: 64 << 20,
            max_updates: 5_000,
            transfer_time: Duration::from_secs(3600),
            idle_time: Duration::from_secs(60),
            command_time: Duration::from_secs(120),
            transfers: 16,
            queue_time: Duration::from_secs(30),
            commands: 16,
            process_memory: 2 << 30,
            max_checkout: 4 << 30,
        }
    }
}
