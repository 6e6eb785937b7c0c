//! What all kinds of the catalog share: how they are defined, and what must hold of their metadata and references.

use causeway_core::name::{NameRule, check_tag};
use causeway_core::reference::EntityRef;
use causeway_core::schema::{FieldError, from_type, object_schema};
use causeway_core::{Column, DEFAULT_NAMESPACE, Definition, Object, Version};
use serde_json::{Value, json};

use super::{EntitySpec, GROUP};
use crate::definition::{described, named, strings, with_age};
use crate::kind::Kind;
use crate::rule;

/// The kind whose spec is `S`.
pub(super) fn kind<S: EntitySpec>(description: &str, columns: Vec<Column>, selectable: &[&str]) -> Kind {
    Kind::new(definition::<S>(description, columns, selectable)).validated_by(validate::<S>)
}

fn definition<S: EntitySpec>(description: &str, columns: Vec<Column>, selectable: &[&str]) -> Definition {
    let mut schema = object_schema(from_type::<S>(), None, true);
    schema["required"] = json!(["spec"]);
    let base = named(S::API_VERSION, S::KIND, S::PLURAL, described(schema, description), with_age(columns));
    let older = base.versions.iter().filter(|_| base.group == GROUP).map(|version| Version {
        name: "v1beta1".into(),
        storage: false,
        ..version.clone()
    });
    Definition {
        versions: base.versions.iter().cloned().chain(older).collect(),
        categories: strings(&["catalog"]),
        names: NameRule::Backstage,
        open_metadata: true,
        selectable_fields: strings(selectable),
        passive: true,
        ..base
    }
}

/// What is wrong with an entity beyond its schema.
pub(super) fn validate<S: EntitySpec>(object: &Object, _old: Option<&Object>) -> Vec<FieldError> {
    let mut errors = check_tags(object);
    errors.extend(check_links(object));
    for (field, kind) in S::REFERENCES {
        let value = object.spec().get(*field).unwrap_or(&Value::Null);
        let path = format!("spec.{field}");
        match value {
            Value::Array(list) => {
                let items = list.iter().enumerate();
                errors
                    .extend(items.filter_map(|(i, item)| check_reference(object, &format!("{path}[{i}]"), item, kind)));
            }
            value => errors.extend(check_reference(object, &path, value, kind)),
        }
    }
    errors
}

fn check_tags(object: &Object) -> Vec<FieldError> {
    let tags = rule::value_at(object, "metadata.tags").as_array().into_iter().flatten().enumerate();
    tags.filter_map(|(i, tag)| {
        let problem = check_tag(tag.as_str()?).err()?;
        Some(FieldError::invalid(format!("metadata.tags[{i}]"), tag, &problem))
    })
    .collect()
}

fn check_links(object: &Object) -> Vec<FieldError> {
    let links = rule::value_at(object, "metadata.links").as_array().into_iter().flatten().enumerate();
    links
        .filter_map(|(i, link)| {
            let url = link.get("url")?;
            let path = format!("metadata.links[{i}].url");
            (!is_absolute(url.as_str()?)).then(|| FieldError::invalid(path, url, "must be an absolute URL"))
        })
        .collect()
}

/// Whether a URL has a scheme and something after it.
fn is_absolute(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once(':') else {
        return false;
    };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    is_scheme && !rest.is_empty() && !url.contains(char::is_whitespace)
}

fn check_reference(object: &Object, path: &str, value: &Value, default_kind: &str) -> Option<FieldError> {
    let text = value.as_str()?;
    let namespace = if object.namespace().is_empty() { DEFAULT_NAMESPACE } else { object.namespace() };
    let problem = EntityRef::parse(text, default_kind, namespace).err()?;
    Some(FieldError::invalid(path, value, &problem.to_string()))
}
