//! Score documents (`score.dev/v1b1`): read whole, with every error in them.

use causeway_core::schema::{Compiled, FieldError};
use causeway_core::{Object, Spec as _};
use causeway_kinds::workload::{self, Workload, WorkloadSpec};
use serde_json::{Map, Value};

use crate::placeholder;

/// A Score document.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// `metadata.name`.
    pub name: String,
    /// All of `metadata`, for placeholders.
    pub metadata: Map<String, Value>,
    /// What runs, and what it needs.
    pub spec: WorkloadSpec,
}

/// What is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct ScoreErrors(pub Vec<FieldError>);

const API_VERSION: &str = "score.dev/v1b1";
const TOP: &[&str] = &["apiVersion", "metadata", "containers", "service", "resources"];

/// A Score document that [`read`] accepts as the Workload that stands for it, in a namespace.
pub fn to_workload(document: &Object, namespace: &str) -> Object {
    let mut workload = workload::from_score(document).unwrap_or_default();
    workload.set(&["metadata", "namespace"], namespace);
    workload
}

/// Whether a document is a Score workload.
pub fn is_score(document: &Object) -> bool {
    document.api_version() == API_VERSION
}

/// Reads a document, or says everything that is wrong with it.
pub fn read(document: &Value) -> Result<Document, ScoreErrors> {
    let Some(object) = Object::from_value(document.clone()) else {
        return Err(ScoreErrors(vec![FieldError::type_invalid("", document, "a Score document is a map")]));
    };
    let mut wrong = Vec::new();
    if !is_score(&object) {
        let given = object.0.get("apiVersion").cloned().unwrap_or(Value::Null);
        wrong.push(FieldError::not_supported("apiVersion", &given, &[API_VERSION.to_owned()]));
    }
    for field in object.0.keys().filter(|f| !TOP.contains(&f.as_str())) {
        wrong.push(FieldError::unknown(field.as_str(), field, TOP.iter().copied()));
    }
    if let Err(why) = causeway_core::name::check_label(object.name()) {
        wrong.push(FieldError::invalid("metadata.name", &object.name().into(), &why));
    }
    let spec = spec(&object, &mut wrong);
    let metadata = object.at(&["metadata"]).and_then(Value::as_object).cloned().unwrap_or_default();
    match spec {
        Some(spec) if wrong.is_empty() => {
            let document = Document { name: object.name().to_owned(), metadata, spec };
            let mut wrong = check_references(&document);
            wrong.extend(check_order(&document));
            if wrong.is_empty() { Ok(document) } else { Err(ScoreErrors(wrong)) }
        }
        _ => Err(ScoreErrors(wrong)),
    }
}

/// The spec, through the same rules that a stored Workload passes.
fn spec(object: &Object, wrong: &mut Vec<FieldError>) -> Option<WorkloadSpec> {
    let kind = causeway_kinds::builtin().into_iter().find(|k| k.definition.kind == WorkloadSpec::KIND)?;
    let schema = Compiled::new(&kind.definition.storage_version().schema).ok()?;
    let mut workload = workload::from_score(object).map_err(|nulls| wrong.extend(nulls)).ok()?;
    workload.set(&["metadata", "namespace"], causeway_core::DEFAULT_NAMESPACE);
    (kind.normalise)(&mut workload);
    let mut value = workload.into_value();
    let in_document =
        |e: FieldError| FieldError { path: e.path.strip_prefix("spec.").unwrap_or(&e.path).to_owned(), ..e };
    wrong.extend(schema.canonicalise(&mut value).into_iter().map(in_document));
    wrong.extend(schema.unknown_fields(&value).into_iter().map(in_document));
    schema.default(&mut value);
    wrong.extend(schema.validate(&value).into_iter().map(in_document));
    let workload = Object::from_value(value)?;
    if wrong.is_empty() {
        wrong.extend((kind.validate)(&workload, None).into_iter().map(in_document));
    }
    Workload::from_object(&workload).ok().map(|w| w.spec)
}

/// Containers cannot wait for each other in a circle: whoever is left once all that can start have started is part of one, or
/// waits for one.
fn check_order(document: &Document) -> Option<FieldError> {
    let containers = &document.spec.containers;
    let mut started: Vec<&str> = Vec::new();
    while started.len() < containers.len() {
        let can_start = |name: &str, waits_for: &workload::Container| {
            let is_waited_for = |other: &String| containers.contains_key(other) && !started.contains(&other.as_str());
            !started.contains(&name) && !waits_for.before.keys().any(is_waited_for)
        };
        let Some((next, _)) = containers.iter().find(|(name, container)| can_start(name, container)) else {
            let left: Vec<&str> = containers.keys().map(String::as_str).filter(|n| !started.contains(n)).collect();
            let why = format!("containers wait for each other in a circle: {}", left.join(", "));
            return Some(FieldError::forbidden("containers", &why));
        };
        started.push(next);
    }
    None
}

/// Every placeholder must name metadata or a resource that the document declares.
fn check_references(document: &Document) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    for (path, text) in texts(document) {
        for reference in placeholder::references(&text) {
            if let Some(why) = refusal(document, &reference) {
                wrong.push(FieldError::invalid(path.clone(), &text.as_str().into(), &why));
            }
        }
    }
    wrong
}

fn refusal(document: &Document, reference: &[String]) -> Option<String> {
    match reference.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["metadata", key, ..] if !key.is_empty() => None,
        ["resources", name, ..] if document.spec.resources.contains_key(*name) => None,
        ["resources", name, ..] => {
            let known = document.spec.resources.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "none is declared".to_owned() } else { format!("declared are: {known}") };
            Some(format!("no resource {name:?} is declared under resources; {known}"))
        }
        _ => Some(format!(
            "unknown reference ${{{}}}: use resources.<name>.<output> or metadata.<key>, or $$ for a dollar sign",
            reference.join(".")
        )),
    }
}

/// The texts in which placeholders are expanded, with their paths.
fn texts(document: &Document) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for (name, container) in &document.spec.containers {
        for (variable, value) in &container.variables {
            texts.push((format!("containers.{name}.variables.{variable}"), value.clone()));
        }
        for (path, file) in container.files.iter().filter(|(_, file)| !file.no_expand) {
            texts.extend(
                file.content.clone().map(|content| (format!("containers.{name}.files[{path}].content"), content)),
            );
        }
        for (path, volume) in &container.volumes {
            texts.push((format!("containers.{name}.volumes[{path}].source"), volume.source.clone()));
        }
    }
    for (name, resource) in &document.spec.resources {
        collect(&format!("resources.{name}.params"), &Value::Object(resource.params.clone()), &mut texts);
    }
    texts
}

fn collect(path: &str, value: &Value, texts: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => texts.push((path.to_owned(), text.clone())),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, v)| collect(&format!("{path}[{i}]"), v, texts)),
        Value::Object(map) => map.iter().for_each(|(k, v)| collect(&format!("{path}.{k}"), v, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
