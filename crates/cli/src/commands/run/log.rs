//! `platform run logs`: what a run wrote.

use causeway_kinds::run::{Conclusion, Run, RunSpec, Step};
use clap::Args;
use futures::StreamExt as _;
use serde::Deserialize;

use super::find;
use super::list::state;
use crate::client::{ApiError, Call, Client, address_of};
use crate::failure::Outcome;
use crate::{Exit, Session};

/// How many lines of a failed step are repeated.
const TAIL: usize = 15;

#[derive(Args, Debug)]
pub(crate) struct RunLogs {
    /// The run
    #[arg(value_name = "ID")]
    id: String,
    /// Go on with new lines until the run has ended
    #[arg(short, long)]
    follow: bool,
    /// Of one step only
    #[arg(long, value_name = "STEP")]
    step: Option<String>,
}

/// One line.
#[derive(Clone, Debug, Deserialize)]
struct Line {
    #[serde(rename = "n")]
    number: u64,
    #[serde(rename = "s", default)]
    step: String,
    #[serde(rename = "l")]
    text: String,
}

pub(crate) async fn run(args: RunLogs, session: &Session) -> Outcome {
    let client = session.client()?;
    let run = find(&client, &session.namespace, &args.id).await?;
    let mut position = Position { step: String::new(), after: 0, steps: run.status.steps.clone() };
    loop {
        match stream(&client, &run, &args, &mut position, session).await {
            Ok(()) => break,
            // the server is being restarted: the log goes on where it was left
            Err(error) if args.follow && error.is_passing() => {
                tokio::time::sleep(std::time::Duration::from_millis(500)).await
            }
            Err(error) => return Err(error.into()),
        }
    }
    if !args.follow {
        return Ok(Exit::Done);
    }
    let run = find(&client, &session.namespace, &args.id).await?;
    session.printer.say(format!("{} {}", run.name(), state(&run)));
    Ok(match run.status.conclusion {
        Some(Conclusion::Success | Conclusion::Skipped) | None => Exit::Done,
        Some(Conclusion::Failure | Conclusion::Cancelled) => Exit::Failed,
    })
}

/// Where a reader is.
struct Position {
    after: u64,
    step: String,
    /// The steps as they are known; a pipeline learns of some while it runs.
    steps: Vec<Step>,
}

async fn stream(
    client: &Client,
    run: &Run,
    args: &RunLogs,
    at: &mut Position,
    session: &Session,
) -> Result<(), ApiError> {
    let mut call = log_of(run).query("after", at.after.to_string());
    if let Some(step) = &args.step {
        call = call.query("step", step.as_str());
    }
    if args.follow {
        call = call.query("follow", "true");
    }
    let mut lines = Box::pin(client.lines::<Line>(call).await?);
    while let Some(line) = lines.next().await {
        let line = line?;
        at.after = line.number;
        if line.step != at.step && args.step.is_none() && !line.step.is_empty() {
            at.step.clone_from(&line.step);
            session.printer.say(format!("── {}", at.heading(client, run).await?));
        }
        session.printer.data(&line.text);
    }
    Ok(())
}

impl Position {
    /// What people call the step.
    async fn heading(&mut self, client: &Client, run: &Run) -> Result<String, ApiError> {
        if !self.steps.iter().any(|step| step.id == self.step)
            && let Some(now) = client.get::<RunSpec>(run.namespace(), run.name()).await?
        {
            self.steps = now.status.steps;
        }
        let step = self.steps.iter().find(|step| step.id == self.step);
        Ok(step.map_or_else(|| self.step.clone(), label))
    }
}

/// What people call a step, with its job where it has one.
pub(crate) fn label(step: &Step) -> String {
    let name = shortened(if step.name.is_empty() { &step.id } else { &step.name });
    if step.job.is_empty() || step.job == name || step.job == step.id { name } else { format!("{}: {name}", step.job) }
}

/// A pinned action is known by the beginning of its commit.
fn shortened(name: &str) -> String {
    match name.split_once('@') {
        Some((action, commit)) if commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()) => {
            format!("{action}@{}", &commit[..7])
        }
        _ => name.to_owned(),
    }
}

fn log_of(run: &Run) -> Call {
    Call::get(address_of::<RunSpec>(run.namespace()).then(run.name()).then("log"))
}

/// The last lines of a step.
pub(crate) async fn tail(client: &Client, run: &Run, step: &str) -> Result<Vec<String>, ApiError> {
    let lines = client.lines::<Line>(log_of(run).query("step", step)).await?;
    let lines: Vec<Line> = lines.filter_map(|line| async move { line.ok() }).collect().await;
    Ok(lines.iter().skip(lines.len().saturating_sub(TAIL)).map(|line| line.text.clone()).collect())
}

#[cfg(test)]
mod tests {
    use causeway_kinds::run::Step;

    use super::label;

    #[test]
    fn calls_steps_by_their_job_and_a_short_name() {
        let step = |id: &str, job: &str, name: &str| {
            label(&Step { id: id.into(), job: job.into(), name: name.into(), ..Step::default() })
        };
        assert_eq!(step("fetch", "", ""), "fetch");
        assert_eq!(step("test.0/1", "test", "Lint"), "test: Lint");
        assert_eq!(step("test.0", "test.0", "test.0"), "test.0");
        let pinned = "Run actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd";
        assert_eq!(step("test.0/0", "test", pinned), "test: Run actions/checkout@de0fac2");
    }
}
