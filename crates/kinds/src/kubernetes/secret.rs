//! Secrets by key, as Kubernetes clients write and read them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use causeway_core::schema::FieldError;
use causeway_core::{Column, Definition, Object};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Body, Flat, keyed};
use crate::definition::{flat, strings, with_age};
use crate::hint::is_unset;
use crate::kind::Kind;
use crate::rule;

/// The fields of a secret. It has no `Debug`, so that it cannot be printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SecretBody {
    /// What sort of secret it is, such as `Opaque`.
    pub r#type: String,
    /// Values in base64 by key.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("additionalProperties" = {"type": "string", "format": "byte"}))]
    pub data: IndexMap<String, String>,
    /// Values as they are by key, for writing only; they go into `data`.
    #[serde(skip_serializing_if = "is_unset")]
    pub string_data: IndexMap<String, String>,
    /// Whether it can never change again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub immutable: Option<bool>,
}

impl Default for SecretBody {
    fn default() -> Self {
        Self { r#type: "Opaque".into(), data: IndexMap::new(), string_data: IndexMap::new(), immutable: None }
    }
}

impl Body for SecretBody {
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Secret";
    const PLURAL: &'static str = "secrets";
}

/// A secret.
pub type Secret = Flat<SecretBody>;

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).normalised_by(normalise).validated_by(validate)
}

fn definition() -> Definition {
    let columns = vec![Column::text("Type", ".type")];
    Definition { selectable_fields: strings(&["type"]), ..flat::<SecretBody>("Secrets by key.", with_age(columns)) }
}

/// Moves what was written as text to where it is stored.
fn normalise(object: &mut Object) {
    let fits = |value: &Value| value.as_object().is_some_and(|map| map.values().all(Value::is_string));
    if !object.0.get("stringData").is_some_and(fits) {
        return;
    }
    let Some(Value::Object(texts)) = object.0.shift_remove("stringData") else {
        return;
    };
    let data = object.object_at(&["data"]);
    for (key, value) in texts {
        data.insert(key, STANDARD.encode(value.as_str().unwrap_or_default()).into());
    }
}

fn validate(object: &Object, old: Option<&Object>) -> Vec<FieldError> {
    let mut errors = keyed::check_keys(object, &["data"]);
    errors.extend(rule::immutable(object, old, &["type"]));
    errors.extend(keyed::check_frozen(object, old, &["data"]));
    errors
}
