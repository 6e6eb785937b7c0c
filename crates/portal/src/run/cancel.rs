//! Stopping a run.

use axum::extract::Path;
use axum::response::Redirect;
use causeway_core::Spec as _;
use causeway_kinds::run::RunSpec;

use crate::address;
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Asks the run to stop, as a patch of `spec.cancel` over the API would.
pub(super) async fn cancel(
    viewer: Viewer,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Redirect, Refusal> {
    viewer.see::<RunSpec>(&namespace, &name).await?;
    viewer.need("patch", &RunSpec::resource(), "", &namespace).await?;
    viewer.client().modify::<RunSpec>(&namespace, &name, |run| run.spec.cancel = true).await?;
    Ok(Redirect::to(&address::run(&namespace, &name)))
}
