//! What the derived schemas cannot say by themselves: which fields are required.
//!
//! Our structs are decoded leniently (`#[serde(default)]`), because what reaches them was validated against the schema;
//! the schema is where strictness lives, and these hints put it there.

use schemars::Schema;
use schemars::transform::Transform;
use serde_json::Value;

/// Names the fields of an object that must be there, apart by blanks. They have no default, whatever serde would fill in.
#[derive(Clone)]
pub(crate) struct Required(pub(crate) &'static str);

impl Transform for Required {
    fn transform(&mut self, schema: &mut Schema) {
        let names: Vec<&str> = self.0.split(' ').collect();
        schema.insert("required".into(), names.clone().into());
        let Some(Value::Object(properties)) = schema.get_mut("properties") else {
            return;
        };
        for name in names {
            if let Some(Value::Object(property)) = properties.get_mut(name) {
                property.shift_remove("default");
            }
        }
    }
}

/// Whether a field holds what it would hold if nobody had set it; such fields are left out when written.
pub(crate) fn is_unset<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
