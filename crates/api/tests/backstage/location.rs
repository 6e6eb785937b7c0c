//! A file of a hosted repository, from the first look to the last.

use std::time::{Duration, SystemTime};

use axum::body::Body;
use causeway_core::{Metadata, Resource};
use causeway_forge::{Actor, Author, CommitRequest, FileEntry, Onto, RepositoryName};
use causeway_kinds::repository::RepositorySpec;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::host::{Answer, Host};

const REPOSITORY: &str = "http://127.0.0.1:7007/git/pay";
const COMPONENT: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: pay}
spec: {type: service, lifecycle: experimental, owner: payments}
---
apiVersion: backstage.io/v1alpha1
kind: Location
metadata: {name: more}
spec: {targets: [./more/*.yaml]}
";
const API: &str = "\
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: pay-api}
spec: {type: openapi, lifecycle: experimental, owner: payments, definition: {$openapi: ./openapi.yaml}}
";
const OPENAPI: &str = "openapi: 3.1.0\ninfo: {title: Pay, version: '1'}\npaths:\n  /pay: {$ref: './parts.yaml#/pay'}\n";
const PARTS: &str = "pay: {get: {responses: {'200': {description: Paid}}}}\n";

async fn post(host: &Host, url: &str, body: &Value) -> Answer {
    host.ask(Request::post(url).header("content-type", "application/json"), Body::from(body.to_string())).await
}

async fn repository(host: &Host, files: &[(&str, &str)]) {
    let hosted = RepositoryName::new("default", "pay").expect("a name");
    host.forge.create(&hosted, "main").await.expect("a repository");
    let entry = |(path, text): &(&str, &str)| FileEntry {
        path: (*path).into(),
        bytes: text.as_bytes().into(),
        executable: false,
    };
    let request = CommitRequest {
        branch: "main".into(),
        onto: Onto::Head,
        files: files.iter().map(entry).collect(),
        message: "First".into(),
        author: Author { name: "Test".into(), email: "test@example.com".into() },
        time: SystemTime::now(),
        actor: Actor::new("test"),
    };
    let commit = host.forge.commit_tree(&hosted, &request).await.expect("a commit");
    let resource = Resource::new(Metadata::named("default", "pay"), RepositorySpec::default());
    let mut resource = host.client.create(&resource).await.expect("a resource");
    resource.status.url = format!("{REPOSITORY}.git");
    resource.status.branches.insert("main".into(), commit.as_str().into());
    host.client.update_status(&resource).await.expect("a status");
}

async fn until(host: &Host, url: &str, status: StatusCode) -> Answer {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    loop {
        let answer = host.get(url).await;
        if answer.status == status {
            return answer;
        }
        assert!(tokio::time::Instant::now() < deadline, "{url} never was {status}: {}", answer.text);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_location_that_leads_to_something_else_is_refused_when_it_is_tried() {
    let host = Host::start().await;
    repository(&host, &[("catalog-info.yaml", COMPONENT), ("more/values.yaml", "no: descriptor")]).await;
    let asked = json!({"type": "url", "target": format!("{REPOSITORY}/blob/main/catalog-info.yaml")});
    let refused = post(&host, "/api/catalog/locations?dryRun=true", &asked).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
    let message = refused.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.starts_with("more/values.yaml:1:1: apiVersion is missing"), "{message}");
    host.stop().await;
}

#[tokio::test]
async fn what_is_registered_comes_and_goes_with_its_location() {
    let host = Host::start().await;
    let api = API.replace("./openapi.yaml", "../openapi.yaml");
    repository(
        &host,
        &[("catalog-info.yaml", COMPONENT), ("more/api.yaml", &api), ("openapi.yaml", OPENAPI), ("parts.yaml", PARTS)],
    )
    .await;
    let target = format!("{REPOSITORY}/blob/main/catalog-info.yaml");
    let asked = json!({"type": "url", "target": target});

    let tried = post(&host, "/api/catalog/locations?dryRun=true", &asked).await.json();
    let names: Vec<_> =
        tried["entities"].as_array().expect("entities").iter().map(|e| e["metadata"]["name"].clone()).collect();
    assert_eq!((names, &tried["exists"]), (vec![json!("pay"), json!("more"), json!("pay-api")], &json!(false)));
    assert_eq!(host.get("/api/catalog/entities").await.json(), json!([]), "nothing was written");
    let analysis =
        post(&host, "/api/catalog/analyze-location", &json!({"location": {"type": "url", "target": REPOSITORY}})).await;
    assert_eq!(analysis.json()["generateEntities"][0]["entity"]["metadata"]["name"], "pay");

    let made = post(&host, "/api/catalog/locations", &asked).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let location = made.json()["location"].clone();
    assert_eq!(location["target"], json!(target));
    let again = post(&host, "/api/catalog/locations", &asked).await;
    assert_eq!((again.status, again.json()["error"]["name"].clone()), (StatusCode::CONFLICT, json!("ConflictError")));

    let api = until(&host, "/api/catalog/entities/by-name/api/default/pay-api", StatusCode::OK).await.json();
    let definition = api["spec"]["definition"].as_str().expect("a definition");
    assert!(definition.contains("description: Paid") && !definition.contains("$ref"), "{definition}");
    let ancestry = host.get("/api/catalog/entities/by-name/api/default/pay-api/ancestry").await.json();
    let chain: Vec<_> =
        ancestry["items"].as_array().expect("items").iter().map(|item| item["parentEntityRefs"][0].clone()).collect();
    assert_eq!(chain, [json!("location:default/more"), location["entityRef"].clone(), Value::Null]);
    let origin = host.get("/api/catalog/locations/by-entity/api/default/pay-api").await.json();
    assert_eq!(origin, location);
    let known =
        post(&host, "/api/catalog/analyze-location", &json!({"location": {"type": "url", "target": REPOSITORY}}))
            .await
            .json();
    assert_eq!(known["existingEntityFiles"].as_array().map(Vec::len), Some(4), "{known}");
    let refreshed = post(&host, "/api/catalog/refresh", &json!({"entityRef": "api:default/pay-api"})).await;
    assert_eq!((refreshed.status, refreshed.text.as_str()), (StatusCode::OK, ""));

    let uid = api["metadata"]["uid"].as_str().expect("a uid");
    let refused = host.ask(Request::delete(format!("/api/catalog/entities/by-uid/{uid}")), Body::empty()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    assert!(refused.text.contains("api pay-api comes from more/api.yaml in repository pay"), "{}", refused.text);
    let id = location["id"].as_str().expect("an id");
    let deleted = host.ask(Request::delete(format!("/api/catalog/locations/{id}")), Body::empty()).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    until(&host, "/api/catalog/entities/by-name/api/default/pay-api", StatusCode::NOT_FOUND).await;
    host.stop().await;
}
