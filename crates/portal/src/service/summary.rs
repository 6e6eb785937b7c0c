//! Services as rows of a list, worst first.

use std::collections::BTreeMap;

use causeway_core::reference::EntityRef;
use causeway_core::{DEFAULT_NAMESPACE, Timestamp};
use causeway_kinds::application::{Application, ApplicationSpec};
use causeway_kinds::deployment::{Deployment, DeploymentSpec};

use crate::catalog::entity::Entity;
use crate::health;
use crate::part::{State, Status};
use crate::refusal::Refusal;
use crate::viewer::{Viewer, Wanted};

/// A service in one row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) owner: Option<EntityRef>,
    /// The worst of its deployments.
    pub(crate) status: Status,
    /// The release and the environment of that one.
    pub(crate) release: String,
    pub(crate) environment: String,
    /// When something was rolled out last.
    pub(crate) rolled_out: Option<Timestamp>,
}

/// All services: everything that is deployed, and every application.
pub(crate) async fn summaries(viewer: &Viewer, entities: &[Entity]) -> Result<Vec<Summary>, Refusal> {
    let deployments = viewer.list::<DeploymentSpec>(Wanted::default()).await?;
    let applications = viewer.list::<ApplicationSpec>(Wanted::default()).await.unwrap_or_default();
    Ok(summarise(&deployments, &applications, entities))
}

fn summarise(deployments: &[Deployment], applications: &[Application], entities: &[Entity]) -> Vec<Summary> {
    let mut rows: BTreeMap<(String, String), Summary> = BTreeMap::new();
    for application in applications {
        let row = rows
            .entry(key(application.namespace(), application.name()))
            .or_insert_with(|| blank(application.namespace(), application.name()));
        row.status = health::of_application(application);
        row.description.clone_from(&application.spec.description);
        row.environment.clone_from(&application.spec.environment);
        row.owner = EntityRef::parse(&application.spec.owner, "group", application.namespace()).ok();
    }
    let mut sorted: Vec<(Status, &Deployment)> = deployments.iter().map(|d| (health::of_deployment(d), d)).collect();
    // the worst comes last and stays
    sorted.sort_by_key(|(status, deployment)| std::cmp::Reverse((status.state, deployment.name().to_owned())));
    for (status, deployment) in sorted {
        let row = rows
            .entry(key(deployment.namespace(), &deployment.spec.workload))
            .or_insert_with(|| blank(deployment.namespace(), &deployment.spec.workload));
        // an application that is being made or taken away says more than its silent deployment
        if status.state != State::None || row.status.word.is_empty() {
            row.status = status;
        }
        row.release.clone_from(&deployment.status.release);
        row.environment.clone_from(&deployment.spec.environment);
        row.rolled_out = row.rolled_out.max(rolled_out(deployment));
        if row.owner.is_none() {
            row.owner = EntityRef::parse(&deployment.spec.owner, "group", deployment.namespace()).ok();
        }
    }
    for component in entities.iter().filter(|e| e.kind() == "Component") {
        if let Some(row) = rows.get_mut(&key(component.namespace(), component.name())) {
            row.owner = component.owner().or(row.owner.take());
            row.description = component.description().to_owned();
        }
    }
    let mut rows: Vec<Summary> = rows.into_values().collect();
    rows.sort_by_key(|r| (r.status.state, r.name.clone(), r.namespace.clone()));
    rows
}

fn key(namespace: &str, name: &str) -> (String, String) {
    (namespace.to_owned(), name.to_owned())
}

fn blank(namespace: &str, name: &str) -> Summary {
    Summary {
        namespace: if namespace.is_empty() { DEFAULT_NAMESPACE.into() } else { namespace.to_owned() },
        name: name.to_owned(),
        description: String::new(),
        owner: None,
        status: Status::default(),
        release: String::new(),
        environment: String::new(),
        rolled_out: None,
    }
}

/// When the newest rollout ended, or began.
pub(crate) fn rolled_out(deployment: &Deployment) -> Option<Timestamp> {
    deployment.status.history.iter().filter_map(|h| h.finished_at.or(h.started_at)).max()
}

#[cfg(test)]
mod tests {
    use causeway_core::{Condition, ConditionStatus, Metadata};
    use causeway_kinds::application::{Application, ApplicationSpec};
    use causeway_kinds::deployment::{Deployment, DeploymentSpec};

    use super::summarise;
    use crate::part::State;

    fn deployment(workload: &str, environment: &str, status: ConditionStatus, reason: &str) -> Deployment {
        let spec =
            DeploymentSpec { workload: workload.into(), environment: environment.into(), ..DeploymentSpec::default() };
        let mut deployment = Deployment::new(Metadata::named("default", format!("{workload}.{environment}")), spec);
        deployment.status.ready_replicas = 1;
        deployment.status.conditions = vec![Condition::ready(status, reason, "Why.")];
        deployment
    }

    #[test]
    fn puts_the_worst_service_first_and_shows_its_worst_environment() {
        let deployments = [
            deployment("calm", "dev", ConditionStatus::True, "Ready"),
            deployment("shaky", "dev", ConditionStatus::True, "Ready"),
            deployment("shaky", "staging", ConditionStatus::False, "Degraded"),
        ];
        let rows = summarise(&deployments, &[], &[]);
        let said: Vec<_> = rows.iter().map(|r| (r.name.as_str(), r.status.state, r.environment.as_str())).collect();
        assert_eq!(said, [("shaky", State::Warn, "staging"), ("calm", State::Ok, "dev")]);
    }

    #[test]
    fn shows_an_application_before_anything_of_it_is_deployed() {
        let mut application = Application::new(Metadata::named("default", "fresh"), ApplicationSpec::default());
        application.status.conditions =
            vec![Condition::ready(ConditionStatus::False, "Building", "The pipeline is at work.")];
        let waiting = deployment("fresh", "dev", ConditionStatus::False, "AwaitingRelease");
        let rows = summarise(&[waiting], &[application], &[]);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].status.state, State::Run);
    }
}
