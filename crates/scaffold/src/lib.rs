//! Templates run step by step.
//!
//! A run of a template is a list of actions; each gets its input rendered from the parameters and from what earlier steps left,
//! and works in a folder of the run. Nothing from a template or a repository is ever executed.

mod action;
mod condition;
mod program;
mod workspace;

pub use action::{Action, ActionContext, ActionError, Actions};
pub use program::TemplateProgram;
