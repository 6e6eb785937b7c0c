//! What a controller is.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use causeway_core::{GroupResource, Object, OwnerReference, Resource, Spec};
use futures::stream::BoxStream;

use crate::Failure;

/// The name of an object of a controller's kind. The namespace is empty for cluster scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// Namespace, or empty.
    pub namespace: Arc<str>,
    /// Name.
    pub name: Arc<str>,
}

impl ObjectName {
    /// From its parts.
    pub fn new(namespace: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }
}

/// When to look at an object again, if nothing changes before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Some minutes from now, as a safety net.
    Resync,
    /// After this time.
    After(Duration),
}

/// Whether an object may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleaned {
    /// Nothing is left: the finalizer is taken off.
    Done,
    /// Something is still there: look again after this time, or at the next change.
    Waiting(Duration),
}

/// Maps an object of another kind to the objects of this one that it concerns.
pub type Concerns = Box<dyn Fn(&Object) -> Vec<ObjectName> + Send + Sync>;

/// Another kind whose changes matter to a controller.
pub struct Related {
    /// The other kind.
    pub resource: GroupResource,
    /// Whom a change of one of its objects concerns.
    pub concerns: Concerns,
}

impl Related {
    /// Changes of `resource` concern what `concerns` answers.
    pub fn new(resource: GroupResource, concerns: impl Fn(&Object) -> Vec<ObjectName> + Send + Sync + 'static) -> Self {
        Self { resource, concerns: Box::new(concerns) }
    }

    /// Changes of `resource` concern its owners of `kind`, in the same namespace.
    pub fn owned(resource: GroupResource, kind: &'static str) -> Self {
        Self::new(resource, move |object| {
            let owners = object.owner_references();
            let named = |o: &OwnerReference| ObjectName::new(object.namespace(), o.name.as_str());
            owners.iter().filter(|o| o.kind == kind).map(named).collect()
        })
    }

    /// Changes of `resource` concern whomever one of its labels names, in the same namespace.
    pub fn labelled(resource: GroupResource, label: &'static str) -> Self {
        Self::new(resource, move |object| {
            object.label(label).map(|name| ObjectName::new(object.namespace(), name)).into_iter().collect()
        })
    }
}

/// Brings the world in line with the resources of one kind.
#[async_trait]
pub trait Controller: Send + Sync + 'static {
    /// The spec of the kind that it looks after.
    type Spec: Spec;

    /// Its name in logs, events and as a field manager.
    const NAME: &'static str;

    /// Set where something outside the store must be taken away before an object may go.
    const FINALIZER: Option<&'static str> = None;

    /// How many objects it works on at the same time.
    const CONCURRENCY: usize = 4;

    /// Further kinds whose changes matter.
    fn related(&self) -> Vec<Related> {
        Vec::new()
    }

    /// Names that something outside the store says are worth another look.
    fn nudges(&self) -> Option<BoxStream<'static, ObjectName>> {
        None
    }

    /// Brings the world in line with the resource. Called again and again; must do nothing where nothing is to be done.
    async fn apply(&self, resource: Resource<Self::Spec>) -> Result<Next, Failure>;

    /// Takes away what [`Self::apply`] made. Called until it answers [`Cleaned::Done`]; only with a [`Self::FINALIZER`].
    async fn cleanup(&self, _resource: Resource<Self::Spec>) -> Result<Cleaned, Failure> {
        Ok(Cleaned::Done)
    }
}
