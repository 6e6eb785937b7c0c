//! What planning looks at, read in one go.

use causeway_core::Spec;
use causeway_kinds::claim::{Claim, ClaimSpec};
use causeway_kinds::deployment::{self, Deployment, DeploymentSpec};
use causeway_kinds::environment::{Environment, EnvironmentSpec};
use causeway_kinds::recipe::{Recipe, RecipeSpec};
use causeway_kinds::resource_type::{ResourceType, ResourceTypeSpec};
use causeway_plan::rollout::Seen;
use causeway_resources::{Client, Result};

use crate::label;

/// Types, recipes, and what there is of one workload in one environment.
pub struct World {
    /// Known types.
    pub types: Vec<ResourceType>,
    /// Known recipes.
    pub recipes: Vec<Recipe>,
    /// The environment, where there is one.
    pub environment: Option<Environment>,
    /// The workload's claims in it.
    pub claims: Vec<Claim>,
    /// The workload's deployment in it.
    pub deployment: Option<Deployment>,
}

impl World {
    /// Reads it.
    pub async fn read(client: &Client, namespace: &str, workload: &str, environment: &str) -> Result<Self> {
        let selector = format!("{}={workload},{}={environment}", label::WORKLOAD, label::ENVIRONMENT);
        Ok(Self {
            types: client.list::<ResourceTypeSpec>(None).await?,
            recipes: client.list::<RecipeSpec>(None).await?,
            environment: environment_of(client, namespace, environment)?,
            claims: client.list_by::<ClaimSpec>(Some(namespace), &selector).await?,
            deployment: client.get::<DeploymentSpec>(namespace, &deployment::name(workload, environment))?,
        })
    }

    /// As the plan crate wants to see it.
    pub fn seen<'a>(&'a self, drivers: &'a [&'a str]) -> Seen<'a> {
        Seen {
            types: &self.types,
            recipes: &self.recipes,
            drivers,
            claims: &self.claims,
            deployment: self.deployment.as_ref(),
        }
    }
}

/// An environment by name: the namespace's own, otherwise the shared one of the namespace `default`.
pub(crate) fn environment_of(client: &Client, namespace: &str, name: &str) -> Result<Option<Environment>> {
    let own = client.get::<EnvironmentSpec>(namespace, name)?;
    if own.is_some() || namespace == causeway_core::DEFAULT_NAMESPACE {
        return Ok(own);
    }
    client.get::<EnvironmentSpec>(causeway_core::DEFAULT_NAMESPACE, name)
}

/// Names of all objects of a kind in a namespace.
pub(crate) async fn names<S: Spec>(client: &Client, namespace: &str) -> Result<String> {
    let mut names: Vec<String> = client.list::<S>(Some(namespace)).await?.iter().map(|r| r.name().to_owned()).collect();
    names.sort();
    Ok(if names.is_empty() { "none".into() } else { names.join(", ") })
}
