//! One durable execution of steps with logs: a template, a pipeline, an action or a runbook.

use causeway_core::schema::FieldError;
use causeway_core::{Column, Condition, Definition, Object, PLATFORM_API_VERSION, Resource, Spec, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::definition::{strings, with_ready, with_status};
use crate::hint::{Required, is_unset};
use crate::kind::Kind;
use crate::reference::ObjectReference;
use crate::rule;
use crate::status::with_conditions;

/// Annotation, with the value `true`: the run is a record of what was done elsewhere. It is never executed; whoever writes it
/// writes its status too.
pub const RECORD: &str = "platform.causeway.dev/record";

/// What is to be executed. Nothing of it changes once the run exists, but `cancel`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("program"))]
pub struct RunSpec {
    /// What kind of steps these are.
    pub program: Program,
    /// The template to run, where the program is `template`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateRun>,
    /// The workflow to run, where the program is `pipeline`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<PipelineRun>,
    /// The object for whose sake it runs.
    #[serde(skip_serializing_if = "is_unset")]
    pub subject: ObjectReference,
    /// Name of the plan under which it runs; it does nothing that the plan does not list.
    #[serde(skip_serializing_if = "is_unset")]
    pub plan: String,
    /// Set to true to stop it; steps that are done stay done.
    #[serde(skip_serializing_if = "is_unset")]
    pub cancel: bool,
    /// After how many seconds it is given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub timeout_seconds: Option<i64>,
    /// Name of the run that this one tries again.
    #[serde(skip_serializing_if = "is_unset")]
    pub retry_of: String,
    /// Who asked for it.
    #[serde(skip_serializing_if = "is_unset")]
    pub created_by: String,
}

/// What kind of steps a run executes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Program {
    /// The steps of a template.
    #[default]
    Template,
    /// The jobs of a repository's workflow file.
    Pipeline,
    /// An action that somebody may call.
    Action,
    /// The steps of a runbook.
    Runbook,
}

/// Which template runs, with what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("ref"))]
pub struct TemplateRun {
    /// The template, such as `template:default/go-gin`.
    #[schemars(length(min = 1))]
    pub r#ref: String,
    /// Its parameters.
    #[serde(skip_serializing_if = "is_unset")]
    pub values: Map<String, Value>,
    /// Name of the secret that holds its secret parameters.
    #[serde(skip_serializing_if = "is_unset")]
    pub secrets_ref: String,
}

/// Which workflow runs, on which commit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("repository commit"))]
pub struct PipelineRun {
    /// Name of the repository, in the namespace of the run.
    #[schemars(length(min = 1))]
    pub repository: String,
    /// The commit that is built, 40 hexadecimal digits.
    #[schemars(regex(pattern = r"^[0-9a-f]{40}$"))]
    pub commit: String,
    /// The full name of what was pushed, such as `refs/heads/main`.
    #[serde(skip_serializing_if = "is_unset")]
    pub r#ref: String,
    /// The branch, where it was one.
    #[serde(skip_serializing_if = "is_unset")]
    pub branch: String,
    /// The commit that the branch pointed at before; zeros where it is new.
    #[serde(skip_serializing_if = "is_unset")]
    pub before: String,
    /// Path of the workflow file, such as `.github/workflows/ci.yaml`.
    #[serde(skip_serializing_if = "is_unset")]
    pub workflow: String,
    /// What happened: `push`, `workflow_dispatch`.
    #[serde(skip_serializing_if = "is_unset")]
    pub event: String,
    /// Who did it.
    #[serde(skip_serializing_if = "is_unset")]
    pub actor: String,
}

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct RunStatus {
    /// Its steps, in order.
    #[serde(skip_serializing_if = "is_unset")]
    pub steps: Vec<Step>,
    /// What it leaves behind: addresses, names.
    #[serde(skip_serializing_if = "is_unset")]
    pub outputs: Map<String, Value>,
    /// When it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// How it ended; absent until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<Conclusion>,
    /// What it waits for, where it does.
    #[serde(skip_serializing_if = "is_unset")]
    pub waiting_for: String,
    /// What is known: Ready is true once it succeeded.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
    /// The generation that this was said of.
    #[serde(skip_serializing_if = "is_unset")]
    pub observed_generation: i64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Conclusion {
    /// Every step that had to succeed did.
    Success,
    /// A step failed.
    Failure,
    /// It was stopped.
    Cancelled,
    /// There was nothing to do.
    Skipped,
}

/// One step of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(transform = Required("id state"))]
pub struct Step {
    /// Unique within the run.
    pub id: String,
    /// What people call it.
    #[serde(skip_serializing_if = "is_unset")]
    pub name: String,
    /// The job that it belongs to, in a pipeline.
    #[serde(skip_serializing_if = "is_unset")]
    pub job: String,
    /// How far it is.
    pub state: StepState,
    /// When it started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Why it failed, was skipped or waits.
    #[serde(skip_serializing_if = "is_unset")]
    pub message: String,
    /// What later steps may use.
    #[serde(skip_serializing_if = "is_unset")]
    pub outputs: Map<String, Value>,
    /// How many times it was tried, from 1.
    #[serde(skip_serializing_if = "is_unset")]
    pub attempt: i32,
    /// Its log, relative to the log of the run.
    #[serde(skip_serializing_if = "is_unset")]
    pub log: String,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum StepState {
    /// Not started.
    #[default]
    Pending,
    /// At work.
    Running,
    /// Waiting for a person, a time or an event.
    Waiting,
    /// Done.
    Succeeded,
    /// Tried in vain.
    Failed,
    /// Left out.
    Skipped,
    /// Stopped.
    Cancelled,
}

impl StepState {
    /// Whether nothing more happens to it.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Skipped | Self::Cancelled)
    }
}

with_conditions!(RunStatus);

impl Spec for RunSpec {
    type Status = RunStatus;
    const API_VERSION: &'static str = PLATFORM_API_VERSION;
    const KIND: &'static str = "Run";
    const PLURAL: &'static str = "runs";
}

/// A run.
pub type Run = Resource<RunSpec>;

const DESCRIPTION: &str =
    "One durable execution of steps with logs: a template, a pipeline, an action or a runbook. It survives restarts.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).validated_by(validate)
}

fn definition() -> Definition {
    let columns = vec![
        Column::text("Program", ".spec.program"),
        Column::text("Subject", ".spec.subject.name"),
        Column::text("Conclusion", ".status.conclusion"),
        Column::text("Waiting For", ".status.waitingFor").wide(),
        Column::text("By", ".spec.createdBy").wide(),
        Column::text("Started", ".status.startedAt").of("date").wide(),
        Column::text("Finished", ".status.finishedAt").of("date").wide(),
    ];
    Definition {
        selectable_fields: strings(&[
            "spec.program",
            "spec.subject.kind",
            "spec.subject.name",
            "spec.plan",
            "spec.pipeline.repository",
            "spec.pipeline.commit",
            "status.conclusion",
        ]),
        ..with_status::<RunSpec>(DESCRIPTION, with_ready(columns))
    }
}

fn validate(object: &Object, old: Option<&Object>) -> Vec<FieldError> {
    let mut errors = rule::immutable_spec(object, old, &["cancel"]);
    let cancelled = |object: &Object| object.spec().get("cancel").and_then(Value::as_bool).unwrap_or(false);
    if old.is_some_and(cancelled) && !cancelled(object) {
        errors.push(FieldError::forbidden("spec.cancel", "a run that was cancelled stays so; retry it instead"));
    }
    for program in ["template", "pipeline"] {
        if rule::text_at(object, "spec.program") == program && object.spec().get(program).is_none() {
            errors.push(FieldError::required(format!("spec.{program}"), &format!("the program is {program}")));
        }
    }
    errors
}
