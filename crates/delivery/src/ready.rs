//! Kinds about which there is little to do: they are ready when what they name is there.

use async_trait::async_trait;
use causeway_core::condition::{Condition, ConditionStatus};
use causeway_core::resource::Conditions;
use causeway_core::{Resource, Spec};
use causeway_engine::{Controller, Failure, Next, ObjectName, Related};
use causeway_kinds::recipe::{Recipe, RecipeSpec};
use causeway_kinds::resource_type::{ResourceType, ResourceTypeSpec, normalise_type};
use causeway_kinds::workload::{Workload, WorkloadSpec};
use causeway_resources::{Actor, Client, ensure_condition};
use sha2::{Digest, Sha256};

use crate::Means;

/// Puts the condition `Ready` on a resource, and writes it where that changed something.
pub(crate) async fn say<S>(client: &Client, mut resource: Resource<S>, condition: Condition) -> Result<(), Failure>
where
    S: Spec,
    S::Status: Conditions,
{
    ensure_condition(&mut resource, condition);
    client.update_status(&resource).await?;
    Ok(())
}

/// Resource types are contracts: ready as soon as they are there.
pub(crate) struct ResourceTypeController(Client);

impl ResourceTypeController {
    pub(crate) fn new(means: &Means) -> Self {
        Self(means.resources.client(Actor::controller(Self::NAME)))
    }
}

#[async_trait]
impl Controller for ResourceTypeController {
    type Spec = ResourceTypeSpec;
    const NAME: &'static str = "resource-type";
    const CONCURRENCY: usize = 1;

    async fn apply(&self, mut resource_type: ResourceType) -> Result<Next, Failure> {
        resource_type.status.observed_generation = resource_type.metadata.generation;
        let ready = Condition::ready(ConditionStatus::True, "Known", "Workloads may ask for this type.");
        say(&self.0, resource_type, ready).await?;
        Ok(Next::Resync)
    }
}

/// Recipes are ready when their type and driver are there.
pub(crate) struct RecipeController {
    client: Client,
    drivers: Vec<&'static str>,
}

impl RecipeController {
    pub(crate) fn new(means: &Means) -> Self {
        Self { client: means.resources.client(Actor::controller(Self::NAME)), drivers: means.drivers.names() }
    }
}

#[async_trait]
impl Controller for RecipeController {
    type Spec = RecipeSpec;
    const NAME: &'static str = "recipe";
    const CONCURRENCY: usize = 1;

    fn related(&self) -> Vec<Related> {
        // few recipes, fewer types: a new type is a reason to look at the recipes that name it
        vec![Related::new(ResourceTypeSpec::resource(), |t| vec![ObjectName::new("", format!("{}-local", t.name()))])]
    }

    async fn apply(&self, mut recipe: Recipe) -> Result<Next, Failure> {
        let spec = &recipe.spec;
        let text = serde_json::to_vec(spec).unwrap_or_default();
        let revision = hex::encode(&Sha256::digest(text)[..6]);
        let known = self.client.get::<ResourceTypeSpec>("", normalise_type(&spec.resource_type))?.is_some();
        let ready = if !known {
            let message = format!("There is no resource type {:?}.", spec.resource_type);
            Condition::ready(ConditionStatus::False, "TypeNotFound", message)
        } else if !self.drivers.contains(&spec.driver.as_str()) {
            let message = format!("This server has no driver {:?}; it has {}.", spec.driver, self.drivers.join(", "));
            Condition::ready(ConditionStatus::False, "DriverNotFound", message)
        } else {
            Condition::ready(ConditionStatus::True, "Usable", "Claims may be made with this recipe.")
        };
        let again = if ready.is_true() { Next::Resync } else { Next::After(std::time::Duration::from_secs(30)) };
        recipe.status.observed_generation = recipe.metadata.generation;
        recipe.status.revision = revision;
        say(&self.client, recipe, ready).await?;
        Ok(again)
    }
}

/// Workloads say what runs; that they are valid was checked when they were written.
pub(crate) struct WorkloadController(Client);

impl WorkloadController {
    pub(crate) fn new(means: &Means) -> Self {
        Self(means.resources.client(Actor::controller(Self::NAME)))
    }
}

#[async_trait]
impl Controller for WorkloadController {
    type Spec = WorkloadSpec;
    const NAME: &'static str = "workload";

    async fn apply(&self, mut workload: Workload) -> Result<Next, Failure> {
        workload.status.observed_generation = workload.metadata.generation;
        let ready = Condition::ready(ConditionStatus::True, "Valid", "The document can be released and deployed.");
        say(&self.0, workload, ready).await?;
        Ok(Next::Resync)
    }
}
