//! From files in a repository to entities, and back out again.

use causeway_kinds::source::SourceSpec;
use causeway_resources::WriteOptions;
use serde_json::json;

use crate::host::{Host, is_ready, object};

const COMPONENT: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: payment-service
spec:
  type: service
  lifecycle: experimental
  owner: payments
  providesApis: [payment-service-api]
";
const API: &str = "\
apiVersion: backstage.io/v1alpha1
kind: API
metadata:
  name: payment-service-api
spec:
  type: openapi
  lifecycle: experimental
  owner: payments
  definition:
    $text: ./openapi.yaml
";

fn both() -> String {
    format!("{COMPONENT}---\n{API}")
}

#[tokio::test]
async fn a_repository_becomes_entities_that_say_where_they_come_from() {
    let host = Host::start().await;
    let commit = host
        .repository(
            "default",
            "payment-service",
            &[("catalog-info.yaml", &both()), ("openapi.yaml", "openapi: 3.1.0\n")],
        )
        .await;
    host.source("default", "payment-service", "payment-service").await;
    let source = host.settled("default", "payment-service", "Synced", Some(&commit)).await;
    assert!(is_ready(&source));
    assert_eq!(source.status.entities, ["api:default/payment-service-api", "component:default/payment-service"]);
    assert!(source.status.errors.is_empty() && source.status.last_sync.is_some());
    let api = host.entity("apis", "default", "payment-service-api").expect("the API");
    assert_eq!(api.text(&["spec", "definition"]), "openapi: 3.1.0\n");
    let component = host.entity("components", "default", "payment-service").expect("the component");
    let address = "http://127.0.0.1:7007/git/payment-service";
    assert_eq!(
        component.annotation("backstage.io/managed-by-location"),
        Some(&*format!("url:{address}/blob/main/catalog-info.yaml"))
    );
    assert_eq!(
        component.annotation("backstage.io/managed-by-origin-location"),
        component.annotation("backstage.io/managed-by-location")
    );
    assert_eq!(component.annotation("backstage.io/source-location"), Some(&*format!("url:{address}/tree/main/")));
    assert_eq!(component.label("platform.causeway.dev/source"), Some("payment-service"));
    assert_eq!(component.label("platform.causeway.dev/application"), Some("payment-service"));
    host.stop().await;
}

#[tokio::test]
async fn a_push_changes_what_changed_and_takes_away_what_is_gone() {
    let host = Host::start().await;
    host.repository("default", "pay", &[("catalog-info.yaml", &both()), ("openapi.yaml", "openapi: 3.1.0\n")]).await;
    host.source("default", "pay", "pay").await;
    host.settled("default", "pay", "Synced", None).await;
    let version = |host: &Host| {
        host.entity("components", "default", "payment-service").expect("it").resource_version().to_owned()
    };
    let before = version(&host);

    let commit = host.commit("default", "pay", &[("openapi.yaml", "openapi: 3.0.0\n")]).await;
    host.settled("default", "pay", "Synced", Some(&commit)).await;
    assert_eq!(version(&host), before, "an entity that is the same is not written again");
    let api = host.entity("apis", "default", "payment-service-api").expect("the API");
    assert_eq!(api.text(&["spec", "definition"]), "openapi: 3.0.0\n");

    let commit = host.commit("default", "pay", &[("catalog-info.yaml", COMPONENT)]).await;
    let source = host.settled("default", "pay", "Synced", Some(&commit)).await;
    assert_eq!(source.status.entities, ["component:default/payment-service"]);
    assert!(host.entity("apis", "default", "payment-service-api").is_none());

    host.client.delete::<SourceSpec>("default", "pay").await.expect("deleted");
    host.until("the source and its entities are gone", |host| {
        host.client.get::<SourceSpec>("default", "pay").expect("readable").is_none()
    })
    .await;
    assert!(host.entity("components", "default", "payment-service").is_none());
    host.stop().await;
}

#[tokio::test]
async fn a_bad_document_is_named_by_line_and_spoils_neither_others_nor_itself() {
    let host = Host::start().await;
    host.repository("default", "pay", &[("catalog-info.yaml", &both()), ("openapi.yaml", "openapi: 3.1.0\n")]).await;
    host.source("default", "pay", "pay").await;
    host.settled("default", "pay", "Synced", None).await;

    // no lifecycle any more, an API whose file is gone, a kind that nobody knows, and a document that is no entity
    let broken = COMPONENT.replace("  lifecycle: experimental\n", "");
    let strayed = API.replace("./openapi.yaml", "./nowhere.yaml");
    let text = format!(
        "{broken}---\n{strayed}---\napiVersion: a/v1\nkind: Odd\nmetadata: {{name: x}}\nspec: {{}}\n---\njust: data\n"
    );
    let commit = host.commit("default", "pay", &[("catalog-info.yaml", &text)]).await;
    let source = host.settled("default", "pay", "InvalidEntities", Some(&commit)).await;
    let said: Vec<_> = source.status.errors.iter().map(|e| (e.line, e.message.as_str())).collect();
    let says = |line: i64, words: &str| said.iter().any(|(at, message)| *at == line && message.contains(words));
    assert!(says(5, "spec.lifecycle"), "{said:?}");
    assert!(says(18, "there is no such file"), "{said:?}");
    assert!(says(22, "there is no kind Odd"), "{said:?}");
    assert!(says(26, "apiVersion is missing"), "{said:?}");
    assert!(source.status.errors.iter().all(|error| error.file == "catalog-info.yaml"));
    // the last good versions stay
    assert_eq!(source.status.entities, ["api:default/payment-service-api", "component:default/payment-service"]);
    assert_eq!(
        host.entity("components", "default", "payment-service").expect("it").text(&["spec", "lifecycle"]),
        "experimental"
    );
    host.stop().await;
}

#[tokio::test]
async fn text_that_is_no_yaml_and_files_that_are_gone_take_nothing_away() {
    let host = Host::start().await;
    let location =
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec: {targets: [./a.yaml]}\n";
    host.repository("default", "pay", &[("catalog-info.yaml", location), ("a.yaml", COMPONENT)]).await;
    host.source("default", "pay", "pay").await;
    host.settled("default", "pay", "Synced", None).await;
    let commit = host.commit("default", "pay", &[("a.yaml", "a: [")]).await;
    let source = host.settled("default", "pay", "InvalidEntities", Some(&commit)).await;
    assert_eq!(source.status.entities, ["component:default/payment-service", "location:default/all"]);
    let moved = location.replace("./a.yaml", "./gone.yaml");
    let commit = host.commit("default", "pay", &[("catalog-info.yaml", &moved)]).await;
    let source = host.settled("default", "pay", "InvalidEntities", Some(&commit)).await;
    assert_eq!((source.status.errors[0].line, source.status.errors[0].column), (4, 18), "{:?}", source.status.errors);
    // nothing leads to a.yaml any more, so what was in it is gone
    assert_eq!(source.status.entities, ["location:default/all"]);
    host.stop().await;
}

#[tokio::test]
async fn locations_lead_to_files_of_the_same_repository_and_to_no_others() {
    let host = Host::start().await;
    let location = "\
apiVersion: backstage.io/v1alpha1
kind: Location
metadata: {name: all}
spec:
  targets:
    - ./services/*/catalog-info.yaml
    - ../../etc/passwd
    - https://example.com/catalog-info.yaml
    - http://127.0.0.1:7007/git/mono/blob/main/more.yaml
";
    let named = |name: &str| COMPONENT.replace("payment-service", name);
    let files = [
        ("catalog-info.yaml", location.to_owned()),
        ("services/a/catalog-info.yaml", named("a")),
        ("services/b/catalog-info.yaml", named("b")),
        ("services/b/other.yaml", named("other")),
        ("more.yaml", named("more")),
    ];
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    host.repository("default", "mono", &files).await;
    host.source("default", "mono", "mono").await;
    let source = host.settled("default", "mono", "InvalidEntities", None).await;
    let wanted = ["component:default/a", "component:default/b", "component:default/more", "location:default/all"];
    assert_eq!(source.status.entities, wanted);
    let lines: Vec<_> = source.status.errors.iter().map(|error| error.line).collect();
    assert_eq!(lines, [7, 8], "{:?}", source.status.errors);
    host.stop().await;
}

#[tokio::test]
async fn an_entity_belongs_to_the_source_that_came_first_until_that_is_gone() {
    let host = Host::start().await;
    for name in ["one", "two"] {
        host.repository("default", name, &[("catalog-info.yaml", COMPONENT)]).await;
    }
    host.source("default", "one", "one").await;
    host.settled("default", "one", "Synced", None).await;
    host.source("default", "two", "two").await;
    let second = host.settled("default", "two", "InvalidEntities", None).await;
    assert!(second.status.entities.is_empty());
    assert!(second.status.errors[0].message.contains("of the source one"), "{:?}", second.status.errors);
    host.client.delete::<SourceSpec>("default", "two").await.expect("deleted");
    host.until("the second source is gone", |host| {
        host.client.get::<SourceSpec>("default", "two").expect("readable").is_none()
    })
    .await;
    assert!(host.entity("components", "default", "payment-service").is_some(), "it is the other's");
    host.stop().await;
}

#[tokio::test]
async fn what_somebody_wrote_by_hand_is_not_taken_over() {
    let host = Host::start().await;
    let component = object(json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"name": "payment-service", "namespace": "default"},
        "spec": {"type": "website", "lifecycle": "production", "owner": "web"},
    }));
    host.resources.create(host.client.actor(), component, &WriteOptions::strict()).await.expect("created");
    host.repository("default", "pay", &[("catalog-info.yaml", COMPONENT)]).await;
    host.source("default", "pay", "pay").await;
    host.settled("default", "pay", "InvalidEntities", None).await;
    assert_eq!(host.entity("components", "default", "payment-service").expect("it").text(&["spec", "owner"]), "web");
    host.stop().await;
}

#[tokio::test]
async fn entities_live_in_the_namespace_that_they_name_and_else_in_that_of_their_source() {
    let host = Host::start().await;
    host.namespace("team").await;
    let elsewhere = COMPONENT.replace("  name: payment-service", "  name: other\n  namespace: shared");
    host.repository("team", "pay", &[("catalog-info.yaml", &format!("{COMPONENT}---\n{elsewhere}"))]).await;
    host.source("team", "pay", "pay").await;
    let source = host.settled("team", "pay", "Synced", None).await;
    assert_eq!(source.status.entities, ["component:shared/other", "component:team/payment-service"]);
    host.client.delete::<SourceSpec>("team", "pay").await.expect("deleted");
    host.until("the entity elsewhere is gone", |host| host.entity("components", "shared", "other").is_none()).await;
    host.stop().await;
}

#[tokio::test]
async fn a_source_waits_for_its_repository_and_for_its_first_commit() {
    let host = Host::start().await;
    host.source("default", "pay", "pay").await;
    host.settled("default", "pay", "RepositoryNotFound", None).await;
    let commit = host.repository("default", "pay", &[("catalog-info.yaml", COMPONENT)]).await;
    host.settled("default", "pay", "Synced", Some(&commit)).await;
    host.stop().await;
}
