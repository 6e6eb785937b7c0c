//! What is known of each kind: the built-in ones, and those defined at run time.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use causeway_core::schema::{CompileError, Compiled, FieldError};
use causeway_core::{Definition, GroupResource, Object};
use causeway_kinds::Kind;

/// A kind, ready for use.
pub struct Entry {
    /// What it is.
    pub definition: Definition,
    /// Its schemas by version name.
    pub schemas: BTreeMap<String, Arc<Compiled>>,
    normalise: fn(&mut Object),
    validate: fn(&Object, Option<&Object>) -> Vec<FieldError>,
}

impl Entry {
    /// From a built-in kind.
    pub fn built_in(kind: Kind) -> Result<Self, CompileError> {
        let Kind { definition, normalise, validate } = kind;
        Ok(Self { schemas: compile(&definition)?, definition, normalise, validate })
    }

    /// From a kind that is described by its definition alone.
    pub fn custom(definition: Definition) -> Result<Self, CompileError> {
        Ok(Self { schemas: compile(&definition)?, definition, normalise: |_| {}, validate: |_, _| Vec::new() })
    }

    /// The schema of a version.
    pub fn schema(&self, version: &str) -> Option<&Arc<Compiled>> {
        self.schemas.get(version)
    }

    /// The kind's own rewriting of what may be said in several ways.
    pub fn normalise(&self, object: &mut Object) {
        (self.normalise)(object);
    }

    /// The kind's own rules across fields and against the object before.
    pub fn validate(&self, object: &Object, old: Option<&Object>) -> Vec<FieldError> {
        (self.validate)(object, old)
    }
}

fn compile(definition: &Definition) -> Result<BTreeMap<String, Arc<Compiled>>, CompileError> {
    definition.versions.iter().map(|v| Ok((v.name.clone(), Arc::new(Compiled::new(&v.schema)?)))).collect()
}

/// All kinds that this server knows. Readers never wait.
pub struct Registry {
    kinds: ArcSwap<BTreeMap<GroupResource, Arc<Entry>>>,
    aliases: Vec<String>,
}

impl Registry {
    /// With the built-in kinds, served also under `aliases` of the platform's own group.
    pub fn new(kinds: Vec<Kind>, aliases: Vec<String>) -> Result<Arc<Self>, CompileError> {
        let entries = kinds.into_iter().map(Entry::built_in).collect::<Result<Vec<_>, _>>()?;
        let kinds =
            entries.into_iter().map(|entry| (entry.definition.resource(), Arc::new(entry))).collect::<BTreeMap<_, _>>();
        Ok(Arc::new(Self { kinds: ArcSwap::from_pointee(kinds), aliases }))
    }

    /// Further groups under which the platform's own kinds are served.
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// The group under which objects of `group` are stored.
    pub fn stored_group<'a>(&self, group: &'a str) -> &'a str {
        if self.aliases.iter().any(|a| a == group) { causeway_core::PLATFORM_GROUP } else { group }
    }

    /// A kind by plural and group (an alias of the platform's group is read as it).
    pub fn get(&self, group: &str, plural: &str) -> Option<Arc<Entry>> {
        self.kinds.load().get(&GroupResource::new(self.stored_group(group), plural)).cloned()
    }

    /// A kind by its key.
    pub fn entry(&self, resource: &GroupResource) -> Option<Arc<Entry>> {
        self.kinds.load().get(resource).cloned()
    }

    /// A kind by group and kind name.
    pub fn by_kind(&self, group: &str, kind: &str) -> Option<Arc<Entry>> {
        let group = self.stored_group(group);
        self.kinds.load().values().find(|e| e.definition.group == group && e.definition.kind == kind).cloned()
    }

    /// A kind by any word a person might use: plural, singular, short name or kind, without case, with or without `.group`.
    pub fn by_word(&self, word: &str) -> Option<Arc<Entry>> {
        let word = word.to_lowercase();
        let (name, group) =
            word.split_once('.').map_or((word.as_str(), None), |(n, g)| (n, Some(self.stored_group(g))));
        let kinds = self.kinds.load();
        let fits = |e: &&Arc<Entry>| {
            let d = &e.definition;
            group.is_none_or(|g| d.group == g)
                && (d.plural == name
                    || d.singular == name
                    || d.kind.to_lowercase() == name
                    || d.short_names.iter().any(|s| s == name))
        };
        let ours = kinds.values().filter(|e| e.definition.group == causeway_core::PLATFORM_GROUP).find(fits);
        ours.or_else(|| kinds.values().find(fits)).cloned()
    }

    /// All kinds, by group and plural.
    pub fn all(&self) -> Vec<Arc<Entry>> {
        self.kinds.load().values().cloned().collect()
    }

    /// Adds or replaces a kind that is defined at run time.
    pub fn define(&self, entry: Entry) {
        let entry = Arc::new(entry);
        self.kinds.rcu(|kinds| {
            let mut kinds = BTreeMap::clone(kinds);
            kinds.insert(entry.definition.resource(), Arc::clone(&entry));
            kinds
        });
    }

    /// Takes a kind away.
    pub fn forget(&self, resource: &GroupResource) {
        self.kinds.rcu(|kinds| {
            let mut kinds = BTreeMap::clone(kinds);
            kinds.remove(resource);
            kinds
        });
    }
}
