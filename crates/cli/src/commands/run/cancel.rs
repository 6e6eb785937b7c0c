//! `platform run cancel`: stops a run.

use causeway_kinds::run::RunSpec;
use clap::Args;
use serde_json::json;

use super::find;
use super::list::state;
use crate::failure::Outcome;
use crate::{Exit, Failure, Session};

#[derive(Args, Debug)]
pub(crate) struct CancelRun {
    /// The run
    #[arg(value_name = "ID")]
    id: String,
}

pub(crate) async fn run(args: CancelRun, session: &Session) -> Outcome {
    let client = session.client()?;
    let run = find(&client, &session.namespace, &args.id).await?;
    if run.status.conclusion.is_some() {
        return Err(Failure::failed(format!("{} has {} already", run.name(), state(&run))));
    }
    client.merge::<RunSpec>(&session.namespace, &args.id, json!({"spec": {"cancel": true}})).await?;
    session.printer.data(format!("run/{} is being cancelled", args.id));
    Ok(Exit::Done)
}
