//! Which form of an answer a client wants: objects, metadata alone, tables; JSON or YAML.

use http::{HeaderMap, header};

use super::status::Status;

/// What the answer is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// The objects themselves.
    #[default]
    Objects,
    /// `meta.k8s.io/v1` `Table`.
    Table,
    /// `PartialObjectMetadata`, or a list of them.
    Metadata,
}

/// How it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// JSON.
    #[default]
    Json,
    /// YAML.
    Yaml,
}

/// A form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// What it is made of.
    pub shape: Shape,
    /// How it is written.
    pub syntax: Syntax,
}

/// The first form of the `Accept` header that is known here.
pub fn form(headers: &HeaderMap) -> Result<Form, Status> {
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|v| v.to_str().ok()).collect::<Vec<_>>().join(",");
    if accept.trim().is_empty() {
        return Ok(Form::default());
    }
    accept.split(',').find_map(|clause| clause_form(clause.trim())).ok_or_else(|| {
        Status::new(
            406,
            "NotAcceptable",
            "only the following media types are accepted: application/json, application/yaml",
        )
    })
}

fn clause_form(clause: &str) -> Option<Form> {
    let mut parts = clause.split(';').map(str::trim);
    let syntax = match parts.next()? {
        "application/json" | "*/*" | "application/*" | "text/html" => Syntax::Json,
        "application/yaml" => Syntax::Yaml,
        _ => return None,
    };
    let parameters: Vec<(&str, &str)> = parts.filter_map(|p| p.split_once('=')).collect();
    let value = |key: &str| parameters.iter().find(|(k, _)| *k == key).map(|(_, v)| *v);
    let shape = match value("as") {
        None => Shape::Objects,
        Some(kind) if value("g") == Some("meta.k8s.io") && value("v") == Some("v1") => match kind {
            "Table" => Shape::Table,
            "PartialObjectMetadata" | "PartialObjectMetadataList" => Shape::Metadata,
            _ => return None,
        },
        Some(_) => return None,
    };
    Some(Form { shape, syntax })
}

#[cfg(test)]
mod tests {
    use super::{Form, Shape, Syntax, form};
    use http::{HeaderMap, HeaderValue, header};

    fn asked(accept: &'static str) -> Option<Form> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
        form(&headers).ok()
    }

    #[test]
    fn takes_the_first_form_that_it_knows() {
        let json = |shape| Some(Form { shape, syntax: Syntax::Json });
        assert_eq!(asked("application/json;as=Table;v=v1;g=meta.k8s.io,application/json"), json(Shape::Table));
        assert_eq!(asked("application/json;as=Table;v=v9;g=meta.k8s.io,application/json"), json(Shape::Objects));
        assert_eq!(asked("application/vnd.kubernetes.protobuf,application/json"), json(Shape::Objects));
        assert_eq!(asked("application/yaml"), Some(Form { shape: Shape::Objects, syntax: Syntax::Yaml }));
        assert_eq!(asked("application/vnd.kubernetes.protobuf"), None);
    }
}
