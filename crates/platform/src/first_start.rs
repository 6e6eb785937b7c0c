//! What a server has before anybody asked for anything.

use anyhow::{Context, Result};
use causeway_resources::{Actor, Resources, WriteOptions};

/// Creates what is missing of the namespaces, types, recipes, roles, the cluster `local` and the environment `dev`. What somebody
/// changed or deleted since the first start stays so: only an empty store is filled.
pub(crate) async fn fill(resources: &Resources) -> Result<()> {
    let namespaces = causeway_core::GroupResource::new("", "namespaces");
    if resources.store().count(&namespaces, "") > 0 {
        return Ok(());
    }
    let actor = Actor::controller("first-start");
    for object in causeway_kinds::defaults::objects() {
        let what = format!("{} {}", object.kind(), object.name());
        match resources.create(&actor, object, &WriteOptions::strict()).await {
            Err(error) if !error.is_exists() => {
                return Err(error).with_context(|| format!("{what} could not be made at first start"));
            }
            _ => {}
        }
    }
    Ok(())
}
