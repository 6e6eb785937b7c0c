//! A schema made ready for use: names resolved, patterns compiled, so that nothing is looked up twice.

use serde_json::Value;

use super::node::Node;

/// Why a schema cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {message}")]
pub struct CompileError {
    /// Where in the schema: `properties[spec].properties[a].pattern`.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// The cause, where there is one.
    #[source]
    pub source: Option<Box<regex::Error>>,
}

/// A structural schema of whole objects of one kind, ready for use. Cheap to share in an `Arc`, not cheap to make.
#[derive(Debug)]
pub struct Compiled {
    pub(super) root: Node,
}

impl Compiled {
    /// Compiles a structural OpenAPI v3 schema. Unknown keywords are left alone; `$ref`, a pattern that is no regular
    /// expression and keywords of the wrong shape are refused.
    pub fn new(schema: &Value) -> Result<Self, CompileError> {
        Ok(Self { root: Node::compile(schema, "")? })
    }
}
