//! What an approval binds to.

use causeway_kinds::plan::Action;
use sha2::{Digest, Sha256};

/// SHA-256, in hex, over what the actions do. Words that only explain are left out, and neither the order in which actions
/// that do not wait for each other are listed nor that of keys in a document makes a difference.
pub fn fingerprint(actions: &[Action]) -> String {
    let mut lines: Vec<String> = actions.iter().map(line).collect();
    lines.sort_unstable();
    let mut digest = Sha256::new();
    for line in lines {
        digest.update(line);
        digest.update([0]);
    }
    hex::encode(digest.finalize())
}

fn line(action: &Action) -> String {
    let mut bare = Action { summary: String::new(), cost_monthly: None, ..action.clone() };
    bare.after.sort_unstable();
    bare.diff.sort_by(|a, b| a.field.cmp(&b.field));
    let mut value = serde_json::to_value(&bare).unwrap_or_default();
    value.sort_all_objects();
    value.to_string()
}

/// Whether a plan that has `planned` among its actions already shows what `action` does. The release that a deployment rolls
/// out is not known before it is built, so a planned rollout covers whichever is the first.
pub fn covers(planned: &Action, action: &Action) -> bool {
    let same = (planned.operation, &planned.target, planned.destructive)
        == (action.operation, &action.target, action.destructive);
    let first = |a: &Action| a.diff.iter().find(|d| d.field == RELEASE).is_none_or(|d| d.before.is_none());
    let any_first = first(planned) && first(action);
    // what is done already is no longer in the action's diff, so a part of what was planned is covered as well
    same && action.diff.iter().all(|d| planned.diff.contains(d) || (d.field == RELEASE && any_first))
}

/// The field of a rollout that is filled in late.
pub(crate) const RELEASE: &str = "spec.release";
