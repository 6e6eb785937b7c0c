//! Signing in by a link that works once.

use axum::body::Body;
use http::Request;

use crate::world::{World, browser};

#[tokio::test]
async fn looking_at_a_sign_in_link_does_not_use_it_up() {
    let world = World::start().await;
    let code = world.code("jane", &[]);
    for _ in 0..2 {
        let page =
            world.send(browser(Request::get(format!("/login?code={code}&next=%2Fruns")), ""), Body::empty()).await;
        page.says("action=\"/login/redeem\"").says(&format!("value=\"{code}\"")).says("value=\"/runs\"");
    }
    let form = [("code", code.as_str()), ("next", "/runs")];
    let first = world.post_as("", "/login/redeem", &form).await;
    assert_eq!((first.status.as_u16(), first.header("location")), (303, "/runs"));
    let cookie = first.header("set-cookie").split([';', '=']).nth(1).expect("a cookie").to_owned();
    world.get_as(&cookie, "/settings").await.says("jane").says("action=\"/logout\"");
    assert_eq!(world.post_as("", "/login/redeem", &form).await.header("location"), "/login?failed=1");
    let page = world.send(browser(Request::get("/login?failed=1"), ""), Body::empty()).await;
    page.says("This link does not work any more").says("platform login --print-link");
    world.stop().await;
}

#[tokio::test]
async fn settings_list_tokens_without_their_text() {
    let world = World::start().await;
    let token = world.token("robot").await;
    world.get("/settings").await.says("robot-test").hides(&token);
    let nobody = world.session("nobody", &[]).await;
    let page = world.get_as(&nobody, "/settings").await;
    page.says("tokens.platform.causeway.dev").says("members of system:masters").hides("robot-test");
    world.stop().await;
}
