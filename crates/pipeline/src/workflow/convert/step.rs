//! Steps.

use crate::workflow::condition::Condition;
use crate::workflow::identifier::Identifiers;
use crate::workflow::model::{Action, Step};
use crate::workflow::problem::Problem;
use crate::workflow::schema::STEP_IF;
use crate::workflow::token::{Located, Token};

/// The steps of a job or of a composite action. Those without an id get one that begins with `__`.
pub(crate) fn convert_steps(steps: &Located, problems: &mut Vec<Problem>) -> Vec<Step> {
    let Token::Sequence(items) = &steps.token else {
        problems.push(Problem::new(steps.position, "Invalid format for steps"));
        return Vec::new();
    };
    let mut identifiers = Identifiers::default();
    let mut converted: Vec<Step> = items.iter().map(|item| convert_step(item, &mut identifiers, problems)).collect();
    for step in converted.iter_mut().filter(|step| step.id.is_empty()) {
        step.id = identifiers.make(&describe(&step.action));
    }
    converted
}

fn convert_step(step: &Located, identifiers: &mut Identifiers, problems: &mut Vec<Problem>) -> Step {
    let token = |name: &str| step.token.get(name).map(|value| value.token.clone());
    let id = step.token.get("id");
    if let Some(id) = id
        && let Err(message) = identifiers.take(&id.token.plain_text().unwrap_or_default())
    {
        problems.push(Problem::new(id.position, message));
    }
    check_mapping(step.token.get("env"), "step env", problems);
    let action = match token("uses") {
        Some(uses) => Action::Uses { action: uses.plain_text().unwrap_or_default(), with: token("with") },
        None => Action::Run {
            script: token("run").unwrap_or(Token::Null),
            shell: token("shell"),
            working_directory: token("working-directory"),
        },
    };
    Step {
        id: id.and_then(|id| id.token.plain_text()).unwrap_or_default(),
        position: step.position,
        name: token("name"),
        condition: step.token.get("if").map(|value| Condition::read(value, &STEP_IF, problems)).unwrap_or_default(),
        continue_on_error: token("continue-on-error"),
        timeout_minutes: token("timeout-minutes"),
        env: token("env"),
        action,
    }
}

/// An environment is written out: it is not an expression as a whole.
pub(super) fn check_mapping(value: Option<&Located>, what: &str, problems: &mut Vec<Problem>) {
    if let Some(value) = value
        && !matches!(value.token, Token::Mapping(_))
    {
        problems.push(Problem::new(
            value.position,
            format!("Unexpected type encountered while reading '{what}'. A mapping was expected."),
        ));
    }
}

/// What a made-up id is made of: `run`, `self` for a local action, `owner_name` for another.
fn describe(action: &Action) -> String {
    match action {
        Action::Run { .. } => "run".to_owned(),
        Action::Uses { action, .. } if action.starts_with("./") => "self".to_owned(),
        Action::Uses { action, .. } => {
            let name = action.strip_prefix("docker://").unwrap_or(action);
            let path = name.split('@').next().unwrap_or(name);
            path.split('/').take(2).collect::<Vec<_>>().join("/")
        }
    }
}
