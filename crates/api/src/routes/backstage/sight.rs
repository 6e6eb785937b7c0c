//! Which entities a caller may see: those of the kinds and namespaces that roles let them list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use causeway_catalog::query::Scope;
use causeway_catalog::{Entity, View};
use causeway_core::GroupResource;
use causeway_identity::Attributes;

use super::problem::Problem;
use crate::App;
use crate::gate::Caller;

/// A view, as far as a caller may see it.
pub(super) struct Sight {
    view: Arc<View>,
    kinds: BTreeMap<GroupResource, Reach>,
}

enum Reach {
    Everywhere,
    In(BTreeSet<Arc<str>>),
}

impl Sight {
    /// What `caller` may see now.
    pub(super) async fn of(app: &App, caller: &Caller) -> Result<Self, Problem> {
        let view = app.catalog.view().await?;
        let mut places: BTreeMap<GroupResource, BTreeSet<Arc<str>>> = BTreeMap::new();
        for entity in view.entities() {
            let key = &entity.record.key;
            let namespaces = places.entry(key.resource.clone()).or_default();
            if !namespaces.contains(&key.namespace) {
                namespaces.insert(Arc::clone(&key.namespace));
            }
        }
        let mut kinds = BTreeMap::new();
        for (resource, namespaces) in places {
            if may_list(app, caller, &resource, "").await {
                kinds.insert(resource, Reach::Everywhere);
                continue;
            }
            let mut reach = BTreeSet::new();
            for namespace in namespaces {
                if may_list(app, caller, &resource, &namespace).await {
                    reach.insert(namespace);
                }
            }
            kinds.insert(resource, Reach::In(reach));
        }
        Ok(Self { view, kinds })
    }

    /// What is in sight.
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope::new(&self.view, |entity| self.sees(entity))
    }

    fn sees(&self, entity: &Entity) -> bool {
        match self.kinds.get(entity.resource()) {
            Some(Reach::Everywhere) => true,
            Some(Reach::In(namespaces)) => namespaces.contains(entity.namespace()),
            None => false,
        }
    }

    /// One entity that may be out of sight in lists and yet be readable by its name.
    pub(super) async fn readable(
        &self,
        app: &App,
        caller: &Caller,
        entity: Option<&Arc<Entity>>,
    ) -> Option<Arc<Entity>> {
        let entity = entity?;
        if self.sees(entity) {
            return Some(Arc::clone(entity));
        }
        let key = &entity.record.key;
        let wanted = Attributes {
            verb: "get",
            group: &key.resource.group,
            resource: &key.resource.resource,
            namespace: &key.namespace,
            name: &key.name,
            ..Attributes::default()
        };
        caller.may(app, &wanted).await.then(|| Arc::clone(entity))
    }

    /// The whole view, for look-ups that are checked by themselves.
    pub(super) fn view(&self) -> &View {
        &self.view
    }
}

async fn may_list(app: &App, caller: &Caller, kind: &GroupResource, namespace: &str) -> bool {
    let wanted =
        Attributes { verb: "list", group: &kind.group, resource: &kind.resource, namespace, ..Attributes::default() };
    caller.may(app, &wanted).await
}
