//! A built-in kind: its definition, and the logic that no schema can express.

use std::collections::HashSet;

use causeway_core::schema::FieldError;
use causeway_core::{Definition, Object};

/// A built-in kind.
#[derive(Clone)]
pub struct Kind {
    /// What there is to know of it.
    pub definition: Definition,
    /// Brings an object that was just read into the one form in which it is stored. Runs after defaults and before
    /// validation, so it takes whatever it is given and leaves alone what it does not understand; doing it twice changes
    /// nothing.
    pub normalise: fn(&mut Object),
    /// What is wrong with an object that fits the schema, beyond what the schema says. The second object is the stored one,
    /// where there is one.
    pub validate: fn(&Object, Option<&Object>) -> Vec<FieldError>,
}

impl Kind {
    /// A kind about which the schema says everything.
    pub(crate) fn new(definition: Definition) -> Self {
        Self { definition, normalise: |_| {}, validate: |_, _| Vec::new() }
    }

    /// With a [`Kind::normalise`].
    pub(crate) fn normalised_by(self, normalise: fn(&mut Object)) -> Self {
        Self { normalise, ..self }
    }

    /// With a [`Kind::validate`].
    pub(crate) fn validated_by(self, validate: fn(&Object, Option<&Object>) -> Vec<FieldError>) -> Self {
        Self { validate, ..self }
    }
}

/// The same kinds, once it is known that no two go by the same name within a group.
///
/// # Panics
///
/// Where two do: the list is part of the program, so that is a mistake in it.
pub fn distinct(kinds: Vec<Kind>) -> Vec<Kind> {
    let mut seen = HashSet::new();
    for definition in kinds.iter().map(|kind| &kind.definition) {
        let names = [&definition.plural, &definition.singular].into_iter().chain(&definition.short_names);
        // A plural that is its own singular is one name.
        let names: HashSet<&String> = names.collect();
        for name in names {
            let fresh = seen.insert((definition.group.clone(), name.clone()));
            assert!(fresh, "two kinds of the group {:?} are called {name:?}", definition.group);
        }
        let fresh = seen.insert((definition.group.clone(), definition.kind.clone()));
        assert!(fresh, "two kinds of the group {:?} are {:?}", definition.group, definition.kind);
    }
    kinds
}
