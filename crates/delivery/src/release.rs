//! Releases: they reach the deployments that take them by themselves, and old artifacts are cleared away.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use causeway_core::Spec as _;
use causeway_core::condition::{Condition, ConditionStatus};
use causeway_engine::{Cleaned, Controller, Failure, Next, ObjectName, Related};
use causeway_kinds::deployment::{Deployment, DeploymentSpec};
use causeway_kinds::release::{Release, ReleaseSpec};
use causeway_resources::{Actor, Client};
use parking_lot::Mutex;

use crate::{Means, label, ready};

pub(crate) struct ReleaseController {
    client: Client,
    artifacts: std::path::PathBuf,
    /// Number and name of the newest release by namespace and workload, as far as they were looked at.
    newest_by_workload: Newest,
}

/// Number and name by namespace and workload.
type Newest = Arc<Mutex<HashMap<(String, String), (i64, String)>>>;

/// Artifacts of so many releases of a workload are kept, and of every one that is deployed.
const KEPT: i64 = 10;

impl ReleaseController {
    pub(crate) fn new(means: &Means) -> Self {
        Self {
            client: means.resources.client(Actor::controller(Self::NAME)),
            artifacts: means.artifacts.clone(),
            newest_by_workload: Arc::default(),
        }
    }

    fn note(&self, release: &Release) {
        let workload = (release.namespace().to_owned(), release.spec.workload.clone());
        let this = (release.spec.number, release.name().to_owned());
        let mut newest = self.newest_by_workload.lock();
        let held = newest.entry(workload).or_insert_with(|| this.clone());
        if held.0 < this.0 {
            *held = this;
        }
    }

    async fn deployments(&self, release: &Release) -> Result<Vec<Deployment>, Failure> {
        let selector = format!("{}={}", label::WORKLOAD, release.spec.workload);
        Ok(self.client.list_by::<DeploymentSpec>(Some(release.namespace()), &selector).await?)
    }

    /// Points automatic deployments at the release, unless they have a newer one or gave this one up already.
    async fn hand_on(&self, release: &Release) -> Result<(), Failure> {
        for deployment in self.deployments(release).await? {
            if takes(&deployment, release, self.number(&deployment)?) {
                let name = release.name().to_owned();
                self.client
                    .modify::<DeploymentSpec>(deployment.namespace(), deployment.name(), |d| {
                        d.spec.release.clone_from(&name)
                    })
                    .await?;
            }
        }
        Ok(())
    }

    /// The number of the release that a deployment is pointed at.
    fn number(&self, deployment: &Deployment) -> Result<i64, Failure> {
        if deployment.spec.release.is_empty() {
            return Ok(0);
        }
        let found = self.client.get::<ReleaseSpec>(deployment.namespace(), &deployment.spec.release)?;
        Ok(found.map_or(0, |r| r.spec.number))
    }

    async fn newest(&self, release: &Release) -> Result<i64, Failure> {
        let all = self.client.list::<ReleaseSpec>(Some(release.namespace())).await?;
        Ok(all.iter().filter(|r| r.spec.workload == release.spec.workload).map(|r| r.spec.number).max().unwrap_or(0))
    }

    /// Removes the artifact's files where no other release has the same.
    async fn clear(&self, release: &Release) -> Result<(), Failure> {
        let others = self.client.list::<ReleaseSpec>(Some(release.namespace())).await?;
        for artifact in &release.spec.artifacts {
            let shared = others.iter().any(|r| {
                r.metadata.uid != release.metadata.uid
                    && r.spec.artifacts.iter().any(|a| a.location == artifact.location)
            });
            let plain = !artifact.location.is_empty()
                && std::path::Path::new(&artifact.location)
                    .components()
                    .all(|c| matches!(c, std::path::Component::Normal(_)));
            if shared || !plain {
                continue;
            }
            let folder = self.artifacts.join(&artifact.location);
            let workload = folder.parent().map(std::path::Path::to_path_buf);
            match tokio::fs::remove_dir_all(&folder).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Failure::from_error("ArtifactNotRemoved", &error));
                }
                _ => {}
            }
            // the workload's folder goes with its last artifact; it stays, as it should, while others are in it
            if let Some(workload) = workload {
                let _ = tokio::fs::remove_dir(workload).await;
            }
        }
        Ok(())
    }
}

fn takes(deployment: &Deployment, release: &Release, has: i64) -> bool {
    deployment.spec.automatic
        && !deployment.spec.paused
        && !deployment.metadata.is_deleting()
        && deployment.status.failed_release != release.name()
        && release.spec.number > has
}

#[async_trait]
impl Controller for ReleaseController {
    type Spec = ReleaseSpec;
    const NAME: &'static str = "release";
    const FINALIZER: Option<&'static str> = Some("platform.causeway.dev/artifact");

    fn related(&self) -> Vec<Related> {
        // a deployment that appears after its release was made takes the newest
        let newest = Arc::clone(&self.newest_by_workload);
        vec![Related::new(DeploymentSpec::resource(), move |deployment| {
            let workload = (deployment.namespace().to_owned(), deployment.text(&["spec", "workload"]).to_owned());
            let waits = deployment.text(&["spec", "release"]).is_empty() && !deployment.is_deleting();
            let found = newest.lock().get(&workload).cloned().filter(|_| waits);
            found.map(|(_, name)| ObjectName::new(deployment.namespace(), name)).into_iter().collect()
        })]
    }

    async fn apply(&self, mut release: Release) -> Result<Next, Failure> {
        self.note(&release);
        self.hand_on(&release).await?;
        let newest = self.newest(&release).await?;
        let deployed = self
            .deployments(&release)
            .await?
            .iter()
            .any(|d| d.spec.release == release.name() || d.status.release == release.name());
        let old = release.spec.number + KEPT <= newest && !deployed;
        let condition = if old {
            self.clear(&release).await?;
            Condition::ready(
                ConditionStatus::False,
                "ArtifactRemoved",
                "Its artifact was cleared away; build the commit again to deploy it.",
            )
        } else {
            Condition::ready(ConditionStatus::True, "Deployable", "The release can be deployed.")
        };
        release.status.observed_generation = release.metadata.generation;
        ready::say(&self.client, release, condition).await?;
        Ok(Next::After(Duration::from_secs(3600)))
    }

    async fn cleanup(&self, release: Release) -> Result<Cleaned, Failure> {
        let running = self.deployments(&release).await?.iter().any(|d| d.status.release == release.name());
        if running {
            return Ok(Cleaned::Waiting(Duration::from_secs(1)));
        }
        self.clear(&release).await?;
        Ok(Cleaned::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use causeway_core::Metadata;

    fn deployment(automatic: bool, failed: &str) -> Deployment {
        let mut deployment = Deployment::new(
            Metadata::named("default", "a.dev"),
            DeploymentSpec { workload: "a".into(), environment: "dev".into(), automatic, ..DeploymentSpec::default() },
        );
        deployment.status.failed_release = failed.into();
        deployment
    }

    fn release(number: i64) -> Release {
        let name = causeway_kinds::release::name("a", number);
        Release::new(
            Metadata::named("default", name),
            ReleaseSpec { workload: "a".into(), number, ..ReleaseSpec::default() },
        )
    }

    #[test]
    fn takes_newer_releases_that_did_not_fail_here() {
        let cases = [
            ("the first one", deployment(true, ""), release(1), 0, true),
            ("a newer one", deployment(true, ""), release(3), 2, true),
            ("an older one", deployment(true, ""), release(1), 2, false),
            ("one that failed", deployment(true, "a-3"), release(3), 2, false),
            ("where nothing is automatic", deployment(false, ""), release(3), 2, false),
        ];
        for (what, deployment, release, has, wanted) in cases {
            assert_eq!(takes(&deployment, &release, has), wanted, "{what}");
        }
    }
}
