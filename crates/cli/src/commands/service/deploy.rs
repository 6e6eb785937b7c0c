//! `platform deploy`: a release into an environment.

use clap::Args;

use super::rollout::{Rollout, choose, releases, roll_out};
use crate::Session;
use crate::commands::FollowArgs;
use crate::failure::Outcome;

#[derive(Args, Debug)]
pub(crate) struct Deploy {
    /// Name of the service
    service: String,
    /// The environment
    #[arg(long, value_name = "ENVIRONMENT")]
    env: String,
    /// The release: its name, its number, or the beginning of its commit; the newest by default
    #[arg(long, value_name = "REVISION")]
    revision: Option<String>,
    #[command(flatten)]
    follow: FollowArgs,
}

pub(crate) async fn run(args: Deploy, session: &Session) -> Outcome {
    let client = session.client()?;
    let releases = releases(&client, &session.namespace, &args.service).await?;
    let release = choose(&releases, args.revision.as_deref())?;
    let rollout = Rollout { service: &args.service, environment: &args.env, release, follow: args.follow };
    roll_out(&rollout, &client, session).await
}
