//! What a run of a workflow knows from its beginning, told from the push.

use std::collections::BTreeMap;

use causeway_forge::{EntryKind, ForgeError, ObjectId, RepositoryName};
use causeway_kinds::repository::Push;
use causeway_pipeline::event::{Event, Subject};
use causeway_pipeline::facts::Facts;
use causeway_pipeline::plan::Library;
use serde_json::json;

use crate::Means;

const FOLDER: &str = ".github/workflows";
/// A workflow file is not larger.
const LARGEST: u64 = 1 << 20;
const ZEROS: &str = "0000000000000000000000000000000000000000";

/// The workflow files at a commit.
pub(crate) async fn library(means: &Means, name: &RepositoryName, commit: &str) -> Result<Library, ForgeError> {
    let mut library = Library::default();
    // a repository without workflows is a fine one
    for entry in means.forge.list_tree(name, commit, FOLDER).await? {
        let is_workflow = entry.path.ends_with(".yaml") || entry.path.ends_with(".yml");
        if entry.kind == EntryKind::File && is_workflow {
            let bytes = means.forge.read_file(name, commit, &entry.path, LARGEST).await?.unwrap_or_default();
            library.add(&entry.path, &String::from_utf8_lossy(&bytes));
        }
    }
    Ok(library)
}

/// What is pushed: a branch or a tag; none for anything else, and for a deletion.
pub(crate) fn subject(push: &Push) -> Option<Subject> {
    if push.after == ZEROS {
        return None;
    }
    let branch = push.r#ref.strip_prefix("refs/heads/").map(|b| Subject::Branch(b.to_owned()));
    branch.or_else(|| push.r#ref.strip_prefix("refs/tags/").map(|t| Subject::Tag(t.to_owned())))
}

/// The facts of a push.
pub(crate) async fn facts(
    means: &Means,
    name: &RepositoryName,
    push: &Push,
    default_branch: &str,
    run_id: &str,
) -> Option<Facts> {
    let subject = subject(push)?;
    let changed = changed_paths(means, name, push).await;
    let message =
        means.forge.log(name, &push.after, 1).await.ok().and_then(|l| l.into_iter().next()).map(|c| c.subject);
    let message = message.unwrap_or_default();
    let repository = format!("{}/{}", name.namespace(), name.name());
    let payload = json!({
        "ref": push.r#ref, "before": push.before, "after": push.after,
        "created": push.before == ZEROS, "deleted": false, "forced": push.forced,
        "pusher": {"name": push.actor}, "sender": {"login": push.actor},
        "head_commit": {"id": push.after, "message": message}, "commits": [{"id": push.after, "message": message}],
        "repository": {"name": name.name(), "full_name": repository, "default_branch": default_branch, "private": true,
            "owner": {"login": name.namespace(), "name": name.namespace()},
            "html_url": format!("{}/{repository}", means.base_url), "clone_url": format!("{}{}", means.base_url, name.url_path())},
    });
    let event = Event {
        name: "push".into(),
        action: None,
        subject,
        changed_paths: changed,
        inputs: serde_json::Map::new(),
        payload,
    };
    Some(Facts {
        event,
        repository,
        actor: push.actor.clone(),
        sha: push.after.clone(),
        default_branch: default_branch.to_owned(),
        run_id: run_id.to_owned(),
        run_number: push.id.parse().unwrap_or(1),
        run_attempt: 1,
        server_url: means.base_url.clone(),
        vars: BTreeMap::new(),
    })
}

/// The paths that a push changed; unknown where the branch is new.
async fn changed_paths(means: &Means, name: &RepositoryName, push: &Push) -> Option<Vec<String>> {
    let (before, after) = (ObjectId::parse(&push.before).ok()?, ObjectId::parse(&push.after).ok()?);
    if push.before == ZEROS {
        return None;
    }
    let changes = means.forge.diff_names(name, Some(&before), &after).await.ok()?;
    Some(changes.into_iter().map(|c| c.path).collect())
}
