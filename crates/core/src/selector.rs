//! Label selectors and field selectors, in the grammar and with the error words of `k8s.io/apimachinery`.

mod field;
mod label;

pub use field::{FieldSelector, FieldTerm};
pub use label::{LabelSelector, Operator, Requirement};

/// Why a selector cannot be used. Its text is what a Kubernetes API server answers with status 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// The grammar is broken.
    #[error("unable to parse requirement: {0}")]
    Grammar(String),
    /// A key or value is none, or an operator got the wrong number of values.
    #[error("unable to parse requirement: {}", .0.iter().map(String::as_str).collect::<Vec<_>>().join(", "))]
    Requirement(Vec<String>),
    /// The structured form has the wrong shape.
    #[error("{field}: Invalid value: {message}")]
    Shape {
        /// Path within the selector.
        field: String,
        /// What is wrong.
        message: String,
    },
    /// A field selector that is neither `field=value` nor `field!=value`.
    #[error("invalid selector: '{selector}'; can't understand '{term}'")]
    Field {
        /// The whole.
        selector: String,
        /// The part.
        term: String,
    },
    /// A field by which the kind cannot be selected.
    #[error("field label not supported: {0}")]
    Unsupported(String),
}
