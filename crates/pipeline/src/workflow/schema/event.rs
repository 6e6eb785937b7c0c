//! What `on:` may say.

use super::{
    BOOLEAN, Definition, FILLED, FILLED_OR_LIST, Mapping, Property, SCALAR, Shape, TEXT, closed, open, optional, place,
    required,
};

/// A word, or a list of words, of the given ones.
macro_rules! words {
    ($($word:literal),+) => { Definition::of(Shape::OneOf(&[Shape::Words(&[$($word),+]), Shape::List(&Definition::of(Shape::Words(&[$($word),+])))])) };
}

/// Nothing, or a mapping with the given properties.
macro_rules! event {
    ($($property:expr),*) => { Definition::of(Shape::OneOf(&[Shape::Null, Shape::Mapping(&closed(&[$($property),*]))])) };
}

/// An event that only has activity types.
macro_rules! activity {
    ($($word:literal),+) => { event!(optional("types", words!($($word),+))) };
}

const NOTHING: Definition = Definition::of(Shape::Null);

const fn pattern(name: &'static str) -> Property {
    optional(name, FILLED_OR_LIST)
}

const PULL_REQUEST: Definition = event!(
    optional(
        "types",
        words!(
            "assigned",
            "unassigned",
            "labeled",
            "unlabeled",
            "opened",
            "edited",
            "closed",
            "reopened",
            "synchronize",
            "converted_to_draft",
            "locked",
            "unlocked",
            "enqueued",
            "dequeued",
            "milestoned",
            "demilestoned",
            "ready_for_review",
            "review_requested",
            "review_request_removed",
            "auto_merge_enabled",
            "auto_merge_disabled",
            "stacked"
        )
    ),
    pattern("branches"),
    pattern("branches-ignore"),
    pattern("paths"),
    pattern("paths-ignore")
);

const SCHEDULE: Definition = Definition::of(Shape::List(&Definition::of(Shape::Mapping(&closed(&[
    required("cron", FILLED),
    optional("timezone", FILLED),
])))));

const CALL: Definition = event!(
    optional("inputs", Definition::of(Shape::Mapping(&open(CALL_INPUT)))),
    optional("secrets", Definition::of(Shape::Mapping(&open(CALL_SECRET)))),
    optional("outputs", Definition::of(Shape::Mapping(&open(CALL_OUTPUT))))
);

const CALL_INPUT: Definition = Definition::of(Shape::Mapping(&closed(&[
    optional("description", TEXT),
    required("type", Definition::of(Shape::Words(&["string", "boolean", "number"]))),
    optional("required", BOOLEAN),
    optional("default", Definition::at(place::RUN, SCALAR)),
])));

const CALL_SECRET: Definition = Definition::of(Shape::OneOf(&[
    Shape::Null,
    Shape::Mapping(&closed(&[optional("description", TEXT), optional("required", BOOLEAN)])),
]));

const CALL_OUTPUT: Definition = Definition::of(Shape::Mapping(&closed(&[
    optional("description", TEXT),
    required("value", Definition::at(place::WORKFLOW_OUTPUT, Shape::Text)),
])));

const DISPATCH: Definition = event!(optional("inputs", Definition::of(Shape::Mapping(&open(DISPATCH_INPUT)))));

const DISPATCH_INPUT: Definition = Definition::of(Shape::Mapping(&closed(&[
    optional("description", TEXT),
    optional("type", Definition::of(Shape::Words(&["string", "boolean", "number", "environment", "choice"]))),
    optional("required", BOOLEAN),
    optional("default", Definition::of(SCALAR)),
    optional("options", Definition::of(Shape::List(&TEXT))),
])));

const EVENTS: &Mapping = &closed(&[
    optional("branch_protection_rule", activity!("created", "edited", "deleted")),
    optional("check_run", activity!("completed", "created", "rerequested", "requested_action")),
    optional("check_suite", activity!("completed")),
    optional("create", NOTHING),
    optional("delete", NOTHING),
    optional("deployment", NOTHING),
    optional("deployment_status", NOTHING),
    optional(
        "discussion",
        activity!(
            "created",
            "edited",
            "deleted",
            "transferred",
            "pinned",
            "unpinned",
            "labeled",
            "unlabeled",
            "locked",
            "unlocked",
            "category_changed",
            "answered",
            "unanswered"
        ),
    ),
    optional("discussion_comment", activity!("created", "edited", "deleted")),
    optional("fork", NOTHING),
    optional("gollum", NOTHING),
    optional(
        "image_version",
        event!(optional("types", words!("created", "ready", "deleted")), pattern("names"), pattern("versions")),
    ),
    optional("issue_comment", activity!("created", "edited", "deleted")),
    optional(
        "issues",
        activity!(
            "opened",
            "edited",
            "deleted",
            "transferred",
            "pinned",
            "unpinned",
            "closed",
            "reopened",
            "assigned",
            "unassigned",
            "labeled",
            "unlabeled",
            "locked",
            "unlocked",
            "milestoned",
            "demilestoned",
            "field_added",
            "field_removed",
            "typed",
            "untyped"
        ),
    ),
    optional("label", activity!("created", "edited", "deleted")),
    optional(
        "merge_group",
        event!(optional("types", words!("checks_requested")), pattern("branches"), pattern("branches-ignore")),
    ),
    optional("milestone", activity!("created", "closed", "opened", "edited", "deleted")),
    optional("page_build", NOTHING),
    optional("project", activity!("created", "closed", "reopened", "edited", "deleted")),
    optional("project_card", activity!("created", "moved", "converted", "edited", "deleted")),
    optional("project_column", activity!("created", "updated", "moved", "deleted")),
    optional("public", NOTHING),
    optional("pull_request", PULL_REQUEST),
    optional("pull_request_comment", activity!("created", "edited", "deleted")),
    optional("pull_request_review", activity!("submitted", "edited", "dismissed")),
    optional("pull_request_review_comment", activity!("created", "edited", "deleted")),
    optional("pull_request_target", PULL_REQUEST),
    optional(
        "push",
        event!(
            pattern("branches"),
            pattern("branches-ignore"),
            pattern("tags"),
            pattern("tags-ignore"),
            pattern("paths"),
            pattern("paths-ignore")
        ),
    ),
    optional("registry_package", activity!("published", "updated")),
    optional(
        "release",
        activity!("published", "unpublished", "created", "edited", "deleted", "prereleased", "released"),
    ),
    optional("repository_dispatch", event!(optional("types", Definition::of(Shape::List(&FILLED))))),
    optional("schedule", SCHEDULE),
    optional("status", NOTHING),
    optional("watch", activity!("started")),
    optional("workflow_call", CALL),
    optional("workflow_dispatch", DISPATCH),
    optional(
        "workflow_run",
        event!(
            optional("types", words!("requested", "completed", "in_progress")),
            pattern("workflows"),
            pattern("branches"),
            pattern("branches-ignore")
        ),
    ),
]);

const NAMES: &[&str] = &[
    "branch_protection_rule",
    "check_run",
    "check_suite",
    "create",
    "delete",
    "deployment",
    "deployment_status",
    "discussion",
    "discussion_comment",
    "fork",
    "gollum",
    "image_version",
    "issue_comment",
    "issues",
    "label",
    "merge_group",
    "milestone",
    "page_build",
    "project",
    "project_card",
    "project_column",
    "public",
    "pull_request",
    "pull_request_comment",
    "pull_request_review",
    "pull_request_review_comment",
    "pull_request_target",
    "push",
    "registry_package",
    "release",
    "repository_dispatch",
    "schedule",
    "status",
    "watch",
    "workflow_call",
    "workflow_dispatch",
    "workflow_run",
];

/// `on:` as a name, a list of names, or a mapping of names to filters.
pub(super) const ON: Definition = Definition::of(Shape::OneOf(&[
    Shape::Words(NAMES),
    Shape::List(&Definition::of(Shape::Words(NAMES))),
    Shape::Mapping(EVENTS),
]));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_mapping() {
        let properties: Vec<&str> = EVENTS.properties.iter().map(|property| property.name).collect();
        assert_eq!(properties, NAMES);
    }
}
