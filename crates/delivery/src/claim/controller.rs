//! Brings claims about, watches them, and takes them away.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use causeway_core::condition::{Condition, ConditionStatus, find};
use causeway_core::{Spec as _, Timestamp};
use causeway_drivers::{Observed, Operation, ResourceDriver};
use causeway_engine::{Cleaned, Controller, Failure, Next, ObjectName, Recorder, Related};
use causeway_kinds::claim::{Claim, ClaimSpec, Intent};
use causeway_kinds::deployment::{Deployment, DeploymentSpec};
use causeway_kinds::environment::EnvironmentSpec;
use causeway_kinds::recipe::{Recipe, RecipeSpec};
use causeway_kinds::resource_type::{DeletionPolicy, ResourceType, ResourceTypeSpec};
use causeway_plan::rollout;
use causeway_resources::{Actor, Client, ensure_condition};
use causeway_secrets::{Put, SecretText, Secrets};

use super::operation::{operation, plain, secret_path};
use crate::failure::of_driver;
use crate::{Means, world};

/// How often a claim that is ready is looked at, for drift.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

pub(crate) struct ClaimController {
    means: Means,
    client: Client,
    secrets: Secrets,
    recorder: Recorder,
}

/// A claim with all that is known about how it is made.
struct Known {
    resource_type: ResourceType,
    recipe: Recipe,
    driver: Arc<dyn ResourceDriver>,
}

impl ClaimController {
    pub(crate) fn new(means: &Means) -> Self {
        Self {
            client: means.resources.client(Actor::controller(Self::NAME)),
            secrets: means.secrets.clone(),
            recorder: Recorder::new(Arc::clone(&means.resources), Self::NAME),
            means: means.clone(),
        }
    }

    /// The type and the recipe: the one that the claim was made with, otherwise the best that fits.
    async fn known(&self, claim: &Claim) -> Result<Known, Failure> {
        let spec = &claim.spec;
        let types = self.client.list::<ResourceTypeSpec>(None).await?;
        let Some(resource_type) = causeway_plan::resource_type(&types, &spec.r#type).cloned() else {
            let names = types.iter().map(|t| t.name()).collect::<Vec<_>>().join(", ");
            let message = format!("There is no resource type {:?}; use one of {names}.", spec.r#type);
            return Err(Failure::terminal("TypeNotFound", message));
        };
        check_choice("size", &spec.size, &resource_type.spec.sizes)?;
        check_choice("version", &spec.version, &resource_type.spec.versions)?;
        let recipe = match claim.status.recipe.as_str() {
            "" => self.choose(claim, &types).await?,
            name => self.client.require::<RecipeSpec>("", name)?,
        };
        let Some(driver) = self.means.drivers.get(&recipe.spec.driver).cloned() else {
            let message = format!(
                "The recipe {} uses the driver {:?}, which this server does not have; it has {}.",
                recipe.name(),
                recipe.spec.driver,
                self.means.drivers.names().join(", ")
            );
            return Err(Failure::terminal("DriverNotFound", message));
        };
        Ok(Known { resource_type, recipe, driver })
    }

    async fn choose(&self, claim: &Claim, types: &[ResourceType]) -> Result<Recipe, Failure> {
        let spec = &claim.spec;
        let Some(environment) = world::environment_of(&self.client, claim.namespace(), &spec.environment)? else {
            let known = world::names::<EnvironmentSpec>(&self.client, claim.namespace()).await?;
            let message = format!("There is no environment {:?}; there is {known}.", spec.environment);
            return Err(Failure::transient("EnvironmentNotFound", message));
        };
        let recipes = self.client.list::<RecipeSpec>(None).await?;
        let choice = causeway_plan::choose(types, &recipes, &spec.r#type, &spec.class, &spec.resource, &environment);
        choice.map(|c| c.recipe.clone()).ok_or_else(|| {
            let message = format!("No recipe makes a {} in the environment {}.", spec.r#type, spec.environment);
            Failure::transient("RecipeNotFound", message)
        })
    }

    /// Values that were made before, so that a password stays the same.
    fn stored(&self, claim: &Claim, path: &str) -> Result<BTreeMap<String, SecretText>, Failure> {
        let found = self.secrets.get(claim.namespace(), &claim.spec.environment, path);
        Ok(found.map_err(|e| Failure::from_error("SecretNotRead", &e))?.map(|s| s.data).unwrap_or_default())
    }

    /// Records what is about to be done, under names that are known from now on.
    async fn intend(
        &self,
        mut claim: Claim,
        known: &Known,
        operation: &mut Operation,
        what: &str,
    ) -> Result<Claim, Failure> {
        if claim.status.handle.is_empty() {
            claim.status.handle = known.driver.derive(operation);
        }
        operation.handle.clone_from(&claim.status.handle);
        if claim.status.intent.as_ref().is_some_and(|i| i.op_id == operation.op_id && i.operation == what) {
            return Ok(claim);
        }
        claim.status.recipe = known.recipe.name().to_owned();
        claim.status.recipe_revision.clone_from(&known.recipe.status.revision);
        claim.status.driver.clone_from(&known.recipe.spec.driver);
        let intent =
            Intent { op_id: operation.op_id.clone(), operation: what.to_owned(), started_at: Some(Timestamp::now()) };
        claim.status.intent = Some(intent);
        let message = format!("The {} is being made.", known.resource_type.name());
        ensure_condition(&mut claim, Condition::ready(ConditionStatus::False, "Applying", message));
        Ok(self.client.update_status(&claim).await?)
    }

    async fn make(&self, claim: Claim, known: &Known, mut operation: Operation) -> Result<Next, Failure> {
        known.driver.validate(&operation).map_err(|e| of_driver(&e))?;
        let mut claim = self.intend(claim, known, &mut operation, "apply").await?;
        let applied = known.driver.apply(&operation).await.map_err(|e| of_driver(&e))?;
        let path = secret_path(&claim, &known.resource_type);
        let put = Put {
            namespace: claim.namespace().to_owned(),
            environment: claim.spec.environment.clone(),
            path: path.clone(),
            data: applied.outputs.iter().map(|(k, v)| (k.clone(), SecretText::new(v.reveal()))).collect(),
            owners: Vec::new(),
        };
        self.secrets.put(self.client.actor(), &put).await.map_err(|e| Failure::from_error("SecretNotStored", &e))?;
        claim.status.outputs = plain(&applied.outputs);
        claim.status.secret_name.clone_from(&path);
        claim.status.intent = None;
        claim.status.observed_generation = claim.metadata.generation;
        let message = format!("The {} is ready; its credentials are the secret {path}.", known.resource_type.name());
        ensure_condition(&mut claim, Condition::ready(ConditionStatus::True, "Ready", message.clone()));
        let claim = self.client.update_status(&claim).await?;
        self.recorder.normal(&claim, "Provisioned", message).await;
        Ok(Next::After(LOOK_AGAIN))
    }

    /// Looks at a claim that is ready, and makes good what is missing.
    async fn look(&self, claim: Claim, known: &Known, operation: Operation) -> Result<Next, Failure> {
        match known.driver.observe(&operation).await.map_err(|e| of_driver(&e))? {
            Observed::Present => Ok(Next::After(LOOK_AGAIN)),
            Observed::Absent => {
                let message = format!("The {} is gone; it is made again, empty.", known.resource_type.name());
                self.recorder.warning(&claim, "Lost", message).await;
                self.make(claim, known, operation).await
            }
            Observed::Drifted(fields) => {
                let said: Vec<String> =
                    fields.iter().map(|(f, wanted, found)| format!("{f} is {found}, not {wanted}")).collect();
                self.recorder.warning(&claim, "Drifted", format!("Not as it was made: {}.", said.join("; "))).await;
                self.make(claim, known, operation).await
            }
        }
    }
}

fn check_choice(what: &str, given: &str, allowed: &[String]) -> Result<(), Failure> {
    if given.is_empty() || allowed.is_empty() || allowed.iter().any(|a| a == given) {
        return Ok(());
    }
    let message = format!("There is no {what} {given:?}; use one of {}.", allowed.join(", "));
    Err(Failure::terminal("NotSupported", message))
}

fn is_settled(claim: &Claim) -> bool {
    claim.status.intent.is_none()
        && claim.status.observed_generation == claim.metadata.generation
        && find(&claim.status.conditions, "Ready").is_some_and(Condition::is_true)
}

#[async_trait]
impl Controller for ClaimController {
    type Spec = ClaimSpec;
    const NAME: &'static str = "claim";
    const FINALIZER: Option<&'static str> = Some("platform.causeway.dev/claim");
    const CONCURRENCY: usize = 8;

    fn related(&self) -> Vec<Related> {
        // a deployment that no longer uses a claim sets it free to go
        vec![Related::new(DeploymentSpec::resource(), |deployment| {
            let claims = deployment.at(&["status", "claims"]).and_then(|v| v.as_array());
            let names = claims.into_iter().flatten().filter_map(|v| v.as_str());
            names.map(|name| ObjectName::new(deployment.namespace(), name)).collect()
        })]
    }

    async fn apply(&self, claim: Claim) -> Result<Next, Failure> {
        let known = self.known(&claim).await?;
        let stored = self.stored(&claim, &secret_path(&claim, &known.resource_type))?;
        let operation = operation(&claim, &known.resource_type, &known.recipe, stored);
        if is_settled(&claim) {
            self.look(claim, &known, operation).await
        } else {
            self.make(claim, &known, operation).await
        }
    }

    async fn cleanup(&self, claim: Claim) -> Result<Cleaned, Failure> {
        let deployments = self.client.list::<DeploymentSpec>(Some(claim.namespace())).await?;
        let uses = |d: &&Deployment| d.status.claims.iter().any(|c| c == claim.name());
        if let Some(user) = deployments.iter().find(uses) {
            let message = format!("The deployment {} still uses it.", user.name());
            let waiting = Condition::ready(ConditionStatus::False, "WaitingForDependents", message);
            crate::ready::say(&self.client, claim, waiting).await?;
            return Ok(Cleaned::Waiting(Duration::from_secs(2)));
        }
        if claim.status.handle.is_empty() {
            return Ok(Cleaned::Done);
        }
        let known = self.known(&claim).await?;
        let path = secret_path(&claim, &known.resource_type);
        let policy = rollout::policy(&claim, std::slice::from_ref(&known.resource_type));
        if policy == DeletionPolicy::Delete {
            let operation = operation(&claim, &known.resource_type, &known.recipe, self.stored(&claim, &path)?);
            known.driver.destroy(&operation).await.map_err(|e| of_driver(&e))?;
        }
        let gone = self.secrets.delete(self.client.actor(), claim.namespace(), &claim.spec.environment, &path).await;
        gone.map_err(|e| Failure::from_error("SecretNotRemoved", &e))?;
        let message = match policy {
            DeletionPolicy::Delete => "It was destroyed with its data.",
            DeletionPolicy::Retain | DeletionPolicy::Snapshot => "The claim is gone; its data was kept.",
        };
        self.recorder.normal(&claim, "Removed", message).await;
        Ok(Cleaned::Done)
    }
}
