//! Environments: ready when their cluster is, and their parts are; gone when their time is over.

use std::time::Duration;

use async_trait::async_trait;
use causeway_core::condition::{Condition, ConditionStatus, find};
use causeway_core::resource::Conditions;
use causeway_core::{Resource, Spec, Timestamp};
use causeway_engine::{Controller, Failure, Next, ObjectName, Related};
use causeway_kinds::claim::ClaimSpec;
use causeway_kinds::cluster::ClusterSpec;
use causeway_kinds::deployment::DeploymentSpec;
use causeway_kinds::environment::{Environment, EnvironmentSpec};
use causeway_resources::{Actor, Client};

use crate::{Means, label, ready, world};

pub(crate) struct EnvironmentController(Client);

/// The cluster of an environment that names none.
const LOCAL: &str = "local";

impl EnvironmentController {
    pub(crate) fn new(means: &Means) -> Self {
        Self(means.resources.client(Actor::controller(Self::NAME)))
    }

    async fn state(&self, environment: &Environment) -> Result<(Condition, Vec<String>), Failure> {
        let name = if environment.spec.cluster.is_empty() { LOCAL } else { environment.spec.cluster.as_str() };
        let Some(cluster) = self.0.get::<ClusterSpec>("", name)? else {
            let known = world::names::<ClusterSpec>(&self.0, "").await?;
            let message = format!("There is no cluster {name:?}; there is {known}.");
            return Ok((Condition::ready(ConditionStatus::False, "ClusterNotFound", message), Vec::new()));
        };
        if !is_ready(&cluster) {
            let message = format!("The cluster {name:?} is not ready.");
            return Ok((Condition::ready(ConditionStatus::False, "ClusterNotReady", message), Vec::new()));
        }
        let selector = format!("{}={}", label::ENVIRONMENT, environment.name());
        let namespace = Some(environment.namespace());
        let deployments = self.0.list_by::<DeploymentSpec>(namespace, &selector).await?;
        let claims = self.0.list_by::<ClaimSpec>(namespace, &selector).await?;
        let mut services: Vec<String> = deployments.iter().map(|d| d.spec.workload.clone()).collect();
        services.sort();
        let waiting = deployments.iter().filter(|d| !d.spec.release.is_empty() && !is_ready(d)).map(Resource::name);
        let waiting: Vec<&str> = waiting.chain(claims.iter().filter(|c| !is_ready(c)).map(Resource::name)).collect();
        let condition = self.parts(environment, &waiting, &services);
        Ok((condition, services))
    }

    fn parts(&self, environment: &Environment, waiting: &[&str], services: &[String]) -> Condition {
        let missing: Vec<&str> = environment
            .spec
            .services
            .iter()
            .map(|s| s.name.as_str())
            .filter(|name| services.iter().all(|s| s != name))
            .collect();
        if !missing.is_empty() {
            let message = format!("Not deployed here yet: {}.", missing.join(", "));
            return Condition::ready(ConditionStatus::False, "ServicesMissing", message);
        }
        match waiting {
            [] => Condition::ready(ConditionStatus::True, "Ready", "The cluster and all parts are ready."),
            parts => {
                Condition::ready(ConditionStatus::False, "PartsNotReady", format!("Not ready: {}.", parts.join(", ")))
            }
        }
    }
}

fn is_ready<S>(resource: &Resource<S>) -> bool
where
    S: Spec,
    S::Status: Conditions,
{
    find(resource.status.conditions(), "Ready").is_some_and(Condition::is_true)
}

#[async_trait]
impl Controller for EnvironmentController {
    type Spec = EnvironmentSpec;
    const NAME: &'static str = "environment";

    fn related(&self) -> Vec<Related> {
        vec![
            Related::labelled(DeploymentSpec::resource(), label::ENVIRONMENT),
            Related::labelled(ClaimSpec::resource(), label::ENVIRONMENT),
            Related::new(ClusterSpec::resource(), |_| vec![ObjectName::new(causeway_core::DEFAULT_NAMESPACE, "dev")]),
        ]
    }

    async fn apply(&self, mut environment: Environment) -> Result<Next, Failure> {
        let now = Timestamp::now();
        let life = causeway_core::duration::parse(&environment.spec.ttl).ok().filter(|d| !d.is_zero());
        let ends = life.and_then(|life| environment.metadata.creation_timestamp.map(|at| at.after(life)));
        if ends.is_some_and(|at| at <= now) {
            self.0.delete::<EnvironmentSpec>(environment.namespace(), environment.name()).await?;
            return Ok(Next::Resync);
        }
        let (condition, services) = self.state(&environment).await?;
        environment.status.observed_generation = environment.metadata.generation;
        environment.status.services = services;
        environment.status.expires_at = ends;
        let settled = condition.is_true();
        ready::say(&self.0, environment, condition).await?;
        let until_end = ends.map_or(Duration::from_secs(600), |at| at.since(now));
        let pause = if settled { Duration::from_secs(600) } else { Duration::from_secs(15) };
        Ok(Next::After(pause.min(until_end).max(Duration::from_secs(1))))
    }
}
