//! `platform describe`: one resource for people, with its conditions and what happened to it.

use std::fmt::Write as _;

use causeway_core::yaml::to_yaml;
use causeway_core::{Object, Timestamp};
use clap::Args;
use serde_json::{Map, Value};

use super::targets;
use crate::client::Call;
use crate::discovery::Kinds;
use crate::failure::Outcome;
use crate::output::{columns, elapsed};
use crate::{Exit, Session};

use super::events;

#[derive(Args, Debug)]
pub(crate) struct Describe {
    /// Kind and names; or kind/name
    #[arg(required = true, value_name = "KIND NAME")]
    what: Vec<String>,
}

pub(crate) async fn run(args: Describe, session: &Session) -> Outcome {
    let client = session.client()?;
    let kinds = Kinds::discover(&client).await?;
    for (index, (kind, name)) in targets(&kinds, &args.what)?.into_iter().enumerate() {
        let value = client.value(Call::get(kind.address(&session.namespace, &name))).await?;
        let object = Object::from_value(value).unwrap_or_default();
        let events = events::about(&client, &object).await?;
        let text = describe(&object, &events, Timestamp::now());
        session.printer.data(if index > 0 { format!("\n\n{text}") } else { text });
    }
    Ok(Exit::Done)
}

/// Metadata in aligned lines, the other parts as they are written, conditions and events in tables.
fn describe(object: &Object, events: &[events::Event], now: Timestamp) -> String {
    let mut rows = vec![row("Name:", object.name())];
    if !object.namespace().is_empty() {
        rows.push(row("Namespace:", object.namespace()));
    }
    rows.push(row("API version:", object.api_version()));
    rows.push(row("Kind:", object.kind()));
    pairs(&mut rows, "Labels:", object.at(&["metadata", "labels"]));
    pairs(&mut rows, "Annotations:", object.at(&["metadata", "annotations"]));
    if let Some(created) = object.created() {
        rows.push(row("Age:", &elapsed(now.since(created))));
    }
    if let Some(deleted) = object.deleted() {
        rows.push(row(
            "Deleting:",
            &format!("since {}, waiting for {}", elapsed(now.since(deleted)), object.finalizers().join(", ")),
        ));
    }
    let mut text = columns(&rows);
    for (part, value) in &object.0 {
        if !matches!(part.as_str(), "apiVersion" | "kind" | "metadata") {
            section(&mut text, part, value);
        }
    }
    conditions(&mut text, object);
    let _ = write!(text, "\n{}", happened(events, now));
    text
}

fn row(label: &str, value: &str) -> Vec<String> {
    vec![label.to_owned(), value.to_owned()]
}

fn pairs(rows: &mut Vec<Vec<String>>, label: &str, map: Option<&Value>) {
    let map = map.and_then(Value::as_object).filter(|map| !map.is_empty());
    let Some(map) = map else { return rows.push(row(label, "<none>")) };
    for (index, (key, value)) in map.iter().filter(|(key, _)| *key != super::merge::LAST_APPLIED).enumerate() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        rows.push(row(if index == 0 { label } else { "" }, &format!("{key}: {text}")));
    }
}

fn section(text: &mut String, part: &str, value: &Value) {
    let shown = match value {
        // conditions have a table of their own
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(key, _)| *key != "conditions")
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect::<Map<_, _>>(),
        ),
        other => other.clone(),
    };
    if shown.as_object().is_some_and(Map::is_empty) || shown.is_null() {
        return;
    }
    let title = part[..1].to_uppercase() + &part[1..];
    let body = to_yaml(&shown);
    let indented: Vec<String> = body.lines().map(|line| format!("  {line}")).collect();
    let _ = write!(text, "\n{title}:\n{}", indented.join("\n"));
}

fn conditions(text: &mut String, object: &Object) {
    let conditions = object.conditions();
    if conditions.is_empty() {
        return;
    }
    let heading = ["  TYPE", "STATUS", "REASON", "MESSAGE"].map(str::to_owned).to_vec();
    let lines = conditions
        .iter()
        .map(|c| vec![format!("  {}", c.kind), format!("{:?}", c.status), c.reason.clone(), c.message.clone()]);
    let _ = write!(text, "\nConditions:\n{}", columns(&std::iter::once(heading).chain(lines).collect::<Vec<_>>()));
}

fn happened(events: &[events::Event], now: Timestamp) -> String {
    if events.is_empty() {
        return "Events: <none>".to_owned();
    }
    let heading = ["  AGE", "TYPE", "REASON", "MESSAGE"].map(str::to_owned).to_vec();
    let lines =
        events.iter().map(|e| vec![format!("  {}", e.age(now)), e.r#type.clone(), e.reason.clone(), e.message.clone()]);
    format!("Events:\n{}", columns(&std::iter::once(heading).chain(lines).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use causeway_core::{Object, Timestamp};
    use serde_json::json;

    use super::describe;

    #[test]
    fn shows_conditions_apart_from_the_rest_of_the_status() {
        let object = Object::from_value(json!({
            "apiVersion": "platform.causeway.dev/v1", "kind": "Claim",
            "metadata": {"name": "db-web.dev", "namespace": "default", "labels": {"a": "b"}, "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"type": "postgres"},
            "status": {"secretName": "db/web", "conditions": [{"type": "Ready", "status": "True", "reason": "Ready", "message": "It can be used."}]},
        })).unwrap();
        let now = Timestamp::parse("2026-01-01T00:02:05Z").unwrap();
        insta::assert_snapshot!(describe(&object, &[], now), @r"
        Name:          db-web.dev
        Namespace:     default
        API version:   platform.causeway.dev/v1
        Kind:          Claim
        Labels:        a: b
        Annotations:   <none>
        Age:           2m05s
        Spec:
          type: postgres
        Status:
          secretName: db/web
        Conditions:
          TYPE    STATUS   REASON   MESSAGE
          Ready   True     Ready    It can be used.
        Events: <none>
        ");
    }
}
