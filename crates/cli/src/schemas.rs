//! Schemas of kinds, from the server's OpenAPI document: for explanations, and to read fields under their further names.

use causeway_core::Object;
use causeway_core::schema::Compiled;
use serde_json::Value;

use crate::client::{Address, ApiError, Call, Client};
use crate::discovery::KindOf;

/// The schema of a kind as the server has it.
pub(crate) async fn of(client: &Client, kind: &KindOf) -> Result<Option<Value>, ApiError> {
    let root = if kind.group.is_empty() { "api".to_owned() } else { format!("apis/{}", kind.group) };
    let document = client.value(Call::get(Address::of(&format!("/openapi/v3/{root}/{}", kind.version)))).await?;
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    Ok(schemas.into_iter().flat_map(|map| map.values()).find(|schema| describes(schema, kind)).cloned())
}

fn describes(schema: &Value, kind: &KindOf) -> bool {
    let kinds = schema.get("x-kubernetes-group-version-kind").and_then(Value::as_array);
    let is = |entry: &Value| entry["kind"] == kind.kind.as_str() && entry["group"] == kind.group.as_str();
    kinds.is_some_and(|kinds| kinds.iter().any(is))
}

/// Brings an object into the form in which the server stores it, as far as names of fields and values go. Only then can it
/// be compared with what is stored; what is wrong with it stays, for the server to say.
pub(crate) fn canonicalise(object: &mut Object, schema: Option<&Value>) {
    if let Some(compiled) = schema.and_then(|schema| Compiled::new(schema).ok()) {
        let mut value = std::mem::take(object).into_value();
        compiled.canonicalise(&mut value);
        *object = Object::from_value(value).unwrap_or_default();
    }
    let kind = causeway_kinds::builtin().into_iter().find(|kind| kind.definition.kind == object.kind());
    if let Some(kind) = kind {
        (kind.normalise)(object);
    }
}
