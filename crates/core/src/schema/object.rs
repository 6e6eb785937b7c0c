//! Schemas of whole objects: the envelope that every kind has around its `spec` and `status`.

use serde_json::{Map, Value, json};

/// The schema of a whole object from the schemas of its parts. With `open_metadata`, `metadata` takes any further field,
/// and those of the catalog by name.
pub fn object_schema(spec: Value, status: Option<Value>, open_metadata: bool) -> Value {
    let mut properties = Map::new();
    properties.insert("spec".into(), spec);
    if let Some(status) = status {
        properties.insert("status".into(), status);
    }
    with_metadata(json!({"type": "object", "properties": properties}), open_metadata)
}

/// A schema of whole objects with `apiVersion`, `kind` and `metadata` filled in, as a definition made at run time leaves
/// them out. What the schema itself says of the name in `metadata` is kept.
pub fn with_metadata(mut schema: Value, open_metadata: bool) -> Value {
    let mut metadata = metadata_schema(open_metadata);
    if let Some(own) = schema.pointer("/properties/metadata/properties").and_then(Value::as_object) {
        for name in ["name", "generateName"] {
            if let (Some(rules), Some(target)) =
                (own.get(name).and_then(Value::as_object), metadata["properties"][name].as_object_mut())
            {
                target.extend(rules.clone());
            }
        }
    }
    let envelope = [("apiVersion", api_version_schema()), ("kind", kind_schema()), ("metadata", metadata)];
    let mut properties: Map<String, Value> = envelope.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    if let Some(Value::Object(own)) = schema.get_mut("properties").map(Value::take) {
        for (name, value) in own {
            properties.entry(name).or_insert(value);
        }
    }
    if let Value::Object(map) = &mut schema {
        map.entry("type").or_insert_with(|| "object".into());
        map.insert("properties".into(), Value::Object(properties));
    }
    schema
}

fn api_version_schema() -> Value {
    json!({"type": "string", "description": "Group and version of the kind, such as `platform.causeway.dev/v1`."})
}

fn kind_schema() -> Value {
    json!({"type": "string", "description": "The kind, in CamelCase and singular."})
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn time(description: &str) -> Value {
    json!({"type": "string", "format": "date-time", "description": description})
}

fn text_map(description: &str) -> Value {
    json!({"type": "object", "additionalProperties": {"type": "string"}, "description": description})
}

fn metadata_schema(open: bool) -> Value {
    let mut properties = json!({
        "name": text("Unique within kind and namespace."),
        "generateName": text("A prefix from which the server makes the name, where none is given."),
        "namespace": text("The namespace; empty for kinds of the whole cluster."),
        "labels": text_map("Pairs by which objects are selected."),
        "annotations": text_map("Pairs that nothing is selected by."),
        "uid": text("Given by the server, never reused."),
        "resourceVersion": text("The revision of the last write; opaque to clients."),
        "generation": {"type": "integer", "format": "int64", "description": "Raised by each change of the wanted state."},
        "creationTimestamp": time("When it was created."),
        "deletionTimestamp": time("When its deletion was asked for."),
        "deletionGracePeriodSeconds": {"type": "integer", "format": "int64", "description": "Seconds until it is deleted."},
        "selfLink": text("Deprecated; left for clients that send it."),
        "finalizers": {
            "type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set",
            "description": "Who must finish before the object goes."
        },
        "ownerReferences": owner_references_schema(),
        "managedFields": managed_fields_schema(),
    });
    let mut schema = json!({"type": "object", "description": "Name, labels, owners and the rest of the metadata."});
    if open {
        if let (Value::Object(known), Value::Object(catalog)) = (&mut properties, catalog_metadata()) {
            known.extend(catalog);
        }
        schema["x-kubernetes-preserve-unknown-fields"] = true.into();
    }
    schema["properties"] = properties;
    // Clients send `creationTimestamp: null`.
    schema["properties"]["creationTimestamp"]["nullable"] = true.into();
    schema
}

fn owner_references_schema() -> Value {
    json!({
        "type": "array",
        "description": "Objects whose disappearance takes this one along.",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["uid"],
        "items": {
            "type": "object",
            "required": ["apiVersion", "kind", "name", "uid"],
            "properties": {
                "apiVersion": text("Group and version of the owner."),
                "kind": text("Kind of the owner."),
                "name": text("Name of the owner."),
                "uid": text("Uid of the owner; a namesake is another object."),
                "controller": {"type": "boolean", "description": "Whether the owner is the controller; one is at most."},
                "blockOwnerDeletion": {"type": "boolean", "description": "Whether foreground deletion of the owner waits for this object."}
            }
        }
    })
}

fn managed_fields_schema() -> Value {
    json!({
        "type": "array",
        "description": "Who set which fields.",
        "items": {
            "type": "object",
            "properties": {
                "manager": text("Who."),
                "operation": text("`Apply` or `Update`."),
                "apiVersion": text("In which version."),
                "time": time("When."),
                "fieldsType": text("Always `FieldsV1`."),
                "fieldsV1": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "description": "Which fields."},
                "subresource": text("Through which subresource.")
            }
        }
    })
}

/// What Backstage names within `metadata`.
fn catalog_metadata() -> Value {
    json!({
        "title": {"type": "string", "minLength": 1, "description": "A name for people."},
        "description": text("What it is, in a sentence or two."),
        "etag": text("Changes whenever the entity does."),
        "tags": {
            "type": "array", "description": "Words to filter by.",
            "items": {"type": "string", "minLength": 1}
        },
        "links": {
            "type": "array", "description": "Pages that belong to it.",
            "items": {
                "type": "object", "required": ["url"], "x-kubernetes-preserve-unknown-fields": true,
                "properties": {
                    "url": {"type": "string", "minLength": 1, "description": "Where the link leads."},
                    "title": {"type": "string", "minLength": 1, "description": "What it is called."},
                    "icon": {"type": "string", "minLength": 1, "description": "The name of an icon."},
                    "type": {"type": "string", "minLength": 1, "description": "What sort of link it is."}
                }
            }
        }
    })
}
