//! From what a developer asks for to all that it takes: the Application.
//!
//! An Application becomes a plan, a run of its golden path's template, and a deployment; the other capabilities do the rest when
//! they see what appears in the store. Its deletion takes everything away again, in order.

mod controller;
mod preview;
mod proposal;
mod removal;
mod stage;

pub use controller::ApplicationController;
pub use preview::Preview;

/// Label: name of the Application for whose sake an object is there.
pub(crate) const APPLICATION: &str = "platform.causeway.dev/application";
/// Label: name of the workload that an object belongs to.
pub(crate) const WORKLOAD: &str = "platform.causeway.dev/workload";
/// Label: name of the environment that an object belongs to.
pub(crate) const ENVIRONMENT: &str = "platform.causeway.dev/environment";
/// Annotation: who asked for an object.
pub(crate) const ACTOR: &str = "platform.causeway.dev/actor";
/// Annotation: the repository stays when the application goes.
pub(crate) const KEEP_REPOSITORY: &str = "platform.causeway.dev/keep-repository";
