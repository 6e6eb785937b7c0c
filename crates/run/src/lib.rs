//! The durable step executor.
//!
//! A run's steps are recorded before and after they are worked on, in the run's own status. After a restart the executor goes
//! on at the first step that is not finished. What the steps are and do is a [`Program`]'s business: templates and pipelines
//! are the first two. Waiting (for a person, a time, an event) holds no thread: the step is recorded as waiting, and is
//! performed again when it is time.
#![warn(missing_docs)]

mod attempt;
mod conclude;
mod executor;
mod log;
mod program;

pub use executor::{Executor, Programs};
pub use log::{LogError, LogLimits, LogLine, LogWriter, RunLogs};
pub use program::{Advance, PrepareError, Program, StepContext, StepEnd, advance_in_order, advance_together};
