//! References to entities, `[kind:][namespace/]name`, as Backstage writes them.
//!
//! Two references are equal when they differ in case alone; what was written is kept for display.

use std::fmt;
use std::hash::{Hash, Hasher};

/// A complete reference: where parts were left out, defaults have been filled in.
#[derive(Clone, Debug)]
pub struct EntityRef {
    /// Kind, as written.
    pub kind: String,
    /// Namespace, as written.
    pub namespace: String,
    /// Name, as written.
    pub name: String,
}

/// Why a reference is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// A part is empty, as in `component:` or `/name`.
    #[error("entity reference {text:?} was not in the form [<kind>:][<namespace>/]<name>")]
    Malformed {
        /// What was written.
        text: String,
    },
    /// There is no kind, and the place has no default.
    #[error("entity reference {text:?} had missing or empty kind (e.g. did not start with \"component:\" or similar)")]
    NoKind {
        /// What was written.
        text: String,
    },
    /// There is no namespace, and the place has no default.
    #[error("entity reference {text:?} had missing or empty namespace (e.g. did not contain \"default/\" or similar)")]
    NoNamespace {
        /// What was written.
        text: String,
    },
}

impl EntityRef {
    /// From its three parts.
    pub fn new(kind: impl Into<String>, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }

    /// Reads `[kind:][namespace/]name`. The first `:` ends the kind unless a `/` stands before it; the first `/` after
    /// it ends the namespace. An empty default means that the part must be written.
    pub fn parse(text: &str, default_kind: &str, default_namespace: &str) -> Result<Self, ReferenceError> {
        let malformed = || ReferenceError::Malformed { text: text.to_owned() };
        let (kind, rest) = match (text.find(':'), text.find('/')) {
            (Some(colon), slash) if slash.is_none_or(|slash| colon < slash) => {
                (Some(&text[..colon]), &text[colon + 1..])
            }
            _ => (None, text),
        };
        let (namespace, name) = match rest.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, rest),
        };
        if name.is_empty() || kind == Some("") || namespace == Some("") {
            return Err(malformed());
        }
        let kind = kind.unwrap_or(default_kind);
        let namespace = namespace.unwrap_or(default_namespace);
        if kind.is_empty() {
            return Err(ReferenceError::NoKind { text: text.to_owned() });
        }
        if namespace.is_empty() {
            return Err(ReferenceError::NoNamespace { text: text.to_owned() });
        }
        Ok(Self::new(kind, namespace, name))
    }

    /// The string that identifies the entity: `kind:namespace/name` in lower case.
    pub fn canonical(&self) -> String {
        self.to_string().to_lowercase()
    }

    /// The shortest text that reads as the same entity where these defaults hold, for people.
    pub fn humanise(&self, default_kind: &str, default_namespace: &str) -> String {
        let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        let namespace = if same(&self.namespace, default_namespace) { None } else { Some(&self.namespace) };
        let name = namespace.map_or_else(|| self.name.clone(), |namespace| format!("{namespace}/{}", self.name));
        if same(&self.kind, default_kind) { name } else { format!("{}:{name}", self.kind.to_lowercase()) }
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.kind, self.namespace, self.name)
    }
}

impl PartialEq for EntityRef {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for EntityRef {}

impl Hash for EntityRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.canonical().hash(state);
    }
}

impl PartialOrd for EntityRef {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EntityRef {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.canonical().cmp(&other.canonical())
    }
}
