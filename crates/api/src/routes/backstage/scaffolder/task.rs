//! Tasks: runs whose program is a template. A task's id is the uid of its run.

use axum::body::Body;
use axum::extract::{OriginalUri, Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use causeway_core::reference::EntityRef;
use causeway_core::{DEFAULT_NAMESPACE, Metadata, Object, PLATFORM_GROUP, Resource, Spec, Timestamp};
use causeway_golden_path::{ParameterError, Template, check};
use causeway_identity::Attributes;
use causeway_kinds::run::{Conclusion, Program, Run, RunSpec, TemplateRun};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

use super::super::body;
use super::super::parameters::Parameters;
use super::super::problem::Problem;
use super::template;
use crate::App;
use crate::gate::Caller;

/// Tasks on a page where no limit is asked for, and most of them.
const LIMIT: usize = 500;

fn wish<'a>(verb: &'a str, namespace: &'a str, name: &'a str) -> Attributes<'a> {
    Attributes { verb, group: PLATFORM_GROUP, resource: RunSpec::PLURAL, namespace, name, ..Attributes::default() }
}

/// How Backstage calls the state of a run.
pub(super) fn status(run: &Run) -> &'static str {
    match (run.status.conclusion, run.status.started_at) {
        (Some(Conclusion::Success), _) => "completed",
        (Some(Conclusion::Failure), _) => "failed",
        (Some(Conclusion::Cancelled), _) => "cancelled",
        (Some(Conclusion::Skipped), _) => "skipped",
        (None, Some(_)) => "processing",
        (None, None) => "open",
    }
}

/// The run behind a task, if the caller may do `verb` with it.
pub(super) async fn find(app: &App, caller: &Caller, id: &str, verb: &str) -> Result<Run, Problem> {
    let missing = || Problem::not_found(format!("No task with id '{id}' found"));
    let record = app.resources.store().by_uid(id).filter(|record| record.key.resource == RunSpec::resource());
    let record = record.ok_or_else(missing)?;
    let (namespace, name) = (&*record.key.namespace, &*record.key.name);
    if !caller.may(app, &wish("get", namespace, name)).await {
        return Err(missing());
    }
    if verb != "get" {
        caller.require(app, &wish(verb, namespace, name)).await?;
    }
    let run = record.object().and_then(|object| Run::from_object(&object).ok());
    run.filter(|run| run.spec.program == Program::Template).ok_or_else(missing)
}

/// A task as Backstage writes it.
fn serialised(run: &Run) -> Value {
    let template = run.spec.template.clone().unwrap_or_default();
    let steps: Vec<Value> = run.status.steps.iter().map(|step| json!({"id": step.id, "name": step.name})).collect();
    let mut task = json!({
        "id": run.metadata.uid,
        "spec": {
            "apiVersion": "scaffolder.backstage.io/v1beta3",
            "steps": steps,
            "output": {},
            "parameters": template.values,
            "user": {"ref": run.spec.created_by},
            "templateInfo": {"entityRef": template.r#ref},
        },
        "status": status(run),
        "createdAt": run.metadata.creation_timestamp,
        "createdBy": run.spec.created_by,
    });
    if let Some(at) = run.status.finished_at.or(run.status.started_at) {
        task["lastHeartbeatAt"] = json!(at);
    }
    task
}

pub(super) async fn get(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    Ok(Json(serialised(&find(&app, &caller, &id, "get").await?)).into_response())
}

pub(super) async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    OriginalUri(uri): OriginalUri,
) -> Result<Response, Problem> {
    let parameters = Parameters::of(&uri, &["createdBy", "status", "order", "limit", "offset"])?;
    let limit = parameters.number("limit")?.unwrap_or(LIMIT).min(LIMIT);
    let offset = parameters.number("offset")?.unwrap_or(0);
    let orders = parameters.all("order").iter().map(|text| order(text)).collect::<Result<Vec<_>, _>>()?;
    let (authors, states) = (parameters.all("createdBy"), parameters.all("status"));
    let mut runs = Vec::new();
    let everywhere = caller.may(&app, &wish("list", "", "")).await;
    for run in app.resources.client(caller.actor.clone()).list::<RunSpec>(None).await? {
        let is_wanted = run.spec.program == Program::Template
            && (authors.is_empty() || authors.contains(&run.spec.created_by))
            && (states.is_empty() || states.iter().any(|state| state == status(&run)));
        if is_wanted && (everywhere || caller.may(&app, &wish("get", run.namespace(), run.name())).await) {
            runs.push(run);
        }
    }
    // the newest first, unless something else is asked for
    runs.sort_by_key(|run| std::cmp::Reverse(run.metadata.creation_timestamp));
    for (is_descending, key) in orders.iter().rev() {
        runs.sort_by_key(key);
        if *is_descending {
            runs.reverse();
        }
    }
    let total = runs.len();
    let tasks: Vec<Value> = runs.iter().skip(offset).take(limit).map(serialised).collect();
    Ok(Json(json!({"tasks": tasks, "totalTasks": total})).into_response())
}

type SortKey = fn(&Run) -> String;

/// `desc:created_at`: whether the largest comes first, and what is compared.
fn order(text: &str) -> Result<(bool, SortKey), Problem> {
    let wrong = || Problem::input(format!("Invalid order parameter {text:?}, expected \"<asc or desc>:<field name>\""));
    let (direction, field) = text.split_once(':').ok_or_else(wrong)?;
    let is_descending = match direction {
        "asc" => false,
        "desc" => true,
        _ => return Err(wrong()),
    };
    let key: SortKey = match field {
        "created_at" => |run| run.metadata.creation_timestamp.as_ref().map(Timestamp::to_string).unwrap_or_default(),
        "status" => |run| status(run).to_owned(),
        "created_by" => |run| run.spec.created_by.clone(),
        _ => return Err(wrong()),
    };
    Ok((is_descending, key))
}

/// Starts a run of a template.
pub(super) async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let fields = body::Fields::read(&headers, body).await?;
    let text = fields.text("templateRef")?;
    let values = match fields.object("values")? {
        Value::Object(values) => values,
        _ => Map::new(),
    };
    if fields.object("secrets")?.as_object().is_some_and(|secrets| !secrets.is_empty()) {
        return Err(Problem::not_implemented("tasks take no secrets yet; store them as a secret of an environment"));
    }
    let reference =
        EntityRef::parse(text, "template", DEFAULT_NAMESPACE).map_err(|error| Problem::input(error.to_string()))?;
    let template = template::find(&app, &caller, &reference.kind, &reference.namespace, &reference.name).await?;
    caller.require(&app, &wish("create", &template.namespace, "")).await?;
    if let Some(errors) = errors_of_first_page(&template, &values) {
        return Ok((StatusCode::BAD_REQUEST, Json(json!({"errors": errors}))).into_response());
    }
    let spec = RunSpec {
        program: Program::Template,
        template: Some(TemplateRun { r#ref: template.entity_ref(), values, ..TemplateRun::default() }),
        created_by: caller.actor.user.clone(),
        ..RunSpec::default()
    };
    start(&app, &caller, &template.namespace, &template.name, spec).await
}

async fn start(app: &App, caller: &Caller, namespace: &str, name: &str, spec: RunSpec) -> Result<Response, Problem> {
    let metadata =
        Metadata { generate_name: Some(format!("{}-", name.to_lowercase())), ..Metadata::named(namespace, "") };
    let run = app.resources.client(caller.actor.clone()).create(&Resource::new(metadata, spec)).await?;
    Ok((StatusCode::CREATED, Json(json!({"id": run.metadata.uid}))).into_response())
}

/// What the first page that does not take the values says, as Backstage does; further pages are not asked.
fn errors_of_first_page(template: &Template, values: &Map<String, Value>) -> Option<Vec<Value>> {
    template.pages.iter().find_map(|page| {
        let alone = Template { pages: vec![page.clone()], ..template.clone() };
        let wrong = check(&alone, values);
        (!wrong.is_empty()).then(|| wrong.iter().map(|error| refused(error, page, values)).collect())
    })
}

/// A value that a page does not take, in the shape in which Backstage's validator tells it.
fn refused(error: &ParameterError, page: &Value, values: &Map<String, Value>) -> Value {
    let path: Vec<&str> = error.field.split('.').filter(|part| !part.is_empty()).collect();
    let property = if path.is_empty() { "instance".to_owned() } else { format!("instance.{}", path.join(".")) };
    let instance =
        if path.is_empty() { json!(values) } else { Object(values.clone()).at(&path).cloned().unwrap_or_default() };
    let stack = format!("{property} {}", error.message);
    json!({"path": path, "property": property, "message": error.message, "schema": page, "instance": instance, "stack": stack})
}

pub(super) async fn cancel(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let run = find(&app, &caller, &id, "update").await?;
    let client = app.resources.client(caller.actor.clone());
    if run.status.conclusion.is_none() {
        client.modify::<RunSpec>(run.namespace(), run.name(), |run| run.spec.cancel = true).await?;
    }
    Ok(Json(json!({"status": "cancelled"})).into_response())
}

/// Starts the same run again.
pub(super) async fn retry(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let run = find(&app, &caller, &id, "get").await?;
    caller.require(&app, &wish("create", run.namespace(), "")).await?;
    if run.status.conclusion.is_none() {
        return Err(Problem::conflict(format!("Task {id} has not ended yet, and so it is not started again")));
    }
    let template = run.spec.template.clone().unwrap_or_default();
    let name = template.r#ref.rsplit('/').next().unwrap_or("task").to_owned();
    let spec = RunSpec {
        retry_of: run.name().to_owned(),
        created_by: caller.actor.user.clone(),
        cancel: false,
        ..run.spec.clone()
    };
    start(&app, &caller, run.namespace(), &name, spec).await
}
