//! What a driver's error means to a controller.

use causeway_drivers::{DriverError, ErrorClass};
use causeway_engine::Failure;

/// Errors that time may heal are tried again; the others wait for a change. The cause goes to the log, since it may hold
/// more than people should see.
pub(crate) fn of_driver(error: &DriverError) -> Failure {
    if let Some(source) = &error.source {
        tracing::warn!(reason = error.reason, cause = %source, "a driver failed");
    }
    let message = match &error.hint {
        Some(hint) => format!("{}; {hint}", error.message),
        None => error.message.clone(),
    };
    match error.class {
        ErrorClass::Transient | ErrorClass::Conflict | ErrorClass::Lost => Failure::transient(error.reason, message),
        ErrorClass::Invalid | ErrorClass::Denied => Failure::terminal(error.reason, message),
    }
}
