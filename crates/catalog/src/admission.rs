//! Who may write what comes from a file: the catalog alone.

use async_trait::async_trait;
use causeway_core::{Key, Object, PLATFORM_GROUP, Resource, Spec};
use causeway_kinds::source::{SourceSpec, SourceType};
use causeway_resources::admission::{Admission, Operation, Request};
use causeway_resources::{Error, Refused, Result};

use crate::{SOURCE, SOURCE_FILE, SOURCE_NAMESPACE, is_entity_kind};

/// May read every file of the server anyway.
const MASTERS: &str = "system:masters";

/// Keeps everybody but the platform from writing entities that come from a source, and from reading the server's own files
/// through one.
pub struct SourceGuard;

#[async_trait]
impl Admission for SourceGuard {
    async fn admit(&self, request: &Request<'_>, object: &mut Object, _warnings: &mut Vec<String>) -> Result<()> {
        if request.actor.is_system() {
            return Ok(());
        }
        let definition = &request.entry.definition;
        if is_entity_kind(definition) {
            return check_entity(request, object);
        }
        if definition.group == PLATFORM_GROUP
            && definition.plural == SourceSpec::PLURAL
            && request.operation != Operation::Delete
        {
            return check_source(request, object);
        }
        Ok(())
    }
}

fn check_entity(request: &Request<'_>, object: &Object) -> Result<()> {
    let owned = request.old.into_iter().chain([object]).find(|entity| entity.label(SOURCE).is_some());
    let Some(entity) = owned else { return Ok(()) };
    let name = entity.label(SOURCE).unwrap_or_default();
    let namespace = entity.annotation(SOURCE_NAMESPACE).unwrap_or(entity.namespace());
    let key = Key::new(SourceSpec::resource(), namespace, name);
    let source = request.resources.find(&key).and_then(|record| record.object());
    let source = source.and_then(|object| Resource::<SourceSpec>::from_object(&object).ok());
    let kind = request.entry.definition.singular.as_str();
    let message = match (&source, request.old.and_then(|old| old.label(SOURCE))) {
        (None, Some(_)) => return Ok(()),
        (_, None) => format!(
            "the label {SOURCE} says that {kind} {} comes from a file, which only the catalog may say",
            entity.name()
        ),
        (Some(source), Some(_)) => {
            let file = entity.annotation(SOURCE_FILE).unwrap_or(&source.spec.path);
            format!("{kind} {} comes from {file} in {}; change it there", entity.name(), place(source))
        }
    };
    Err(Error::Refused(Box::new(Refused {
        resource: request.entry.definition.resource().to_string(),
        name: entity.name().to_owned(),
        message,
        hint: Some(format!(
            "the source {name} reads the file again when it changes; delete the source, and its entities go with it"
        )),
        cause: Some("ManagedBySource".into()),
    })))
}

fn place(source: &Resource<SourceSpec>) -> String {
    match source.spec.r#type {
        SourceType::Repository => format!("repository {}", source.spec.repository),
        SourceType::Git | SourceType::Url => source.spec.url.clone(),
        SourceType::Directory | SourceType::File => format!("{} on the server", source.spec.path),
    }
}

/// Folders and files of the server are for those who could read them without us.
fn check_source(request: &Request<'_>, object: &Object) -> Result<()> {
    let reads_server = matches!(object.text(&["spec", "type"]), "directory" | "file");
    let is_changed = request.old.is_none_or(|old| old.spec() != object.spec());
    if !reads_server || !is_changed || request.actor.groups.iter().any(|group| group == MASTERS) {
        return Ok(());
    }
    Err(Error::Refused(Box::new(Refused {
        resource: request.entry.definition.resource().to_string(),
        name: object.name().to_owned(),
        message: "a source of the type directory or file reads files of the server, which only its administrators may"
            .into(),
        hint: Some("push the files to a repository, and name that".into()),
        cause: None,
    })))
}
