//! Documents as published tutorials write them are taken as they stand, and nothing of them is lost.

use std::path::{Path, PathBuf};

use causeway_core::Object;
use serde_json::{Value, json};

use crate::admission::Admission;

#[expect(clippy::print_stderr, reason = "a test that tries nothing has to say so")]
fn say_skipped(folder: &Path) {
    eprintln!("SKIPPED: {} is not there, so no published document was tried", folder.display());
}

/// Documents with a kind; `None` where the folder is not there.
fn documents() -> Option<Vec<(String, Value)>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/brief");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        say_skipped(&folder);
        return None;
    };
    let mut documents = Vec::new();
    for path in entries
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
    {
        let text = std::fs::read_to_string(&path).expect("readable");
        let parsed: Vec<Value> = serde_saphyr::from_multiple(&text).expect("YAML");
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let entities = parsed.into_iter().filter(|document| document.get("kind").is_some());
        documents.extend(entities.map(|document| (name.clone(), document)));
    }
    Some(documents)
}

/// Whether everything in `part` is in `whole` too.
fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, value)| whole.get(key).is_some_and(|inner| contains(inner, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        (whole, part) => whole == part,
    }
}

fn admitted(documents: &[(String, Value)], file: &str) -> Vec<Object> {
    let admission = Admission::shared();
    let of_file = documents.iter().filter(|(name, _)| name == file);
    of_file.map(|(_, document)| admission.admit(document, None).expect("admitted")).collect()
}

#[test]
fn every_published_document_is_admitted() {
    let Some(documents) = documents() else { return };
    let admission = Admission::shared();
    assert!(documents.len() >= 10, "only {} documents", documents.len());
    for (name, document) in &documents {
        admission.admit(document, None).unwrap_or_else(|errors| panic!("{name}: {errors:#?}"));
    }
}

#[test]
fn documents_of_the_catalog_and_templates_keep_every_field_as_it_is() {
    let Some(documents) = documents() else { return };
    let admission = Admission::shared();
    let backstage =
        |document: &&(String, Value)| document.1["apiVersion"].as_str().is_some_and(|v| v.contains("backstage.io"));
    let mut seen = 0;
    for (name, document) in documents.iter().filter(backstage) {
        let object = admission.admit(document, None).expect("admitted").into_value();
        assert!(contains(&object, document), "{name}: {object:#}");
        seen += 1;
    }
    assert!(seen >= 7, "only {seen} documents");
}

#[test]
fn an_application_is_read_whatever_the_case_of_its_fields() {
    let Some(documents) = documents() else { return };
    let [application] = &admitted(&documents, "application.yaml")[..] else { panic!("one application") };
    let infrastructure = json!({
        "database": {"type": "postgres", "version": "15", "size": "small"},
        "cache": {"type": "redis", "size": "small"},
        "queue": {"type": "rabbitmq"},
    });
    assert_eq!(application.spec()["infrastructure"], infrastructure);
    let scaling = json!({"enabled": true, "minReplicas": 2, "maxReplicas": 10});
    assert_eq!(application.spec()["deployment"]["autoscaling"], scaling);
    assert_eq!(application.spec()["observability"]["alertChannels"], json!(["slack", "pagerduty"]));
    assert_eq!(application.api_version(), "platform.causeway.dev/v1");
}

#[test]
fn a_golden_path_reads_known_fields_in_kebab_case_and_leaves_free_maps_alone() {
    let Some(documents) = documents() else { return };
    let [path] = &admitted(&documents, "golden-path.yaml")[..] else { panic!("one golden path") };
    let repository = json!({
        "type": "github-repository",
        "ci": "github-actions",
        "defaultBranch": "main",
        "branchProtection": true,
        "requiredChecks": ["lint", "test", "security-scan"],
    });
    assert_eq!(path.spec()["required"][0], repository);
    assert_eq!(path.spec()["required"][1]["deployment"]["healthChecks"], true);
    assert_eq!(path.spec()["required"][3]["retentionDays"], 30);
    assert_eq!(path.spec()["standards"][0], json!({"programming-language": ["go", "python", "typescript", "java"]}));
}

#[test]
fn an_environment_and_a_platform_configuration_lose_nothing() {
    let Some(documents) = documents() else { return };
    for file in ["environment.yaml", "platform-configuration.yaml"] {
        let (_, document) = documents.iter().find(|(name, _)| name == file).expect("there");
        let [object] = &admitted(&documents, file)[..] else { panic!("one document") };
        assert!(contains(object.spec(), &document["spec"]), "{file}: {:#}", object.spec());
    }
}
