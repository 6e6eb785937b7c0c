//! `platform runs`: what ran lately, and what runs now.

use causeway_core::Timestamp;
use causeway_kinds::run::{Conclusion, Program, Run, RunSpec, StepState};
use clap::Args;
use serde_json::Value;

use crate::failure::Outcome;
use crate::output::{self, Style, columns, elapsed};
use crate::{Exit, Session};

#[derive(Args, Debug)]
pub(crate) struct Runs {
    /// Of one service only
    service: Option<String>,
    /// In all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// How many at most, newest first
    #[arg(long, value_name = "NUMBER", default_value_t = 30)]
    limit: usize,
    /// How they are printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

pub(crate) async fn run(args: Runs, session: &Session) -> Outcome {
    let client = session.client()?;
    let namespace = if args.all_namespaces { "" } else { &session.namespace };
    let selector =
        args.service.as_ref().map(|name| format!("platform.causeway.dev/application={name}")).unwrap_or_default();
    let mut runs = client.list::<RunSpec>(namespace, &selector).await?;
    runs.sort_by_key(|run| std::cmp::Reverse((run.metadata.creation_timestamp, run.name().to_owned())));
    runs.truncate(args.limit);
    if args.output == Style::Json {
        let items: Vec<Value> = runs.iter().map(|run| run.to_object().into_value()).collect();
        session.printer.data(output::json(&Value::Array(items)));
    } else if runs.is_empty() {
        session.printer.say("nothing has run yet");
    } else {
        let now = Timestamp::now();
        let heading = ["NAME", "PROGRAM", "SUBJECT", "STATE", "STEP", "TOOK", "AGE"].map(str::to_owned).to_vec();
        let lines = runs.iter().map(|run| line(run, now));
        session.printer.data(columns(&std::iter::once(heading).chain(lines).collect::<Vec<_>>()));
    }
    Ok(Exit::Done)
}

fn line(run: &Run, now: Timestamp) -> Vec<String> {
    let program = match run.spec.program {
        Program::Template => "template",
        Program::Pipeline => "pipeline",
        Program::Action => "action",
        Program::Runbook => "runbook",
    };
    let subject = match &run.spec.subject {
        subject if subject.name.is_empty() => {
            run.spec.pipeline.as_ref().map(|p| format!("repository/{}", p.repository)).unwrap_or_default()
        }
        subject => format!("{}/{}", subject.kind.to_lowercase(), subject.name),
    };
    let status = &run.status;
    let at_work =
        status.steps.iter().find(|s| matches!(s.state, StepState::Running | StepState::Waiting | StepState::Failed));
    let step = at_work.map(|s| if s.name.is_empty() { s.id.clone() } else { s.name.clone() }).unwrap_or_default();
    let took =
        status.started_at.map(|start| elapsed(status.finished_at.unwrap_or(now).since(start))).unwrap_or_default();
    let age = run.metadata.creation_timestamp.map(|at| elapsed(now.since(at))).unwrap_or_default();
    vec![run.name().to_owned(), program.to_owned(), subject, state(run).to_owned(), step, took, age]
}

/// In one word, how far a run is.
pub(super) fn state(run: &Run) -> &'static str {
    match (run.status.conclusion, run.status.started_at) {
        (Some(Conclusion::Success), _) => "succeeded",
        (Some(Conclusion::Failure), _) => "failed",
        (Some(Conclusion::Cancelled), _) => "cancelled",
        (Some(Conclusion::Skipped), _) => "skipped",
        (None, _) if !run.status.waiting_for.is_empty() => "waiting",
        (None, Some(_)) => "running",
        (None, None) => "pending",
    }
}
