//! `platform catalog validate`: every error in catalog files and templates, each with its place.

use std::path::{Path, PathBuf};

use causeway_core::schema::{Compiled, FieldError};
use causeway_core::{Object, yaml};
use causeway_kinds::Kind;
use clap::Args;

use super::placeholder;
use crate::failure::Outcome;
use crate::manifest::is_manifest;
use crate::{Exit, Failure, Session};

/// Groups whose documents are catalog entities.
const GROUPS: &[&str] = &["backstage.io", "scaffolder.backstage.io"];

#[derive(Args, Debug)]
pub(crate) struct Validate {
    /// A file, or a folder: its YAML files that hold entities, however deep
    path: PathBuf,
}

/// What was found in files.
#[derive(Default)]
struct Findings {
    entities: usize,
    errors: Vec<String>,
}

pub(crate) fn run(args: &Validate, session: &Session) -> Outcome {
    let kinds = causeway_kinds::builtin();
    let is_folder = args.path.is_dir();
    let mut findings = Findings::default();
    for file in files(&args.path)? {
        let text = std::fs::read_to_string(&file)
            .map_err(|e| Failure::failed(format!("{} could not be read", file.display())).because(e))?;
        check_file(&kinds, &file, &text, is_folder, &mut findings);
    }
    findings.errors.iter().for_each(|error| session.printer.data(error));
    let count = findings.entities;
    match (findings.errors.len(), count) {
        (0, 0) => Err(Failure::failed(format!("there is no entity in {}", args.path.display()))),
        (0, count) => {
            session.printer.data(format!("{count} {} valid", if count == 1 { "entity is" } else { "entities are" }));
            Ok(Exit::Done)
        }
        (errors, _) => {
            session.printer.say(format!("{errors} {}", if errors == 1 { "error" } else { "errors" }));
            Ok(Exit::Failed)
        }
    }
}

fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let hidden = |entry: &walkdir::DirEntry| entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
    let entries = walkdir::WalkDir::new(path).sort_by_file_name().into_iter().filter_entry(|entry| !hidden(entry));
    let entries: Vec<_> = entries
        .collect::<Result<_, _>>()
        .map_err(|e| Failure::failed(format!("{} could not be listed", path.display())).because(e))?;
    let files = entries.into_iter().filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    Ok(files.filter(|file| is_manifest(file)).collect())
}

/// In a folder, documents that are no entities are left alone; a file that is named must hold nothing else.
fn check_file(kinds: &[Kind], file: &Path, text: &str, lenient: bool, findings: &mut Findings) {
    let options = yaml::Options::core().named(file.display().to_string());
    for document in yaml::parse_each(text, &options) {
        let document = match document {
            Ok(document) => document,
            Err(error) if lenient && !text.contains("backstage.io/") => {
                let _ = error;
                continue;
            }
            Err(error) => {
                findings.errors.push(error.to_string());
                continue;
            }
        };
        let mut object = Object::from_value(document.value.clone()).unwrap_or_default();
        if !GROUPS.contains(&object.group()) && lenient {
            continue;
        }
        findings.entities += 1;
        // a template's placeholders belong to its actions
        let is_entity = object.group() == "backstage.io";
        let spec = object.0.get_mut("spec").filter(|_| is_entity);
        let mut errors = spec.map(|spec| placeholder::resolve(spec, file, "spec")).unwrap_or_default();
        errors.extend(check(kinds, object));
        findings.errors.extend(errors.iter().map(|error| {
            let at = document.position(&error.path);
            let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("{}:{}:{}: {error}{hint}", file.display(), at.line, at.column)
        }));
    }
}

/// Everything that is wrong with one document.
fn check(kinds: &[Kind], mut object: Object) -> Vec<FieldError> {
    let text = |name: &str, object: &Object| object.0.get(name).cloned().unwrap_or(serde_json::Value::Null);
    let of_group = |kind: &&Kind| GROUPS.contains(&kind.definition.group.as_str());
    if !GROUPS.contains(&object.group()) {
        let known: Vec<String> = vec!["backstage.io/v1alpha1".into(), "scaffolder.backstage.io/v1beta3".into()];
        return vec![FieldError::not_supported("apiVersion", &text("apiVersion", &object), &known)];
    }
    let Some(kind) = kinds
        .iter()
        .filter(of_group)
        .find(|k| k.definition.group == object.group() && k.definition.kind == object.kind())
    else {
        let known: Vec<String> = kinds
            .iter()
            .filter(of_group)
            .filter(|k| k.definition.group == object.group())
            .map(|k| k.definition.kind.clone())
            .collect();
        return vec![FieldError::not_supported("kind", &text("kind", &object), &known)];
    };
    let Some(version) = kind.definition.version(object.version()) else {
        let known: Vec<String> =
            kind.definition.versions.iter().map(|v| kind.definition.api_version(&v.name)).collect();
        return vec![FieldError::not_supported("apiVersion", &text("apiVersion", &object), &known)];
    };
    (kind.normalise)(&mut object);
    let mut errors = Vec::new();
    if let Err(why) = kind.definition.names.check(object.name()) {
        errors.push(FieldError::invalid("metadata.name", &object.name().into(), &why));
    }
    let Ok(schema) = Compiled::new(&version.schema) else { return errors };
    let mut value = object.into_value();
    errors.extend(schema.canonicalise(&mut value));
    errors.extend(schema.unknown_fields(&value));
    schema.default(&mut value);
    errors.extend(schema.validate(&value));
    let object = Object::from_value(value).unwrap_or_default();
    errors.extend((kind.validate)(&object, None));
    errors
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Findings, check_file};

    fn errors(text: &str, lenient: bool) -> (usize, Vec<String>) {
        let mut findings = Findings::default();
        check_file(&causeway_kinds::builtin(), Path::new("catalog-info.yaml"), text, lenient, &mut findings);
        (findings.entities, findings.errors)
    }

    #[test]
    fn accepts_a_good_entity() {
        let good = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: web}\nspec: {type: service, lifecycle: production, owner: team-a}\n";
        assert_eq!(errors(good, false), (1, Vec::new()));
    }

    #[test]
    fn names_the_place_of_every_error() {
        let bad = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: 'not a name'\nspec:\n  type: service\n  lifecycle: production\n";
        let (_, errors) = errors(bad, false);
        assert!(errors.iter().any(|e| e.starts_with("catalog-info.yaml:4:3: metadata.name")), "{errors:?}");
        assert!(errors.iter().any(|e| e.starts_with("catalog-info.yaml:5:1: spec.owner")), "{errors:?}");
    }

    #[test]
    fn leaves_other_documents_of_a_folder_alone() {
        let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
        assert_eq!(errors(other, true), (0, Vec::new()));
        assert_eq!(errors(other, false).1.len(), 1);
    }
}
