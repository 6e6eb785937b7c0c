//! What a viewer may not see does not exist for them; what they may not list says which permission is missing.

use axum::body::Body;
use http::Request;
use serde_json::json;

use crate::world::{World, browser};

async fn bind(world: &World, role: &str, namespace: &str, user: &str) {
    world
        .create(json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": format!("{user}-{role}"), "namespace": namespace},
            "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": user}],
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}}))
        .await;
}

async fn run(world: &World, namespace: &str, name: &str) {
    world
        .create(json!({"apiVersion": "platform.causeway.dev/v1", "kind": "Run", "metadata": {"name": name, "namespace": namespace},
            "spec": {"program": "pipeline", "pipeline": {"repository": name, "commit": "b".repeat(40)}}}))
        .await;
}

#[tokio::test]
async fn somebody_without_rights_sees_which_permission_is_missing() {
    let world = World::start().await;
    let nobody = world.session("nobody", &[]).await;
    run(&world, "default", "hidden-run").await;
    for (url, resource) in [
        ("/runs", "runs.platform.causeway.dev"),
        ("/plans", "plans.platform.causeway.dev"),
        ("/environments", "environments.platform.causeway.dev"),
    ] {
        let page = world.get_as(&nobody, url).await;
        assert_eq!(page.status, 403, "{url}");
        page.says(resource).says("members of system:masters").hides("hidden-run");
    }
    assert_eq!(world.get_as(&nobody, "/").await.status, 200);
    let stranger = world.get_as(&nobody, "/runs/hidden-run").await;
    let missing = world.get_as(&nobody, "/runs/no-such-run").await;
    assert_eq!((stranger.status, missing.status), (missing.status, http::StatusCode::NOT_FOUND));
    assert_eq!(
        stranger.text.replace("hidden-run", ""),
        missing.text.replace("no-such-run", ""),
        "one cannot tell a hidden run from none"
    );
    let live = world.send(browser(Request::get("/live/runs/default/hidden-run"), &nobody), Body::empty()).await;
    assert_eq!(live.status, 404);
    world.stop().await;
}

#[tokio::test]
async fn a_member_of_one_namespace_sees_that_one_alone() {
    let world = World::start().await;
    world.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-a"}})).await;
    bind(&world, "view", "team-a", "jane").await;
    run(&world, "team-a", "ours").await;
    run(&world, "default", "theirs").await;
    let jane = world.session("jane", &[]).await;
    world.get_as(&jane, "/runs").await.says("ours").hides("theirs");
    let page = world.get_as(&jane, "/runs/team-a/ours").await;
    assert_eq!(page.status, 200);
    // reading is not cancelling
    page.hides("Cancel run").says("log-lines");
    let refused = world.post_as(&jane, "/runs/team-a/ours/cancel", &[]).await;
    assert_eq!(refused.status, 403);
    refused.says("patch");
    world.stop().await;
}

#[tokio::test]
async fn the_log_of_a_run_has_a_permission_of_its_own() {
    let world = World::start().await;
    let rule = json!({"verbs": ["get", "list"], "apiGroups": ["platform.causeway.dev"], "resources": ["runs"]});
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "runs-alone"}, "rules": [rule]});
    world.create(role).await;
    bind(&world, "runs-alone", "default", "jane").await;
    run(&world, "default", "one").await;
    let jane = world.session("jane", &[]).await;
    let page = world.get_as(&jane, "/runs/one").await;
    assert_eq!(page.status, 200);
    page.says("runs/log.platform.causeway.dev").hides("log-lines");
    world.stop().await;
}

#[tokio::test]
async fn relations_tell_nothing_of_entities_that_are_hidden() {
    let world = World::start().await;
    world.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-a"}})).await;
    bind(&world, "view", "team-a", "jane").await;
    let component = |namespace: &str, name: &str, needs: &[&str]| {
        json!({"apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"name": name, "namespace": namespace},
            "spec": {"type": "service", "lifecycle": "production", "owner": "team-a", "dependsOn": needs}})
    };
    world.create(component("team-a", "open", &[])).await;
    world.create(component("default", "secretive", &["component:team-a/open"])).await;
    let jane = world.session("jane", &[]).await;
    world.get_as(&jane, "/catalog/team-a/component/open").await.says("is owned by").hides("secretive");
    world.get("/catalog/team-a/component/open").await.says("secretive");
    world.stop().await;
}
