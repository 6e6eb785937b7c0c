//! What a workflow file may say at its top.

use super::{
    BOOLEAN, Definition, FILLED, Mapping, Property, Shape, TEXT, closed, event, job, open, optional, place, required,
};

const fn any(name: &'static str) -> Property {
    optional(name, Definition::of(Shape::Words(&["read", "write", "none"])))
}

const PERMISSION: &Mapping = &closed(&[
    any("actions"),
    any("artifact-metadata"),
    any("attestations"),
    any("checks"),
    any("code-quality"),
    any("contents"),
    optional("copilot-requests", Definition::of(Shape::Words(&["write", "none"]))),
    any("deployments"),
    any("discussions"),
    any("drives"),
    optional("id-token", Definition::of(Shape::Words(&["write", "none"]))),
    any("issues"),
    optional("models", Definition::of(Shape::Words(&["read", "none"]))),
    any("packages"),
    any("pages"),
    any("pull-requests"),
    any("repository-projects"),
    any("security-events"),
    any("statuses"),
    optional("vulnerability-alerts", Definition::of(Shape::Words(&["read", "none"]))),
]);

/// What the run's token may do.
pub(super) const PERMISSIONS: Definition =
    Definition::of(Shape::OneOf(&[Shape::Mapping(PERMISSION), Shape::Words(&["read-all", "write-all"])]));

/// A concurrency group in full.
pub(super) const CONCURRENCY: &Mapping = &closed(&[
    required("group", FILLED),
    optional("cancel-in-progress", BOOLEAN),
    optional("queue", Definition::of(Shape::Words(&["single", "max"]))),
]);

const DEFAULTS: Definition = Definition::of(Shape::Mapping(&closed(&[optional(
    "run",
    Definition::of(Shape::Mapping(&closed(&[optional("shell", FILLED), optional("working-directory", FILLED)]))),
)])));

const ROOT: &Mapping = &closed(&[
    required("on", event::ON),
    optional("name", TEXT),
    optional("description", TEXT),
    optional("run-name", Definition::at(place::RUN, Shape::Text)),
    optional("defaults", DEFAULTS),
    optional("env", Definition::at(place::WORKFLOW_ENV, Shape::Mapping(&open(TEXT)))),
    optional("permissions", PERMISSIONS),
    optional("concurrency", Definition::at(place::RUN, Shape::OneOf(&[Shape::Text, Shape::Mapping(CONCURRENCY)]))),
    required("jobs", Definition::of(Shape::Mapping(&open(job::JOB)))),
]);

/// The whole file.
pub(crate) const WORKFLOW: Definition = Definition::of(Shape::Mapping(ROOT));
