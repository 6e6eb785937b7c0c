//! Commands that need no server.

use crate::server::run;

fn written(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    let path = file.display().to_string();
    (folder, path)
}

#[tokio::test]
async fn evaluates_an_expression_for_scripts() {
    let done = run(["eval", "github", "1 == 1 && 'yes'", "-o", "json"]).await;
    assert_eq!((done.code, done.stdout.as_str()), (0, "{\"kind\":\"String\",\"value\":\"yes\"}\n"));
    assert_eq!(run(["eval", "github", "1 ==", "-o", "json"]).await.code, 1);
}

#[tokio::test]
async fn lints_a_workflow_file_by_line_and_column() {
    let (_folder, file) = written("ci.yaml", "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    step: []\n");
    let done = run(["pipeline", "lint", &file, "-o", "json"]).await;
    let answer: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(done.code, 1);
    assert!(answer["errors"][0]["line"].is_u64(), "{answer}");
}

#[tokio::test]
async fn points_at_what_is_wrong_in_a_score_file() {
    let text = "apiVersion: score.dev/v1b1\nmetadata:\n  name: web\ncontainers:\n  main:\n    image: .\n    variables:\n      URI: ${resources.db.uri}\n";
    let (_folder, file) = written("score.yaml", text);
    let done = run(["score", "validate", &file]).await;
    assert_eq!(done.code, 1);
    let shown = done.stderr.replace(&file, "score.yaml");
    insta::assert_snapshot!(shown, @r#"
    error: score.yaml is not as it should be
      score.yaml:8:7: containers.main.variables.URI: Invalid value: "${resources.db.uri}": no resource "db" is declared under resources; none is declared
    "#);
}

#[tokio::test]
async fn exports_every_kind_of_its_own_as_yaml() {
    let done = run(["export", "crds"]).await;
    let options = causeway_core::yaml::Options::kubernetes();
    let documents = causeway_core::yaml::parse(&done.stdout, &options).unwrap();
    let names: Vec<&str> = documents.iter().filter_map(|d| d.value["metadata"]["name"].as_str()).collect();
    assert!(
        names.contains(&"applications.platform.causeway.dev") && names.contains(&"components.backstage.io"),
        "{names:?}"
    );
    assert_eq!(names.len(), documents.len());
}
