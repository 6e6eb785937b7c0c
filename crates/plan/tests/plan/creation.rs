//! What `create service` will do.

use causeway_kinds::application::Application;
use causeway_plan::creation::{Rendered, plan};
use causeway_plan::rollout::{Seen, Wanted};
use serde_json::json;

use crate::scene::{Scene, lines, problems, read};

fn outline(delivery: serde_json::Value, scene: &Scene) -> causeway_plan::Outline {
    let application: Application = read(json!({
        "apiVersion": "platform.causeway.dev/v1", "kind": "Application", "metadata": {"namespace": "default", "name": "orders"},
        "spec": {"delivery": delivery},
    }));
    let files = ["README.md".to_owned(), "score.yaml".to_owned()];
    let entities = ["component:default/orders".to_owned()];
    let rendered = Rendered { template: "go-gin", files: &files, entities: &entities };
    let wanted = Wanted {
        workload: "orders",
        namespace: "default",
        environment: &scene.environment,
        document: &scene.document,
        release: "",
        replicas: 2,
        sizes: &[],
    };
    let seen =
        Seen { types: &scene.types, recipes: &scene.recipes, drivers: &scene.drivers, claims: &[], deployment: None };
    plan(&application, &rendered, Some((&wanted, &seen)))
}

#[test]
fn everything_from_the_repository_to_the_replicas_is_told_in_order() {
    let scene = Scene::new(json!({"db": {"type": "postgres"}}));
    let outline = outline(json!({"ci": true, "cd": true}), &scene);
    let wanted = [
        "+ create-repository (template: -→go-gin, files: -→[\"README.md\",\"score.yaml\"])",
        "+ register-source (entities: -→[\"component:default/orders\"]) after create-repository",
        "> run-pipeline after create-repository",
        "+ create-claim-db-orders.dev (spec.type: -→postgres, spec.size: -→small, secret: -→db/orders)",
        "> roll-out-orders.dev (spec.release: -→-, spec.replicas: -→2) after create-claim-db-orders.dev, run-pipeline",
    ];
    assert_eq!(lines(&outline.actions), wanted);
    assert!(outline.problems.is_empty() && outline.warnings.is_empty());
    let ids: std::collections::HashSet<_> = outline.actions.iter().map(|a| a.id.as_str()).collect();
    assert_eq!(ids.len(), outline.actions.len());
    assert!(
        outline.actions.iter().flat_map(|a| &a.after).all(|id| ids.contains(id.as_str())),
        "what is waited for is there"
    );
}

#[test]
fn what_is_not_asked_for_is_left_out_with_a_word() {
    let scene = Scene::new(json!({"db": {"type": "postgres"}}));
    let without_cd = outline(json!({"ci": true, "cd": false}), &scene);
    assert_eq!(without_cd.actions.last().map(|a| a.id.as_str()), Some("run-pipeline"));
    assert!(without_cd.warnings[0].contains("platform deploy"));
    let without_ci = outline(json!({"ci": false, "cd": false}), &scene);
    assert_eq!(without_ci.actions.last().map(|a| a.id.as_str()), Some("register-source"));
    assert_eq!(without_ci.warnings, ["There is no workflow file, so nothing is built or deployed."]);
}

#[test]
fn problems_of_the_rollout_are_problems_of_the_creation() {
    let outline = outline(json!({"ci": true, "cd": true}), &Scene::new(json!({"db": {"type": "oracle"}})));
    assert_eq!(problems(&outline).len(), 1);
}
