//! Loopback ports for processes that share the host's network.
//!
//! A port is free when nobody listens on it and nobody was promised it. They are taken from
//! below the range from which the kernel picks the local ends of connections, so that none is
//! lost between the promise and the moment when the process listens.

use std::collections::BTreeSet;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;

use parking_lot::Mutex;

/// The promises of one server.
#[derive(Debug)]
pub struct Ports {
    range: Range<u16>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    promised: BTreeSet<u16>,
    /// Where the search goes on: a port that was just given back rests for a while.
    next: u16,
}

/// Every port of the range is in use.
#[derive(Debug, thiserror::Error)]
#[error("no port from {} to {} is free", range.start, range.end - 1)]
pub struct NoFreePort {
    range: Range<u16>,
}

impl Default for Ports {
    fn default() -> Self {
        Self::new(20_000..30_000)
    }
}

impl Ports {
    pub fn new(range: Range<u16>) -> Self {
        // servers of one machine do not know each other's promises: each begins elsewhere
        let offset = std::process::id().wrapping_mul(7919) % u32::try_from(range.len()).unwrap_or(0).max(1);
        let next = range.start + u16::try_from(offset).unwrap_or(0);
        let state = State { promised: BTreeSet::new(), next };
        Self { range, state: Mutex::new(state) }
    }

    /// Promises a free port until it is given back.
    pub fn reserve(&self) -> Result<u16, NoFreePort> {
        let mut state = self.state.lock();
        let from_next = (state.next..self.range.end).chain(self.range.start..state.next);
        let free = from_next
            .into_iter()
            .find(|port| !state.promised.contains(port) && is_free(*port))
            .ok_or_else(|| NoFreePort { range: self.range.clone() })?;
        state.promised.insert(free);
        state.next = if free + 1 < self.range.end { free + 1 } else { self.range.start };
        Ok(free)
    }

    /// Takes note of a port that an adopted process has; false if it was promised already.
    pub fn keep(&self, port: u16) -> bool {
        self.state.lock().promised.insert(port)
    }

    /// Promises another port for one on which a stranger listens meanwhile; otherwise the same.
    pub fn renew(&self, port: u16) -> Result<u16, NoFreePort> {
        if is_free(port) {
            return Ok(port);
        }
        let other = self.reserve()?;
        self.give_back(port);
        Ok(other)
    }

    pub fn give_back(&self, port: u16) {
        self.state.lock().promised.remove(&port);
    }
}

/// Nobody listens on it in this moment: on all addresses, which also finds a listener on loopback alone.
fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok()
}

/// A port that nobody listens on in this moment, of the kernel's choice. Nothing keeps it free:
/// good enough for a single helper, see [`Ports`] for more.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_each_port_once_and_skips_those_in_use() {
        let ports = Ports::new(29_900..29_950);
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 29_901)).unwrap();
        let mut seen = BTreeSet::new();
        while let Ok(port) = ports.reserve() {
            assert!(seen.insert(port), "{port} twice");
        }
        assert!(!seen.contains(&29_901));
        assert!(seen.len() > 40, "{}", seen.len());
        ports.give_back(29_905);
        assert_eq!(ports.reserve().unwrap(), 29_905);
        assert!(!ports.keep(29_905));
        assert_eq!(ports.renew(29_905).unwrap(), 29_905);
        ports.give_back(29_906);
        let stranger = TcpListener::bind((Ipv4Addr::LOCALHOST, 29_905)).unwrap();
        assert_eq!(ports.renew(29_905).unwrap(), 29_906);
        drop(stranger);
        drop(taken);
    }
}
