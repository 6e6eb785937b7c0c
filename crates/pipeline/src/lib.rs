//! Workflow files as runs.
//!
//! GitHub Actions workflow files are read ([`workflow`]), their expressions evaluated ([`expression`]), events matched with them
//! ([`event`]), their jobs brought into an order ([`plan`]) and executed ([`runner`]). What the commands of the platform make of that
//! is in [`commands`].

pub mod answer;
pub mod commands;
pub mod event;
pub mod expression;
pub mod facts;
mod glob;
pub mod matrix;
pub mod plan;
pub mod runner;
pub mod workflow;
