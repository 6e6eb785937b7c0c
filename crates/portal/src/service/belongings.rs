//! All that belongs to one service, as far as the viewer may see it.

use causeway_core::{GroupResource, Object, Spec as _};
use causeway_kinds::application::{Application, ApplicationSpec};
use causeway_kinds::claim::{Claim, ClaimSpec};
use causeway_kinds::deployment::{Deployment, DeploymentSpec};
use causeway_kinds::kubernetes::Body as _;
use causeway_kinds::kubernetes::event::EventBody;
use causeway_kinds::run::{Run, RunSpec};

use crate::health;
use crate::part::{EventRow, State, Status, rows_of};
use crate::refusal::Refusal;
use crate::viewer::{Viewer, Wanted};

/// Label: name of the application for whose sake an object is there.
pub(crate) const APPLICATION: &str = "platform.causeway.dev/application";

/// What belongs to a service. A part that the viewer may not list says so.
pub(crate) struct Belongings {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) application: Option<Application>,
    pub(crate) deployments: Result<Vec<Deployment>, Refusal>,
    pub(crate) claims: Result<Vec<Claim>, Refusal>,
    /// Newest first.
    pub(crate) runs: Result<Vec<Run>, Refusal>,
    /// Newest first.
    pub(crate) events: Result<Vec<EventRow>, Refusal>,
}

/// Kinds whose changes show on a service's page.
pub(crate) fn kinds() -> Vec<GroupResource> {
    vec![
        ApplicationSpec::resource(),
        DeploymentSpec::resource(),
        ClaimSpec::resource(),
        RunSpec::resource(),
        EventBody::resource(),
    ]
}

impl Belongings {
    /// Reads everything about the service `name`.
    pub(crate) async fn of(viewer: &Viewer, namespace: &str, name: &str) -> Self {
        let here = Wanted::within(namespace);
        let deployments = viewer.list::<DeploymentSpec>(here).await.map(|all| sorted(all, |d| d.spec.workload == name));
        let claims = viewer.list::<ClaimSpec>(here).await.map(|all| sorted_claims(all, name));
        let runs = viewer
            .list::<RunSpec>(here)
            .await
            .map(|all| newest(all.into_iter().filter(|r| belongs(r, name)).collect()));
        let events = viewer.objects(&EventBody::resource(), here).await;
        let mut found = Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            application: viewer.look::<ApplicationSpec>(namespace, name).await,
            deployments,
            claims,
            runs,
            events: Ok(Vec::new()),
        };
        found.events = events.map(|events| found.events_of(&events));
        found
    }

    fn events_of(&self, events: &[Object]) -> Vec<EventRow> {
        let is_named = |list: Vec<&str>, name: &str| list.contains(&name);
        rows_of(events, |kind, name| match kind {
            "Deployment" => is_named(self.deployments.iter().flatten().map(|d| d.name()).collect(), name),
            "Claim" => is_named(self.claims.iter().flatten().map(|c| c.name()).collect(), name),
            "Run" => is_named(self.runs.iter().flatten().map(|r| r.name()).collect(), name),
            // what is made for an application goes by its name
            "Application" | "Repository" | "Source" | "Workload" | "Component" => name == self.name,
            "Release" => name
                .strip_prefix(&self.name)
                .and_then(|rest| rest.strip_prefix('-'))
                .is_some_and(|n| n.parse::<u64>().is_ok()),
            _ => false,
        })
    }

    /// The worst of its deployments, or how far its application is; none where there is neither.
    pub(crate) fn status(&self) -> Option<Status> {
        let deployments = self.deployments.as_deref().unwrap_or_default();
        let worst =
            deployments.iter().map(|d| (health::of_deployment(d), &d.spec.environment)).min_by_key(|(s, _)| s.state);
        match (worst, &self.application) {
            (_, Some(application)) if is_on_its_way(application) => Some(health::of_application(application)),
            (Some((status, environment)), _) => {
                let word = if status.state == State::Ok {
                    status.word.clone()
                } else {
                    format!("{} in {environment}", status.word)
                };
                Some(Status { word, ..status })
            }
            (None, Some(application)) => Some(health::of_application(application)),
            (None, None) => None,
        }
    }
}

/// Whether an application is being made or taken away.
fn is_on_its_way(application: &Application) -> bool {
    application.metadata.is_deleting()
        || application.status.url.is_empty() && health::of_application(application).state == State::Run
}

fn sorted(all: Vec<Deployment>, is_wanted: impl Fn(&Deployment) -> bool) -> Vec<Deployment> {
    let mut found: Vec<Deployment> = all.into_iter().filter(is_wanted).collect();
    found.sort_by_key(|d| (health::of_deployment(d).state, d.spec.environment.clone()));
    found
}

fn sorted_claims(all: Vec<Claim>, name: &str) -> Vec<Claim> {
    let mut found: Vec<Claim> = all.into_iter().filter(|c| c.spec.workload == name).collect();
    found.sort_by_key(|c| (health::of_claim(c).state, c.spec.environment.clone(), c.name().to_owned()));
    found
}

/// Runs for the sake of a service: of its template, of its pipeline.
fn belongs(run: &Run, name: &str) -> bool {
    let labelled = run.metadata.labels.get(APPLICATION).is_some_and(|a| a == name);
    let pipeline = run.spec.pipeline.as_ref().is_some_and(|p| p.repository == name);
    let subject = run.spec.subject.name == name && run.spec.subject.kind == ApplicationSpec::KIND;
    labelled || pipeline || subject
}

/// Newest first.
pub(crate) fn newest(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_by(|a, b| {
        let key = |r: &Run| (r.metadata.creation_timestamp, r.name().to_owned());
        key(b).cmp(&key(a))
    });
    runs
}
