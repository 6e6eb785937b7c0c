//! Score files are taken as workloads, and judged as Score's own schema judges them.

use std::path::{Path, PathBuf};

use causeway_core::{Object, Resource};
use causeway_kinds::workload::{WorkloadSpec, from_score, is_score, to_score};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::admission::Admission;

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    valid: bool,
    document: Value,
}

#[expect(clippy::print_stderr, reason = "a test that tries nothing has to say so")]
fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/score");
    if !folder.is_dir() {
        eprintln!("SKIPPED: {} is not there, so no Score file was tried", folder.display());
        return None;
    }
    Some(folder)
}

fn admit(document: &Value) -> Result<Object, Vec<String>> {
    let document = Object::from_value(document.clone()).ok_or_else(|| vec!["no object".to_owned()])?;
    if !is_score(&document) || document.version() != "v1b1" {
        return Err(vec![format!("apiVersion {:?} is none of Score", document.api_version())]);
    }
    let workload =
        from_score(&document).map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    Admission::shared().admit(&workload.into_value(), None)
}

/// Cases in which more than the schema decides: lists of lines are joined first, as Score's loader does, and a container
/// that another waits for has to be there.
const BEYOND_THE_SCHEMA: [&str; 4] = [
    "containers.*.files.*.content is an empty array",
    "containers.*.files.*.content is an array of strings",
    "containers.*.before with started ready condition",
    "containers.*.before with healthy ready condition",
];

#[test]
fn the_verdict_is_that_of_scores_schema() {
    let Some(folder) = corpus() else { return };
    let text = std::fs::read_to_string(folder.join("schema-cases.yaml")).expect("readable");
    let Cases { cases } = serde_saphyr::from_str(&text).expect("YAML");
    assert!(cases.len() > 50, "only {} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter(|case| !BEYOND_THE_SCHEMA.contains(&case.name.as_str()))
        .filter_map(|case| match (case.valid, admit(&case.document)) {
            (true, Ok(_)) | (false, Err(_)) => None,
            (true, Err(errors)) => Some(format!("{}: refused: {errors:?}", case.name)),
            (false, Ok(_)) => Some(format!("{}: admitted", case.name)),
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn a_score_file_goes_there_and_back() {
    let document = json!({
        "apiVersion": "score.dev/v1b1",
        "metadata": {"name": "orders", "annotations": {"a": "b"}, "team": "payments"},
        "containers": {"main": {"image": ".", "variables": {"A_B": "${resources.db.host}"}}},
        "service": {"ports": {"web": {"port": 8080}}},
        "resources": {"db": {"type": "postgres"}},
    });
    let workload = admit(&document).expect("admitted");
    assert_eq!(workload.annotation("score.dev/team"), Some("payments"));
    let typed = Resource::<WorkloadSpec>::from_object(&workload).expect("typed");
    assert_eq!(Value::Object(to_score(&typed.metadata, &typed.spec)), document);
}

#[test]
fn the_forms_that_score_has_given_up_become_those_that_it_has() {
    let document = json!({
        "apiVersion": "score.dev/v1b1",
        "metadata": {"name": "orders"},
        "containers": {"main": {
            "image": ".",
            "files": [{"target": "/etc/a", "content": ["one", "two"]}],
            "volumes": [{"target": "/data", "source": "${resources.data}", "read_only": true}],
        }},
    });
    let workload = admit(&document).expect("admitted");
    let main = &workload.spec()["containers"]["main"];
    assert_eq!(main["files"], json!({"/etc/a": {"content": "one\ntwo"}}));
    assert_eq!(main["volumes"], json!({"/data": {"source": "${resources.data}", "readOnly": true}}));
}

#[test]
fn null_is_refused_by_its_path_in_the_file() {
    let document = json!({
        "apiVersion": "score.dev/v1b1",
        "metadata": {"name": "orders", "free": null},
        "containers": {"main": {"image": ".", "livenessProbe": {"exec": null}}},
        "resources": {"db": {"type": "postgres", "params": {"free": null}}},
    });
    let errors = admit(&document).expect_err("refused");
    assert_eq!(errors, ["containers.main.livenessProbe.exec: Invalid value: null: must not be null"]);
}
