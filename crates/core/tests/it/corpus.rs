//! What a real kube-apiserver answered, asked of the schema: which fields it refused and why, and what it stored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use causeway_core::schema::{Compiled, with_metadata};
use causeway_core::yaml;
use serde_json::Value;

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn corpus(part: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(part);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: {} is not here", folder.display());
    None
}

fn files(folder: &std::path::Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    files.sort();
    files
}

/// Causes that come from elsewhere than the schema: rules in CEL, the scale subresource, names and kinds.
fn is_elsewhere(field: &str) -> bool {
    matches!(field, "<nil>" | "kind" | "metadata.name" | "fieldManager") || field.starts_with('.')
}

fn learn(body: &Value, schemas: &mut BTreeMap<String, Compiled>) {
    for version in body["spec"]["versions"].as_array().into_iter().flatten() {
        let schema = with_metadata(version["schema"]["openAPIV3Schema"].clone(), false);
        let kind = body["spec"]["names"]["kind"].as_str().unwrap();
        if let Ok(compiled) = Compiled::new(&schema) {
            schemas.insert(kind.to_owned(), compiled);
        }
    }
}

#[test]
fn refuses_and_stores_what_a_real_server_does() {
    let Some(folder) = corpus("kube-answers") else { return };
    let mut compared = 0;
    for file in files(&folder, "json") {
        let talk: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let mut schemas = BTreeMap::new();
        for step in talk["steps"].as_array().unwrap().iter().filter(|step| step["method"] == "POST") {
            let (path, body, answer) = (step["path"].as_str().unwrap(), &step["body"], &step["answer"]);
            if path.ends_with("/customresourcedefinitions") {
                learn(body, &mut schemas);
                continue;
            }
            let Some(schema) = body["kind"].as_str().and_then(|kind| schemas.get(kind)) else { continue };
            let place = format!("{} {path} {body}", file.display());
            let mut object = body.clone();
            schema.prune(&mut object);
            schema.default(&mut object);
            let found = schema.validate(&object);
            if answer["code"] == 201 {
                assert!(found.is_empty(), "{place}\n{found:?}");
                if answer["body"]["spec"].is_object() {
                    assert_eq!(object["spec"], answer["body"]["spec"], "{place}");
                    compared += 1;
                }
                continue;
            }
            let causes = answer["body"]["details"]["causes"].as_array().cloned().unwrap_or_default();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let wanted: BTreeSet<(String, String)> = causes
                .iter()
                .map(|cause| (text(&cause["field"]), text(&cause["reason"])))
                .filter(|(field, _)| !is_elsewhere(field))
                .collect();
            let got: BTreeSet<(String, String)> =
                found.iter().map(|error| (error.path.clone(), error.reason.to_string())).collect();
            assert_eq!(got, wanted, "{place}");
            let said = step["said"].as_str().unwrap_or_default();
            for error in found {
                assert!(said.contains(&error.to_string()), "{place}\nours:   {error}\ntheirs: {said}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 20, "only {compared} answers were compared");
}

#[test]
fn reads_every_catalog_file_found_in_the_wild() {
    let Some(folder) = corpus("catalog-in-the-wild") else { return };
    let mut documents = 0;
    let mut refused = Vec::new();
    for file in files(&folder, "yaml") {
        let text = std::fs::read_to_string(&file).unwrap();
        for document in
            yaml::parse_each(&text, &yaml::Options::core().named(file.file_name().unwrap().to_string_lossy()))
        {
            match document {
                Ok(document) => {
                    documents += 1;
                    assert_eq!(
                        yaml::parse_one(&yaml::to_yaml(&document.value), &yaml::Options::core()).unwrap().value,
                        document.value
                    );
                }
                Err(error) => refused.push(error.to_string()),
            }
        }
    }
    assert!(documents >= 60, "only {documents} documents were read");
    assert!(refused.len() <= 3, "{refused:#?}");
}
