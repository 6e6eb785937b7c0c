//! One document of a file, as far as it can be judged without the store: is it an entity at all, and which one.

use causeway_core::name::check_backstage_namespace;
use causeway_core::yaml::Document;
use causeway_core::{Object, reference::EntityRef};
use causeway_kinds::catalog::GROUP;
use causeway_kinds::source::SourceError;
use serde_json::Value;

/// Largest entity, in bytes of JSON.
const ENTITY_MAX: usize = 1 << 20;

/// What the server alone sets, or what would let a file reach beyond its own entity.
const NOT_FROM_FILES: [&str; 10] = [
    "uid",
    "etag",
    "resourceVersion",
    "generation",
    "generateName",
    "creationTimestamp",
    "deletionTimestamp",
    "finalizers",
    "ownerReferences",
    "managedFields",
];

/// An entity as it stands in a file.
pub(super) struct Descriptor {
    pub(super) object: Object,
    pub(super) reference: EntityRef,
    pub(super) file: String,
    pub(super) document: Document,
}

impl Descriptor {
    /// From a document whose placeholders are filled in. Without a namespace of its own the entity gets `namespace`.
    pub(super) fn read(file: &str, document: Document, value: Value, namespace: &str) -> Result<Self, SourceError> {
        let refuse = |path: &str, message: String| Err(error_at(file, &document, path, message));
        let Value::Object(map) = value else {
            return refuse("", "an entity is expected here, which is a map of fields".into());
        };
        let mut object = Object(map);
        for field in ["apiVersion", "kind"] {
            if object.text(&[field]).is_empty() {
                return refuse("", format!("{field} is missing, and so this is not an entity"));
            }
        }
        if !matches!(object.0.get("metadata"), Some(Value::Object(_))) {
            return refuse("metadata", "metadata is missing, and so this is not an entity".into());
        }
        NOT_FROM_FILES.iter().for_each(|field| object.set(&["metadata", field], Value::Null));
        if object.name().is_empty() {
            return refuse("metadata.name", "metadata.name is missing, or is not a text".into());
        }
        match object.at(&["metadata", "namespace"]) {
            None | Some(Value::Null) => object.set(&["metadata", "namespace"], namespace),
            Some(Value::String(own)) => {
                if let Err(why) = check_backstage_namespace(own) {
                    return refuse("metadata.namespace", format!("metadata.namespace {own:?}: {why}"));
                }
            }
            Some(_) => return refuse("metadata.namespace", "metadata.namespace is not a text".into()),
        }
        let size = serde_json::to_string(&object).map_or(0, |text| text.len());
        if size > ENTITY_MAX {
            return refuse("", format!("the entity has {size} bytes, and {ENTITY_MAX} is the most that is kept"));
        }
        let reference = EntityRef::new(object.kind(), object.namespace(), object.name());
        Ok(Self { object, reference, file: file.into(), document })
    }

    /// An error about a field of it.
    pub(super) fn error(&self, path: &str, message: impl std::fmt::Display) -> SourceError {
        error_at(&self.file, &self.document, path, format!("{}: {message}", self.reference.canonical()))
    }

    /// The line on which it begins.
    pub(super) fn line(&self) -> usize {
        self.document.line
    }

    /// Whether it leads to further files.
    pub(super) fn is_location(&self) -> bool {
        self.object.group() == GROUP && self.object.kind() == "Location"
    }
}

/// An error about a field of a document.
pub(super) fn error_at(file: &str, document: &Document, path: &str, message: String) -> SourceError {
    let position = document.position(path);
    SourceError { file: file.into(), line: number(position.line), column: number(position.column), message }
}

pub(super) fn number(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
