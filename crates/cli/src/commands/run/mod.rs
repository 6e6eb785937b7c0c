//! Runs: listed, read, stopped, tried again.

pub(crate) mod cancel;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod retry;

use causeway_kinds::run::{Run, RunSpec};
use clap::Subcommand;

use crate::client::{ApiError, Client};
use crate::failure::Outcome;
use crate::{Failure, Session};

pub(crate) use log::{label, tail};

/// `platform run …`
#[derive(Subcommand, Debug)]
pub(crate) enum RunCommand {
    /// What a run wrote, step by step
    Logs(log::RunLogs),
    /// Stop a run; what is done stays done
    Cancel(cancel::CancelRun),
    /// Try a run again, from the beginning
    Retry(retry::RetryRun),
}

pub(crate) async fn run(command: RunCommand, session: &Session) -> Outcome {
    match command {
        RunCommand::Logs(args) => log::run(args, session).await,
        RunCommand::Cancel(args) => cancel::run(args, session).await,
        RunCommand::Retry(args) => retry::run(args, session).await,
    }
}

async fn find(client: &Client, namespace: &str, name: &str) -> Result<Run, Failure> {
    let found: Result<Option<Run>, ApiError> = client.get::<RunSpec>(namespace, name).await;
    let missing = || {
        Failure::failed(format!("there is no run {name:?} in {namespace}"))
            .hint("`platform runs` lists those that there are")
    };
    found?.ok_or_else(missing)
}
