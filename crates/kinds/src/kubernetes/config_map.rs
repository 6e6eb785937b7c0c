//! Settings by key.

use causeway_core::schema::FieldError;
use causeway_core::{Definition, Object};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Body, Flat, keyed};
use crate::definition::{flat, strings, with_age};
use crate::hint::is_unset;
use crate::kind::Kind;

/// The fields of a config map.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigMapBody {
    /// Texts by key.
    #[serde(skip_serializing_if = "is_unset")]
    pub data: IndexMap<String, String>,
    /// Bytes in base64 by key.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("additionalProperties" = {"type": "string", "format": "byte"}))]
    pub binary_data: IndexMap<String, String>,
    /// Whether it can never change again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub immutable: Option<bool>,
}

impl Body for ConfigMapBody {
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "ConfigMap";
    const PLURAL: &'static str = "configmaps";
}

/// A config map.
pub type ConfigMap = Flat<ConfigMapBody>;

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).validated_by(validate)
}

fn definition() -> Definition {
    Definition { short_names: strings(&["cm"]), ..flat::<ConfigMapBody>("Settings by key.", with_age(Vec::new())) }
}

fn validate(object: &Object, old: Option<&Object>) -> Vec<FieldError> {
    let mut errors = keyed::check_keys(object, &["data", "binaryData"]);
    errors.extend(keyed::check_frozen(object, old, &["data", "binaryData"]));
    errors
}
