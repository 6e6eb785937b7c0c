//! A plan as people read it.

use std::fmt::Write as _;

use causeway_core::DEFAULT_NAMESPACE;
use causeway_kinds::plan::{Action, ActionOperation, FieldChange, Plan, PlanOperation};
use serde_json::Value;

use crate::output;

/// The whole plan, without a line break at its end.
pub(crate) fn render(plan: &Plan) -> String {
    let mut text = headline(plan);
    let rows: Vec<Vec<String>> = plan.status.actions.iter().map(row).collect();
    let table = output::columns(&rows);
    for (number, (line, action)) in table.lines().zip(&plan.status.actions).enumerate() {
        let _ = write!(text, "\n {:>3} {} {line}", number + 1, sign(action.operation));
        if action.operation == ActionOperation::Change {
            action.diff.iter().for_each(|change| text.push_str(&changed(change)));
        }
    }
    remarks(plan, &mut text);
    text
}

fn headline(plan: &Plan) -> String {
    let (verb, subject) = (verb(plan.spec.operation), &plan.spec.subject);
    let place = match subject.namespace.as_str() {
        "" | DEFAULT_NAMESPACE => String::new(),
        namespace => format!(" in {namespace}"),
    };
    let count = match plan.status.actions.len() {
        0 => "nothing to do".to_owned(),
        1 => "1 action".to_owned(),
        count => format!("{count} actions"),
    };
    format!("Plan: {verb} {}{place} ({count})", subject.name)
}

fn verb(operation: PlanOperation) -> &'static str {
    match operation {
        PlanOperation::Create => "create",
        PlanOperation::Change => "change",
        PlanOperation::Deploy => "deploy",
        PlanOperation::Promote => "promote",
        PlanOperation::Rollback => "roll back",
        PlanOperation::Delete => "delete",
    }
}

fn sign(operation: ActionOperation) -> char {
    match operation {
        ActionOperation::Create => '+',
        ActionOperation::Change => '~',
        ActionOperation::Run => '▶',
        ActionOperation::Delete => '-',
    }
}

fn row(action: &Action) -> Vec<String> {
    let lost = if action.destructive { " (cannot be brought back)" } else { "" };
    vec![action.target.kind.clone(), action.target.name.clone(), format!("{}{lost}", action.summary)]
}

fn changed(change: &FieldChange) -> String {
    let shown = |value: &Option<Value>| match value {
        None => "–".to_owned(),
        Some(_) if change.sensitive => "(secret)".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    format!("\n         {}: {} → {}", change.field, shown(&change.before), shown(&change.after))
}

fn remarks(plan: &Plan, text: &mut String) {
    let status = &plan.status;
    if let Some(cost) = &status.cost_delta {
        let _ = write!(text, "\n  cost: {:+.2} {} a month", cost.monthly, cost.currency);
    }
    for warning in &status.warnings {
        let _ = write!(text, "\n  warning: {warning}");
    }
    for need in &status.needs {
        let numbers: Vec<String> = need.actions.iter().filter_map(|id| number(plan, id)).collect();
        let which = if numbers.is_empty() { String::new() } else { format!(" (actions {})", numbers.join(", ")) };
        let _ = write!(text, "\n  needs an approval: {}{which}", need.reason);
    }
    for problem in &status.problems {
        let _ = write!(text, "\n  problem: {}", problem.message);
        if !problem.hint.is_empty() {
            let _ = write!(text, "\n    hint: {}", problem.hint);
        }
    }
    if let Some(short) = status.fingerprint.get(..12).filter(|_| !status.actions.is_empty()) {
        let _ = write!(text, "\n  fingerprint: {short}");
    }
}

fn number(plan: &Plan, id: &str) -> Option<String> {
    plan.status.actions.iter().position(|a| a.id == id).map(|index| (index + 1).to_string())
}

#[cfg(test)]
mod tests {
    use causeway_core::Metadata;
    use causeway_kinds::plan::{
        Action, ActionOperation, CostDelta, FieldChange, Need, Plan, PlanOperation, PlanSpec, Problem, Target,
    };
    use serde_json::json;

    use super::render;
    use crate::plans::subject;

    fn action(operation: ActionOperation, kind: &str, name: &str, summary: &str) -> Action {
        let target = Target { kind: kind.into(), name: name.into(), ..Target::default() };
        Action { id: format!("{kind}-{name}"), operation, target, summary: summary.into(), ..Action::default() }
    }

    fn plan(operation: PlanOperation, actions: Vec<Action>) -> Plan {
        let spec = PlanSpec {
            subject: subject("Application", "default", "payment-service"),
            operation,
            ..PlanSpec::default()
        };
        let mut plan = Plan::new(Metadata::named("default", "p"), spec);
        plan.status.actions = actions;
        plan
    }

    #[test]
    fn shows_what_a_creation_does_in_order() {
        let mut plan = plan(
            PlanOperation::Create,
            vec![
                action(
                    ActionOperation::Create,
                    "Repository",
                    "payment-service",
                    "31 files from the golden path python-fastapi",
                ),
                action(ActionOperation::Run, "Run", "payment-service", "the repository's workflow"),
                Action {
                    diff: vec![
                        FieldChange {
                            field: "spec.replicas".into(),
                            before: Some(json!(2)),
                            after: Some(json!(3)),
                            sensitive: false,
                        },
                        FieldChange {
                            field: "spec.token".into(),
                            before: None,
                            after: Some(json!("x")),
                            sensitive: true,
                        },
                    ],
                    ..action(ActionOperation::Change, "Deployment", "payment-service.dev", "three replicas")
                },
            ],
        );
        plan.status.fingerprint = "0123456789abcdef".into();
        plan.status.cost_delta = Some(CostDelta { monthly: 12.5, currency: "EUR".into() });
        insta::assert_snapshot!(render(&plan), @r"
        Plan: create payment-service (3 actions)
           1 + Repository   payment-service       31 files from the golden path python-fastapi
           2 ▶ Run          payment-service       the repository's workflow
           3 ~ Deployment   payment-service.dev   three replicas
                 spec.replicas: 2 → 3
                 spec.token: – → (secret)
          cost: +12.50 EUR a month
          fingerprint: 0123456789ab
        ");
    }

    #[test]
    fn says_what_is_lost_for_good_and_which_actions_need_an_approval() {
        let mut plan = plan(
            PlanOperation::Delete,
            vec![
                action(ActionOperation::Delete, "Deployment", "payment-service.dev", "2 running replicas"),
                Action {
                    destructive: true,
                    ..action(ActionOperation::Delete, "Claim", "db-payment-service.dev", "database, role and all data")
                },
            ],
        );
        plan.status.needs =
            vec![Need { reason: "It destroys data.".into(), actions: vec!["Claim-db-payment-service.dev".into()] }];
        insta::assert_snapshot!(render(&plan), @r"
        Plan: delete payment-service (2 actions)
           1 - Deployment   payment-service.dev      2 running replicas
           2 - Claim        db-payment-service.dev   database, role and all data (cannot be brought back)
          needs an approval: It destroys data. (actions 2)
        ");
    }

    #[test]
    fn shows_problems_with_what_to_try() {
        let mut plan = plan(PlanOperation::Create, Vec::new());
        plan.status.problems = vec![Problem {
            message: "there is no golden path for cobol".into(),
            hint: "use one of: go with gin".into(),
        }];
        insta::assert_snapshot!(render(&plan), @r"
        Plan: create payment-service (nothing to do)
          problem: there is no golden path for cobol
            hint: use one of: go with gin
        ");
    }
}
