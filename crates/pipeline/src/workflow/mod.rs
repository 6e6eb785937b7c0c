//! Workflow files: read, checked, and made into a model.
//!
//! [`read`] either gives a workflow that can run, or all the reasons why it cannot, each with its line and column. What GitHub's own
//! parser accepts is accepted, what it refuses is refused.

pub(crate) mod composite;
mod condition;
mod convert;
mod cron;
mod identifier;
mod model;
mod problem;
mod reader;
mod schema;
mod template;
mod token;
mod yaml;

pub use condition::Condition;
pub use model::{
    Action, CallSecrets, CallWork, Input, InputKind, Interface, Job, RunDefaults, Step, StepsWork, Trigger, Work,
    Workflow,
};
pub use problem::{InvalidWorkflow, Position, Problem};
pub use token::{Located, Template, Token};

/// Reads the text of a workflow file.
///
/// # Errors
/// Everything that is wrong with it, in the order in which it was found.
pub fn read(text: &str) -> Result<Workflow, Vec<Problem>> {
    let mut problems = Vec::new();
    let node = yaml::read(text).map_err(|problem| vec![problem])?;
    let root = reader::read(&node, schema::WORKFLOW, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let workflow = convert::convert(&root, &mut problems);
    if problems.is_empty() { Ok(workflow) } else { Err(problems) }
}
