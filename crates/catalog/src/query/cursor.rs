//! Where a page ended, as a text that means something to this server alone: base64 of JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FullText, Order, QueryError};

/// A place in an ordered list, with the query that the list answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Cursor {
    /// What is ordered by.
    pub order_fields: Vec<Order>,
    /// What is looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_text_filter: Option<FullText>,
    /// The values of `filter=`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filter: Vec<String>,
    /// The predicate.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub query: Value,
    /// The last (or, going back, the first) row that was given: value and reference.
    pub order_field_values: Option<Spot>,
    /// Whether the page lies before that row.
    pub is_previous: bool,
    /// The first row of the first page.
    pub first_sort_field_values: Option<Spot>,
    /// How many there were when the list began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_items: Option<usize>,
}

/// A row of an ordered list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot(pub Option<String>, pub String);

impl Cursor {
    /// As text.
    pub fn encode(&self) -> String {
        STANDARD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// From text.
    pub fn decode(text: &str) -> Result<Self, QueryError> {
        let malformed = |why: String| QueryError::new(format!("Malformed cursor: {why}"));
        let bytes = STANDARD.decode(text).map_err(|e| malformed(e.to_string()))?;
        serde_json::from_slice(&bytes).map_err(|e| malformed(e.to_string()))
    }
}
