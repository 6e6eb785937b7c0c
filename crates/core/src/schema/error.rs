//! What is wrong with one field, in the words and with the reasons of `k8s.io/apimachinery/pkg/util/validation/field`.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::distance::nearest;

/// Longest value that an error repeats, in characters of JSON.
const SHOWN_MAX: usize = 400;

/// Why a field is refused; the wire form is the `reason` of a `StatusCause`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// It must be given.
    FieldValueRequired,
    /// Its value breaks a rule.
    FieldValueInvalid,
    /// It is not one of the allowed values.
    FieldValueNotSupported,
    /// It has the wrong type or format.
    FieldValueTypeInvalid,
    /// Its text is too long.
    FieldValueTooLong,
    /// It has too many items or entries.
    FieldValueTooMany,
    /// Another item says the same.
    FieldValueDuplicate,
    /// It must not be given here.
    FieldValueForbidden,
    /// The kind has no such field.
    FieldUnknown,
}

impl Reason {
    /// The wire form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FieldValueRequired => "FieldValueRequired",
            Self::FieldValueInvalid => "FieldValueInvalid",
            Self::FieldValueNotSupported => "FieldValueNotSupported",
            Self::FieldValueTypeInvalid => "FieldValueTypeInvalid",
            Self::FieldValueTooLong => "FieldValueTooLong",
            Self::FieldValueTooMany => "FieldValueTooMany",
            Self::FieldValueDuplicate => "FieldValueDuplicate",
            Self::FieldValueForbidden => "FieldValueForbidden",
            Self::FieldUnknown => "FieldUnknown",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// Where: `spec.ports[1].port`; empty for the object itself.
    pub path: String,
    /// Why.
    pub reason: Reason,
    /// What is wrong, without the path: `Unsupported value: "huge": supported values: "small", "medium"`.
    pub message: String,
    /// The right name or value that is nearest to what was written, where one is near.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
    /// The allowed values, or the known field names, where there is a list of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
}

impl FieldError {
    fn new(path: impl Into<String>, reason: Reason, message: String) -> Self {
        Self { path: path.into(), reason, message, nearest: None, allowed: Vec::new() }
    }

    /// A field that is missing; `detail` may be empty.
    pub fn required(path: impl Into<String>, detail: &str) -> Self {
        Self::new(path, Reason::FieldValueRequired, with_detail("Required value".into(), detail))
    }

    /// A value that breaks a rule.
    pub fn invalid(path: impl Into<String>, value: &Value, detail: &str) -> Self {
        Self::new(path, Reason::FieldValueInvalid, with_detail(format!("Invalid value: {}", show(value)), detail))
    }

    /// A value that is none of the allowed ones.
    pub fn not_supported(path: impl Into<String>, value: &Value, allowed: &[String]) -> Self {
        let listed: Vec<String> = allowed.iter().map(|text| format!("{text:?}")).collect();
        let supported =
            if listed.is_empty() { String::new() } else { format!("supported values: {}", listed.join(", ")) };
        let message = with_detail(format!("Unsupported value: {}", show(value)), &supported);
        let near = value.as_str().and_then(|text| nearest(text, allowed.iter().map(String::as_str)));
        Self {
            nearest: near.map(str::to_owned),
            allowed: allowed.to_vec(),
            ..Self::new(path, Reason::FieldValueNotSupported, message)
        }
    }

    /// A value of the wrong type or format; `value` is shown.
    pub fn type_invalid(path: impl Into<String>, value: &Value, detail: &str) -> Self {
        Self::new(path, Reason::FieldValueTypeInvalid, with_detail(format!("Invalid value: {}", show(value)), detail))
    }

    /// A text that is longer than `max` bytes.
    pub fn too_long(path: impl Into<String>, max: u64) -> Self {
        let unit = if max == 1 { "byte" } else { "bytes" };
        Self::new(path, Reason::FieldValueTooLong, format!("Too long: may not be more than {max} {unit}"))
    }

    /// A list or map with more than `max` items.
    pub fn too_many(path: impl Into<String>, actual: usize, max: u64) -> Self {
        let unit = if max == 1 { "item" } else { "items" };
        Self::new(path, Reason::FieldValueTooMany, format!("Too many: {actual}: must have at most {max} {unit}"))
    }

    /// An item that another one repeats.
    pub fn duplicate(path: impl Into<String>, value: &Value) -> Self {
        Self::new(path, Reason::FieldValueDuplicate, format!("Duplicate value: {}", show(value)))
    }

    /// A field that must not be given.
    pub fn forbidden(path: impl Into<String>, detail: &str) -> Self {
        Self::new(path, Reason::FieldValueForbidden, with_detail("Forbidden".into(), detail))
    }

    /// A field that the kind does not have; `known` are the names it has there.
    pub fn unknown<'a>(path: impl Into<String>, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Self {
        let path = path.into();
        let message = format!("unknown field {path:?}");
        Self {
            nearest: nearest(name, known.clone()).map(str::to_owned),
            allowed: known.map(str::to_owned).collect(),
            ..Self::new(path, Reason::FieldUnknown, message)
        }
    }

    /// What to try, as one clause: `did you mean "size"?`
    pub fn hint(&self) -> Option<String> {
        self.nearest.as_ref().map(|near| format!("did you mean {near:?}?"))
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            // The message of an unknown field names the path itself, as strict decoding does in Kubernetes.
            Reason::FieldUnknown => f.write_str(&self.message),
            _ if self.path.is_empty() => f.write_str(&self.message),
            _ => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

impl std::error::Error for FieldError {}

fn with_detail(head: String, detail: &str) -> String {
    if detail.is_empty() { head } else { format!("{head}: {detail}") }
}

/// A value as errors repeat it: JSON, cut where it is long.
fn show(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
