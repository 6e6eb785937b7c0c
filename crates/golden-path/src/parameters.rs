//! The parameters of a template: defaults filled in, and checked page by page against their schemas.

use serde_json::{Map, Value};

use crate::Template;

/// A value that a page does not accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct ParameterError {
    /// The parameter, as `name` or `name.part`; empty for the page as a whole.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// The values with the defaults of every page filled in.
pub fn complete(template: &Template, values: &Map<String, Value>) -> Map<String, Value> {
    let mut whole = Map::new();
    for page in &template.pages {
        for (name, schema) in page.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if let Some(default) = schema.get("default") {
                whole.insert(name.clone(), default.clone());
            }
        }
    }
    whole.extend(values.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())));
    whole
}

/// Everything that the pages do not accept, in their order. A page that is no valid schema accepts anything.
pub fn check(template: &Template, values: &Map<String, Value>) -> Vec<ParameterError> {
    let instance = Value::Object(values.clone());
    let mut wrong = Vec::new();
    for page in &template.pages {
        let Ok(validator) = jsonschema::validator_for(page) else { continue };
        for error in validator.iter_errors(&instance) {
            let path = error.instance_path().to_string();
            wrong.push(ParameterError {
                field: path.trim_start_matches('/').replace('/', "."),
                message: error.to_string(),
            });
        }
    }
    wrong
}
