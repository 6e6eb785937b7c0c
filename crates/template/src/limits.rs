//! The bounds of one rendering.
//!
//! Invariant: nothing a template can write makes the interpreter work, allocate or recurse without passing through
//! [`Meter`], so every rendering ends within its [`Limits`] and says which of them it met.

use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

use crate::error::Fault;

/// How much one rendering may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Evaluated nodes, plus one for about every 32 bytes or 4 items that an operation goes over.
    pub steps: u64,
    /// Bytes of the rendered text, and of any one string made on the way.
    pub output_bytes: usize,
    /// Bytes of all strings, lists and maps made during the rendering, whether or not they are still in use.
    pub memory_bytes: usize,
    /// Nesting of expressions and blocks in the source, and of macro calls while rendering.
    pub depth: usize,
    /// Wall-clock time.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 10_000_000,
            output_bytes: 16 * 1024 * 1024,
            memory_bytes: 256 * 1024 * 1024,
            depth: 64,
            time: Duration::from_secs(10),
        }
    }
}

/// Which bound was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKind {
    /// [`Limits::steps`]
    Steps,
    /// [`Limits::output_bytes`]
    OutputBytes,
    /// [`Limits::memory_bytes`]
    MemoryBytes,
    /// [`Limits::depth`]
    Depth,
    /// [`Limits::time`]
    Time,
}

impl fmt::Display for LimitKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Steps => "steps",
            Self::OutputBytes => "output bytes",
            Self::MemoryBytes => "memory bytes",
            Self::Depth => "depth",
            Self::Time => "time",
        })
    }
}

/// Steps between two looks at the clock.
const CLOCK_INTERVAL: u64 = 4096;

/// Counts what a rendering has used. Shared by reference, hence the cells.
#[derive(Debug)]
pub(crate) struct Meter {
    limits: Limits,
    steps: Cell<u64>,
    next_clock: Cell<u64>,
    memory: Cell<usize>,
    depth: Cell<usize>,
    has_changed_a_list: Cell<bool>,
    deadline: Option<Instant>,
}

/// Evaluations on the native stack per level of [`Limits::depth`].
const EVALUATIONS_PER_LEVEL: usize = 6;

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            steps: Cell::new(0),
            next_clock: Cell::new(CLOCK_INTERVAL),
            memory: Cell::new(0),
            depth: Cell::new(0),
            has_changed_a_list: Cell::new(false),
            deadline: Instant::now().checked_add(limits.time),
        }
    }

    /// Counts `steps` units of work.
    pub(crate) fn charge(&self, steps: u64) -> Result<(), Fault> {
        let used = self.steps.get().saturating_add(steps);
        self.steps.set(used);
        if used > self.limits.steps {
            return Err(self.exceeded(LimitKind::Steps));
        }
        if used >= self.next_clock.get() {
            self.next_clock.set(used + CLOCK_INTERVAL);
            if self.deadline.is_some_and(|deadline| Instant::now() > deadline) {
                return Err(self.exceeded(LimitKind::Time));
            }
        }
        Ok(())
    }

    /// Counts a string of `bytes` that was, or is about to be, made or read through.
    pub(crate) fn charge_text(&self, bytes: usize) -> Result<(), Fault> {
        if bytes > self.limits.output_bytes {
            return Err(self.exceeded(LimitKind::OutputBytes));
        }
        self.charge_memory(bytes)?;
        self.charge(1 + bytes as u64 / 32)
    }

    /// Counts a list or map of `items` that was, or is about to be, made or gone through.
    pub(crate) fn charge_items(&self, items: usize) -> Result<(), Fault> {
        self.charge_memory(items.saturating_mul(32))?;
        self.charge(1 + items as u64 / 4)
    }

    fn charge_memory(&self, bytes: usize) -> Result<(), Fault> {
        let used = self.memory.get().saturating_add(bytes);
        self.memory.set(used);
        if used > self.limits.memory_bytes { Err(self.exceeded(LimitKind::MemoryBytes)) } else { Ok(()) }
    }

    /// Whether `bytes` of output still fit.
    pub(crate) fn check_output(&self, bytes: usize) -> Result<(), Fault> {
        if bytes > self.limits.output_bytes { Err(self.exceeded(LimitKind::OutputBytes)) } else { Ok(()) }
    }

    /// Notes that a list was changed, which may be one of the context.
    pub(crate) fn note_change(&self) {
        self.has_changed_a_list.set(true);
    }

    pub(crate) fn has_changed_a_list(&self) -> bool {
        self.has_changed_a_list.get()
    }

    /// Goes one evaluation deeper. Every successful call is paired with [`Meter::leave`].
    pub(crate) fn enter(&self) -> Result<(), Fault> {
        let depth = self.depth.get() + 1;
        if depth > self.limits.depth.saturating_mul(EVALUATIONS_PER_LEVEL) {
            return Err(self.exceeded(LimitKind::Depth));
        }
        self.depth.set(depth);
        Ok(())
    }

    pub(crate) fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// Refuses values nested deeper than a template may be.
    pub(crate) fn check_nesting(&self, depth: usize) -> Result<(), Fault> {
        if depth > self.limits.depth.saturating_mul(EVALUATIONS_PER_LEVEL) {
            Err(self.exceeded(LimitKind::Depth))
        } else {
            Ok(())
        }
    }

    fn exceeded(&self, kind: LimitKind) -> Fault {
        let bound = match kind {
            LimitKind::Steps => self.limits.steps.to_string(),
            LimitKind::OutputBytes => self.limits.output_bytes.to_string(),
            LimitKind::MemoryBytes => self.limits.memory_bytes.to_string(),
            LimitKind::Depth => self.limits.depth.to_string(),
            LimitKind::Time => format!("{:?}", self.limits.time),
        };
        Fault::limit(kind, format!("it reached the limit of {bound} for {kind}"))
            .hint("look for a loop, a recursive macro or a string that grows without end")
    }
}
