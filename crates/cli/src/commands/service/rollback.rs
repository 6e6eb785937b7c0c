//! `platform rollback`: back to what ran before.

use causeway_kinds::deployment::{self, Deployment, DeploymentSpec};
use clap::Args;

use super::rollout::{Rollout, choose, releases, roll_out};
use crate::commands::FollowArgs;
use crate::failure::Outcome;
use crate::{Failure, Session};

#[derive(Args, Debug)]
pub(crate) struct Rollback {
    /// Name of the service
    service: String,
    /// The environment
    #[arg(long, value_name = "ENVIRONMENT")]
    env: String,
    /// The release to go back to; the last that ran well by default
    #[arg(long, value_name = "REVISION")]
    to: Option<String>,
    #[command(flatten)]
    follow: FollowArgs,
}

pub(crate) async fn run(args: Rollback, session: &Session) -> Outcome {
    let client = session.client()?;
    let name = deployment::name(&args.service, &args.env);
    let Some(deployment) = client.get::<DeploymentSpec>(&session.namespace, &name).await? else {
        return Err(Failure::failed(format!("{} is not deployed in {}", args.service, args.env)));
    };
    let wanted = match args.to {
        Some(revision) => revision,
        None => previous(&deployment).ok_or_else(|| {
            let failure = Failure::failed(format!("nothing else ran well in {} before", args.env));
            failure.hint("name a release with --to; `platform get releases` lists them")
        })?,
    };
    let releases = releases(&client, &session.namespace, &args.service).await?;
    let release = choose(&releases, Some(&wanted))?;
    let rollout = Rollout { service: &args.service, environment: &args.env, release, follow: args.follow };
    roll_out(&rollout, &client, session).await
}

/// The last release that was rolled out successfully and is not the one that is wanted now.
fn previous(deployment: &Deployment) -> Option<String> {
    let other = |release: &str| release != deployment.spec.release;
    let before =
        deployment.status.history.iter().find(|r| r.result.eq_ignore_ascii_case("succeeded") && other(&r.release));
    before.map(|rollout| rollout.release.clone())
}

#[cfg(test)]
mod tests {
    use causeway_core::Metadata;
    use causeway_kinds::deployment::{Deployment, DeploymentSpec, Rollout};

    use super::previous;

    #[test]
    fn goes_back_to_the_last_release_that_ran_well() {
        let spec = DeploymentSpec { release: "web-4".into(), ..DeploymentSpec::default() };
        let mut deployment = Deployment::new(Metadata::named("default", "web.dev"), spec);
        let rollout = |release: &str, result: &str| Rollout {
            release: release.into(),
            result: result.into(),
            ..Rollout::default()
        };
        deployment.status.history = vec![
            rollout("web-4", "Succeeded"),
            rollout("web-3", "Failed"),
            rollout("web-2", "succeeded"),
            rollout("web-1", "Succeeded"),
        ];
        assert_eq!(previous(&deployment).as_deref(), Some("web-2"));
        deployment.status.history.truncate(2);
        assert_eq!(previous(&deployment), None);
    }
}
