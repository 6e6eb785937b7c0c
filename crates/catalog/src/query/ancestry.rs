//! Which Locations led to an entity: those of the same origin whose targets name its file.

use std::sync::Arc;

use causeway_core::Object;
use globset::GlobBuilder;
use serde_json::Value;

use super::Scope;
use crate::Entity;

const LOCATION: &str = "backstage.io/managed-by-location";
const ORIGIN: &str = "backstage.io/managed-by-origin-location";

/// The Locations that led to an entity, in order of their references.
pub fn parents<'a>(scope: &Scope<'a>, entity: &Entity) -> Vec<&'a Arc<Entity>> {
    let object = entity.object();
    let (Some(file), Some(origin)) = (object.annotation(LOCATION), object.annotation(ORIGIN)) else {
        return Vec::new();
    };
    let is_other =
        |other: &&Arc<Entity>| &*other.resource().resource == "locations" && other.reference != entity.reference;
    let leads = |other: &&Arc<Entity>| {
        let location = other.object();
        location.annotation(ORIGIN) == Some(origin) && targets(&location).iter().any(|target| is_same(target, file))
    };
    scope.entities().filter(is_other).filter(leads).collect()
}

/// The targets of a Location, as absolute as the place of its own file.
fn targets(location: &Object) -> Vec<String> {
    let base = location.annotation(LOCATION).unwrap_or_default();
    let spec = location.spec();
    let one = spec.get("target").and_then(Value::as_str);
    let several = spec.get("targets").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    one.into_iter().chain(several).map(|target| absolute(base, target)).collect()
}

/// `./b.yaml` beside `url:http://host/x/blob/main/a.yaml` is `url:http://host/x/blob/main/b.yaml`.
fn absolute(base: &str, target: &str) -> String {
    let (kind, place) = base.split_once(':').unwrap_or(("", base));
    if target.contains("://") || (kind == "file" && target.starts_with('/')) {
        return format!("{kind}:{target}");
    }
    let mut parts: Vec<&str> = place.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("{kind}:{}", parts.join("/"))
}

fn is_same(target: &str, file: &str) -> bool {
    if target == file {
        return true;
    }
    let is_pattern = target.contains(['*', '{', '[']);
    is_pattern
        && GlobBuilder::new(target)
            .literal_separator(true)
            .build()
            .is_ok_and(|glob| glob.compile_matcher().is_match(file))
}
