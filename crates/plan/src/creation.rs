//! What `create service` will do: everything from the repository to the running replicas, before any of it exists.

use causeway_kinds::application::Application;
use causeway_kinds::plan::{Action, ActionOperation, FieldChange, Target};
use serde_json::Value;

use crate::{Outline, rollout};

/// What the golden path's template would write.
#[derive(Clone, Copy, Debug)]
pub struct Rendered<'a> {
    /// The template, such as `python-fastapi`.
    pub template: &'a str,
    /// Paths of the files, in order.
    pub files: &'a [String],
    /// Entities of the catalog file, as references.
    pub entities: &'a [String],
}

/// The whole way of a new application. `wanted` is none where nothing would be deployed by itself.
pub fn plan(
    application: &Application,
    rendered: &Rendered<'_>,
    wanted: Option<(&rollout::Wanted<'_>, &rollout::Seen<'_>)>,
) -> Outline {
    let mut outline = wanted.map(|(wanted, seen)| rollout::plan(wanted, seen)).unwrap_or_default();
    let spec = &application.spec;
    let mut actions = vec![repository(application, rendered)];
    if !rendered.entities.is_empty() {
        actions.push(entities(application, rendered));
    }
    if spec.delivery.ci {
        actions.push(pipeline(application));
        if spec.delivery.cd {
            let build = actions[actions.len() - 1].id.clone();
            for action in outline.actions.iter_mut().filter(|a| a.operation == ActionOperation::Run) {
                action.after.push(build.clone());
            }
        } else {
            outline.actions.clear();
            outline
                .warnings
                .push("Releases are made, but nothing is deployed until somebody runs `platform deploy`.".into());
        }
    } else {
        outline.actions.clear();
        outline.warnings.push("There is no workflow file, so nothing is built or deployed.".into());
    }
    actions.append(&mut outline.actions);
    outline.actions = actions;
    outline
}

fn target(application: &Application, kind: &str) -> Target {
    Target {
        kind: kind.into(),
        namespace: application.namespace().into(),
        name: application.name().into(),
        environment: String::new(),
    }
}

fn repository(application: &Application, rendered: &Rendered<'_>) -> Action {
    let field =
        |field: &str, after: Value| FieldChange { field: field.into(), after: Some(after), ..FieldChange::default() };
    Action {
        id: "create-repository".into(),
        operation: ActionOperation::Create,
        target: target(application, "Repository"),
        summary: format!("{} files from the golden path {}", rendered.files.len(), rendered.template),
        diff: vec![field("template", rendered.template.into()), field("files", rendered.files.into())],
        ..Action::default()
    }
}

fn entities(application: &Application, rendered: &Rendered<'_>) -> Action {
    Action {
        id: "register-source".into(),
        operation: ActionOperation::Create,
        target: target(application, "Source"),
        summary: format!("catalog: {}", rendered.entities.join(", ")),
        diff: vec![FieldChange {
            field: "entities".into(),
            after: Some(rendered.entities.into()),
            ..FieldChange::default()
        }],
        after: vec!["create-repository".into()],
        ..Action::default()
    }
}

fn pipeline(application: &Application) -> Action {
    Action {
        id: "run-pipeline".into(),
        operation: ActionOperation::Run,
        target: target(application, "Run"),
        summary: "the repository's workflow: lint, test, build; a release when it is green".into(),
        after: vec!["create-repository".into()],
        ..Action::default()
    }
}
