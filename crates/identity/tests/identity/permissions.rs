//! Roles and bindings, as Kubernetes reads them.

use causeway_identity::Attributes;
use causeway_resources::Actor;
use serde_json::{Value, json};

use crate::world::{World, rbac};

const GROUP: &str = "platform.causeway.dev";

fn role(kind: &str, name: &str, rules: Value) -> Value {
    let metadata = if kind == "Role" { json!({"namespace": "team", "name": name}) } else { json!({"name": name}) };
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "rules": rules})
}

/// Gives a role: in the namespace `team`, or in the whole cluster.
fn binding(kind: &str, name: &str, role: &str, subject: Value) -> Value {
    let metadata =
        if kind == "RoleBinding" { json!({"namespace": "team", "name": name}) } else { json!({"name": name}) };
    let (role_kind, role_name) = role.split_once('/').expect("kind/name");
    json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": metadata, "subjects": [subject],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role_kind, "name": role_name}})
}

fn user(name: &str) -> Value {
    json!({"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": name})
}

/// `verb resource[/subresource] namespace [name]`, `-` for no namespace.
async fn may(world: &World, actor: &Actor, wish: &str) -> bool {
    let words: Vec<&str> = wish.split(' ').collect();
    let (resource, subresource) = words[1].split_once('/').unwrap_or((words[1], ""));
    let (group, resource) = resource.split_once(':').unwrap_or((GROUP, resource));
    let namespace = if words[2] == "-" { "" } else { words[2] };
    let name = words.get(3).copied().unwrap_or("");
    let wanted = Attributes { verb: words[0], group, resource, subresource, namespace, name, path: None };
    world.authorizer.decide(actor, &wanted).await.allowed
}

async fn expect(world: &World, actor: &Actor, allowed: &[&str], denied: &[&str]) {
    for wish in allowed {
        assert!(may(world, actor, wish).await, "{} should be allowed to {wish}", actor.user);
    }
    for wish in denied {
        assert!(!may(world, actor, wish).await, "{} should not be allowed to {wish}", actor.user);
    }
}

#[tokio::test]
async fn nobody_may_do_what_no_rule_allows() {
    let world = World::new().await;
    expect(&world, &Actor::user("jane"), &[], &["get runs team", "list runs -", "get :secrets default x"]).await;
}

#[tokio::test]
async fn rules_allow_verbs_groups_resources_subresources_and_names() {
    let world = World::new().await;
    let rules = json!([
        {"verbs": ["get", "list"], "apiGroups": [GROUP], "resources": ["runs", "deployments/log"]},
        {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*/status"]},
        {"verbs": ["update"], "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["mine"]},
    ]);
    world.create(role("ClusterRole", "r", rules)).await;
    world.create(binding("ClusterRoleBinding", "b", "ClusterRole/r", user("jane"))).await;
    let jane = Actor::user("jane");
    let allowed = [
        "get runs team x",
        "list runs -",
        "get deployments/log team x",
        "patch claims/status team x",
        "update :configmaps team mine",
    ];
    let denied = [
        "create runs team",
        "get runs/log team x",
        "get deployments team x",
        "get :runs team x",
        "get claims team x",
        "update :configmaps team yours",
        "update :configmaps team",
    ];
    expect(&world, &jane, &allowed, &denied).await;
    expect(&world, &Actor::user("john"), &[], &allowed).await;
}

#[tokio::test]
async fn a_star_is_everything_and_what_is_given_in_a_namespace_stays_there() {
    let world = World::new().await;
    let all = json!([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]);
    world.create(role("ClusterRole", "all", all.clone())).await;
    world.create(role("Role", "local", all)).await;
    world.create(binding("RoleBinding", "a", "ClusterRole/all", user("jane"))).await;
    world.create(binding("RoleBinding", "b", "Role/local", user("john"))).await;
    world.create(binding("ClusterRoleBinding", "d", "ClusterRole/no-such", user("mary"))).await;
    let within = ["delete runs team x", "get runs/log team x", "get :secrets team s"];
    let outside = ["get runs default x", "list runs -", "get clusters - local"];
    for name in ["jane", "john"] {
        expect(&world, &Actor::user(name), &within, &outside).await;
    }
    expect(&world, &Actor::user("mary"), &[], &[&within[..], &outside[..]].concat()).await;
    let rules = world.authorizer.rules_of(&Actor::user("jane"), "team").await;
    assert_eq!((rules.len(), rules[0].verbs.as_slice()), (1, ["*".to_owned()].as_slice()));
    assert!(world.authorizer.rules_of(&Actor::user("jane"), "default").await.is_empty());
}

#[tokio::test]
async fn roles_are_given_to_users_groups_and_service_accounts() {
    let world = World::new().await;
    let read = json!([{"verbs": ["get"], "apiGroups": [GROUP], "resources": ["runs"]}]);
    world.create(role("ClusterRole", "read", read)).await;
    let group = json!({"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "team-a"});
    world.create(binding("ClusterRoleBinding", "g", "ClusterRole/read", group)).await;
    let account = json!({"kind": "ServiceAccount", "name": "robot", "namespace": "team"});
    world.create(binding("ClusterRoleBinding", "s", "ClusterRole/read", account)).await;
    let mut member = Actor::user("jane");
    member.groups.push("team-a".into());
    expect(&world, &member, &["get runs team x"], &[]).await;
    expect(&world, &Actor::user("system:serviceaccount:team:robot"), &["get runs team x"], &[]).await;
    // a user who is called like a group, and the namesake in another namespace
    for name in ["team-a", "robot", "system:serviceaccount:default:robot"] {
        expect(&world, &Actor::user(name), &[], &["get runs team x"]).await;
    }
}

#[tokio::test]
async fn paths_that_are_no_resources_are_allowed_by_rules_of_their_own() {
    let world = World::new().await;
    let rules = json!([
        {"verbs": ["get"], "nonResourceURLs": ["/metrics", "/apis/*"]},
        {"verbs": ["post"], "apiGroups": ["*"], "resources": ["*"]},
    ]);
    world.create(role("ClusterRole", "paths", rules)).await;
    world.create(binding("ClusterRoleBinding", "b", "ClusterRole/paths", user("jane"))).await;
    let jane = Actor::user("jane");
    let decide = async |verb: &str, path: &str| {
        let wanted = Attributes { verb, path: Some(path), ..Attributes::default() };
        world.authorizer.decide(&jane, &wanted).await.allowed
    };
    assert!(decide("get", "/metrics").await && decide("get", "/apis/x/y").await);
    for (verb, path) in [("get", "/metrics/x"), ("get", "/apis"), ("post", "/metrics"), ("get", "/healthz")] {
        assert!(!decide(verb, path).await, "{verb} {path}");
    }
}

#[tokio::test]
async fn masters_and_the_platform_itself_may_do_everything() {
    let world = World::new().await;
    let master = Actor { user: "admin".into(), groups: vec!["system:masters".into()] };
    let wishes = ["delete runs team x", "get :secrets team s", "list clusters -"];
    expect(&world, &master, &wishes, &[]).await;
    expect(&world, &Actor::controller("delivery"), &wishes, &[]).await;
    expect(&world, &Actor::user("system:masters"), &[], &wishes).await;
    assert_eq!(world.authorizer.rules_of(&master, "team").await.len(), 2);
}

#[tokio::test]
async fn every_change_of_roles_and_bindings_holds_at_once() {
    let world = World::new().await;
    let (jane, john) = (Actor::user("jane"), Actor::user("john"));
    let wish = "get runs team x";
    expect(&world, &jane, &[], &[wish]).await;
    world.create(binding("RoleBinding", "b", "ClusterRole/read", user("jane"))).await;
    expect(&world, &jane, &[], &[wish]).await;
    let read = json!([{"verbs": ["get"], "apiGroups": [GROUP], "resources": ["runs"]}]);
    world.create(role("ClusterRole", "read", read)).await;
    expect(&world, &jane, &[wish], &[]).await;
    world
        .merge(
            &rbac("clusterroles", "", "read"),
            json!({"rules": [{"verbs": ["list"], "apiGroups": [GROUP], "resources": ["runs"]}]}),
        )
        .await;
    expect(&world, &jane, &["list runs team"], &[wish]).await;
    // a change that alters no count and no role
    world.merge(&rbac("rolebindings", "team", "b"), json!({"subjects": [user("john")]})).await;
    expect(&world, &jane, &[], &["list runs team"]).await;
    expect(&world, &john, &["list runs team"], &[]).await;
    world.delete(&rbac("rolebindings", "team", "b")).await;
    expect(&world, &john, &[], &["list runs team"]).await;
    world.create(binding("RoleBinding", "b", "ClusterRole/read", user("john"))).await;
    expect(&world, &john, &["list runs team"], &[]).await;
    world.delete(&rbac("clusterroles", "", "read")).await;
    expect(&world, &john, &[], &["list runs team"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_older_than_the_write_before_it_however_many_ask() {
    let world = std::sync::Arc::new(World::new().await);
    let read = json!([{"verbs": ["get"], "apiGroups": [GROUP], "resources": ["runs"]}]);
    world.create(role("ClusterRole", "read", read)).await;
    world.create(binding("RoleBinding", "b", "ClusterRole/read", user("nobody"))).await;
    let stop = tokio_util::sync::CancellationToken::new();
    let askers: Vec<_> = (0..4)
        .map(|_| {
            let (world, stop) = (std::sync::Arc::clone(&world), stop.clone());
            tokio::spawn(async move {
                while !stop.is_cancelled() {
                    may(&world, &Actor::user("jane"), "get runs team x").await;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for i in 0..50 {
        let name = if i % 2 == 0 { "jane" } else { "nobody" };
        world.merge(&rbac("rolebindings", "team", "b"), json!({"subjects": [user(name)]})).await;
        assert_eq!(may(&world, &Actor::user("jane"), "get runs team x").await, i % 2 == 0, "after change {i}");
    }
    stop.cancel();
    for asker in askers {
        asker.await.expect("it ends well");
    }
}
