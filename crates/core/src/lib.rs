//! What every other crate stands on: names, references, objects, conditions, selectors, quantities, patches and schemas.
//!
//! Nothing here does I/O, knows an async runtime, or asks a clock: time comes in as a parameter. An [`Object`] is a
//! resource as it is on the wire; a [`Resource`] is the same thing seen through a Rust type. Whatever works on
//! resources in general (validation, defaults, printing, storing) works on the former, from its [`Definition`].
#![warn(missing_docs)]

pub mod condition;
pub mod definition;
pub mod duration;
pub mod key;
pub mod metadata;
pub mod name;
pub mod object;
pub mod patch;
pub mod path;
pub mod quantity;
pub mod reference;
pub mod resource;
pub mod schema;
pub mod secret;
pub mod selector;
pub mod time;
pub mod yaml;

pub use condition::{Condition, ConditionStatus};
pub use definition::{Column, Definition, Scope, Version};
pub use key::{GroupResource, Key};
pub use metadata::{Metadata, OwnerReference};
pub use object::Object;
pub use resource::{Resource, Spec};
pub use time::Timestamp;

/// The group of the platform's own kinds.
pub const PLATFORM_GROUP: &str = "platform.causeway.dev";
/// `apiVersion` of the platform's own kinds.
pub const PLATFORM_API_VERSION: &str = "platform.causeway.dev/v1";
/// The namespace that may be left out.
pub const DEFAULT_NAMESPACE: &str = "default";
