//! Running the same again, under another name.

use axum::extract::Path;
use axum::response::Redirect;
use causeway_core::{Metadata, Spec as _};
use causeway_kinds::run::{Run, RunSpec};

use crate::address;
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Orders a run that has ended once more, as a `POST` of it over the API would.
pub(super) async fn retry(
    viewer: Viewer,
    Path((namespace, name)): Path<(String, String)>,
) -> Result<Redirect, Refusal> {
    let run = viewer.see::<RunSpec>(&namespace, &name).await?;
    viewer.need("create", &RunSpec::resource(), "", &namespace).await?;
    if run.status.conclusion.is_none() {
        return Err(Refusal::refused(format!("{name} has not ended yet. Cancel it first, or wait for its end.")));
    }
    let made = viewer.client().create(&again(&run, &viewer.caller.actor.user)).await?;
    Ok(Redirect::to(&address::run(made.namespace(), made.name())))
}

/// The run as it was asked for the first time; its labels tell controllers whose it is.
fn again(run: &Run, user: &str) -> Run {
    let metadata = Metadata {
        namespace: run.namespace().to_owned(),
        generate_name: Some(format!("{}-retry-", run.name())),
        labels: run.metadata.labels.clone(),
        annotations: run.metadata.annotations.clone(),
        ..Metadata::default()
    };
    let spec =
        RunSpec { cancel: false, retry_of: run.name().to_owned(), created_by: user.to_owned(), ..run.spec.clone() };
    Run::new(metadata, spec)
}
