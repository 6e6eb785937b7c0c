//! Labels by which the parts of a service find each other.

/// Name of the Application for whose sake an object is there.
pub const APPLICATION: &str = "platform.causeway.dev/application";
/// Name of the workload that an object belongs to.
pub const WORKLOAD: &str = "platform.causeway.dev/workload";
/// Name of the environment that an object belongs to.
pub const ENVIRONMENT: &str = "platform.causeway.dev/environment";
/// Annotation: who asked for an object.
pub const ACTOR: &str = "platform.causeway.dev/actor";
