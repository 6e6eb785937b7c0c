//! Local composite actions: `action.yml` with `runs.using: composite`.

use indexmap::IndexMap;

use super::convert::convert_steps;
use super::model::{Step, by_name};
use super::problem::{Position, Problem};
use super::schema::{ACTION, COMPOSITE_RUNS};
use super::token::Token;
use super::{reader, yaml};

/// An action that consists of steps.
#[derive(Debug, Clone)]
pub(crate) struct CompositeAction {
    /// Defaults of its inputs by name; `None` where there is none.
    pub(crate) inputs: IndexMap<String, Option<Token>>,
    /// Its outputs, over the context `steps`.
    pub(crate) outputs: IndexMap<String, Token>,
    /// Its steps.
    pub(crate) steps: Vec<Step>,
}

/// What an action file is.
#[derive(Debug, Clone)]
pub(crate) enum ActionFile {
    /// Steps that can run here.
    Composite(CompositeAction),
    /// Something else: the value of `runs.using`.
    Other(String),
}

/// Reads the text of an `action.yml`.
pub(crate) fn read(text: &str) -> Result<ActionFile, Vec<Problem>> {
    let mut problems = Vec::new();
    let node = yaml::read(text).map_err(|problem| vec![problem])?;
    let root = reader::read(&node, ACTION, &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let using = root
        .token
        .get("runs")
        .and_then(|runs| runs.token.get("using"))
        .and_then(|using| using.token.plain_text())
        .unwrap_or_default();
    if using != "composite" {
        return Ok(ActionFile::Other(using));
    }
    let runs =
        find_runs(&node).ok_or_else(|| vec![Problem::new(Position::START, "Required property is missing: runs")])?;
    let runs = reader::read(runs, COMPOSITE_RUNS, &mut problems);
    let steps = runs.token.get("steps").map(|steps| convert_steps(steps, &mut problems)).unwrap_or_default();
    if !problems.is_empty() {
        return Err(problems);
    }
    let entries =
        |name: &str| root.token.get(name).into_iter().flat_map(|value| by_name(&value.token)).collect::<Vec<_>>();
    Ok(ActionFile::Composite(CompositeAction {
        inputs: entries("inputs")
            .into_iter()
            .map(|(name, input)| (name.to_owned(), input.token.get("default").map(|value| value.token.clone())))
            .collect(),
        outputs: entries("outputs")
            .into_iter()
            .filter_map(|(name, output)| Some((name.to_owned(), output.token.get("value")?.token.clone())))
            .collect(),
        steps,
    }))
}

fn find_runs(root: &yaml::Node) -> Option<&yaml::Node> {
    let yaml::Content::Mapping(entries) = &root.content else {
        return None;
    };
    entries.iter().find_map(|(key, value)| {
        matches!(&key.content, yaml::Content::Scalar(yaml::Scalar::Text(name)) if name == "runs").then_some(value)
    })
}
