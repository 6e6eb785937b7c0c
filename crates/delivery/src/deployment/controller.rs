//! Rolls releases out and keeps them running.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use causeway_core::condition::{Condition, ConditionStatus, find};
use causeway_core::{Metadata, Spec as _, Timestamp};
use causeway_drivers::{Health, InstanceId, InstanceState};
use causeway_engine::{Cleaned, Controller, Failure, Next, ObjectName, Recorder, Related};
use causeway_kinds::application::ApplicationSpec;
use causeway_kinds::claim::{Claim, ClaimSpec};
use causeway_kinds::deployment::{self, Deployment, DeploymentSpec, Edge, Rollout};
use causeway_kinds::environment::{Environment, EnvironmentSpec};
use causeway_kinds::plan::{ActionOperation, PlanSpec};
use causeway_kinds::release::{Release, ReleaseSpec};
use causeway_plan::score::{self, Document};
use causeway_plan::{Outline, rollout};
use causeway_resources::{Actor, Client, ensure_condition};
use causeway_secrets::SecretText;
use futures::StreamExt as _;
use futures::stream::BoxStream;

use super::instance::{self, Parts};
use super::permission::{Permission, permission};
use crate::failure::of_driver;
use crate::{Means, World, label, world};

const REPLICAS: i32 = 2;
/// While something is under way; changes of the runtime wake the controller sooner.
const SOON: Duration = Duration::from_secs(2);
const LATER: Duration = Duration::from_secs(30);
const KEPT_HISTORY: usize = 20;

pub(crate) struct DeploymentController {
    means: Means,
    client: Client,
    recorder: Recorder,
}

/// What a deployment is about, read in one go.
struct Scene {
    world: World,
    environment: Environment,
    release: Release,
    document: Document,
    replicas: i32,
    /// Sizes that the application asks for, by resource type.
    sizes: Vec<(String, String)>,
}

impl DeploymentController {
    pub(crate) fn new(means: &Means) -> Self {
        Self {
            client: means.resources.client(Actor::controller(Self::NAME)),
            recorder: Recorder::new(Arc::clone(&means.resources), Self::NAME),
            means: means.clone(),
        }
    }

    async fn scene(&self, deployment: &Deployment) -> Result<Scene, Failure> {
        let spec = &deployment.spec;
        let world = World::read(&self.client, deployment.namespace(), &spec.workload, &spec.environment).await?;
        let Some(environment) = world.environment.clone() else {
            let known = world::names::<EnvironmentSpec>(&self.client, deployment.namespace()).await?;
            let message = format!("There is no environment {:?}; there is {known}.", spec.environment);
            return Err(Failure::transient("EnvironmentNotFound", message));
        };
        let Some(release) = self.client.get::<ReleaseSpec>(deployment.namespace(), &spec.release)? else {
            let message = format!("There is no release {:?} of {}.", spec.release, spec.workload);
            return Err(Failure::transient("ReleaseNotFound", message));
        };
        let document = score::read(&serde_json::Value::Object(release.spec.document.clone()))
            .map_err(|e| Failure::terminal("BadDocument", format!("The release's Score document is wrong: {e}.")))?;
        let replicas = replicas(&environment, deployment);
        let sizes = self.sizes(deployment)?;
        Ok(Scene { world, environment, release, document, replicas, sizes })
    }

    /// What the application says beside the document, which does not repeat it.
    fn sizes(&self, deployment: &Deployment) -> Result<Vec<(String, String)>, Failure> {
        let Some(name) = deployment.metadata.labels.get(label::APPLICATION) else { return Ok(Vec::new()) };
        let application = self.client.get::<ApplicationSpec>(deployment.namespace(), name)?;
        let requests = application.iter().flat_map(|a| a.spec.infrastructure.requests());
        Ok(requests.map(|(_, request)| (request.r#type.clone(), request.size.clone())).collect())
    }

    fn plan(&self, deployment: &Deployment, scene: &Scene) -> (Outline, Vec<rollout::Need>) {
        let drivers = self.means.drivers.names();
        let seen = scene.world.seen(&drivers);
        let wanted = rollout::Wanted {
            workload: &deployment.spec.workload,
            namespace: deployment.namespace(),
            environment: &scene.environment,
            document: &scene.document.spec,
            release: scene.release.name(),
            replicas: scene.replicas,
            sizes: &scene.sizes,
        };
        (rollout::plan(&wanted, &seen), rollout::needs(&wanted, &seen).0)
    }

    /// Makes the claims that are missing or changed; answers those that are not ready yet.
    async fn claim(
        &self,
        deployment: &Deployment,
        scene: &Scene,
        needs: &[rollout::Need],
    ) -> Result<Vec<String>, Failure> {
        let mut waiting = Vec::new();
        for need in needs {
            let found = scene.world.claims.iter().find(|c| c.name() == need.claim);
            let wanted = claim_for(deployment, need, found);
            let claim = match found {
                Some(found) if found.spec == wanted.spec => found.clone(),
                _ => self.client.ensure(&wanted).await?,
            };
            if !is_ready(&claim) {
                waiting.push(claim.name().to_owned());
            }
        }
        Ok(waiting)
    }

    /// What the claims gave, secret values among it, by resource key.
    fn outputs(
        &self,
        deployment: &Deployment,
        needs: &[rollout::Need],
    ) -> Result<BTreeMap<String, BTreeMap<String, SecretText>>, Failure> {
        let mut outputs = BTreeMap::new();
        for need in needs {
            let secret =
                self.means.secrets.get(deployment.namespace(), &deployment.spec.environment, &need.secret_path);
            let secret = secret.map_err(|e| Failure::from_error("SecretNotRead", &e))?;
            let data = secret.map(|s| s.data).ok_or_else(|| {
                Failure::transient("SecretNotFound", format!("The secret {} is not there yet.", need.secret_path))
            })?;
            outputs.insert(need.resource.clone(), data);
        }
        Ok(outputs)
    }

    async fn roll_out(
        &self,
        deployment: &Deployment,
        scene: &Scene,
        needs: &[rollout::Need],
    ) -> Result<InstanceState, Failure> {
        let outputs = self.outputs(deployment, needs)?;
        let resources = resources(&scene.environment, deployment);
        let parts = Parts {
            deployment,
            release: &scene.release,
            document: &scene.document,
            outputs: &outputs,
            replicas: u32::try_from(scene.replicas).unwrap_or(0),
            resources: &resources,
            artifacts: &self.means.artifacts,
        };
        let instance = instance::build(&parts).map_err(|why| Failure::terminal("CannotRun", why))?;
        let id = instance.id.clone();
        self.means.runtime.apply(instance).await.map_err(|e| of_driver(&e))?;
        let state = self.means.runtime.observe(&id).await.map_err(|e| of_driver(&e))?;
        Ok(state.unwrap_or_default())
    }

    /// Claims that the document no longer names go last, under a plan that somebody approved.
    async fn let_go(&self, deployment: &Deployment, outline: &Outline) -> Result<(), Failure> {
        for action in outline.actions.iter().filter(|a| a.operation == ActionOperation::Delete) {
            self.client.delete::<ClaimSpec>(deployment.namespace(), &action.target.name).await?;
        }
        Ok(())
    }

    async fn applied(&self, deployment: &Deployment, plan: &str) -> Result<(), Failure> {
        if plan.is_empty() {
            return Ok(());
        }
        self.client
            .modify_status::<PlanSpec>(deployment.namespace(), plan, |p| {
                p.status.applied_at = p.status.applied_at.or(Some(Timestamp::now()));
            })
            .await?;
        Ok(())
    }

    async fn write(&self, before: &Deployment, after: &Deployment) -> Result<(), Failure> {
        self.client.update_status(after).await?;
        let (old, new) = (find(&before.status.conditions, "Ready"), find(&after.status.conditions, "Ready"));
        if let Some(new) = new
            && old.map(|c| (&c.reason, &c.message)) != Some((&new.reason, &new.message))
        {
            match new.reason.as_str() {
                "Ready" => self.recorder.normal(after, "Ready", new.message.clone()).await,
                "RolloutFailed" | "Degraded" => self.recorder.warning(after, &new.reason, new.message.clone()).await,
                _ => {}
            }
        }
        Ok(())
    }

    async fn wait(&self, deployment: &Deployment, reason: &str, message: String) -> Result<Next, Failure> {
        let mut next = deployment.clone();
        next.status.observed_generation = next.metadata.generation;
        ensure_condition(&mut next, Condition::ready(ConditionStatus::False, reason, message));
        self.write(deployment, &next).await?;
        Ok(Next::After(LATER))
    }
}

/// The environment's word goes before the deployment's, which the application set.
fn replicas(environment: &Environment, deployment: &Deployment) -> i32 {
    let service = environment.spec.services.iter().find(|s| s.name == deployment.spec.workload);
    service.and_then(|s| s.replicas).or(deployment.spec.replicas).unwrap_or(REPLICAS)
}

fn resources(environment: &Environment, deployment: &Deployment) -> causeway_kinds::ComputeResources {
    let service = environment.spec.services.iter().find(|s| s.name == deployment.spec.workload);
    let mut resources = deployment.spec.resources.clone();
    if let Some(service) = service {
        resources.cpu = service.resources.cpu.or(resources.cpu);
        resources.memory = service.resources.memory.or(resources.memory);
    }
    resources
}

fn is_ready(claim: &Claim) -> bool {
    claim.status.observed_generation == claim.metadata.generation
        && find(&claim.status.conditions, "Ready").is_some_and(Condition::is_true)
}

fn claim_for(deployment: &Deployment, need: &rollout::Need, found: Option<&Claim>) -> Claim {
    let spec = &deployment.spec;
    let mut metadata = Metadata::named(deployment.namespace(), need.claim.as_str());
    metadata.labels.insert(label::WORKLOAD.into(), spec.workload.clone());
    metadata.labels.insert(label::ENVIRONMENT.into(), spec.environment.clone());
    if let Some(application) = deployment.metadata.labels.get(label::APPLICATION) {
        metadata.labels.insert(label::APPLICATION.into(), application.clone());
    }
    let wanted = ClaimSpec {
        r#type: need.r#type.clone(),
        size: need.size.clone(),
        version: need.version.clone(),
        class: need.class.clone(),
        parameters: need.parameters.clone(),
        environment: spec.environment.clone(),
        workload: spec.workload.clone(),
        resource: need.resource.clone(),
        owner: spec.owner.clone(),
        secret_path: need.secret_path.clone(),
        deletion_policy: found.and_then(|c| c.spec.deletion_policy),
    };
    Claim::new(metadata, wanted)
}

/// What the runtime says, put on the deployment.
fn describe(deployment: &mut Deployment, state: &InstanceState, wanted: i32, url: String) {
    let status = &mut deployment.status;
    status.replicas = i32::try_from(state.replicas.len()).unwrap_or(i32::MAX);
    status.ready_replicas = i32::try_from(state.ready()).unwrap_or(i32::MAX);
    status.url = url;
    status.enforced = state.enforced.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect();
    let target = deployment.spec.release.clone();
    let through = state.release.as_deref() == Some(target.as_str());
    if let Some(running) = &state.release {
        deployment.status.release.clone_from(running);
    }
    let condition = if let Some(why) = &state.failed {
        deployment.status.failed_release.clone_from(&target);
        let stays = if deployment.status.release.is_empty() {
            "nothing runs yet".into()
        } else {
            format!("{} still runs", deployment.status.release)
        };
        Condition::ready(
            ConditionStatus::False,
            "RolloutFailed",
            format!("{target} did not become ready, {stays}: {why}"),
        )
    } else if !through {
        Condition::ready(ConditionStatus::False, "RollingOut", format!("{target} is being rolled out."))
    } else if deployment.status.ready_replicas >= wanted && deployment.status.replicas == wanted {
        Condition::ready(
            ConditionStatus::True,
            "Ready",
            format!("{target} runs with {wanted} of {wanted} replicas ready."),
        )
    } else {
        let ready = deployment.status.ready_replicas;
        let why = state.replicas.iter().find_map(|r| match &r.health {
            Health::Crashing(why) | Health::NotReady(why) => Some(format!(" {why}")),
            Health::Starting | Health::Ready | Health::Stopping => None,
        });
        let message = format!("{target} runs with {ready} of {wanted} replicas ready.{}", why.unwrap_or_default());
        Condition::ready(ConditionStatus::False, "Degraded", message)
    };
    deployment.status.observed_generation = deployment.metadata.generation;
    ensure_condition(deployment, condition);
}

/// Notes the beginning and the end of rollouts.
fn note_history(deployment: &mut Deployment, plan: &str, state: &InstanceState, now: Timestamp) {
    let target = deployment.spec.release.clone();
    let history = &mut deployment.status.history;
    let under_way = history.last().is_some_and(|h| h.release == target && h.finished_at.is_none());
    let last_done = history.last().is_some_and(|h| h.release == target && h.finished_at.is_some());
    if !under_way && !last_done {
        history.push(Rollout {
            release: target.clone(),
            started_at: Some(now),
            plan: plan.into(),
            ..Rollout::default()
        });
    }
    let result = match (&state.failed, state.release.as_deref() == Some(target.as_str())) {
        (Some(_), _) => Some("failed"),
        (None, true) => Some("succeeded"),
        (None, false) => None,
    };
    if let (Some(result), Some(last)) = (result, history.last_mut())
        && last.finished_at.is_none()
    {
        last.finished_at = Some(now);
        last.result = result.into();
    }
    let surplus = history.len().saturating_sub(KEPT_HISTORY);
    history.drain(..surplus);
}

#[async_trait]
impl Controller for DeploymentController {
    type Spec = DeploymentSpec;
    const NAME: &'static str = "deployment";
    const FINALIZER: Option<&'static str> = Some("platform.causeway.dev/deployment");
    const CONCURRENCY: usize = 8;

    fn related(&self) -> Vec<Related> {
        let of_environment = |object: &causeway_core::Object| {
            let workload = object.label(label::WORKLOAD)?;
            let environment = object.label(label::ENVIRONMENT)?;
            Some(ObjectName::new(object.namespace(), deployment::name(workload, environment)))
        };
        vec![
            Related::new(ClaimSpec::resource(), move |claim| of_environment(claim).into_iter().collect()),
            Related::owned(PlanSpec::resource(), DeploymentSpec::KIND),
        ]
    }

    fn nudges(&self) -> Option<BoxStream<'static, ObjectName>> {
        let changes = self.means.runtime.changes();
        let names = futures::stream::unfold(changes, |mut changes| async move {
            loop {
                match changes.recv().await {
                    Ok(id) => {
                        let name = deployment::name(&id.workload, &id.environment);
                        return Some((ObjectName::new(id.namespace, name), changes));
                    }
                    // too many changes at once: the next look comes soon enough
                    Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                    Err(tokio::sync::broadcast::error::RecvError::Closed) => return None,
                }
            }
        });
        Some(names.boxed())
    }

    async fn apply(&self, deployment: Deployment) -> Result<Next, Failure> {
        if deployment.spec.release.is_empty() {
            let message = format!("{} has no release yet.", deployment.spec.workload);
            return self.wait(&deployment, "AwaitingRelease", message).await;
        }
        let scene = self.scene(&deployment).await?;
        let (outline, needs) = self.plan(&deployment, &scene);
        if let Some(problem) = outline.problems.first() {
            return Err(Failure::terminal("CannotPlan", format!("{}; {}.", problem.message, problem.hint)));
        }
        let mut next = deployment.clone();
        if !outline.actions.is_empty() {
            match permission(&self.client, &deployment, outline.clone()).await? {
                Permission::Awaited(plan, why) => {
                    return self
                        .wait(&deployment, "AwaitingApproval", format!("The plan {plan} is not carried out yet. {why}"))
                        .await;
                }
                Permission::Granted(plan) => next.status.plan = plan,
            }
        }
        // from here on the claims count as used, so that none of them goes while replicas start
        next.status.claims = needs.iter().map(|n| n.claim.clone()).collect();
        next.status.edges =
            next.status.claims.iter().map(|c| Edge { from: deployment.name().into(), to: c.clone() }).collect();
        let waiting = self.claim(&deployment, &scene, &needs).await?;
        if !waiting.is_empty() {
            let message = format!("Waiting for {}.", waiting.join(", "));
            ensure_condition(&mut next, Condition::ready(ConditionStatus::False, "WaitingForClaims", message));
            self.write(&deployment, &next).await?;
            return Ok(Next::After(LATER));
        }
        let state = self.roll_out(&deployment, &scene, &needs).await?;
        next.status.applied_replicas = Some(scene.replicas);
        let host = rollout::host_of(&deployment.spec.workload, &deployment.spec.environment, deployment.namespace());
        describe(&mut next, &state, scene.replicas, format!("http://{host}:{}", self.means.ingress_port));
        let plan = next.status.plan.clone();
        note_history(&mut next, &plan, &state, Timestamp::now());
        let ready = find(&next.status.conditions, "Ready").is_some_and(Condition::is_true);
        if ready {
            self.let_go(&deployment, &outline).await?;
            self.applied(&deployment, &plan).await?;
        }
        self.write(&deployment, &next).await?;
        Ok(Next::After(if ready { LATER } else { SOON }))
    }

    async fn cleanup(&self, deployment: Deployment) -> Result<Cleaned, Failure> {
        let id = InstanceId {
            namespace: deployment.namespace().to_owned(),
            workload: deployment.spec.workload.clone(),
            environment: deployment.spec.environment.clone(),
        };
        self.means.runtime.destroy(&id).await.map_err(|e| of_driver(&e))?;
        self.recorder.normal(&deployment, "Stopped", "All replicas are stopped and the address is gone.").await;
        Ok(Cleaned::Done)
    }
}
