//! Databases, caches, queues and buckets that stand alone.

pub(crate) mod create;
pub(crate) mod delete;

use causeway_kinds::claim;
use causeway_kinds::resource_type::ResourceTypeSpec;

use crate::Failure;
use crate::client::Client;

/// The prefix of names where the platform knows no such type, and will say so.
const PREFIX: &str = "db";

/// The name of a claim, such as `db-orders.dev`; the resource type says how its names begin.
async fn name_of(client: &Client, kind: &str, name: &str, environment: &str) -> Result<String, Failure> {
    let stored = causeway_kinds::normalise_type(kind);
    let found = client.get::<ResourceTypeSpec>("", stored).await?;
    let prefix = found.map_or_else(|| PREFIX.to_owned(), |found| found.spec.secret_prefix);
    Ok(claim::name(&prefix, name, environment))
}
