//! `platform run retry`: the same run again, under another name.

use causeway_core::Metadata;
use causeway_kinds::run::{Run, RunSpec};
use clap::Args;

use super::find;
use crate::failure::Outcome;
use crate::{Exit, Failure, Session};

#[derive(Args, Debug)]
pub(crate) struct RetryRun {
    /// The run
    #[arg(value_name = "ID")]
    id: String,
}

pub(crate) async fn run(args: RetryRun, session: &Session) -> Outcome {
    let client = session.client()?;
    let run = find(&client, &session.namespace, &args.id).await?;
    if run.status.conclusion.is_none() {
        return Err(Failure::failed(format!("{} has not ended yet", run.name()))
            .hint(format!("stop it with `platform run cancel {}`", run.name())));
    }
    let (made, _) = client.create(&again(&run), false).await?;
    session.printer.data(format!("run/{}", made.name()));
    session.printer.say(format!("follow it with `platform run logs {} -f`", made.name()));
    Ok(Exit::Done)
}

/// The run as it was asked for the first time; its labels tell controllers whose it is.
fn again(run: &Run) -> Run {
    let metadata = Metadata {
        namespace: run.namespace().to_owned(),
        generate_name: Some(format!("{}-retry-", run.name())),
        labels: run.metadata.labels.clone(),
        annotations: run.metadata.annotations.clone(),
        ..Metadata::default()
    };
    let spec =
        RunSpec { cancel: false, retry_of: run.name().to_owned(), created_by: String::new(), ..run.spec.clone() };
    Run::new(metadata, spec)
}
