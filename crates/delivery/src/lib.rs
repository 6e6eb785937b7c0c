//! From a release to something that runs: environments, claims, deployments, and the plans under which they change.
//!
//! Controllers decide with the pure functions of the plan crate and act through drivers; they meet the other capabilities in
//! the store alone.

mod claim;
mod cluster;
mod deployment;
mod environment;
mod failure;
pub mod label;
mod plan;
mod ready;
mod release;
mod world;

use std::path::PathBuf;
use std::sync::Arc;

use causeway_drivers::{ResourceDrivers, Runtime};
use causeway_engine::Engine;
use causeway_resources::Resources;
use causeway_secrets::Secrets;

pub use plan::{Approve, ApproveError, approve};
pub use world::World;

/// What the controllers act through.
#[derive(Clone)]
pub struct Means {
    /// Resources of every kind.
    pub resources: Arc<Resources>,
    /// Secrets of environments.
    pub secrets: Secrets,
    /// How claims are made.
    pub drivers: ResourceDrivers,
    /// Where deployments run.
    pub runtime: Arc<dyn Runtime>,
    /// Where artifacts lie.
    pub artifacts: PathBuf,
    /// The port of the ingress, for addresses.
    pub ingress_port: u16,
}

/// All controllers of this crate.
pub struct Controllers {
    claims: claim::ClaimController,
    clusters: cluster::ClusterController,
    deployments: deployment::DeploymentController,
    environments: environment::EnvironmentController,
    plans: plan::PlanController,
    recipes: ready::RecipeController,
    releases: release::ReleaseController,
    resource_types: ready::ResourceTypeController,
    workloads: ready::WorkloadController,
}

impl Controllers {
    /// With the means of one server.
    pub fn new(means: &Means) -> Self {
        Self {
            claims: claim::ClaimController::new(means),
            clusters: cluster::ClusterController::new(means),
            deployments: deployment::DeploymentController::new(means),
            environments: environment::EnvironmentController::new(means),
            plans: plan::PlanController::new(means),
            recipes: ready::RecipeController::new(means),
            releases: release::ReleaseController::new(means),
            resource_types: ready::ResourceTypeController::new(means),
            workloads: ready::WorkloadController::new(means),
        }
    }

    /// Starts them all.
    pub fn register(self, engine: &Engine) {
        let Self { claims, clusters, deployments, environments, plans, recipes, releases, resource_types, workloads } =
            self;
        engine.start(resource_types);
        engine.start(recipes);
        engine.start(clusters);
        engine.start(environments);
        engine.start(claims);
        engine.start(releases);
        engine.start(workloads);
        engine.start(plans);
        engine.start(deployments);
    }
}
