//! Everything that is done with a resource because of what its kind looks like: reading old and alternative spellings,
//! finding unknown fields, pruning, defaults, validation, explanation.
//!
//! All of it works from the structural OpenAPI v3 schema and never from a Rust type, so that a kind which somebody
//! defines at run time gets the same treatment as one that is compiled in. A schema is [`Compiled`] once and then used
//! for every object of its kind. The order on a write is: [`Compiled::canonicalise`], [`Compiled::unknown_fields`] (to
//! refuse or to warn), [`Compiled::prune`], [`Compiled::default`], [`Compiled::validate`].
//!
//! What is understood, beyond the keywords of structural schemas as `apiextensions.k8s.io/v1` defines them: `x-aliases`, a
//! list of further names under which a property is read.

mod canonical;
mod compiled;
mod defaults;
mod distance;
mod error;
mod explain;
mod format;
mod generate;
mod node;
mod object;
mod prune;
mod spot;
mod validate;

pub use compiled::{CompileError, Compiled};
pub use distance::nearest;
pub use error::{FieldError, Reason};
pub use explain::{Explained, ExplainedField, explain};
pub use generate::from_type;
pub use object::{object_schema, with_metadata};
