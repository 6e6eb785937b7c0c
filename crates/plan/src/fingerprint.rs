//! What an approval binds to.

use causeway_kinds::plan::Action;
use sha2::{Digest, Sha256};

/// SHA-256, in hex, over what the actions do. Words that only explain are left out.
pub fn fingerprint(actions: &[Action]) -> String {
    let mut digest = Sha256::new();
    for action in actions {
        let mut bare = action.clone();
        bare.summary.clear();
        bare.cost_monthly = None;
        // maps within keep the order in which they were made, and they are made in the same order every time
        digest.update(serde_json::to_string(&bare).unwrap_or_default());
        digest.update([0]);
    }
    hex::encode(digest.finalize())
}

/// Whether a plan that has `planned` among its actions already shows what `action` does. The release that a deployment rolls
/// out is not known before it is built, so a planned rollout covers whichever is the first.
pub fn covers(planned: &Action, action: &Action) -> bool {
    let bare = |a: &Action| {
        let diff: Vec<_> = a.diff.iter().filter(|d| d.field != RELEASE).cloned().collect();
        (a.operation, a.target.clone(), diff, a.destructive)
    };
    let first = |a: &Action| a.diff.iter().find(|d| d.field == RELEASE).is_none_or(|d| d.before.is_none());
    bare(planned) == bare(action) && (planned.diff == action.diff || (first(planned) && first(action)))
}

/// The field of a rollout that is filled in late.
pub(crate) const RELEASE: &str = "spec.release";
