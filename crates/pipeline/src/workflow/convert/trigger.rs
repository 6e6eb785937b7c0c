//! `on:`.

use indexmap::IndexMap;

use super::{texts, tokens};
use crate::workflow::cron;
use crate::workflow::model::{Input, InputKind, Interface, Trigger, by_name};
use crate::workflow::problem::Problem;
use crate::workflow::token::{Located, Token};

/// The events and their filters.
pub(super) fn convert_triggers(on: &Located, problems: &mut Vec<Problem>) -> IndexMap<String, Trigger> {
    match &on.token {
        Token::Mapping(_) => by_name(&on.token)
            .map(|(event, filter)| (event.to_owned(), convert_trigger(event, filter, problems)))
            .collect(),
        _ => texts(on).into_iter().map(|event| (event, Trigger::default())).collect(),
    }
}

fn convert_trigger(event: &str, filter: &Located, problems: &mut Vec<Problem>) -> Trigger {
    let patterns = |name: &str| filter.token.get(name).map(texts);
    Trigger {
        types: patterns("types").unwrap_or_default(),
        branches: patterns("branches"),
        branches_ignore: patterns("branches-ignore"),
        tags: patterns("tags"),
        tags_ignore: patterns("tags-ignore"),
        paths: patterns("paths"),
        paths_ignore: patterns("paths-ignore"),
        schedules: if event == "schedule" { convert_schedules(filter, problems) } else { Vec::new() },
    }
}

fn convert_schedules(schedules: &Located, problems: &mut Vec<Problem>) -> Vec<String> {
    let Token::Sequence(items) = &schedules.token else {
        return Vec::new();
    };
    let mut expressions = Vec::new();
    for cron in items.iter().filter_map(|item| item.token.get("cron")) {
        let text = cron.token.plain_text().unwrap_or_default();
        if cron::is_valid(&text) {
            expressions.push(text);
        } else {
            problems.push(Problem::new(
                cron.position,
                "Invalid cron expression. Expected format: '* * * * *' (minute hour day month weekday)",
            ));
        }
    }
    expressions
}

/// What the workflow takes and gives when it is called; `None` if it cannot be.
pub(super) fn convert_interface(on: &Located, problems: &mut Vec<Problem>) -> Option<Interface> {
    if !matches!(on.token, Token::Mapping(_)) {
        return texts(on).iter().any(|event| event == "workflow_call").then(Interface::default);
    }
    let call = on.token.get("workflow_call")?;
    let secrets = call.token.get("secrets").into_iter().flat_map(|secrets| by_name(&secrets.token));
    Some(Interface {
        inputs: convert_inputs(call.token.get("inputs"), problems),
        secrets: secrets.map(|(name, secret)| (name.to_owned(), is_true(secret.token.get("required")))).collect(),
        outputs: tokens(call.token.get("outputs"))
            .into_iter()
            .filter_map(|(name, output)| Some((name, output.get("value")?.token.clone())))
            .collect(),
    })
}

/// The inputs of `workflow_dispatch`.
pub(super) fn convert_dispatch_inputs(on: &Located, problems: &mut Vec<Problem>) -> IndexMap<String, Input> {
    convert_inputs(on.token.get("workflow_dispatch").and_then(|dispatch| dispatch.token.get("inputs")), problems)
}

fn is_true(value: Option<&Located>) -> bool {
    value.is_some_and(|value| matches!(value.token, Token::Boolean(true)))
}

fn convert_inputs(inputs: Option<&Located>, problems: &mut Vec<Problem>) -> IndexMap<String, Input> {
    let entries = inputs.into_iter().flat_map(|inputs| by_name(&inputs.token));
    entries.map(|(name, input)| (name.to_owned(), convert_input(input, problems))).collect()
}

fn convert_input(input: &Located, problems: &mut Vec<Problem>) -> Input {
    let kind = match input.token.get("type").and_then(|kind| kind.token.plain_text()).as_deref() {
        Some("boolean") => InputKind::Boolean,
        Some("number") => InputKind::Number,
        Some("environment") => InputKind::Environment,
        Some("choice") => InputKind::Choice,
        _ => InputKind::String,
    };
    let default = input.token.get("default");
    if let Some(default) = default
        && !fits(kind, &default.token)
    {
        problems.push(Problem::new(
            default.position,
            format!("Unexpected type encountered while reading 'input default'. The type '{kind:?}' was expected."),
        ));
    }
    let options = input.token.get("options").map(texts);
    match (kind, &options) {
        (InputKind::Choice, options) if options.as_ref().is_none_or(Vec::is_empty) => {
            problems.push(Problem::new(input.position, "Missing 'options' for choice input"));
        }
        (InputKind::Choice, _) | (_, None) => {}
        (_, Some(_)) => {
            problems.push(Problem::new(input.position, "Input type is not 'choice', but 'options' is defined"))
        }
    }
    Input {
        kind,
        is_required: is_true(input.token.get("required")),
        default: default.map(|default| default.token.clone()),
        options: options.unwrap_or_default(),
    }
}

fn fits(kind: InputKind, default: &Token) -> bool {
    match kind {
        _ if default.has_expressions() => true,
        InputKind::Boolean => matches!(default, Token::Boolean(_)),
        InputKind::String | InputKind::Choice | InputKind::Environment => matches!(default, Token::Text(_)),
        InputKind::Number => true,
    }
}
