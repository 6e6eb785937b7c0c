//! Pointing a deployment at a release, and following it there.

use causeway_core::condition::find;
use causeway_core::{Metadata, Spec as _};
use causeway_kinds::deployment::{self, Deployment, DeploymentSpec};
use causeway_kinds::plan::{Plan, PlanSpec};
use causeway_kinds::release::{Release, ReleaseSpec};
use serde_json::json;

use super::{APPLICATION, story};
use crate::client::{ApiError, Client};
use crate::commands::FollowArgs;
use crate::failure::Outcome;
use crate::progress::{Following, Look, Row, State, Verdict, follow};
use crate::{Exit, Failure, Session, plans};

/// A release for an environment.
pub(super) struct Rollout<'a> {
    pub(super) service: &'a str,
    pub(super) environment: &'a str,
    pub(super) release: &'a Release,
    pub(super) follow: FollowArgs,
}

/// Rolls out, and says where it answers in the end.
pub(super) async fn roll_out(rollout: &Rollout<'_>, client: &Client, session: &Session) -> Outcome {
    let release = rollout.release.name();
    let deployment = point(rollout, client, &session.namespace).await?;
    let place = format!("{} in {}", rollout.service, rollout.environment);
    if rollout.follow.no_wait {
        session.printer.say(format!("{place} goes to {release}"));
        return Ok(Exit::Done);
    }
    let following = Following {
        missed: format!("{release} was not rolled out"),
        again: format!("platform wait deployment/{} --for=condition=Ready", deployment.name()),
        timeout: rollout.follow.timeout,
        session,
    };
    let mut shown = String::new();
    let ended = follow(&following, async || {
        let (look, plan) = look(client, &deployment, release).await?;
        let fresh = plan.filter(|plan| plan.name() != shown);
        let notice = fresh
            .as_ref()
            .map(|plan| format!("{}\n  hint: approve it with `platform approve {}`", plans::render(plan), plan.name()));
        shown = fresh.map_or_else(|| shown.clone(), |plan| plan.name().to_owned());
        Ok(look.saying(notice))
    })
    .await;
    ended.map_err(|f| {
        f.hint(format!("look closer with `platform logs {} --env {}`", rollout.service, rollout.environment))
    })?;
    let now = client.get::<DeploymentSpec>(&session.namespace, deployment.name()).await?;
    let url = now.map(|d| d.status.url).unwrap_or_default();
    session
        .printer
        .data(format!("{place} runs {release}{}", if url.is_empty() { String::new() } else { format!(" at {url}") }));
    Ok(Exit::Done)
}

/// The deployment with the release in it; made where there is none.
async fn point(rollout: &Rollout<'_>, client: &Client, namespace: &str) -> Result<Deployment, Failure> {
    let name = deployment::name(rollout.service, rollout.environment);
    let release = rollout.release.name();
    if client.get::<DeploymentSpec>(namespace, &name).await?.is_some() {
        return Ok(client.merge::<DeploymentSpec>(namespace, &name, json!({"spec": {"release": release}})).await?);
    }
    let mut metadata = Metadata::named(namespace, name);
    if let Some(application) = rollout.release.metadata.labels.get(APPLICATION) {
        metadata.labels.insert(APPLICATION.into(), application.clone());
    }
    metadata.labels.insert("platform.causeway.dev/workload".into(), rollout.service.to_owned());
    metadata.labels.insert("platform.causeway.dev/environment".into(), rollout.environment.to_owned());
    let spec = DeploymentSpec {
        workload: rollout.service.to_owned(),
        environment: rollout.environment.to_owned(),
        release: release.to_owned(),
        ..DeploymentSpec::default()
    };
    Ok(client.create(&Deployment::new(metadata, spec), false).await?.0)
}

/// How far the deployment is, and the plan that it waits for.
async fn look(client: &Client, wanted: &Deployment, release: &str) -> Result<(Look, Option<Plan>), ApiError> {
    let Some(deployment) = client.get::<DeploymentSpec>(wanted.namespace(), wanted.name()).await? else {
        let gone = Failure::failed(format!("the deployment {} was deleted meanwhile", wanted.name()));
        return Ok((Look::failed(gone), None));
    };
    let status = &deployment.status;
    let current = status.observed_generation >= wanted.metadata.generation;
    let ready = find(&status.conditions, "Ready").filter(|_| current);
    let (state, detail) = ready.map_or((State::Active, String::new()), |c| (story::state_of(c), c.message.clone()));
    let row = Row::new("deployment", format!("Deployment {}", deployment.name()), state, detail.clone());
    let verdict = match state {
        State::Done if status.release == release => Verdict::Done,
        State::Failed => Verdict::Failed(Failure::failed(format!("{release} was not rolled out: {detail}"))),
        _ if deployment.spec.release != release => {
            Verdict::Failed(Failure::failed(format!("somebody else asked for {} meanwhile", deployment.spec.release)))
        }
        _ => Verdict::Going,
    };
    let waits = ready.is_some_and(|c| c.reason == "AwaitingApproval");
    let plan = if waits { awaited(client, &deployment).await? } else { None };
    Ok((Look::of(vec![row], verdict), plan))
}

/// The newest plan about the deployment that is not carried out.
async fn awaited(client: &Client, deployment: &Deployment) -> Result<Option<Plan>, ApiError> {
    let plans = client.list::<PlanSpec>(deployment.namespace(), "").await?;
    let about = |p: &Plan| {
        let subject = &p.spec.subject;
        subject.kind == DeploymentSpec::KIND && subject.name == deployment.name() && p.status.applied_at.is_none()
    };
    Ok(plans.into_iter().filter(about).max_by_key(|p| p.metadata.creation_timestamp))
}

/// The releases of a service, newest first.
pub(super) async fn releases(client: &Client, namespace: &str, service: &str) -> Result<Vec<Release>, Failure> {
    let mut releases = client.list::<ReleaseSpec>(namespace, "").await?;
    releases.retain(|release| release.spec.workload == service);
    releases.sort_by_key(|release| std::cmp::Reverse(release.spec.number));
    if releases.is_empty() {
        let failure = Failure::failed(format!("{service} has no release yet"));
        return Err(
            failure.hint(format!("push to its repository, or look at its pipeline with `platform runs {service}`"))
        );
    }
    Ok(releases)
}

/// The release that a revision means: its name, its number, or the beginning of its commit; the newest where none is given.
pub(super) fn choose<'a>(releases: &'a [Release], revision: Option<&str>) -> Result<&'a Release, Failure> {
    let Some(revision) = revision else {
        return releases.first().ok_or_else(|| Failure::failed("there is no release yet"));
    };
    let is_commit = revision.len() >= 4 && revision.bytes().all(|b| b.is_ascii_hexdigit());
    let by_name = releases.iter().find(|r| r.name() == revision || r.spec.number.to_string() == revision);
    let by_commit = || releases.iter().find(|r| is_commit && r.spec.commit.starts_with(&revision.to_lowercase()));
    by_name.or_else(by_commit).ok_or_else(|| {
        let known: Vec<&str> = releases.iter().take(5).map(causeway_core::Resource::name).collect();
        Failure::failed(format!("there is no release {revision:?}"))
            .hint(format!("the latest are: {}", known.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use causeway_core::Metadata;
    use causeway_kinds::release::{Release, ReleaseSpec};

    use super::choose;

    #[test]
    fn takes_a_release_by_name_number_or_commit_and_else_the_newest() {
        let release = |number: i64, commit: &str| {
            let spec = ReleaseSpec { workload: "web".into(), number, commit: commit.into(), ..ReleaseSpec::default() };
            Release::new(Metadata::named("default", format!("web-{number}")), spec)
        };
        let releases = [release(3, "cafe3"), release(2, "beef2"), release(1, "0001a")];
        let chosen = |revision: Option<&str>| choose(&releases, revision).map(|r| r.spec.number).ok();
        assert_eq!(chosen(None), Some(3));
        assert_eq!(chosen(Some("web-2")), Some(2));
        assert_eq!(chosen(Some("1")), Some(1));
        assert_eq!(chosen(Some("BEEF")), Some(2));
        assert_eq!(chosen(Some("9")), None);
        assert_eq!(choose(&releases, Some("x")).unwrap_err().hints, ["the latest are: web-3, web-2, web-1"]);
    }
}
