//! Deleting a service: first what will vanish, then the plan that does it.

use axum::Form;
use axum::extract::Path;
use axum::response::Redirect;
use causeway_core::{Metadata, PLATFORM_API_VERSION, Spec as _};
use causeway_delivery::{Approve, ApproveError};
use causeway_kinds::application::{Application, ApplicationSpec};
use causeway_kinds::plan::{Plan, PlanOperation, PlanSpec};
use causeway_kinds::reference::ObjectReference;
use causeway_resources::WriteOptions;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{actions, summary};
use crate::address;
use crate::layout::{Frame, Page, Section, crumbs, stop};
use crate::part::icon;
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// A plan that deletes an application, and carries itself out once it may.
fn proposed(application: &Application) -> Plan {
    let subject = ObjectReference {
        api_version: PLATFORM_API_VERSION.into(),
        kind: ApplicationSpec::KIND.into(),
        namespace: application.namespace().into(),
        name: application.name().into(),
        ..ObjectReference::default()
    };
    let options: Map<String, Value> = [("apply".to_owned(), Value::Bool(true))].into_iter().collect();
    let mut metadata = Metadata::named(application.namespace(), "");
    metadata.generate_name = Some(format!("{}-delete-", application.name()));
    Plan::new(metadata, PlanSpec { subject, operation: PlanOperation::Delete, options, ..PlanSpec::default() })
}

async fn write(viewer: &Viewer, application: &Application, dry_run: bool) -> Result<Plan, Refusal> {
    viewer.need("create", &super::resource(), "", application.namespace()).await?;
    viewer.need("delete", &ApplicationSpec::resource(), "", application.namespace()).await?;
    let mut object = proposed(application).to_object();
    object.set(&["status"], Value::Null);
    let options = WriteOptions { dry_run, ..WriteOptions::strict() };
    let written = viewer.app.resources.create(&viewer.caller.actor, object, &options).await?;
    Plan::from_object(&written.object)
        .map_err(|e| Refusal::Failed { why: format!("The plan does not read as one: {e}.") })
}

pub(super) async fn show(viewer: Viewer, Path((namespace, name)): Path<(String, String)>) -> Result<Markup, Refusal> {
    let application = viewer.see::<ApplicationSpec>(&namespace, &name).await?;
    let plan = write(&viewer, &application, true).await?;
    let page = Page {
        title: format!("Delete {name}"),
        section: Section::Plans,
        source: "Planned just now; nothing was done".into(),
        ..Page::default()
    };
    Ok(Frame::of(&viewer).await.page(&page, content(&application, &plan)))
}

fn content(application: &Application, plan: &Plan) -> Markup {
    let name = application.name();
    let component = (address::component(application.namespace(), name), name.to_owned());
    html! {
        (crumbs(&[stop("/catalog", "Catalog"), component], "Plan deletion"))
        div.head { div { h1 { "Delete " (name) } p { "Runs and the audit trail stay. Everything below goes, in this order." } } }
        (summary(&plan.status))
        div.cols {
            section aria-labelledby="h-actions" { h2.mb id="h-actions" { "What will vanish" } (actions(&plan.status)) }
            aside.stack aria-label="Decision" {
                section.panel.need aria-labelledby="h-decide" {
                    header { h2 id="h-decide" { "Your decision" } }
                    form.body method="post" {
                        input type="hidden" name="fingerprint" value=(plan.status.fingerprint);
                        label.row.s.mb for="ack" { input #ack type="checkbox" required; span.grow { "I have read that " b { (name) } " goes, with what it holds" } }
                        button.stop.wide { (icon("trash")) "Delete " (name) }
                    }
                    footer { "Nothing happens before you delete it here. If anything changes meanwhile, you are asked again." }
                }
            }
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Decision {
    fingerprint: String,
}

/// Stores the plan, where it is still what was looked at, and approves it where the viewer may.
pub(super) async fn start(
    viewer: Viewer,
    Path((namespace, name)): Path<(String, String)>,
    Form(decision): Form<Decision>,
) -> Result<Redirect, Refusal> {
    let application = viewer.see::<ApplicationSpec>(&namespace, &name).await?;
    let now = write(&viewer, &application, true).await?;
    if now.status.fingerprint != decision.fingerprint {
        return Err(Refusal::refused(format!(
            "What belongs to {name} has changed since you looked. Nothing was deleted; plan the deletion again."
        )));
    }
    let plan = write(&viewer, &application, false).await?;
    if viewer.may("create", &super::resource(), "approval", &namespace, plan.name()).await {
        let approval = Approve {
            actor: &viewer.caller.actor,
            namespace: &namespace,
            name: plan.name(),
            fingerprint: &decision.fingerprint,
            via: "portal",
        };
        match causeway_delivery::approve(&viewer.app.resources, &approval).await {
            // its page says what it is now
            Ok(_) | Err(ApproveError::Changed { .. }) => {}
            Err(ApproveError::Resources(error)) => return Err(error.into()),
        }
    }
    Ok(Redirect::to(&address::plan(&namespace, plan.name())))
}
