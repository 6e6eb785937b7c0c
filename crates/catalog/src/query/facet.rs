//! Facets: which values there are at a path, and how many entities have each.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Filter, Scope};

/// A value and how many entities have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facet {
    /// As it is written in the entities.
    pub value: String,
    /// How many have it.
    pub count: usize,
}

/// The values at each of some paths among the entities that match, in order of the values.
pub fn facets(scope: &Scope<'_>, paths: &[String], filter: &Filter) -> Vec<(String, Vec<Facet>)> {
    let mut counts: Vec<BTreeMap<String, usize>> = vec![BTreeMap::new(); paths.len()];
    let keys: Vec<String> = paths.iter().map(|path| path.to_lowercase()).collect();
    for entity in scope.entities().filter(|entity| filter.matches(scope, entity)) {
        for (key, counts) in keys.iter().zip(&mut counts) {
            let values: BTreeSet<String> = match key.strip_prefix("relations.") {
                Some(kind) => {
                    let relations = scope.relations(&entity.reference).into_iter();
                    relations.filter(|r| r.r#type.to_lowercase() == kind).map(|r| r.target_ref).collect()
                }
                None => entity.rows.at(key).iter().filter_map(|row| Some(row.value.as_ref()?.1.to_string())).collect(),
            };
            values.into_iter().for_each(|value| *counts.entry(value).or_default() += 1);
        }
    }
    let list =
        |counts: BTreeMap<String, usize>| counts.into_iter().map(|(value, count)| Facet { value, count }).collect();
    paths.iter().cloned().zip(counts.into_iter().map(list)).collect()
}
