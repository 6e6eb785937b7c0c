//! Every kind admits what it should and rejects what it should not: `golden/<plural>.<group>.yaml` has both for each.

use std::path::PathBuf;

use causeway_kinds::{Kind, builtin};
use serde::Deserialize;
use serde_json::Value;

use crate::admission::Admission;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    /// Documents that are admitted.
    admits: Vec<Value>,
    /// Documents that are not.
    rejects: Vec<Rejection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rejection {
    /// The one error, or its beginning.
    says: String,
    document: Value,
    /// The object that is stored already, where there is one.
    #[serde(default)]
    stored: Option<Value>,
}

fn golden(name: &str) -> Golden {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/kinds/golden").join(format!("{name}.yaml"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a golden file says that does not hold.
fn check(admission: &Admission, kind: &Kind) -> Vec<String> {
    let name = kind.definition.resource().to_string();
    let Golden { admits, rejects } = golden(&name);
    let mut problems = Vec::new();
    if admits.is_empty() || rejects.is_empty() {
        problems.push(format!("{name}: one of each is the least"));
    }
    let documents = admits.iter().chain(rejects.iter().map(|rejection| &rejection.document));
    let strangers = documents.filter(|document| document["kind"] != kind.definition.kind.as_str());
    problems.extend(strangers.map(|document| format!("{name}: {} is another kind", document["kind"])));
    for document in &admits {
        if let Err(errors) = admission.admit(document, None) {
            problems.push(format!("{name}: refused: {errors:#?}"));
        }
    }
    for Rejection { says, document, stored } in &rejects {
        match admission.admit(document, stored.as_ref()) {
            Err(errors) if errors.len() == 1 && errors[0].starts_with(says) => {}
            Err(errors) => problems.push(format!("{name}: says {errors:#?} and not {says:?}")),
            Ok(_) => problems.push(format!("{name}: admitted, but should say {says:?}")),
        }
    }
    problems
}

#[test]
fn every_kind_admits_and_rejects_its_golden_documents() {
    let admission = Admission::shared();
    let problems: Vec<String> = builtin().iter().flat_map(|kind| check(admission, kind)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn what_was_admitted_is_admitted_again_unchanged() {
    let admission = Admission::shared();
    for kind in builtin() {
        for document in golden(&kind.definition.resource().to_string()).admits {
            let once = admission.admit(&document, None).expect("admitted").into_value();
            let twice = admission.admit(&once, Some(&once)).expect("admitted again").into_value();
            assert_eq!(once, twice);
        }
    }
}
