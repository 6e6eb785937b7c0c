//! Compares the interpreter with what npm `nunjucks` 3.2.4 answered for the same templates and values.
//!
//! `nunjucks.json` holds contexts and cases; a case says what came out (`expected`), or that rendering failed (`fails`). Another
//! recording of that shape is compared instead where `NUNJUCKS_RECORDING` names one.

use std::collections::BTreeMap;

use causeway_template::{Context, Engine};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Recording {
    contexts: BTreeMap<String, Value>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    template: String,
    #[serde(default)]
    trim_blocks: bool,
    #[serde(default)]
    lstrip_blocks: bool,
    #[serde(default)]
    cookiecutter: bool,
    expected: Option<String>,
}

#[test]
fn renders_what_nunjucks_renders() {
    let recorded = std::env::var_os("NUNJUCKS_RECORDING").map(|path| std::fs::read_to_string(path).unwrap());
    let text = recorded.as_deref().unwrap_or(include_str!("nunjucks.json"));
    let recording: Recording = serde_json::from_str(text).unwrap();
    let mut differences = Vec::new();
    for case in &recording.cases {
        let (engine, context) = if case.cookiecutter {
            (Engine::cookiecutter(), &recording.contexts["cookiecutter"])
        } else {
            (Engine::backstage(), &recording.contexts["service"])
        };
        let engine = engine.with_trim_blocks(case.trim_blocks).with_lstrip_blocks(case.lstrip_blocks);
        let rendered = engine
            .compile("case", &case.template)
            .and_then(|template| engine.render_template(&template, &Context::new(context)));
        if rendered.as_ref().ok() != case.expected.as_ref() {
            differences
                .push(format!("{:?}\n   nunjucks: {:?}\n   here:     {:?}", case.template, case.expected, rendered));
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {} cases differ:\n{}",
        differences.len(),
        recording.cases.len(),
        differences.join("\n")
    );
}
