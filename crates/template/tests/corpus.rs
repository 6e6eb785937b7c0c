//! Reads what real templates contain: every expression and tag of the templates in the corpus beside the checkout.

use std::fs;
use std::path::{Path, PathBuf};

use causeway_template::Engine;
use causeway_template::skeleton::{Folder, Options, Skeleton};
use serde_json::json;

/// Two levels above this crate lies the workspace; the corpus is its neighbour.
#[expect(clippy::print_stderr, reason = "a test that does not test has to say so")]
fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if !path.is_dir() {
        eprintln!("SKIPPED: there is no corpus at {}", path.display());
        return None;
    }
    Some(path)
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path).collect()
}

/// Every `${{ … }}` that stands on one line.
fn expressions(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some(start) = rest.find("${{") {
            let Some(end) = rest[start..].find("}}") else { break };
            found.push(&rest[start..start + end + 2]);
            rest = &rest[start + end + 2..];
        }
    }
    found
}

#[test]
fn every_expression_of_real_templates_is_read() {
    let Some(corpus) = corpus() else { return };
    let engine = Engine::backstage();
    let mut count = 0;
    let mut failures = Vec::new();
    for folder in ["template-in-the-wild", "backstage/templates"] {
        for file in files_below(&corpus.join(folder)) {
            let Ok(text) = fs::read_to_string(&file) else { continue };
            for expression in expressions(&text) {
                count += 1;
                // Not an operator of Nunjucks; Backstage leaves such a string as it stands.
                if let Err(error) = engine.compile("expression", expression)
                    && !expression.contains("||")
                {
                    failures.push(format!("{expression}: {error}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(count > 500, "only {count} expressions were found");
}

#[test]
fn real_skeletons_are_rendered() {
    let Some(corpus) = corpus() else { return };
    let values = json!({
        "name": "shop", "systemName": "shop", "systemTitle": "The shop", "description": "Sells \"things\"", "owner": "group:default/web",
        "component_id": "shop", "orgName": "acme", "repoName": "shop", "sourceControl": "github.com",
        "destination": {"owner": "acme", "repo": "shop"}
    });
    let options: Options = serde_json::from_value(json!({"values": values})).expect("these are options");
    let skeleton = Skeleton::new(&Engine::backstage(), &options).expect("the options agree");
    let mut rendered = 0;
    for folder in ["template-in-the-wild", "backstage/templates"] {
        let entries = walkdir::WalkDir::new(corpus.join(folder)).into_iter().filter_map(Result::ok);
        for entry in entries.filter(|entry| entry.file_type().is_dir() && entry.file_name() == "skeleton") {
            let tree = skeleton
                .render(&Folder::new(entry.path()))
                .unwrap_or_else(|error| panic!("{}: {error:?}", entry.path().display()));
            for file in &tree.files {
                let text = String::from_utf8_lossy(&file.bytes);
                assert!(!file.path.contains("${{") && !text.contains("${{ values"), "{}: {text}", file.path);
                rendered += 1;
            }
        }
    }
    assert!(rendered > 5, "only {rendered} files were rendered");
}
