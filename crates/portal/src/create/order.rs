//! What is done with a form that was sent: it is checked, planned, and at last ordered.

use std::time::Duration;

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use causeway_core::reference::EntityRef;
use causeway_core::{Metadata, Object, Spec as _};
use causeway_kinds::application::{Application, ApplicationSpec};
use causeway_kinds::run::{Program, Run, RunSpec, TemplateRun};
use causeway_resources::WriteOptions;
use causeway_store::WatchScope;
use http::StatusCode;
use serde_json::Value;

use super::form::Form;
use super::input::Wrong;
use super::review::{self, Unplanned};
use super::{application, offer, show};
use crate::address;
use crate::refusal::Refusal;
use crate::viewer::Viewer;

/// How long the page of the run is waited for; after that the application's own page tells how far it is.
const RUN_WITHIN: Duration = Duration::from_secs(5);

pub(super) async fn submit(
    viewer: Viewer,
    Path((namespace, name)): Path<(String, String)>,
    axum::Form(pairs): axum::Form<Vec<(String, String)>>,
) -> Result<Response, Refusal> {
    let (offer, template) = offer::find(&viewer, &namespace, &name).await?;
    let intent = pairs.iter().find(|(n, _)| n == "intent").map(|(_, v)| v.clone()).unwrap_or_default();
    let mut form = Form::sent(&viewer, offer, template, pairs).await;
    if intent == "edit" {
        form.wrong.clear();
        return Ok(show::page(&viewer, &form).await.into_response());
    }
    if !form.wrong.is_empty() || form.has_secrets() {
        return Ok(again(&viewer, &form).await);
    }
    match application::of(&form.offer, &form.values) {
        Some(application) => ordered(&viewer, form, &application, &intent).await,
        None => start(&viewer, &form).await,
    }
}

/// The form with what is wrong.
async fn again(viewer: &Viewer, form: &Form) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, show::page(viewer, form).await).into_response()
}

async fn ordered(
    viewer: &Viewer,
    mut form: Form,
    application: &Application,
    intent: &str,
) -> Result<Response, Refusal> {
    if application.spec.delivery.cd && !application.spec.delivery.ci {
        form.wrong.push(Wrong {
            field: "cd".into(),
            why: "Nothing is released without the pipeline. Tick the pipeline too, or leave this out.".into(),
        });
        return Ok(again(viewer, &form).await);
    }
    let done = match intent {
        "create" => create(viewer, application).await.map(|page| Redirect::to(&page).into_response()),
        _ => match review::plan(viewer, application).await {
            Ok(plan) => Ok(review::page(viewer, &form, &plan).await.into_response()),
            Err(unplanned) => Err(unplanned),
        },
    };
    match done {
        Ok(response) => Ok(response),
        Err(Unplanned::Refused(refusal)) => Err(refusal),
        Err(Unplanned::Wrong(wrong)) => {
            form.wrong = wrong;
            Ok(again(viewer, &form).await)
        }
    }
}

/// Orders the application, as `POST applications` does; answers where to follow it.
async fn create(viewer: &Viewer, application: &Application) -> Result<String, Unplanned> {
    let resource = ApplicationSpec::resource();
    viewer.need("create", &resource, "", application.namespace()).await.map_err(Unplanned::Refused)?;
    let scope = WatchScope { resource: Some(resource.clone()), namespace: Some(application.namespace().into()) };
    // watched before it is written, so that nothing is missed
    let watch = viewer.app.resources.store().watch(scope, None);
    let mut object = application.to_object();
    object.set(&["status"], Value::Null);
    let written = viewer
        .app
        .resources
        .create(&viewer.caller.actor, object, &WriteOptions::strict())
        .await
        .map_err(review::refused)?;
    let run = match watch {
        Ok(watch) => tokio::time::timeout(RUN_WITHIN, run_of(watch, written.object.uid())).await.ok().flatten(),
        Err(_) => None,
    };
    let (namespace, name) = (application.namespace(), application.name());
    Ok(match run {
        Some(run) => address::run(namespace, &run),
        None => address::resource(&resource, namespace, name),
    })
}

/// The run of an application, once its status names it; none where it goes away before.
async fn run_of(mut watch: causeway_store::Watch, uid: &str) -> Option<String> {
    while let Some(Ok(change)) = watch.next().await {
        if *change.record.head.uid != *uid {
            continue;
        }
        let object: Object = change.record.object()?;
        let run = object.text(&["status", "run"]);
        if !run.is_empty() {
            return Some(run.to_owned());
        }
    }
    None
}

/// Starts a run of a template that makes no application.
async fn start(viewer: &Viewer, form: &Form) -> Result<Response, Refusal> {
    let template = &form.template;
    let namespace = template.namespace.as_str();
    viewer.need("create", &RunSpec::resource(), "", namespace).await?;
    let reference = EntityRef::new("template", namespace, template.name.as_str());
    let spec = RunSpec {
        program: Program::Template,
        template: Some(TemplateRun {
            r#ref: reference.to_string(),
            values: form.values.clone(),
            ..TemplateRun::default()
        }),
        created_by: viewer.caller.actor.user.clone(),
        ..RunSpec::default()
    };
    let mut metadata = Metadata::named(namespace, "");
    metadata.generate_name = Some(format!("{}-", template.name.to_lowercase()));
    let run = viewer.client().create(&Run::new(metadata, spec)).await?;
    Ok(Redirect::to(&address::run(run.namespace(), run.name())).into_response())
}
