//! Templates: those of the catalog, and the built-in ones, which are in no catalog until they are registered.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use causeway_core::{DEFAULT_NAMESPACE, Spec};
use causeway_golden_path::Template;
use causeway_identity::Attributes;
use causeway_kinds::catalog::template::TemplateSpec;
use serde_json::{Map, Value, json};

use super::super::problem::Problem;
use super::super::sight::Sight;
use crate::App;
use crate::gate::Caller;

const UNTITLED: &str = "Please enter the following information";

/// A template that the caller may read.
pub(super) async fn find(
    app: &App,
    caller: &Caller,
    kind: &str,
    namespace: &str,
    name: &str,
) -> Result<Template, Problem> {
    let reference = format!("{kind}:{namespace}/{name}").to_lowercase();
    let missing = || Problem::not_found(format!("Template {reference} not found"));
    if !kind.eq_ignore_ascii_case(TemplateSpec::KIND) {
        return Err(missing());
    }
    let sight = Sight::of(app, caller).await?;
    if let Some(entity) = sight.readable(app, caller, sight.view().get(&reference)).await {
        return Template::read(&entity.object()).map_err(|error| Problem::input(error.to_string()));
    }
    let is_offered = sight.view().get(&reference).is_none() && namespace.eq_ignore_ascii_case(DEFAULT_NAMESPACE);
    let built_in = is_offered.then(|| Template::built_in(&name.to_lowercase())).flatten().ok_or_else(missing)?;
    let resource = TemplateSpec::resource();
    let wanted = Attributes {
        verb: "get",
        group: &resource.group,
        resource: &resource.resource,
        namespace,
        name,
        ..Attributes::default()
    };
    if caller.may(app, &wanted).await { Ok(built_in) } else { Err(missing()) }
}

/// What a template asks, page by page.
pub(super) async fn parameters(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path((namespace, kind, name)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let template = find(&app, &caller, &kind, &namespace, &name).await?;
    let object = &template.object;
    let page = |schema: &Value| {
        let mut page = Map::new();
        page.insert("title".into(), schema.get("title").cloned().unwrap_or_else(|| UNTITLED.into()));
        if let Some(description) = schema.get("description") {
            page.insert("description".into(), description.clone());
        }
        page.insert("schema".into(), schema.clone());
        Value::Object(page)
    };
    let title = object.at(&["metadata", "title"]).cloned().unwrap_or_else(|| object.name().into());
    let mut body = json!({"title": title, "steps": template.pages.iter().map(page).collect::<Vec<_>>()});
    let further = [
        ("presentation", &["spec", "presentation"][..]),
        ("description", &["metadata", "description"]),
        ("ui:options", &["metadata", "ui:options"]),
        ("formDecorators", &["spec", "EXPERIMENTAL_formDecorators"]),
        ("formDecorators", &["spec", "formDecorators"]),
    ];
    for (field, path) in further {
        if let Some(value) = object.at(path) {
            body[field] = value.clone();
        }
    }
    Ok(Json(body).into_response())
}
