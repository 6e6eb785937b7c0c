//! The actions of a plan as stops on the line, each with the fields that it changes.

use causeway_kinds::plan::{Action, ActionOperation, FieldChange, PlanStatus};
use maud::{Markup, html};
use serde_json::Value;

use crate::part::{State, count, icon, kind_icon};
use crate::service::mask;

/// Word and colour of an operation.
fn operation(operation: ActionOperation) -> (&'static str, State) {
    match operation {
        ActionOperation::Create => ("Create", State::Ok),
        ActionOperation::Change => ("Change", State::Warn),
        ActionOperation::Run => ("Run", State::Run),
        ActionOperation::Delete => ("Delete", State::Bad),
    }
}

/// The key numbers of a plan.
pub(crate) fn summary(status: &PlanStatus) -> Markup {
    let counted = |wanted| status.actions.iter().filter(|a| a.operation == wanted).count();
    let kinds = [
        (ActionOperation::Create, "create"),
        (ActionOperation::Change, "change"),
        (ActionOperation::Run, "run"),
        (ActionOperation::Delete, "delete"),
    ];
    let said: Vec<String> =
        kinds.iter().map(|(k, w)| (counted(*k), w)).filter(|(n, _)| *n > 0).map(|(n, w)| format!("{n} {w}")).collect();
    let destructive = status.actions.iter().filter(|a| a.destructive).count();
    html! {
        dl.sum {
            div { dt { "Actions" } dd { (status.actions.len()) small { (said.join(", ")) } } }
            div { dt { "Data" } dd { @if destructive == 0 { "kept" small { "no action destroys data" } } @else { "lost" small { (count(destructive, "action")) " cannot be undone" } } } }
            div { dt { "Approvals" } dd {
                @if status.needs.is_empty() { "none needed" }
                @else { (status.approvals.iter().filter(|a| a.fingerprint == status.fingerprint).count().min(status.needs.len())) " of " (status.needs.len()) }
            } }
            @if let Some(cost) = &status.cost_delta { div { dt { "Cost" } dd { (format!("{:+.2}", cost.monthly)) " " (cost.currency) " a month" } } }
        }
    }
}

/// All actions, in order.
pub(crate) fn actions(status: &PlanStatus) -> Markup {
    html! {
        @if status.actions.is_empty() { div.empty { p { "There is nothing to do." } } }
        @else { ol.line { @for (index, action) in status.actions.iter().enumerate() { (stop(index + 1, action)) } } }
    }
}

fn stop(number: usize, action: &Action) -> Markup {
    let (word, state) = operation(action.operation);
    let target = &action.target;
    let open = action.destructive || action.operation == ActionOperation::Change;
    html! {
        li {
            span.dot.mute { (icon(kind_icon(&target.kind))) }
            h3.row.mb {
                span { (number) ". " (target.name) } " "
                span.mute { (crate::viewer::words(&target.kind)) @if !target.environment.is_empty() { " in " (target.environment) } }
            }
            details.act id={ "action-" (action.id) } open[open] {
                summary {
                    span class={ "op " (state.class()) } { (word) }
                    b.grow { (said(action)) }
                    @if !action.diff.is_empty() { span.s.mute { (count(action.diff.len(), "field")) } }
                }
                @if !action.diff.is_empty() { (diff(action)) }
                @if action.destructive { p.body.s { b.st.bad { "Cannot be undone." } " What it holds is lost." } }
                @if action.diff.is_empty() && !action.destructive { p.body.s.dim { "No field of it is known before it is done." } }
            }
        }
    }
}

fn said(action: &Action) -> String {
    if action.summary.is_empty() { action.target.name.clone() } else { action.summary.clone() }
}

fn diff(action: &Action) -> Markup {
    html! {
        table.diff {
            caption.vh { "Changes to " (action.target.name) }
            thead { tr { th scope="col" { span.vh { "Change" } } th scope="col" { "Field" } th scope="col" { "Now" } th scope="col" { "After" } } }
            tbody { @for change in &action.diff { (field(change)) } }
        }
    }
}

fn field(change: &FieldChange) -> Markup {
    let (class, sign, word) = match (&change.before, &change.after) {
        (None, _) => ("ok", "+", "added"),
        (Some(_), None) => ("bad", "−", "removed"),
        (Some(_), Some(_)) => ("warn", "~", "changed"),
    };
    html! {
        tr class=(class) {
            td { span aria-hidden="true" { (sign) } span.vh { (word) } }
            th scope="row" { (change.field) }
            td.old { @if let Some(before) = &change.before { del { (value(before, change.sensitive)) } } }
            td.new { @if let Some(after) = &change.after { ins { (value(after, change.sensitive)) } } }
        }
    }
}

fn value(value: &Value, sensitive: bool) -> Markup {
    const LONGEST: usize = 400;
    if sensitive {
        return mask();
    }
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let cut: String = text.chars().take(LONGEST).collect();
    html! { (cut) @if cut.len() < text.len() { " … (" (text.len()) " bytes)" } }
}

#[cfg(test)]
mod tests {
    use causeway_kinds::plan::{Action, ActionOperation, FieldChange, PlanStatus, Target};
    use serde_json::json;

    use super::actions;

    #[test]
    fn hides_secret_values_and_escapes_the_others() {
        let change = |before, after, sensitive| FieldChange { field: "data.password".into(), before, after, sensitive };
        let action = Action {
            id: "a1".into(),
            operation: ActionOperation::Change,
            target: Target {
                kind: "Claim".into(),
                name: "db-pay.dev".into(),
                environment: "dev".into(),
                ..Target::default()
            },
            summary: "Rotate".into(),
            diff: vec![
                change(Some(json!("old-secret")), Some(json!("new-secret")), true),
                change(None, Some(json!("<b>")), false),
            ],
            ..Action::default()
        };
        let shown = actions(&PlanStatus { actions: vec![action], ..PlanStatus::default() }).into_string();
        assert!(!shown.contains("old-secret") && !shown.contains("new-secret"), "{shown}");
        assert!(shown.contains("<ins>&lt;b&gt;</ins>"), "{shown}");
        assert!(shown.contains("claim in dev"), "{shown}");
    }
}
