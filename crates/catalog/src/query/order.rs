//! Order by fields.

use std::cmp::Ordering;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Scope;
use crate::Entity;

/// Which end comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The smallest.
    #[default]
    Asc,
    /// The largest.
    Desc,
}

/// A field to order by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its path.
    pub field: String,
    /// Which end comes first.
    #[serde(default)]
    pub order: Direction,
}

impl Direction {
    pub(super) fn of(self, ordering: Ordering) -> Ordering {
        match self {
            Self::Asc => ordering,
            Self::Desc => ordering.reverse(),
        }
    }
}

/// The values of an entity at a path; `None` stands for a null.
pub(super) fn values(scope: &Scope<'_>, entity: &Entity, field: &str) -> Vec<Option<String>> {
    let key = field.to_lowercase();
    if let Some(kind) = key.strip_prefix("relations.") {
        let relations = scope.relations(&entity.reference);
        return relations.into_iter().filter(|r| r.r#type.to_lowercase() == kind).map(|r| Some(r.target_ref)).collect();
    }
    let mut values: Vec<_> =
        entity.rows.at(&key).iter().map(|row| row.value.as_ref().map(|(lower, _)| lower.to_string())).collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Entities in the order of several fields; those that lack one come last, or (unless `keeps_all`) not at all. What is equal
/// stays in order of reference.
pub fn sort(scope: &Scope<'_>, entities: &mut Vec<&Arc<Entity>>, orders: &[Order], keeps_all: bool) {
    if orders.is_empty() {
        return;
    }
    let keys = |entity: &Arc<Entity>| -> Vec<Option<String>> {
        orders.iter().map(|order| values(scope, entity, &order.field).into_iter().flatten().next()).collect()
    };
    let mut keyed: Vec<_> = entities.drain(..).map(|entity| (keys(entity), entity)).collect();
    if !keeps_all {
        keyed.retain(|(keys, _)| keys.iter().all(Option::is_some));
    }
    keyed.sort_by(|(one, a), (other, b)| {
        let pairs = orders.iter().zip(one.iter().zip(other));
        let ordering = pairs.map(|(order, (one, other))| compare(order.order, one.as_deref(), other.as_deref()));
        ordering.fold(Ordering::Equal, Ordering::then).then_with(|| a.reference.cmp(&b.reference))
    });
    entities.extend(keyed.into_iter().map(|(_, entity)| entity));
}

/// Compares values; a null comes last whatever the direction.
pub(super) fn compare(direction: Direction, one: Option<&str>, other: Option<&str>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => direction.of(one.cmp(other)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}
