//! How a stored object is addressed.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A kind as the API addresses it: plural and group, written `claims.platform.causeway.dev` (`events` in the core group).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupResource {
    /// Lower-case plural.
    pub resource: Arc<str>,
    /// Group; empty for the core group.
    pub group: Arc<str>,
}

impl GroupResource {
    /// From its two parts.
    pub fn new(group: impl Into<Arc<str>>, resource: impl Into<Arc<str>>) -> Self {
        Self { resource: resource.into(), group: group.into() }
    }

    /// From `plural.group`, or `plural` alone for the core group.
    pub fn parse(text: &str) -> Self {
        match text.split_once('.') {
            Some((resource, group)) => Self::new(group, resource),
            None => Self::new("", text),
        }
    }
}

impl fmt::Display for GroupResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.group {
            "" => f.write_str(&self.resource),
            group => write!(f, "{}.{group}", self.resource),
        }
    }
}

/// The identity of an object: what it is, where it lies, what it is called. An empty namespace means cluster scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The kind, by plural and group.
    pub resource: GroupResource,
    /// The namespace, or empty.
    pub namespace: Arc<str>,
    /// The name, unique within the two.
    pub name: Arc<str>,
}

impl Key {
    /// From its parts; an empty `namespace` addresses a cluster-scoped object.
    pub fn new(resource: GroupResource, namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self { resource, namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.namespace {
            "" => write!(f, "{}/{}", self.resource, self.name),
            namespace => write!(f, "{}/{namespace}/{}", self.resource, self.name),
        }
    }
}
