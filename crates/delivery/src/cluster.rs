//! Clusters: the built-in one is always there; others wait for their driver.

use async_trait::async_trait;
use causeway_core::condition::{Condition, ConditionStatus};
use causeway_engine::{Controller, Failure, Next};
use causeway_kinds::cluster::{Cluster, ClusterSpec, ClusterType};
use causeway_resources::{Actor, Client};

use crate::{Means, ready};

pub(crate) struct ClusterController(Client);

impl ClusterController {
    pub(crate) fn new(means: &Means) -> Self {
        Self(means.resources.client(Actor::controller(Self::NAME)))
    }
}

#[async_trait]
impl Controller for ClusterController {
    type Spec = ClusterSpec;
    const NAME: &'static str = "cluster";
    const CONCURRENCY: usize = 1;

    async fn apply(&self, mut cluster: Cluster) -> Result<Next, Failure> {
        cluster.status.observed_generation = cluster.metadata.generation;
        let condition = match cluster.spec.r#type {
            ClusterType::Local => {
                Condition::ready(ConditionStatus::True, "Running", "Workloads run as processes on this machine.")
            }
            ClusterType::Kubernetes => Condition::ready(
                ConditionStatus::Unknown,
                "NotReconciledYet",
                "This version does not deploy to Kubernetes clusters yet; the cluster is kept as it is.",
            ),
        };
        ready::say(&self.0, cluster, condition).await?;
        Ok(Next::Resync)
    }
}
