//! The way of an object into the store, as far as its kind is concerned.

use std::sync::LazyLock;

use causeway_core::Object;
use causeway_core::schema::Compiled;
use causeway_kinds::{Kind, builtin};
use serde_json::Value;

/// Kinds with their schemas made ready.
pub(crate) struct Admission {
    kinds: Vec<(Kind, Compiled)>,
}

impl Admission {
    /// Schemas are not cheap to compile, so all tests use the same.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: LazyLock<Admission> = LazyLock::new(Admission::new);
        &SHARED
    }

    fn new() -> Self {
        let compile = |kind: Kind| {
            let schema = Compiled::new(&kind.definition.storage_version().schema);
            let schema = schema.unwrap_or_else(|error| panic!("{}: {error}", kind.definition.kind));
            (kind, schema)
        };
        Self { kinds: builtin().into_iter().map(compile).collect() }
    }

    /// The object as it would be stored, or everything that is wrong with it.
    pub(crate) fn admit(&self, document: &Value, stored: Option<&Value>) -> Result<Object, Vec<String>> {
        let mut object = Object::from_value(document.clone()).expect("a document is an object");
        if object.group() == "platform.example.com" {
            object.set(&["apiVersion"], format!("platform.causeway.dev/{}", object.version()));
        }
        let found = self
            .kinds
            .iter()
            .find(|(kind, _)| kind.definition.group == object.group() && kind.definition.kind == object.kind());
        let (kind, schema) = found.unwrap_or_else(|| panic!("no kind {} {}", object.api_version(), object.kind()));
        let stored = stored.map(|stored| Object::from_value(stored.clone()).expect("a document is an object"));

        let mut value = object.into_value();
        let mut errors = schema.canonicalise(&mut value);
        errors.extend(schema.unknown_fields(&value));
        schema.prune(&mut value);
        schema.default(&mut value);
        let mut object = Object::from_value(value).expect("still an object");
        (kind.normalise)(&mut object);
        let value = object.into_value();
        errors.extend(schema.validate(&value));
        let object = Object::from_value(value).expect("still an object");
        if errors.is_empty() {
            errors.extend((kind.validate)(&object, stored.as_ref()));
        }
        let mut errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        if let Err(problem) = kind.definition.names.check(object.name()) {
            errors.push(format!("metadata.name: {problem}"));
        }
        if errors.is_empty() { Ok(object) } else { Err(errors) }
    }
}
