//! Limits of the ingress. The invariant: whatever a client or a workload does, it holds no more
//! than is allowed here, and not for longer.

use std::time::Duration;

/// Limits; every field has a default that suits one machine.
#[derive(Debug, Clone)]
pub struct IngressConfig {
    /// Threads that serve connections. One for each core, up to four, if none is given.
    pub workers: Option<usize>,
    /// Open connections from clients; more wait to be accepted.
    pub max_connections: usize,
    /// Longest time for the head of a request to arrive; also how long a connection may idle.
    pub header_time: Duration,
    /// Largest head of a request in bytes. It may have 100 fields.
    pub max_header_bytes: usize,
    /// Longest time in which a client may send nothing of a body, or take nothing of an answer.
    pub stall_time: Duration,
    /// Longest time to connect to a backend.
    pub connect_time: Duration,
    /// Longest time for a backend to begin its answer.
    pub response_time: Duration,
    /// How long a request waits for a backend while its service has none.
    pub hold_time: Duration,
    /// How many requests may wait so at once; more are answered immediately.
    pub max_held: usize,
    /// Largest body in bytes that is kept so that its request can be repeated.
    pub max_replay_bytes: u64,
    /// How often a request is tried altogether.
    pub max_attempts: usize,
    /// How long a connection to a backend is kept without use. Shorter than what common servers
    /// allow (the shortest default in use is two seconds), so that it is not closed under a request.
    pub idle_time: Duration,
    /// Idle connections kept for each backend and worker.
    pub max_idle: usize,
    /// How long a backend that refused a connection is avoided while there are others.
    pub avoid_time: Duration,
    /// How long open requests may take to end after the ingress was told to stop.
    pub grace_time: Duration,
}

impl Default for IngressConfig {
    fn default() -> Self {
        Self {
            workers: None,
            max_connections: 8192,
            header_time: Duration::from_secs(30),
            max_header_bytes: 64 << 10,
            stall_time: Duration::from_secs(60),
            connect_time: Duration::from_secs(2),
            response_time: Duration::from_secs(60),
            hold_time: Duration::from_secs(5),
            max_held: 1024,
            max_replay_bytes: 64 << 10,
            max_attempts: 4,
            idle_time: Duration::from_millis(1500),
            max_idle: 128,
            avoid_time: Duration::from_secs(1),
            grace_time: Duration::from_secs(5),
        }
    }
}

impl IngressConfig {
    pub(crate) fn worker_count(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4));
        self.workers.unwrap_or_else(cores).max(1)
    }
}
