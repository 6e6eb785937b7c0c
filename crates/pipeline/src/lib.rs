//! Workflow files as runs.
//!
//! GitHub Actions workflow files are read ([`workflow`]), their expressions evaluated ([`expression`]).

pub mod commands;
pub mod expression;
pub mod workflow;
