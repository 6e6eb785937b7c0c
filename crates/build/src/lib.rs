//! From a push to a release: every push starts the workflows that want it, and a green run of the default branch makes a release.

pub mod artifact;
mod facts;
mod program;
mod pushes;
mod release;
mod report;

use std::path::PathBuf;
use std::sync::Arc;

use causeway_forge::{Forge, RepositoryName};
use causeway_pipeline::runner::{JobLimits, UnknownActions};
use causeway_resources::Resources;
use causeway_sandbox::{Sandbox, User};

pub use program::PipelineProgram;
pub use pushes::PushController;

/// What builds need.
#[derive(Clone)]
pub struct Means {
    /// Resources of every kind.
    pub resources: Arc<Resources>,
    /// Hosted repositories.
    pub forge: Forge,
    /// Where the forge keeps them.
    pub repositories: PathBuf,
    /// Where artifacts lie.
    pub artifacts: PathBuf,
    /// Package caches that all runs share.
    pub caches: PathBuf,
    /// Holds processes.
    pub sandbox: Sandbox,
    /// Who jobs run as, where the server is root.
    pub user: Option<User>,
    /// Whether folders appear at fixed paths in sandboxes.
    pub has_fixed_paths: bool,
    /// Paths that stay invisible to jobs.
    pub hide: Vec<PathBuf>,
    /// What a job may use.
    pub limits: JobLimits,
    /// What becomes of actions that do not run here.
    pub unknown_actions: UnknownActions,
    /// The platform's own address, for `github.server_url`.
    pub base_url: String,
}

impl Means {
    /// The bare repository of a name.
    pub(crate) fn repository_path(&self, name: &RepositoryName) -> PathBuf {
        self.repositories.join(name.namespace()).join(format!("{}.git", name.name()))
    }
}

/// Label: name of the Application for whose sake an object is there.
pub(crate) const APPLICATION: &str = "platform.causeway.dev/application";
/// Label: name of the workload that an object belongs to.
pub(crate) const WORKLOAD: &str = "platform.causeway.dev/workload";
/// Label: name of the repository that a run is of.
pub(crate) const REPOSITORY: &str = "platform.causeway.dev/repository";
