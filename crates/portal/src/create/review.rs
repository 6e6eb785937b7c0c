//! The plan of what was asked for, before it is ordered.

use causeway_core::{Metadata, Object, PLATFORM_API_VERSION, Spec as _};
use causeway_kinds::application::{Application, ApplicationSpec};
use causeway_kinds::plan::{Plan, PlanOperation, PlanSpec};
use causeway_kinds::reference::ObjectReference;
use causeway_resources::{Error, WriteOptions};
use maud::{Markup, html};
use serde_json::Value;

use super::application::parameter_of;
use super::field::{Field, Widget};
use super::form::Form;
use super::input::{self, Wrong};
use super::show::route;
use crate::layout::{Frame, Page, Section, crumbs, stop};
use crate::part::{icon, panel};
use crate::plan;
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// Why there is no plan.
pub(super) enum Unplanned {
    /// Answers that the platform does not accept.
    Wrong(Vec<Wrong>),
    /// Something else.
    Refused(Refusal),
}

/// What creating an application would do: a plan that is not stored, as the API makes it on a dry run.
pub(super) async fn plan(viewer: &Viewer, application: &Application) -> Result<Plan, Unplanned> {
    let resource = PlanSpec::resource();
    viewer.need("create", &resource, "", application.namespace()).await.map_err(Unplanned::Refused)?;
    let mut proposed = application.to_object();
    proposed.set(&["status"], Value::Null);
    let subject = ObjectReference {
        api_version: PLATFORM_API_VERSION.into(),
        kind: ApplicationSpec::KIND.into(),
        namespace: application.namespace().into(),
        name: application.name().into(),
        ..ObjectReference::default()
    };
    let mut metadata = Metadata::named(application.namespace(), "");
    metadata.generate_name = Some(format!("{}-create-", application.name()));
    let spec = PlanSpec { subject, operation: PlanOperation::Create, proposed: proposed.0, ..PlanSpec::default() };
    let mut object: Object = Plan::new(metadata, spec).to_object();
    object.set(&["status"], Value::Null);
    let options = WriteOptions { dry_run: true, ..WriteOptions::strict() };
    let written = viewer.app.resources.create(&viewer.caller.actor, object, &options).await.map_err(refused)?;
    Plan::from_object(&written.object)
        .map_err(|e| Unplanned::Refused(Refusal::Failed { why: format!("The plan does not read as one: {e}.") }))
}

/// An error of the store, told of the answers where it is about them.
pub(super) fn refused(error: Error) -> Unplanned {
    match error {
        Error::Exists { name, .. } => Unplanned::Wrong(vec![Wrong {
            field: "name".into(),
            why: format!("There is a service {name} already. Choose another name."),
        }]),
        Error::Invalid { causes, .. } => {
            let wrong = causes.iter().map(|c| Wrong {
                field: parameter_of(&c.path).to_owned(),
                why: format!("{}.", c.message.trim_end_matches('.')),
            });
            Unplanned::Wrong(wrong.collect())
        }
        other => Unplanned::Refused(other.into()),
    }
}

/// The page with the plan, and the answers carried along.
pub(super) async fn page(viewer: &Viewer, form: &Form, plan: &Plan) -> Markup {
    let name = plan.spec.subject.name.clone();
    let page = Page {
        title: format!("Create {name}: the plan"),
        section: Section::Create,
        source: "Planned just now; nothing was done".into(),
        ..Page::default()
    };
    Frame::of(viewer).await.page(&page, render(form, plan, &name))
}

fn render(form: &Form, plan: &Plan, name: &str) -> Markup {
    let status = &plan.status;
    html! {
        (crumbs(&[stop("/create", "Create"), (form.offer.address(), form.offer.title.clone())], "Review the plan"))
        div.head { div { h1 { "Create " (name) } p { (form.offer.title) ". This is what will happen; nothing was done yet." } } }
        (route(1))
        (plan::summary(status))
        div.cols {
            section aria-labelledby="h-actions" { h2.mb id="h-actions" { "What will happen, in this order" } (plan::actions(status)) }
            aside.stack aria-label="Decision" { (decision(form, plan, name)) (answers(form)) }
        }
    }
}

fn decision(form: &Form, plan: &Plan, name: &str) -> Markup {
    let status = &plan.status;
    panel(
        "decide",
        html! { "Your decision" },
        html! {},
        html! {
            div.body.stack.tight {
                @for problem in &status.problems {
                    div.note.bad role="alert" { (icon("s-bad")) div { b { (problem.message) } @if !problem.hint.is_empty() { p.s { (problem.hint) } } } }
                }
                @for warning in &status.warnings { div.note.warn { (icon("s-warn")) div { (warning) } } }
                form.stack.tight method="post" action=(form.offer.address()) {
                    @for (field, value) in input::pairs(&form.parts, &form.values) { input type="hidden" name=(field) value=(value); }
                    @if status.problems.is_empty() { button.go.wide name="intent" value="create" { (icon("create")) "Create " (name) } }
                    button.wide name="intent" value="edit" { "Change the answers" }
                }
            }
            footer { "Creating it is your approval of this plan. If it has become another one by then, the platform says so." }
        },
    )
}

/// An answer as people say it.
fn answer(form: &Form, field: &Field) -> String {
    let text = form.text(field);
    match &field.widget {
        Widget::Check => if text == "true" { "yes" } else { "no" }.into(),
        Widget::Radio(choices) | Widget::Select(choices) => {
            choices.iter().find(|c| c.text() == text).map_or(text, |c| c.label.clone())
        }
        _ => text,
    }
}

fn answers(form: &Form) -> Markup {
    panel(
        "answers",
        html! { "Your answers" },
        html! {},
        html! {
            div.body { dl.kv {
                @for field in form.fields().filter(|f| !f.secret && f.widget != Widget::Hidden) {
                    @let text = answer(form, field);
                    @if !text.is_empty() { dt { (field.title) } dd { (text) } }
                }
            } }
        },
    )
}
