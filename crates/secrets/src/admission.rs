//! No Secret reaches the store with plain values.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use causeway_core::Object;
use causeway_core::schema::FieldError;
use causeway_resources::admission::{Admission, Operation, Request};
use causeway_resources::{Error, Result};
use serde_json::{Map, Value};

use crate::Vault;
use crate::secrets::{ENVIRONMENT, LAST_APPLIED, PATH, place};

/// Seals the values of every Secret that is written.
pub struct Sealing {
    vault: Arc<Vault>,
}

impl Sealing {
    /// With the server's vault.
    pub fn new(vault: Arc<Vault>) -> Self {
        Self { vault }
    }
}

#[async_trait]
impl Admission for Sealing {
    async fn admit(&self, request: &Request<'_>, object: &mut Object, _warnings: &mut Vec<String>) -> Result<()> {
        let definition = &request.entry.definition;
        if !definition.group.is_empty() || definition.plural != "secrets" || request.operation == Operation::Delete {
            return Ok(());
        }
        if request.operation == Operation::Create {
            check_name(object, request.actor.is_system())?;
        }
        let mut wrong = Vec::new();
        let mut data = take(object, "data");
        for (key, value) in take(object, "stringData") {
            let text = value.as_str().unwrap_or_default();
            data.insert(key, Value::String(STANDARD.encode(text)));
        }
        for (key, value) in &mut data {
            let before = request.old.and_then(|o| o.at(&["data", key]));
            if Some(&*value) == before {
                continue;
            }
            match self.seal(object, key, value, before) {
                Ok(sealed) => *value = sealed,
                Err(error) => wrong.push(error),
            }
        }
        if let Err(error) = self.seal_last_applied(request.old, object) {
            wrong.push(error);
        }
        if !wrong.is_empty() {
            let (group, kind) = (String::new(), "Secret".to_owned());
            return Err(Error::Invalid { group, kind, name: object.name().into(), causes: wrong });
        }
        if !data.is_empty() {
            object.set(&["data"], Value::Object(data));
        }
        if object.text(&["type"]).is_empty() {
            object.set(&["type"], "Opaque");
        }
        Ok(())
    }
}

impl Sealing {
    fn seal(
        &self,
        object: &Object,
        key: &str,
        value: &Value,
        before: Option<&Value>,
    ) -> std::result::Result<Value, FieldError> {
        let place = place(object.namespace(), object.name(), key);
        let path = format!("data[{key}]");
        let hidden = Value::String("***".into());
        let bytes = value.as_str().and_then(|text| STANDARD.decode(text).ok());
        let Some(bytes) = bytes else { return Err(FieldError::type_invalid(path, &hidden, "must be base64")) };
        // the same value sent again keeps its seal, so that nothing seems to change
        if let Some(before) = before
            && let Ok(plain) = self.vault.open(&place, before.as_str().unwrap_or_default())
            && *plain == bytes
        {
            return Ok(before.clone());
        }
        let sealed = self.vault.seal(&place, &bytes);
        sealed.map(Value::String).map_err(|e| FieldError::invalid(path, &hidden, &e.to_string()))
    }
}

impl Sealing {
    /// `kubectl apply` keeps a copy of all that it sent, values included, in an annotation.
    fn seal_last_applied(&self, old: Option<&Object>, object: &mut Object) -> std::result::Result<(), FieldError> {
        let Some(text) = object.annotation(LAST_APPLIED) else { return Ok(()) };
        let before = old.and_then(|o| o.annotation(LAST_APPLIED));
        if Some(text) == before {
            return Ok(());
        }
        let place = place(object.namespace(), object.name(), LAST_APPLIED);
        let opens_to = |sealed: &&str| self.vault.open(&place, sealed).is_ok_and(|plain| *plain == text.as_bytes());
        let sealed = match before.filter(opens_to) {
            Some(same) => same.to_owned(),
            None => self.vault.seal(&place, text.as_bytes()).map_err(|e| {
                FieldError::invalid(
                    format!("metadata.annotations[{LAST_APPLIED}]"),
                    &Value::String("***".into()),
                    &e.to_string(),
                )
            })?,
        };
        object.set(&["metadata", "annotations", LAST_APPLIED], sealed);
        Ok(())
    }
}

fn take(object: &mut Object, field: &str) -> Map<String, Value> {
    match object.0.shift_remove(field) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// The names of an environment's secrets are the platform's to give: only it says which path they stand for.
fn check_name(object: &Object, is_system: bool) -> Result<()> {
    if is_system || (object.annotation(PATH).is_none() && object.label(ENVIRONMENT).is_none()) {
        return Ok(());
    }
    let wanted = format!(
        "{}.{}",
        object.annotation(PATH).unwrap_or_default().replace('/', "-"),
        object.label(ENVIRONMENT).unwrap_or_default()
    );
    if object.name() == wanted {
        return Ok(());
    }
    Err(Error::refused(
        "secrets",
        object.name(),
        format!(
            "the secret {:?} says that it is a secret of an environment, but its name would then be {wanted:?}",
            object.name()
        ),
    ))
}
