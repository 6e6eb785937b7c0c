//! `platform apply -f`: brings resources to what files say.

use causeway_core::Object;
use clap::Args;
use serde_json::Value;

use super::merge;
use crate::client::{Answer, ApiError, Call, Client};
use crate::discovery::{KindOf, Kinds};
use crate::failure::Outcome;
use crate::manifest::{self, Manifest};
use crate::{Exit, Failure, Session, schemas};

#[derive(Args, Debug)]
pub(crate) struct Apply {
    /// File, folder, address, or - for standard input
    #[arg(short, long = "filename", value_name = "FILE", required = true)]
    filename: Vec<String>,
    /// Files of folders within folders too
    #[arg(short = 'R', long)]
    recursive: bool,
    /// Check everything and change nothing
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "server", value_parser = ["server", "none"])]
    dry_run: Option<String>,
}

/// What became of a manifest.
struct Applied {
    verb: &'static str,
    warnings: Vec<String>,
}

pub(crate) async fn run(args: Apply, session: &Session) -> Outcome {
    let manifests = manifest::read(&args.filename, args.recursive).await?;
    let client = session.client()?;
    let kinds = Kinds::discover(&client).await?;
    let dry_run = args.dry_run.as_deref() == Some("server");
    let mut failures = manifests.failures;
    for manifest in &manifests.read {
        match apply(&client, &kinds, manifest, dry_run, session).await {
            Ok((kind, applied)) => {
                applied.warnings.iter().for_each(|warning| session.printer.warn(warning));
                let note = if dry_run { " (dry run)" } else { "" };
                session.printer.data(format!("{}/{} {}{note}", kind.qualified(), manifest.object.name(), applied.verb));
            }
            Err(failure) => failures.push(failure),
        }
    }
    finish(failures, session)
}

/// Says all failures; the worst of them decides how the command ends.
fn finish(mut failures: Vec<Failure>, session: &Session) -> Outcome {
    let Some(last) = failures.pop() else { return Ok(Exit::Done) };
    failures.iter().for_each(|failure| session.printer.failure(failure));
    Err(last)
}

async fn apply<'a>(
    client: &Client,
    kinds: &'a Kinds,
    manifest: &Manifest,
    dry_run: bool,
    session: &Session,
) -> Result<(&'a KindOf, Applied), Failure> {
    let kind = kinds.of(&manifest.object)?;
    let wanted = place(kind, manifest, session)?;
    let applied = match client.find(kind.address(wanted.namespace(), wanted.name())).await? {
        None => create(client, kind, &wanted, dry_run).await,
        Some(live) => change(client, kind, Object::from_value(live).unwrap_or_default(), wanted, dry_run).await,
    };
    Ok((kind, applied.map_err(|error| manifest.refused(error))?))
}

/// The object in its namespace.
pub(super) fn place(kind: &KindOf, manifest: &Manifest, session: &Session) -> Result<Object, Failure> {
    let mut object = manifest.object.clone();
    if object.name().is_empty() {
        return Err(Failure::failed(format!("{} has no metadata.name", manifest.subject()))
            .hint("a resource is applied by its name"));
    }
    if kind.is_namespaced && object.namespace().is_empty() {
        object.set(&["metadata", "namespace"], session.namespace.as_str());
    } else if kind.is_namespaced && session.is_namespace_given && object.namespace() != session.namespace {
        let failure = Failure::failed(format!(
            "{} is of the namespace {}, and {} was asked for",
            manifest.subject(),
            object.namespace(),
            session.namespace
        ));
        return Err(failure.hint("leave out -n, or the namespace in the file"));
    }
    Ok(object)
}

async fn create(client: &Client, kind: &KindOf, wanted: &Object, dry_run: bool) -> Result<Applied, ApiError> {
    let call = Call::post(kind.collection(wanted.namespace()), merge::noted(wanted).into_value());
    let answer = client.send(strict(call).dry(dry_run)).await?;
    Ok(Applied { verb: "created", warnings: answer.warnings })
}

async fn change(
    client: &Client,
    kind: &KindOf,
    live: Object,
    wanted: Object,
    dry_run: bool,
) -> Result<Applied, ApiError> {
    let answer = merged(client, kind, &live, wanted, dry_run).await?;
    let Some((answer, is_note)) = answer else { return Ok(Applied { verb: "unchanged", warnings: Vec::new() }) };
    let revision = answer.value.pointer("/metadata/resourceVersion").and_then(Value::as_str);
    let same = is_note || (!dry_run && revision == Some(live.resource_version()));
    Ok(Applied { verb: if same { "unchanged" } else { "configured" }, warnings: answer.warnings })
}

/// The live object after a merge; none where there is nothing to merge. And whether only the note of it changes.
pub(super) async fn merged(
    client: &Client,
    kind: &KindOf,
    live: &Object,
    mut wanted: Object,
    dry_run: bool,
) -> Result<Option<(Answer, bool)>, ApiError> {
    let schema = schemas::of(client, kind).await?;
    schemas::canonicalise(&mut wanted, schema.as_ref());
    let last = merge::last_applied(live).map(|last| {
        let mut last = Object::from_value(last).unwrap_or_default();
        schemas::canonicalise(&mut last, schema.as_ref());
        last.into_value()
    });
    let patch = merge::patch(last.as_ref(), live, &merge::noted(&wanted));
    if patch.is_empty() {
        return Ok(None);
    }
    let is_note = merge::is_note_only(&patch);
    let call = Call::merge(kind.address(live.namespace(), live.name()), Value::Object(patch));
    Ok(Some((client.send(strict(call).dry(dry_run)).await?, is_note)))
}

fn strict(call: Call) -> Call {
    call.query("fieldManager", "platform").query("fieldValidation", "Strict")
}
