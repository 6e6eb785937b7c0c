//! Events, and whether one starts a workflow.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::glob::Patterns;
use crate::workflow::{Trigger, Workflow};

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// `push`, `pull_request`, `workflow_dispatch`, ….
    pub name: String,
    /// The activity type, for events that have one.
    pub action: Option<String>,
    /// What it is about.
    pub subject: Subject,
    /// The paths that changed; `None` when that is not known, and then no path filter holds anything back.
    pub changed_paths: Option<Vec<String>>,
    /// The inputs of a dispatch.
    pub inputs: serde_json::Map<String, Json>,
    /// The payload, as `github.event`.
    pub payload: Json,
}

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Subject {
    /// A branch, by its short name.
    Branch(String),
    /// A tag, by its short name.
    Tag(String),
    /// A pull request from one branch into another.
    Pull {
        /// Its number.
        number: u64,
        /// The branch it comes from.
        head: String,
        /// The branch it goes into.
        base: String,
    },
}

impl Subject {
    /// The full reference: `refs/heads/main`.
    #[must_use]
    pub fn reference(&self) -> String {
        match self {
            Self::Branch(name) => format!("refs/heads/{name}"),
            Self::Tag(name) => format!("refs/tags/{name}"),
            Self::Pull { number, .. } => format!("refs/pull/{number}/merge"),
        }
    }

    /// The short name: `main`.
    #[must_use]
    pub fn short_name(&self) -> String {
        match self {
            Self::Branch(name) | Self::Tag(name) => name.clone(),
            Self::Pull { number, .. } => format!("{number}/merge"),
        }
    }

    /// `branch` or `tag`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Tag(_) => "tag",
            Self::Branch(_) | Self::Pull { .. } => "branch",
        }
    }
}

/// What a commit says so that its push starts nothing.
const SKIPS: [&str; 5] = ["[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]"];

/// Whether `event` starts `workflow`.
#[must_use]
pub fn starts(workflow: &Workflow, event: &Event) -> bool {
    !asks_to_be_skipped(event)
        && workflow.triggers.get(&event.name).is_some_and(|trigger| {
            has_type(trigger, event) && has_reference(trigger, event) && has_path(trigger, event)
        })
}

fn asks_to_be_skipped(event: &Event) -> bool {
    let message = event.payload["head_commit"]["message"].as_str().unwrap_or_default();
    event.name == "push" && SKIPS.iter().any(|skip| message.contains(skip))
}

fn has_type(trigger: &Trigger, event: &Event) -> bool {
    let Some(action) = &event.action else {
        return true;
    };
    if trigger.types.is_empty() {
        let is_pull = matches!(event.name.as_str(), "pull_request" | "pull_request_target");
        return !is_pull || matches!(action.as_str(), "opened" | "synchronize" | "reopened");
    }
    trigger.types.contains(action)
}

fn has_reference(trigger: &Trigger, event: &Event) -> bool {
    let has_branches = trigger.branches.is_some() || trigger.branches_ignore.is_some();
    let has_tags = trigger.tags.is_some() || trigger.tags_ignore.is_some();
    match &event.subject {
        Subject::Branch(name) | Subject::Pull { base: name, .. } => {
            if has_branches {
                is_selected(name, trigger.branches.as_deref(), trigger.branches_ignore.as_deref())
            } else {
                !has_tags
            }
        }
        Subject::Tag(name) => {
            if has_tags {
                is_selected(name, trigger.tags.as_deref(), trigger.tags_ignore.as_deref())
            } else {
                !has_branches
            }
        }
    }
}

fn is_selected(name: &str, wanted: Option<&[String]>, ignored: Option<&[String]>) -> bool {
    wanted.is_none_or(|patterns| Patterns::new(patterns).select(name))
        && ignored.is_none_or(|patterns| !Patterns::new(patterns).any(name))
}

/// Path filters hold for branches and pull requests; a tag has no changes of its own.
fn has_path(trigger: &Trigger, event: &Event) -> bool {
    let Some(changed) = event.changed_paths.as_ref().filter(|_| !matches!(event.subject, Subject::Tag(_))) else {
        return true;
    };
    let wanted = trigger.paths.as_deref().map(Patterns::new);
    let ignored = trigger.paths_ignore.as_deref().map(Patterns::new);
    wanted.is_none_or(|patterns| changed.iter().any(|path| patterns.select(path)))
        && ignored.is_none_or(|patterns| changed.is_empty() || changed.iter().any(|path| !patterns.select(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(subject: Subject, changed: &[&str]) -> Event {
        Event {
            name: "push".into(),
            action: None,
            subject,
            changed_paths: Some(changed.iter().map(ToString::to_string).collect()),
            inputs: serde_json::Map::new(),
            payload: Json::Null,
        }
    }

    fn is_started(on: &str, event: &Event) -> bool {
        let text = format!("on: {on}\njobs: {{a: {{runs-on: x, steps: [{{run: x}}]}}}}");
        starts(&crate::workflow::read(&text).unwrap(), event)
    }

    #[test]
    fn branches_and_tags_filter_each_other_out() {
        let main = push(Subject::Branch("main".into()), &["a"]);
        let tag = push(Subject::Tag("v1".into()), &["a"]);
        for (on, by_main, by_tag) in [
            ("push", true, true),
            ("{push: {branches: [main]}}", true, false),
            ("{push: {tags: ['v*']}}", false, true),
            ("{push: {tags-ignore: ['v*']}}", false, false),
            ("{push: {branches-ignore: [main]}}", false, false),
            ("{push: {branches: ['**', '!main'], tags: ['**']}}", false, true),
            ("{push: {paths: [b]}}", false, true),
            ("[pull_request, workflow_dispatch]", false, false),
        ] {
            assert_eq!((is_started(on, &main), is_started(on, &tag)), (by_main, by_tag), "{on}");
        }
    }

    #[test]
    fn a_commit_can_ask_to_start_nothing() {
        let mut event = push(Subject::Branch("main".into()), &["a"]);
        event.payload = serde_json::json!({"head_commit": {"message": "docs [skip ci]"}});
        assert!(!is_started("push", &event));
    }

    #[test]
    fn ignored_paths_hold_back_only_when_all_are() {
        for (changed, started) in [(&["docs/a"][..], false), (&["docs/a", "src/b"], true), (&["docs/keep"], true)] {
            let event = push(Subject::Branch("main".into()), changed);
            assert_eq!(is_started("{push: {paths-ignore: ['docs/**', '!docs/keep']}}", &event), started, "{changed:?}");
        }
    }

    #[test]
    fn a_pull_request_is_started_by_its_base_and_its_usual_types() {
        let mut event = push(Subject::Pull { number: 1, head: "x".into(), base: "main".into() }, &[]);
        event.name = "pull_request".into();
        for (action, on, started) in [
            ("opened", "pull_request", true),
            ("closed", "pull_request", false),
            ("closed", "{pull_request: {types: [closed]}}", true),
            ("opened", "{pull_request: {branches: [x]}}", false),
        ] {
            event.action = Some(action.into());
            assert_eq!(is_started(on, &event), started, "{action} {on}");
        }
    }
}
