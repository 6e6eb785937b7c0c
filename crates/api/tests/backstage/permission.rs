//! What a caller may not see does not exist.

use http::StatusCode;
use serde_json::{Value, json};

use crate::host::Host;

async fn component(host: &Host, namespace: &str, name: &str) {
    host.create(json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"name": name, "namespace": namespace},
        "spec": {"type": "service", "lifecycle": "production", "owner": "group:default/pay"},
    }))
    .await;
}

#[tokio::test]
async fn entities_out_of_reach_are_in_no_list_no_count_no_facet_and_no_relation() {
    let host = Host::start().await;
    host.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "secret"}})).await;
    component(&host, "default", "open").await;
    component(&host, "secret", "hidden").await;
    host.create(json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Group", "metadata": {"name": "pay", "namespace": "default"},
        "spec": {"type": "team", "children": []},
    }))
    .await;
    host.create(json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader", "namespace": "default"},
        "rules": [{"apiGroups": ["backstage.io"], "resources": ["*"], "verbs": ["get", "list"]}],
    }))
    .await;
    host.create(json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "reader", "namespace": "default"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "jane"}],
    }))
    .await;
    let jane = host.token("jane", &[]).await;

    let all = host.get("/api/catalog/entities/by-query?orderField=metadata.name").await.json();
    assert_eq!(all["totalItems"], 3);
    let seen =
        host.get_as(&jane, "/api/catalog/entities/by-query?orderField=metadata.name&fields=metadata.name").await.json();
    assert_eq!(seen["totalItems"], 2);
    assert_eq!(seen["items"], json!([{"metadata": {"name": "open"}}, {"metadata": {"name": "pay"}}]));
    let facets = host.get_as(&jane, "/api/catalog/entity-facets?facet=metadata.namespace").await.json();
    assert_eq!(facets["facets"]["metadata.namespace"], json!([{"value": "default", "count": 2}]));
    let group = host.get_as(&jane, "/api/catalog/entities/by-name/group/default/pay").await.json();
    assert_eq!(group["relations"], json!([{"type": "ownerOf", "targetRef": "component:default/open"}]));

    let url = "/api/catalog/entities/by-name/component/secret/hidden";
    assert_eq!(host.get(url).await.status, StatusCode::OK);
    let refused = host.get_as(&jane, url).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let wanted = json!({
        "error": {"name": "NotFoundError", "message": "No entity named 'hidden' found, with kind 'component' in namespace 'secret'"},
        "request": {"method": "GET", "url": "/entities/by-name/component/secret/hidden"},
        "response": {"statusCode": 404},
    });
    assert_eq!(refused.json(), wanted);
    assert_eq!(host.get_as("nobody", url).await.status, StatusCode::UNAUTHORIZED);
    host.stop().await;
}

#[tokio::test]
async fn what_kubernetes_keeps_in_metadata_is_not_shown_and_the_etag_follows_the_content() {
    let host = Host::start().await;
    component(&host, "default", "a").await;
    let read = async || host.get("/api/catalog/entities/by-name/component/default/a").await.json();
    let entity = read().await;
    let mut fields: Vec<&str> = entity["metadata"].as_object().expect("metadata").keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["etag", "name", "namespace", "uid"]);
    assert_eq!(entity["relations"], json!([{"type": "ownedBy", "targetRef": "group:default/pay"}]));
    assert_eq!(read().await, entity, "nothing changed");
    let etag = |entity: &Value| entity["metadata"]["etag"].as_str().map(str::to_owned);
    // a relation that another entity tells of is part of what is shown
    host.create(json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Resource", "metadata": {"name": "db", "namespace": "default"},
        "spec": {"type": "database", "owner": "pay", "dependencyOf": ["component:a"]},
    }))
    .await;
    let after = read().await;
    assert_ne!(etag(&after), etag(&entity));
    assert_eq!(after["relations"][0], json!({"type": "dependsOn", "targetRef": "resource:default/db"}));
    host.stop().await;
}
