//! The recorded cases of GitHub's own parser and runner, where they are at hand.
#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

#[expect(dead_code, reason = "each test binary uses its part of the support")]
mod support;

use std::path::{Path, PathBuf};

use causeway_pipeline::expression::{Answer as Evaluation, eval_json};
use serde_json::{Map, Value};

/// The corpus beside the workspace, or `None` with a loud word.
#[expect(clippy::print_stderr, reason = "a skipped corpus must be seen in the test output")]
fn corpus(part: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/workflows").join(part);
    if !folder.is_dir() {
        eprintln!("SKIPPED: the recorded cases are not at {}", folder.display());
        return None;
    }
    Some(folder)
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

fn read_json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn is_same(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => match (left, right) {
            (Value::Array(left), Value::Array(right)) => {
                left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
            }
            (Value::Object(left), Value::Object(right)) => {
                left.len() == right.len()
                    && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| is_same(value, other)))
            }
            _ => left == right,
        },
    }
}

#[test]
fn every_recorded_expression_agrees() {
    let Some(folder) = corpus("expressions") else { return };
    let mut count = 0;
    for file in files(&folder, "json") {
        for case in read_json(&file).as_object().unwrap().values().flat_map(|group| group.as_array().unwrap()) {
            let skips = case["options"]["skip"].to_string().to_lowercase();
            if skips.contains("typescript") || skips.contains("\"go\"") {
                continue;
            }
            let empty = Map::new();
            let answer = eval_json(case["expr"].as_str().unwrap(), case["contexts"].as_object().unwrap_or(&empty));
            let agrees = match &answer {
                Evaluation::Error { kind, .. } => case["err"]["kind"] == kind.to_string(),
                Evaluation::Value { kind, value } => {
                    case["result"]["kind"] == *kind && is_same(value, &case["result"]["value"])
                }
            };
            assert!(agrees, "{}: {case}\nours: {answer:?}", file.display());
            count += 1;
        }
    }
    assert!(count > 500, "only {count} expressions were found");
}

#[test]
fn every_recorded_file_gets_the_same_verdict() {
    let Some(folder) = corpus("reader") else { return };
    for file in files(&folder, "yml") {
        let wanted = read_json(&file.with_extension("json"));
        let problems =
            causeway_pipeline::workflow::read(&std::fs::read_to_string(&file).unwrap()).err().unwrap_or_default();
        assert_eq!(
            problems.is_empty(),
            wanted["errors"].as_array().unwrap().is_empty(),
            "{}: {problems:?}, wanted {wanted}",
            file.display()
        );
    }
}

#[test]
fn every_recorded_run_agrees() {
    let Some(folder) = corpus("runs") else { return };
    for file in files(&folder, "yml") {
        let wanted = read_json(&file.with_extension("json"));
        let repository = support::Repository::with_workflow(&std::fs::read_to_string(&file).unwrap());
        let output = support::try_run(&support::arguments(repository.path()));
        if let Some(word) = wanted["refused"].as_str() {
            assert!(output.code != 0 && output.stderr.contains(word), "{}: {output:?}", file.display());
            continue;
        }
        let answer = support::Answer::of(&output);
        if wanted["triggered"] == false {
            assert_eq!(answer.0["triggered"], false, "{}", file.display());
            continue;
        }
        assert_eq!(answer.conclusion(), wanted["conclusion"], "{}: {answer:?}", file.display());
        for (id, job) in wanted["jobs"].as_object().unwrap() {
            let lines: Vec<String> =
                job["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()[2..].to_owned()).collect();
            assert_eq!(answer.lines(id), lines, "{} {id}", file.display());
            if let Some(results) = job["results"].as_array() {
                assert_eq!(
                    serde_json::json!(answer.conclusions(id)),
                    serde_json::json!(results),
                    "{} {id}",
                    file.display()
                );
            }
        }
    }
}
