//! Records pushes on their Repository before the client is answered.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use causeway_core::{Timestamp, condition};
use causeway_forge::{PushEvent, PushListener, RefUpdate};
use causeway_kinds::repository::{PUSHES_KEPT, Push, Repository, RepositorySpec};
use causeway_resources::{Actor, Resources};
use std::sync::OnceLock;

const ZEROS: &str = "0000000000000000000000000000000000000000";

/// Hears of every push. The resources come later than the forge, which needs this to be opened.
#[derive(Clone, Default)]
pub struct PushRecorder {
    resources: Arc<OnceLock<Weak<Resources>>>,
}

impl PushRecorder {
    /// From now on pushes are recorded there.
    pub fn record_in(&self, resources: &Arc<Resources>) {
        // set once while wiring; a second call changes nothing
        let _ = self.resources.set(Arc::downgrade(resources));
    }
}

#[async_trait]
impl PushListener for PushRecorder {
    async fn pushed(&self, event: &PushEvent) -> Result<Vec<String>, String> {
        let resources = self.resources.get().and_then(Weak::upgrade).ok_or("the server is not ready")?;
        let client = resources.client(Actor::controller("repository"));
        let (namespace, name) = (event.repository.namespace(), event.repository.name());
        let now = Timestamp::now();
        let recorded = client
            .modify_status::<RepositorySpec>(namespace, name, |repository| {
                for update in &event.updates {
                    record(repository, update, &event.actor.name, now);
                }
            })
            .await
            .map_err(|e| e.to_string())?;
        Ok(recorded.map(|r| hints(&r, event)).unwrap_or_default())
    }
}

/// An event may come twice: what is recorded already is recognised by the ref and its new commit.
fn record(repository: &mut Repository, update: &RefUpdate, actor: &str, now: Timestamp) {
    let text = |id: Option<&causeway_forge::ObjectId>| id.map_or(ZEROS.to_owned(), |id| id.as_str().to_owned());
    let (before, after) = (text(update.old.as_ref()), text(update.new.as_ref()));
    let pushes = &mut repository.status.pushes;
    let known = pushes.iter().rev().find(|p| p.r#ref == update.name).is_some_and(|p| p.after == after);
    if let Some(branch) = update.branch() {
        match &update.new {
            Some(commit) => {
                repository.status.branches.insert(branch.to_owned(), commit.as_str().to_owned());
            }
            None => {
                repository.status.branches.shift_remove(branch);
            }
        }
    }
    if known {
        return;
    }
    let last = pushes.last().and_then(|p| p.id.parse::<u64>().ok()).unwrap_or(0);
    pushes.push(Push {
        id: (last + 1).to_string(),
        r#ref: update.name.clone(),
        before,
        after,
        actor: actor.to_owned(),
        time: Some(now),
        forced: update.forced,
    });
    let surplus = pushes.len().saturating_sub(PUSHES_KEPT);
    pushes.drain(..surplus);
}

/// What whoever pushed may want to know.
fn hints(repository: &Repository, event: &PushEvent) -> Vec<String> {
    let default = &repository.spec.default_branch;
    let is_default = event.updates.iter().any(|u| u.branch() == Some(default.as_str()));
    let ready = condition::find(&repository.status.conditions, "Ready").is_some_and(condition::Condition::is_true);
    if is_default && ready {
        vec![format!("The pipeline of {} starts: platform runs", repository.name())]
    } else {
        Vec::new()
    }
}
