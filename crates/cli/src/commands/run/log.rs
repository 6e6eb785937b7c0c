//! `platform run logs`: what a run wrote.

use causeway_kinds::run::{Conclusion, Run, RunSpec};
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
    let mut after = 0;
    let mut step = String::new();
    loop {
        match stream(&client, &run, &args, &mut after, &mut step, session).await {
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

async fn stream(
    client: &Client,
    run: &Run,
    args: &RunLogs,
    after: &mut u64,
    step: &mut String,
    session: &Session,
) -> Result<(), ApiError> {
    let mut call = log_of(run).query("after", after.to_string());
    if let Some(step) = &args.step {
        call = call.query("step", step.as_str());
    }
    if args.follow {
        call = call.query("follow", "true");
    }
    let mut lines = Box::pin(client.lines::<Line>(call).await?);
    while let Some(line) = lines.next().await {
        let line = line?;
        *after = line.number;
        if line.step != *step && args.step.is_none() && !line.step.is_empty() {
            session.printer.say(format!("── {}", line.step));
            step.clone_from(&line.step);
        }
        session.printer.data(&line.text);
    }
    Ok(())
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
