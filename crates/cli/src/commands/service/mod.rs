//! Services: made, looked at, deployed, taken away.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod deploy;
pub(crate) mod logs;
pub(crate) mod open;
mod owner;
pub(crate) mod promote;
pub(crate) mod rollback;
mod rollout;
mod story;
mod summary;

/// Label: the application that an object belongs to.
const APPLICATION: &str = "platform.causeway.dev/application";

/// Label selector for everything of an application.
fn of_application(name: &str) -> String {
    format!("{APPLICATION}={name}")
}
