//! From what a client sent to an object that keeps every rule of its schema.

use causeway_core::schema::{FieldError, Reason};
use causeway_core::{Definition, Object};
use serde_json::Value;

use crate::{Entry, Error, Result, Strictness, metadata};

/// Reads an incoming object: names in their canonical spelling, unknown fields dealt with, defaults in place, in the version
/// in which it is stored. It is not validated yet, since admission may still change it.
pub(crate) fn accept(entry: &Entry, object: &mut Object, strictness: Strictness) -> Result<Vec<String>> {
    let definition = &entry.definition;
    let version = object.version().to_owned();
    let Some(schema) = entry.schema(&version) else {
        return Err(Error::bad(format!(
            "{} is not served in version {version:?}; served are {}",
            definition.kind,
            definition.versions.iter().filter(|v| v.served).map(|v| v.name.as_str()).collect::<Vec<_>>().join(", ")
        )));
    };
    let mut value = Value::Object(std::mem::take(&mut object.0));
    let mut wrong = schema.canonicalise(&mut value);
    let mut unknown = schema.unknown_fields(&value);
    for field in metadata::unknown_fields(definition, &value) {
        if !unknown.iter().any(|u| u.path == field.path) {
            unknown.push(field);
        }
    }
    let warnings = match strictness {
        Strictness::Strict => {
            wrong.append(&mut unknown);
            Vec::new()
        }
        Strictness::Warn => unknown.iter().map(ToString::to_string).collect(),
        Strictness::Ignore => Vec::new(),
    };
    schema.prune(&mut value);
    metadata::prune(definition, &mut value);
    schema.default(&mut value);
    if let Value::Object(map) = value {
        object.0 = map;
    }
    if !wrong.is_empty() {
        return Err(strict_error(definition, object, wrong));
    }
    entry.normalise(object);
    object.set(&["apiVersion"], definition.api_version(&definition.storage_version().name));
    Ok(warnings)
}

fn strict_error(definition: &Definition, object: &Object, mut causes: Vec<FieldError>) -> Error {
    hide(definition, &mut causes);
    let said = causes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Error::BadRequest { message: format!("{} {:?} cannot be decoded: {said}", definition.kind, object.name()), causes }
}

/// Checks an object against its schema and the rules of its kind; every violation is in the error.
pub(crate) fn validate(entry: &Entry, object: &Object, old: Option<&Object>) -> Result<()> {
    let definition = &entry.definition;
    let mut causes = metadata::validate(definition, object, old);
    if let Some(schema) = entry.schema(&definition.storage_version().name) {
        causes.extend(schema.validate(&Value::Object(object.0.clone())));
    }
    if causes.is_empty() {
        causes = entry.validate(object, old);
    }
    if causes.is_empty() { Ok(()) } else { Err(invalid(definition, object, causes)) }
}

/// What is wrong with a value of a Secret is said without it.
fn hide(definition: &Definition, causes: &mut [FieldError]) {
    if !definition.group.is_empty() || definition.kind != "Secret" {
        return;
    }
    let is_value = |path: &str| ["data", "stringData"].iter().any(|field| path.starts_with(field));
    for cause in causes.iter_mut().filter(|c| c.reason != Reason::FieldUnknown && is_value(&c.path)) {
        cause.message = "Invalid value: \"***\": must be base64 in data, text in stringData".into();
        cause.nearest = None;
    }
}

pub(crate) fn invalid(definition: &Definition, object: &Object, mut causes: Vec<FieldError>) -> Error {
    hide(definition, &mut causes);
    Error::Invalid {
        group: definition.group.clone(),
        kind: definition.kind.clone(),
        name: object.name().to_owned(),
        causes,
    }
}
