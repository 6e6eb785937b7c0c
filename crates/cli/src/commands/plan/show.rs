//! `platform plan`: the plans that there are, or one of them.

use causeway_core::Timestamp;
use causeway_kinds::plan::{Plan, PlanSpec};
use clap::Args;
use serde_json::Value;

use super::{is_about, newest_first, state};
use crate::client::Client;
use crate::failure::Outcome;
use crate::output::{self, Style, columns, elapsed};
use crate::{Exit, Failure, Session, plans};

#[derive(Args, Debug)]
pub(crate) struct ShowPlan {
    /// Name of a plan, or of a service to see its latest plan; all plans by default
    #[arg(value_name = "[get] PLAN|SERVICE", num_args = 0..=2)]
    what: Vec<String>,
    /// How it is printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

pub(crate) async fn run(args: ShowPlan, session: &Session) -> Outcome {
    let client = session.client()?;
    let words: Vec<&str> =
        args.what.iter().map(String::as_str).filter(|word| !matches!(*word, "get" | "list")).collect();
    match words.as_slice() {
        [] => list(&client, &args, session).await,
        [name] => {
            let plan = find(&client, &session.namespace, name).await?;
            session.printer.data(match args.output {
                Style::Json => output::json(&plan.to_object().into_value()),
                Style::Text => format!("{}\n  name: {}\n  state: {}", plans::render(&plan), plan.name(), state(&plan)),
            });
            Ok(Exit::Done)
        }
        _ => Err(Failure::usage("one plan is shown at a time")),
    }
}

async fn find(client: &Client, namespace: &str, name: &str) -> Result<Plan, Failure> {
    if let Some(plan) = client.get::<PlanSpec>(namespace, name).await? {
        return Ok(plan);
    }
    let plans = newest_first(client, namespace).await?;
    let found = plans.into_iter().find(|plan| is_about(plan, name));
    found.ok_or_else(|| {
        Failure::failed(format!("there is no plan {name:?}, and none about a service of that name"))
            .hint("`platform plan` lists those that there are")
    })
}

async fn list(client: &Client, args: &ShowPlan, session: &Session) -> Outcome {
    let plans = newest_first(client, &session.namespace).await?;
    if args.output == Style::Json {
        let items: Vec<Value> = plans.iter().map(|plan| plan.to_object().into_value()).collect();
        session.printer.data(output::json(&Value::Array(items)));
        return Ok(Exit::Done);
    }
    if plans.is_empty() {
        session.printer.say(format!("there are no plans in {}", session.namespace));
        return Ok(Exit::Done);
    }
    let now = Timestamp::now();
    let heading = ["NAME", "OPERATION", "SUBJECT", "ACTIONS", "STATE", "AGE"].map(str::to_owned).to_vec();
    let lines = plans.iter().map(|plan| {
        let operation = serde_json::to_value(plan.spec.operation)
            .ok()
            .and_then(|v| v.as_str().map(str::to_owned))
            .unwrap_or_default();
        let subject = format!("{}/{}", plan.spec.subject.kind.to_lowercase(), plan.spec.subject.name);
        let age = plan.metadata.creation_timestamp.map(|at| elapsed(now.since(at))).unwrap_or_default();
        vec![
            plan.name().to_owned(),
            operation,
            subject,
            plan.status.actions.len().to_string(),
            state(plan).to_owned(),
            age,
        ]
    });
    session.printer.data(columns(&std::iter::once(heading).chain(lines).collect::<Vec<_>>()));
    Ok(Exit::Done)
}
