//! What every answer of the portal carries, and what it refuses.

use axum::body::Body;
use http::Request;

use crate::world::{World, browser};

#[tokio::test]
async fn every_page_has_the_security_headers_and_nothing_inline() {
    let world = World::start().await;
    for url in [
        "/",
        "/catalog",
        "/create",
        "/create/default/go-gin",
        "/runs",
        "/plans",
        "/environments",
        "/search",
        "/settings",
        "/login",
        "/resources",
        "/nothing/here",
    ] {
        let page = world.get(url).await;
        let policy = page.header("content-security-policy");
        for part in [
            "default-src 'self'",
            "base-uri 'none'",
            "object-src 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{url}: {policy}");
        }
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{url}");
        assert!(!page.header("referrer-policy").is_empty(), "{url}");
        assert_eq!(page.header("cache-control"), "no-store", "{url}");
        page.hides(" style=\"").hides("<style").hides(" onclick=").hides("<script>");
        assert!(page.text.len() < 30 * 1024, "{url} has {} bytes", page.text.len());
    }
    world.stop().await;
}

#[tokio::test]
async fn assets_are_kept_for_ever_under_the_address_of_their_content() {
    let world = World::start().await;
    let page = world.get("/login").await;
    let sheet = page
        .text
        .split('"')
        .find(|part| part.starts_with("/assets/") && part.ends_with("causeway.css"))
        .expect("a sheet")
        .to_owned();
    // assets are open: the sign-in page needs them
    let asset = world.send(browser(Request::get(&sheet), ""), Body::empty()).await;
    assert_eq!((asset.status.as_u16(), asset.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(asset.header("cache-control").contains("immutable"), "{}", asset.header("cache-control"));
    let stale = world.send(browser(Request::get("/assets/0/causeway.css"), ""), Body::empty()).await;
    assert!(!stale.header("cache-control").contains("immutable"));
    assert_eq!(world.send(browser(Request::get("/assets/0/../Cargo.toml"), ""), Body::empty()).await.status, 404);
    world.stop().await;
}

#[tokio::test]
async fn strangers_are_sent_to_sign_in_and_come_back() {
    let world = World::start().await;
    let answer = world.send(browser(Request::get("/catalog?kind=api"), ""), Body::empty()).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/login?next=%2Fcatalog%3Fkind%3Dapi"));
    world.stop().await;
}

#[tokio::test]
async fn a_form_from_another_site_changes_nothing() {
    let world = World::start().await;
    let request = browser(Request::post("/create/default/go-gin"), &world.admin)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(world.send(request, Body::from("name=evil&intent=create")).await.status, 403);
    world.stop().await;
}

#[tokio::test]
async fn programs_get_a_status_and_people_a_page_where_nothing_is() {
    let world = World::start().await;
    let page = world.get("/nothing/here").await;
    assert_eq!(page.status, 404);
    page.says("There is nothing here").says("/nothing/here");
    let request = Request::get("/apis/none").header("cookie", format!("causeway_session={}", world.admin));
    let answer = world.send(request, Body::empty()).await;
    assert_eq!(answer.status, 404);
    answer.says("\"kind\":\"Status\"");
    world.stop().await;
}
