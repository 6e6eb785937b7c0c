//! Score documents: read whole, or refused with every error and its path.

use std::path::{Path, PathBuf};

use causeway_plan::placeholder::expand;
use causeway_plan::score::read;
use serde_json::{Value, json};

fn document(containers: Value, resources: Value) -> Value {
    json!({"apiVersion": "score.dev/v1b1", "metadata": {"name": "orders"}, "containers": containers, "resources": resources})
}

fn refused(document: &Value) -> Vec<String> {
    let mut paths: Vec<String> = read(document).expect_err("it is refused").0.into_iter().map(|e| e.path).collect();
    paths.sort();
    paths
}

#[test]
fn a_good_document_reads_with_its_placeholders_untouched() {
    let good = document(
        json!({"main": {"image": ".", "variables": {"URL": "${resources.db.uri}", "NAME": "${metadata.name}", "COST": "$$5"}}}),
        json!({"db": {"type": "postgres"}}),
    );
    let document = read(&good).expect("it reads");
    assert_eq!(document.name, "orders");
    assert_eq!(document.spec.containers["main"].variables["URL"], "${resources.db.uri}");
}

#[test]
fn every_error_is_told_at_once_with_its_path() {
    let mut bad = document(json!({"main": {"image": 5, "varables": {}}}), json!({"db": {"typ": "postgres"}}));
    bad["metadata"]["name"] = json!("Not A Name");
    bad["apiVersion"] = json!("score.dev/v1b2");
    bad["sevice"] = json!({});
    let found = refused(&bad);
    for path in [
        "apiVersion",
        "containers.main.image",
        "containers.main.varables",
        "metadata.name",
        "resources.db.typ",
        "sevice",
    ] {
        assert!(found.iter().any(|p| p == path), "{path} is not among {found:?}");
    }
    assert!(found.iter().all(|p| !p.starts_with("spec.")), "paths are those of the document: {found:?}");
    assert!(read(&json!("text")).is_err() && read(&json!(null)).is_err() && read(&json!({})).is_err());
}

#[test]
fn placeholders_are_checked_wherever_they_are_expanded() {
    let text = "${resources.nodb.uri}";
    let bad = document(
        json!({"main": {
            "image": ".", "variables": {"A": text, "B": "${cheese.x}", "OK": "$${resources.nodb.uri}"},
            "files": {"/a": {"content": text}, "/b": {"content": text, "noExpand": true}},
            "volumes": {"/v": {"source": "${resources.novol}"}},
        }}),
        json!({"db": {"type": "postgres", "params": {"from": [{"x": text}]}}}),
    );
    let wanted = [
        "containers.main.files[/a].content",
        "containers.main.variables.A",
        "containers.main.variables.B",
        "containers.main.volumes[/v].source",
        "resources.db.params.from[0].x",
    ];
    assert_eq!(refused(&bad), wanted);
    let error = read(&bad).expect_err("it is refused").to_string();
    assert!(error.contains("no resource \"nodb\" is declared under resources; declared are: db"), "{error}");
}

/// A folder of example documents, where it lies beside the checkout.
#[expect(clippy::print_stderr, reason = "a test that skips says so")]
fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/score");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: there is no corpus at {}", folder.display());
    None
}

fn cases(file: &Path) -> Value {
    let text = std::fs::read_to_string(file).expect("it is there");
    causeway_core::yaml::parse_one(&text, &causeway_core::yaml::Options::core()).expect("it is YAML").value
}

/// The cases leave the schema aside, and call containers by one letter, which it does not allow.
fn lengthen(containers: &mut Value) {
    let Value::Object(map) = containers else { return };
    for (name, mut container) in std::mem::take(map) {
        if container.get("before").is_some_and(Value::is_object) {
            lengthen(&mut container["before"]);
        }
        map.insert(if name.len() == 1 { name.repeat(2) } else { name }, container);
    }
}

#[test]
fn agrees_with_the_corpus_on_which_documents_are_accepted() {
    let Some(corpus) = corpus() else { return };
    let cases = cases(&corpus.join("semantic-cases.yaml"));
    let mut wrong = Vec::new();
    for case in cases["cases"].as_array().expect("cases") {
        let wanted = case["errors"].as_array().is_none_or(Vec::is_empty);
        let mut document = case["document"].clone();
        // some cases hold only the part that they are about
        if document.get("containers").is_none_or(Value::is_null) {
            document["containers"] = json!({"main": {"image": "x"}});
        }
        document["apiVersion"] = json!("score.dev/v1b1");
        lengthen(&mut document["containers"]);
        if let Err(errors) = read(&document)
            && wanted
        {
            wrong.push(format!("{} should be accepted: {errors}", case["name"]));
        } else if read(&document).is_ok() && !wanted {
            wrong.push(format!("{} should be refused: {}", case["name"], case["errors"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn accepts_the_official_examples() {
    let Some(corpus) = corpus() else { return };
    let expectations = cases(&corpus.join("documents/expectations.yaml"));
    let mut wrong = Vec::new();
    for case in expectations["cases"].as_array().expect("cases").iter().filter(|c| c["valid"] == true) {
        let file = case["file"].as_str().expect("a name");
        if let Err(errors) = read(&cases(&corpus.join("documents").join(file))) {
            wrong.push(format!("{file}: {errors}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn expands_placeholders_as_the_corpus_says() {
    let Some(corpus) = corpus() else { return };
    let cases = cases(&corpus.join("placeholder-cases.yaml"));
    let context = &cases["context"];
    let lookup = |parts: &[String]| {
        let known = matches!(parts.first().map(String::as_str), Some("metadata" | "resources")) && parts.len() > 1;
        let found = parts.iter().try_fold(context, |value, part| value.get(part));
        found.filter(|_| known).cloned().ok_or_else(|| "not found".to_owned())
    };
    let references = cases["references"].as_array().expect("references").iter();
    let references = references.map(|c| (format!("${{{}}}", c["ref"].as_str().expect("a reference")), c));
    let strings = cases["strings"].as_array().expect("strings").iter();
    let strings = strings.map(|c| (c["input"].as_str().expect("an input").to_owned(), c));
    for (text, case) in references.chain(strings) {
        let found = expand(&text, &lookup);
        match case.get("output") {
            Some(wanted) => assert_eq!(found.as_deref(), Ok(wanted.as_str().expect("a text")), "{text}"),
            None => assert!(found.is_err(), "{text} gives {found:?}"),
        }
    }
}
