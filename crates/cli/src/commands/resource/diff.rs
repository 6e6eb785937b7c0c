//! `platform diff -f`: what `apply` would change. Ends with 1 where there is anything, as `kubectl diff` does.

use causeway_core::Object;
use causeway_core::patch::{self, FieldDiff};
use clap::Args;
use serde_json::Value;

use super::apply;
use super::merge::LAST_APPLIED;
use crate::client::{Call, Client};
use crate::discovery::Kinds;
use crate::failure::Outcome;
use crate::manifest::{self, Manifest};
use crate::{Exit, Failure, Session};

#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// File, folder, address, or - for standard input
    #[arg(short, long = "filename", value_name = "FILE", required = true)]
    filename: Vec<String>,
    /// Files of folders within folders too
    #[arg(short = 'R', long)]
    recursive: bool,
}

pub(crate) async fn run(args: Diff, session: &Session) -> Outcome {
    let mut manifests = manifest::read(&args.filename, args.recursive).await?;
    if let Some(failure) = manifests.failures.pop() {
        return Err(failure);
    }
    let client = session.client()?;
    let kinds = Kinds::discover(&client).await?;
    let mut differs = false;
    for manifest in &manifests.read {
        let kind = kinds.of(&manifest.object)?;
        let wanted = apply::place(kind, manifest, session)?;
        let address = kind.address(wanted.namespace(), wanted.name());
        let live = client.find(address).await?.and_then(Object::from_value);
        let after = after(&client, &kinds, manifest, live.clone(), wanted).await?;
        let changes = changes(live.as_ref(), &after);
        if !changes.is_empty() {
            differs = true;
            let sign = if live.is_some() { '~' } else { '+' };
            session.printer.data(format!("{sign} {}/{}", kind.qualified(), manifest.object.name()));
            changes.iter().for_each(|change| session.printer.data(line(change)));
        }
    }
    Ok(if differs { Exit::Failed } else { Exit::Done })
}

/// The object as it would be.
async fn after(
    client: &Client,
    kinds: &Kinds,
    manifest: &Manifest,
    live: Option<Object>,
    wanted: Object,
) -> Result<Value, Failure> {
    let kind = kinds.of(&manifest.object)?;
    let refused = |error| manifest.refused(error);
    let Some(live) = live else {
        let call = Call::post(kind.collection(wanted.namespace()), wanted.into_value())
            .query("fieldValidation", "Strict")
            .dry(true);
        return client.value(call).await.map_err(refused);
    };
    let merged = apply::merged(client, kind, &live, wanted, true).await.map_err(refused)?;
    Ok(merged.map_or_else(|| live.into_value(), |(answer, _)| answer.value))
}

/// What differs, without what the server keeps for itself.
fn changes(live: Option<&Object>, after: &Value) -> Vec<FieldDiff> {
    let before =
        live.map_or_else(|| Value::Object(serde_json::Map::new()), |live| essence(Value::Object(live.0.clone())));
    patch::diff(&before, &essence(after.clone()))
}

fn essence(value: Value) -> Value {
    let mut object = Object::from_value(value).unwrap_or_default();
    for field in ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"] {
        object.set(&["metadata", field], Value::Null);
    }
    object.set(&["metadata", "annotations", LAST_APPLIED], Value::Null);
    object.set(&["status"], Value::Null);
    object.into_value()
}

fn line(change: &FieldDiff) -> String {
    let shown = |value: &Option<Value>| {
        value.as_ref().map_or_else(|| "–".to_owned(), |v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
    };
    match (&change.before, &change.after) {
        (None, after) => format!("    + {}: {}", change.field, shown(after)),
        (before, None) => format!("    - {}: {}", change.field, shown(before)),
        (before, after) => format!("    ~ {}: {} → {}", change.field, shown(before), shown(after)),
    }
}
