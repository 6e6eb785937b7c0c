//! Namespaces: they must be there before something is written into them, and refuse new objects while they end.

use causeway_core::{GroupResource, Key, Object};

use crate::{Entry, Error, Refused, Resources, Result};

/// The finalizer in `spec.finalizers` that holds a namespace until it is empty.
pub(crate) const FINALIZER: &str = "kubernetes";

pub(crate) fn is_namespace(entry: &Entry) -> bool {
    entry.definition.group.is_empty() && entry.definition.plural == "namespaces"
}

/// What the server adds to a new namespace.
pub(crate) fn prepare_new(object: &mut Object) {
    let name = object.name().to_owned();
    object.set(&["spec", "finalizers"], serde_json::json!([FINALIZER]));
    object.set(&["status", "phase"], "Active");
    object.set(&["metadata", "labels", "kubernetes.io/metadata.name"], name);
}

/// Whether a namespace waits to be emptied.
pub(crate) fn holds(object: &Object) -> bool {
    object.at(&["spec", "finalizers"]).and_then(|v| v.as_array()).is_some_and(|list| !list.is_empty())
}

impl Resources {
    /// Refuses a new object in a namespace that is not there, or is on its way out.
    pub(crate) fn check_namespace(&self, entry: &Entry, object: &Object) -> Result<()> {
        if !entry.definition.is_namespaced() {
            return Ok(());
        }
        let key = Key::new(GroupResource::new("", "namespaces"), "", object.namespace());
        let Some(namespace) = self.store().get(&key) else {
            return Err(Error::NotFound { resource: "namespaces".into(), name: object.namespace().into() });
        };
        if !namespace.head.deleting {
            return Ok(());
        }
        Err(Error::Refused(Box::new(Refused {
            resource: entry.definition.resource().to_string(),
            name: object.name().into(),
            message: format!(
                "unable to create new content in namespace {} because it is being terminated",
                object.namespace()
            ),
            hint: Some("wait until the namespace is gone, then create it again".into()),
            cause: Some("NamespaceTerminating".into()),
        })))
    }
}
