//! `platform catalog import`: keeps the catalog files of a place in sync with the catalog.

use std::path::Path;

use causeway_core::condition::find;
use causeway_core::{ConditionStatus, Metadata};
use causeway_kinds::source::{Source, SourceSpec, SourceType};
use clap::Args;

use crate::client::{ApiError, Client};
use crate::commands::FollowArgs;
use crate::failure::Outcome;
use crate::progress::{Following, Look, Row, State, Verdict, follow};
use crate::{Exit, Failure, Session};

/// Longest name that is made from a place.
const NAME_MAX: usize = 60;

#[derive(Args, Debug)]
pub(crate) struct Import {
    /// A file or folder on the server's machine, or the address of a file
    #[arg(value_name = "PATH|URL")]
    place: String,
    /// What the source is called; made from the place by default
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    follow: FollowArgs,
}

pub(crate) async fn run(args: Import, session: &Session) -> Outcome {
    let client = session.client()?;
    let spec = spec(&args.place)?;
    let name = args.name.clone().unwrap_or_else(|| name(&args.place));
    let source = Source::new(Metadata::named(session.namespace.as_str(), name), spec);
    let (stored, warnings) = client.create(&source, false).await?;
    warnings.iter().for_each(|warning| session.printer.warn(warning));
    if args.follow.no_wait {
        session.printer.data(format!("source/{}", stored.name()));
        return Ok(Exit::Done);
    }
    let following = Following {
        missed: format!("{} was not read", args.place),
        again: format!("platform describe source {}", stored.name()),
        timeout: args.follow.timeout,
        session,
    };
    follow(&following, async || look(&client, &stored).await).await?;
    let source = client.get::<SourceSpec>(stored.namespace(), stored.name()).await?;
    let entities = source.map(|source| source.status.entities).unwrap_or_default();
    entities.iter().for_each(|entity| session.printer.data(entity));
    session.printer.say(format!(
        "{} entities; take them away with `platform delete source {}`",
        entities.len(),
        stored.name()
    ));
    Ok(Exit::Done)
}

fn spec(place: &str) -> Result<SourceSpec, Failure> {
    if place.starts_with("http://") || place.starts_with("https://") {
        return Ok(SourceSpec { r#type: SourceType::Url, url: place.to_owned(), ..SourceSpec::default() });
    }
    let path = Path::new(place);
    let whole = path.canonicalize().map_err(|e| Failure::failed(format!("{place} could not be found")).because(e))?;
    let shown = whole.display();
    Ok(match whole.is_dir() {
        true => SourceSpec {
            r#type: SourceType::Directory,
            path: format!("{shown}/**/catalog-info.yaml"),
            ..SourceSpec::default()
        },
        false => SourceSpec { r#type: SourceType::File, path: shown.to_string(), ..SourceSpec::default() },
    })
}

/// The end of the place, in the letters that a name may have.
fn name(place: &str) -> String {
    let bare = place.split_once("://").map_or(place, |(_, rest)| rest).to_lowercase();
    let letters: String = bare.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = letters.split('-').filter(|word| !word.is_empty()).collect();
    let mut kept: Vec<&str> = Vec::new();
    for word in words.into_iter().rev() {
        if kept.iter().map(|word| word.len() + 1).sum::<usize>() + word.len() > NAME_MAX {
            break;
        }
        kept.insert(0, word);
    }
    if kept.is_empty() { "catalog".to_owned() } else { kept.join("-") }
}

async fn look(client: &Client, wanted: &Source) -> Result<Look, ApiError> {
    let Some(source) = client.get::<SourceSpec>(wanted.namespace(), wanted.name()).await? else {
        return Ok(Look::failed(Failure::failed(format!("the source {} was deleted meanwhile", wanted.name()))));
    };
    let ready = find(&source.status.conditions, "Ready")
        .filter(|_| source.status.observed_generation == source.metadata.generation);
    let detail = ready.map(|c| c.message.clone()).unwrap_or_default();
    let (state, verdict) = match ready {
        Some(ready) if ready.is_true() => (State::Done, Verdict::Done),
        // it has been read, and will not be read otherwise before somebody changes something
        Some(ready) if ready.status == ConditionStatus::False || ready.reason == "NotReconciledYet" => {
            (State::Failed, Verdict::Failed(refused(&source, &detail)))
        }
        _ => (State::Active, Verdict::Going),
    };
    Ok(Look::of(vec![Row::new("source", format!("Source {}", source.name()), state, detail)], verdict))
}

fn refused(source: &Source, why: &str) -> Failure {
    let failure = Failure::failed(format!("not everything of the source {} is in the catalog: {why}", source.name()));
    let lines = source.status.errors.iter().map(|e| {
        if e.file.is_empty() { e.message.clone() } else { format!("{}:{}:{}: {}", e.file, e.line, e.column, e.message) }
    });
    lines.fold(failure, Failure::detail).hint(format!(
        "put it right, and it is read again; or take it away with `platform delete source {}`",
        source.name()
    ))
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn names_a_source_after_the_end_of_its_place() {
        assert_eq!(name("https://example.test/Org/repo/catalog-info.yaml"), "example-test-org-repo-catalog-info-yaml");
        assert_eq!(name("./catalog"), "catalog");
        assert_eq!(name("/"), "catalog");
        assert!(name(&"long/".repeat(40)).len() <= 60);
    }
}
