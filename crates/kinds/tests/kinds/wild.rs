//! Entities as their owners wrote them get the verdict that Backstage gave them, and keep every field.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::admission::Admission;

/// What Backstage said of one document of a file.
#[derive(Deserialize)]
struct Verdict {
    file: String,
    doc: usize,
    verdict: String,
    #[serde(default)]
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    message: String,
}

/// Errors about the entity itself; others are about files and addresses that could not be read.
const ABOUT_THE_ENTITY: [&str; 3] = ["while validating the entity", "Policy check failed", "while postprocessing"];

/// Entities that are judged differently here: an API that is a server of tools needs no definition since Backstage 1.50, and
/// a field that is null counts as absent in a resource.
const DIFFERENT: [&str; 2] = ["backstage-mcp-server-api.yaml", "template-jsonata.yaml"];

#[expect(clippy::print_stderr, reason = "a test that tries nothing has to say so")]
fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !folder.join("backstage-answers").is_dir() {
        eprintln!("SKIPPED: {} is not there, so none of its entities was tried", folder.display());
        return None;
    }
    Some(folder)
}

impl Verdict {
    /// Whether Backstage accepted it; `None` where it did not come to judging the entity.
    fn is_accepted(&self) -> Option<bool> {
        let judged = |problem: &Problem| ABOUT_THE_ENTITY.iter().any(|about| problem.message.contains(about));
        match self.verdict.as_str() {
            "accepted" => Some(true),
            "rejected" => self.errors.iter().any(judged).then_some(false),
            _ => None,
        }
    }
}

/// Whether a part of the entity stands in another file, which the catalog puts in its place before it judges.
fn has_placeholder(value: &Value) -> bool {
    match value {
        Value::Object(map) => {
            (map.len() == 1 && map.keys().all(|key| key.starts_with('$'))) || map.values().any(has_placeholder)
        }
        Value::Array(list) => list.iter().any(has_placeholder),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// What differs between Backstage and us about one document.
fn compare(folder: &Path, verdict: &Verdict) -> Option<String> {
    let wanted = verdict.is_accepted()?;
    let text = std::fs::read_to_string(folder.join(&verdict.file)).ok()?;
    let document = serde_saphyr::from_multiple::<Value>(&text).ok()?.into_iter().nth(verdict.doc)?;
    let differs = DIFFERENT.iter().any(|name| verdict.file.ends_with(name));
    if differs || has_placeholder(&document["spec"]["definition"]) {
        return None;
    }
    let label = format!("{} #{}", verdict.file, verdict.doc);
    match (wanted, Admission::shared().admit(&document, None)) {
        (true, Err(errors)) => Some(format!("{label}: refused: {errors:?}")),
        (false, Ok(_)) => Some(format!("{label}: admitted")),
        (true, Ok(object)) if object.spec() != &document["spec"] => Some(format!("{label}: changed")),
        (true, Ok(_)) | (false, Err(_)) => None,
    }
}

#[test]
fn entities_get_the_verdict_of_backstage_and_keep_every_field() {
    let Some(folder) = corpus() else { return };
    let text = std::fs::read_to_string(folder.join("backstage-answers/catalog/verdicts.json")).expect("readable");
    let verdicts: Vec<Verdict> = serde_json::from_str(&text).expect("JSON");
    let judged = verdicts.iter().filter(|verdict| verdict.is_accepted().is_some()).count();
    assert!(judged > 400, "only {judged} verdicts");
    let wrong: Vec<String> = verdicts.iter().filter_map(|verdict| compare(&folder, verdict)).collect();
    assert!(wrong.is_empty(), "{} of {judged}:\n{}", wrong.len(), wrong.join("\n"));
}
