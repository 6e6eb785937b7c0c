//! Claims: one live resource of a type in an environment.
//!
//! Names are derived and recorded with the intent before a driver is called, and the result after it, so that a crash in between
//! is made good by doing the same again. The newest generation waits while an older one is being applied.

mod controller;
mod operation;

pub(crate) use controller::ClaimController;
