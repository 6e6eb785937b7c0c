//! An entity of the catalog, whatever its kind, with what pages say of it.

use causeway_core::reference::EntityRef;
use causeway_core::{DEFAULT_NAMESPACE, Definition, GroupResource, Object};
use maud::{Markup, html};
use serde_json::Value;

use crate::address;
use crate::refusal::Refusal;
use crate::viewer::{Viewer, Wanted};

/// An entity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entity(pub(crate) Object);

impl Entity {
    pub(crate) fn reference(&self) -> EntityRef {
        EntityRef::new(self.0.kind().to_lowercase(), self.namespace(), self.0.name())
    }

    pub(crate) fn kind(&self) -> &str {
        self.0.kind()
    }

    pub(crate) fn name(&self) -> &str {
        self.0.name()
    }

    pub(crate) fn namespace(&self) -> &str {
        if self.0.namespace().is_empty() { DEFAULT_NAMESPACE } else { self.0.namespace() }
    }

    /// What people call it: its title, its display name, or its name.
    pub(crate) fn title(&self) -> &str {
        let titles = [self.0.text(&["metadata", "title"]), self.0.text(&["spec", "profile", "displayName"])];
        titles.into_iter().find(|t| !t.is_empty()).unwrap_or(self.0.name())
    }

    pub(crate) fn description(&self) -> &str {
        self.0.text(&["metadata", "description"])
    }

    pub(crate) fn spec(&self, field: &str) -> &str {
        self.0.text(&["spec", field])
    }

    /// The entity that a field of the spec refers to.
    pub(crate) fn refers_to(&self, field: &str, kind: &str) -> Option<EntityRef> {
        self.resolve(self.0.at(&["spec", field])?.as_str()?, kind)
    }

    /// The entities that a field of the spec refers to, one or many.
    pub(crate) fn all_in(&self, field: &str, kind: &str) -> Vec<EntityRef> {
        let texts: Vec<&str> = match self.0.at(&["spec", field]) {
            Some(Value::String(text)) => vec![text.as_str()],
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        texts.into_iter().filter_map(|text| self.resolve(text, kind)).collect()
    }

    fn resolve(&self, text: &str, kind: &str) -> Option<EntityRef> {
        EntityRef::parse(text, kind, self.namespace()).ok()
    }

    pub(crate) fn owner(&self) -> Option<EntityRef> {
        self.refers_to("owner", "group")
    }

    pub(crate) fn tags(&self) -> Vec<&str> {
        self.0
            .at(&["metadata", "tags"])
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// Title and address of each link.
    pub(crate) fn links(&self) -> Vec<(&str, &str)> {
        let links = self.0.at(&["metadata", "links"]).and_then(Value::as_array).into_iter().flatten();
        let read = |link| {
            let link: &Value = link;
            let url = link.get("url")?.as_str()?;
            Some((link.get("title").and_then(Value::as_str).unwrap_or(url), url))
        };
        links.filter_map(read).collect()
    }

    pub(crate) fn annotations(&self) -> Vec<(&str, &str)> {
        let annotations = self.0.at(&["metadata", "annotations"]).and_then(Value::as_object).into_iter().flatten();
        annotations.filter_map(|(k, v)| Some((k.as_str(), v.as_str()?))).collect()
    }

    pub(crate) fn address(&self) -> String {
        address::entity(&self.reference())
    }
}

/// Kinds of the catalog, in the order in which people look for them.
pub(crate) fn kinds(viewer: &Viewer) -> Vec<Definition> {
    const ORDER: &[&str] =
        &["Component", "API", "Resource", "System", "Domain", "Group", "User", "Template", "Location"];
    let all = viewer.app.resources.registry().all();
    let ours = all.iter().map(|e| &e.definition).filter(|d| address::is_catalog(&d.group) && d.served);
    let mut kinds: Vec<Definition> = ours.cloned().collect();
    kinds.sort_by_key(|d| (ORDER.iter().position(|k| *k == d.kind).unwrap_or(ORDER.len()), d.kind.clone()));
    kinds
}

/// The kinds as the API addresses them.
pub(crate) fn resources(viewer: &Viewer) -> Vec<GroupResource> {
    kinds(viewer).iter().map(Definition::resource).collect()
}

/// The kind that an address names in lower case.
pub(crate) fn kind_named(viewer: &Viewer, name: &str) -> Result<Definition, Refusal> {
    let wanted = name.to_lowercase();
    let found = kinds(viewer).into_iter().find(|d| d.kind.to_lowercase() == wanted);
    found.ok_or_else(|| Refusal::not_found(format!("kind {name} in the catalog")))
}

/// All entities that the viewer may list; kinds that they may not list are left out, unless that is all of them.
pub(crate) async fn entities(viewer: &Viewer) -> Result<Vec<Entity>, Refusal> {
    let mut found = Vec::new();
    let mut refused = None;
    let mut any = false;
    for resource in resources(viewer) {
        match viewer.objects(&resource, Wanted::default()).await {
            Ok(objects) => {
                any = true;
                found.extend(objects.into_iter().map(Entity));
            }
            Err(Refusal::Forbidden(lacking)) => refused = Some(Refusal::Forbidden(lacking)),
            Err(other) => return Err(other),
        }
    }
    match refused {
        Some(refusal) if !any => Err(refusal),
        _ => Ok(found),
    }
}

/// A link to an entity, named as shortly as the place allows.
pub(crate) fn link(reference: &EntityRef, kind: &str) -> Markup {
    html! { a href=(address::entity(reference)) { (reference.humanise(kind, DEFAULT_NAMESPACE)) } }
}

/// References in lower case of the groups that the viewer belongs to, and of the viewer's own entity.
pub(crate) fn memberships(viewer: &Viewer, entities: &[Entity]) -> Vec<String> {
    let actor = &viewer.caller.actor;
    let Ok(user) = EntityRef::parse(&actor.user, "user", DEFAULT_NAMESPACE) else { return Vec::new() };
    let mut mine = vec![user.canonical()];
    for entity in entities {
        let reference = entity.reference();
        let is_member = match entity.kind() {
            "Group" => {
                entity.all_in("members", "user").contains(&user)
                    || actor
                        .groups
                        .iter()
                        .any(|g| EntityRef::parse(g, "group", DEFAULT_NAMESPACE).is_ok_and(|g| g == reference))
            }
            _ => false,
        };
        if is_member {
            mine.push(reference.canonical());
        }
        if entity.kind() == "User" && reference == user {
            mine.extend(entity.all_in("memberOf", "group").iter().map(EntityRef::canonical));
        }
    }
    mine.sort();
    mine.dedup();
    mine
}
