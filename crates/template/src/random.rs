//! The choices of the filter `random`.
//!
//! Invariant: the source of a template determines them, so that the same template and values always give the same text.

use std::cell::Cell;

/// A sequence of pseudo-random numbers (xorshift), seeded when it is first used.
#[derive(Debug)]
pub(crate) struct Random<'t> {
    source: &'t str,
    state: Cell<Option<u64>>,
}

impl<'t> Random<'t> {
    pub(crate) fn new(source: &'t str) -> Self {
        Self { source, state: Cell::new(None) }
    }

    /// An index below `length`; none of nothing.
    pub(crate) fn index(&self, length: usize) -> Option<usize> {
        let mut state = self.state.get().unwrap_or_else(|| self.seed());
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        self.state.set(Some(state));
        (state >> 16).checked_rem(length as u64).map(|index| index as usize)
    }

    /// FNV-1a of the source; never 0, from which the sequence could not leave.
    fn seed(&self) -> u64 {
        let hash = self
            .source
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        hash | 1
    }
}
