//! Tokens to the model, with the rules that the schema alone cannot say.

mod job;
mod needs;
mod step;
mod trigger;

use indexmap::IndexMap;

use super::model::{RunDefaults, Workflow, by_name};
use super::problem::Problem;
use super::token::{Located, Token};

pub(super) use step::convert_steps;

/// Makes the model of a file that the schema accepts.
pub(super) fn convert(root: &Located, problems: &mut Vec<Problem>) -> Workflow {
    let token = |name: &str| root.token.get(name).map(|value| value.token.clone());
    let on = root.token.get("on");
    let jobs = root.token.get("jobs").map(|jobs| job::convert_jobs(jobs, problems)).unwrap_or_default();
    if let Some(jobs) = root.token.get("jobs") {
        needs::check(jobs, problems);
    }
    Workflow {
        name: token("name").and_then(|name| name.plain_text()).filter(|name| !name.is_empty()),
        run_name: token("run-name"),
        triggers: on.map(|on| trigger::convert_triggers(on, problems)).unwrap_or_default(),
        interface: on.and_then(|on| trigger::convert_interface(on, problems)),
        dispatch_inputs: on.map(|on| trigger::convert_dispatch_inputs(on, problems)).unwrap_or_default(),
        env: token("env"),
        defaults: convert_defaults(&root.token),
        concurrency: token("concurrency"),
        jobs,
    }
}

fn convert_defaults(owner: &Token) -> RunDefaults {
    let run = owner.get("defaults").and_then(|defaults| defaults.token.get("run"));
    let get = |name: &str| run.and_then(|run| run.token.get(name)).map(|value| value.token.clone());
    RunDefaults { shell: get("shell"), working_directory: get("working-directory") }
}

/// A text, or the texts of a list.
fn texts(value: &Located) -> Vec<String> {
    match &value.token {
        Token::Sequence(items) => items.iter().filter_map(|item| item.token.plain_text()).collect(),
        other => other.plain_text().into_iter().collect(),
    }
}

/// The entries of a mapping by name.
fn tokens(value: Option<&Located>) -> IndexMap<String, Token> {
    value
        .into_iter()
        .flat_map(|value| by_name(&value.token))
        .map(|(name, value)| (name.to_owned(), value.token.clone()))
        .collect()
}
