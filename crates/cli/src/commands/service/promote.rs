//! `platform promote`: what runs in one environment into another.

use causeway_kinds::deployment::{self, DeploymentSpec};
use clap::Args;

use super::rollout::{Rollout, choose, releases, roll_out};
use crate::commands::FollowArgs;
use crate::failure::Outcome;
use crate::{Failure, Session};

#[derive(Args, Debug)]
pub(crate) struct Promote {
    /// Name of the service
    service: String,
    /// The environment where the release runs
    #[arg(long, value_name = "ENVIRONMENT")]
    from: String,
    /// The environment where it is to run
    #[arg(long, value_name = "ENVIRONMENT")]
    to: String,
    #[command(flatten)]
    follow: FollowArgs,
}

pub(crate) async fn run(args: Promote, session: &Session) -> Outcome {
    if args.from == args.to {
        return Err(
            Failure::usage(format!("--from and --to are both {}", args.from)).hint("promote into another environment")
        );
    }
    let client = session.client()?;
    let name = deployment::name(&args.service, &args.from);
    let deployment = client.get::<DeploymentSpec>(&session.namespace, &name).await?;
    let running = deployment.map(|d| d.status.release).filter(|release| !release.is_empty());
    let Some(running) = running else {
        let failure = Failure::failed(format!("{} does not run in {}", args.service, args.from));
        return Err(
            failure.hint(format!("deploy it there first with `platform deploy {} --env {}`", args.service, args.from))
        );
    };
    let releases = releases(&client, &session.namespace, &args.service).await?;
    let release = choose(&releases, Some(&running))?;
    let rollout = Rollout { service: &args.service, environment: &args.to, release, follow: args.follow };
    roll_out(&rollout, &client, session).await
}
