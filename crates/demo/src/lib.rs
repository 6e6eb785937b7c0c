//! A small organisation to look at: teams, systems, components with what they offer each other, a second environment, and two
//! services that really run.
//!
//! All of it is compiled in and needs neither download nor build. The invariant: whatever is made here carries the label
//! [`LABEL`], and what carries it is all that is ever taken away again.
#![warn(missing_docs)]

mod error;
mod loader;
mod organisation;
mod record;
mod removal;
mod service;

use std::path::Path;
use std::sync::Arc;

use causeway_core::{DEFAULT_NAMESPACE, Timestamp};
use causeway_resources::{Actor, Resources};
use causeway_run::RunLogs;

pub use error::DemoError;
pub use record::RUN;

use crate::loader::{Loader, Stage};

/// Label, with the value `true`: the object belongs to the demo.
pub const LABEL: &str = "platform.causeway.dev/demo";

/// Where the demo's namespaced objects are.
const NAMESPACE: &str = DEFAULT_NAMESPACE;

fn actor() -> Actor {
    Actor::controller("demo")
}

/// Creates what is missing of the demo. What is there under one of its names stays as it is, so that this may be done at every
/// start. `artifacts` is the folder where releases find their files; what was done is kept as the finished run [`RUN`], with
/// `now` as its time.
pub async fn load(
    resources: &Arc<Resources>,
    artifacts: &Path,
    run_logs: &RunLogs,
    now: Timestamp,
) -> Result<(), DemoError> {
    let loader = Loader::new(resources);
    let catalog = loader.create_all(organisation::catalog()?).await?;
    let environments = loader.create_all(organisation::environments()?).await?;
    let releases = service::release_all(&loader, artifacts).await?;
    let deployments = loader.create_all(service::deployments()).await?;
    let stages = [
        Stage { id: "catalog", name: "Write the catalog", lines: catalog },
        Stage { id: "environments", name: "Create the environments", lines: environments },
        Stage { id: "releases", name: "Store and release the services", lines: releases },
        Stage { id: "deployments", name: "Deploy the services", lines: deployments },
    ];
    record::keep(&resources.client(actor()), run_logs, &stages, now).await
}

/// Deletes everything that carries [`LABEL`] and nothing else, and waits until it is gone. Deployments go first, so that
/// nothing loses what it stands on while it runs. Where somebody else's objects still need the demo's, nothing is deleted.
pub async fn remove(resources: &Arc<Resources>, artifacts: &Path) -> Result<(), DemoError> {
    removal::remove(resources, artifacts).await
}
