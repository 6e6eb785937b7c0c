//! A run of a developer's folder: the event as a push of it would be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::run::RunArguments;
use crate::event::{Event, Subject};
use crate::facts::{Facts, Secrets};
use crate::runner::{Source, SourceError};

/// The address that a trial gives as its server.
const SERVER: &str = "https://github.com";

/// All that a trial needs, in a folder that is removed with it.
pub(super) struct Trial {
    folder: TempDir,
    pub(super) source: Source,
    pub(super) facts: Facts,
    pub(super) secrets: Secrets,
}

/// A trial that could not be prepared.
#[derive(Debug, thiserror::Error)]
pub(super) enum TrialError {
    #[error("the folder {} does not exist", .0.display())]
    NoFolder(PathBuf),
    #[error("no temporary folder was made")]
    Temporary(#[source] std::io::Error),
    #[error("the files of {} were not taken over", .folder.display())]
    Source {
        folder: PathBuf,
        #[source]
        source: SourceError,
    },
}

impl Trial {
    pub(super) async fn prepare(arguments: &RunArguments) -> Result<Self, TrialError> {
        let folder = arguments.folder.canonicalize().map_err(|_| TrialError::NoFolder(arguments.folder.clone()))?;
        let temporary = tempfile::Builder::new().prefix("causeway-run-").tempdir().map_err(TrialError::Temporary)?;
        let fail = |source| TrialError::Source { folder: folder.clone(), source };
        let current = read_branch(&folder);
        let branch = arguments.branch.clone().or(current).unwrap_or_else(|| "main".to_owned());
        let source = Source::from_folder(&folder, temporary.path().join("source.git"), &branch).await.map_err(fail)?;
        let changed = source.changed_paths().await.map_err(fail)?;
        let message = source.message().await.map_err(fail)?;
        let repository = name_repository(&folder, &source.origin);
        let actor = arguments.settings.environment.get("USER").cloned().unwrap_or_else(|| "developer".to_owned());
        let facts = Facts {
            event: make_event(
                &arguments.event,
                &branch,
                &repository,
                &Commit { sha: &source.sha, message: &message, actor: &actor },
                changed,
            ),
            repository,
            actor,
            sha: source.sha.clone(),
            default_branch: "main".to_owned(),
            run_id: "1".to_owned(),
            run_number: 1,
            run_attempt: 1,
            server_url: SERVER.to_owned(),
            vars: BTreeMap::new(),
        };
        Ok(Self { folder: temporary, source, facts, secrets: Secrets::default() })
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The branch that is checked out, from the repository's `HEAD`.
fn read_branch(folder: &Path) -> Option<String> {
    let head = std::fs::read_to_string(folder.join(".git/HEAD")).ok()?;
    head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
}

/// `owner/name`, from the address of `origin`, or from the folder.
fn name_repository(folder: &Path, origin: &str) -> String {
    let path = origin.trim_end_matches('/').trim_end_matches(".git");
    let parts: Vec<&str> = path.split(['/', ':']).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [.., owner, name] if !Path::new(origin).is_absolute() => format!("{owner}/{name}"),
        _ => format!("local/{}", folder.file_name().and_then(|name| name.to_str()).unwrap_or("repository")),
    }
}

struct Commit<'a> {
    sha: &'a str,
    message: &'a str,
    actor: &'a str,
}

fn make_event(name: &str, branch: &str, repository: &str, commit: &Commit<'_>, changed: Vec<String>) -> Event {
    let (action, subject) = match name {
        "pull_request" | "pull_request_target" => {
            (Some("opened".to_owned()), Subject::Pull { number: 1, head: branch.to_owned(), base: "main".to_owned() })
        }
        _ => (None, Subject::Branch(branch.to_owned())),
    };
    let (owner, short) = repository.split_once('/').unwrap_or(("local", repository));
    let mut payload = json!({
        "ref": subject.reference(),
        "repository": {
            "name": short,
            "full_name": repository,
            "owner": {"login": owner, "name": owner},
            "default_branch": "main",
            "private": true,
            "html_url": format!("{SERVER}/{repository}"),
            "clone_url": format!("{SERVER}/{repository}.git"),
        },
        "sender": {"login": commit.actor},
    });
    complete_payload(name, commit, &subject, &mut payload);
    Event {
        name: name.to_owned(),
        action,
        subject,
        changed_paths: Some(changed),
        inputs: serde_json::Map::new(),
        payload,
    }
}

fn complete_payload(name: &str, commit: &Commit<'_>, subject: &Subject, payload: &mut Json) {
    let Commit { sha, message, actor } = commit;
    match (name, subject) {
        ("push", _) => {
            payload["before"] = json!("0000000000000000000000000000000000000000");
            payload["after"] = json!(sha);
            payload["created"] = json!(false);
            payload["deleted"] = json!(false);
            payload["forced"] = json!(false);
            payload["pusher"] = json!({"name": actor});
            payload["head_commit"] = json!({"id": sha, "message": message});
            payload["commits"] = json!([{"id": sha, "message": message}]);
        }
        ("workflow_dispatch", _) => payload["inputs"] = json!({}),
        (_, Subject::Pull { number, head, base }) => {
            payload["action"] = json!("opened");
            payload["number"] = json!(number);
            payload["pull_request"] =
                json!({"number": number, "head": {"ref": head, "sha": sha}, "base": {"ref": base}, "draft": false});
        }
        _ => {}
    }
}
