//! What the owner of a runner decides.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What becomes of a step whose action does not run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownActions {
    /// It fails.
    #[default]
    Fail,
    /// It is skipped, and the job says so; it never counts as passed.
    Skip,
}

/// The settings of a runner.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What becomes of actions that do not run here.
    pub unknown_actions: UnknownActions,
    /// The environment that every process begins with.
    pub environment: BTreeMap<String, String>,
    /// Its name, as `runner.name`.
    pub name: String,
    /// How many jobs of a run may run at the same time.
    pub parallel_jobs: usize,
    /// Where what `actions/cache` keeps lies.
    pub cache_folder: PathBuf,
}
