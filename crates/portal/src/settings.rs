//! Who you are here, your way out, and the tokens of programs.

use axum::Router;
use axum::routing::get;
use causeway_api::App;
use causeway_core::{GroupResource, PLATFORM_GROUP, Timestamp};
use causeway_identity::{TokenInfo, Via};
use maud::{Markup, html};

use crate::layout::{Frame, Page};
use crate::part::{age, count, icon, panel, scroll};
use crate::refusal::Refusal;
use crate::viewer::Viewer;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/settings", get(show))
}

/// Tokens that the viewer may list.
async fn tokens(viewer: &Viewer) -> Result<Vec<TokenInfo>, Refusal> {
    viewer.need("list", &GroupResource::new(PLATFORM_GROUP, "tokens"), "", "").await?;
    viewer.app.tokens.list().await.map_err(|error| Refusal::Failed { why: format!("{error}.") })
}

async fn show(viewer: Viewer) -> Markup {
    let tokens = tokens(&viewer).await;
    let frame = Frame::of(&viewer).await;
    let page = Page { title: "Settings".into(), json: Some("/whoami".into()), ..Page::default() };
    frame.page(
        &page,
        html! {
            div.head { div { h1 { "Settings" } } }
            div.cols {
                div.stack { (token_panel(&tokens, viewer.now)) }
                div.stack { (self_panel(&viewer)) }
            }
        },
    )
}

fn self_panel(viewer: &Viewer) -> Markup {
    let actor = &viewer.caller.actor;
    let via = match viewer.caller.via {
        Via::Session => "a session of this browser, 12 hours at most",
        Via::Token => "a token",
    };
    panel(
        "me",
        html! { "You" },
        html! {},
        html! {
            div.body {
                dl.kv {
                    dt { "User" } dd { (actor.user) }
                    dt { "Groups" } dd { @for group in &actor.groups { span.tag { (group) } " " } }
                    dt { "Signed in by" } dd { (via) }
                }
            }
            @if viewer.caller.via == Via::Session {
                form.body #out method="post" action="/logout" { button { (icon("out")) "Sign out" } }
            }
        },
    )
}

fn token_panel(tokens: &Result<Vec<TokenInfo>, Refusal>, now: Timestamp) -> Markup {
    panel(
        "tokens",
        html! { "Tokens" @if let Ok(tokens) = tokens { " " span { (tokens.len()) } } },
        html! {},
        html! {
            @match tokens {
                Err(refusal) => { div.body { (refusal.note()) } }
                Ok(tokens) => {
                    (scroll("h-tokens", html! {
                        table.tbl {
                            caption.vh { "Tokens, without their text" }
                            thead { tr { th scope="col" { "Name" } th scope="col" { "Acts as" } th.w scope="col" { "Groups" } th.num scope="col" { "Age" } th.num scope="col" { "Ends" } } }
                            tbody { @for token in tokens { tr {
                                th scope="row" { (token.name) }
                                td { (token.user) }
                                td.w { @if token.groups.is_empty() { span.mute { "—" } } @for group in &token.groups { span.tag { (group) } " " } }
                                td.num { (age(token.created, now)) }
                                td.num { @match token.expires { Some(at) => time datetime=(at) { (at) }, None => "never" } }
                            } } }
                        }
                    }))
                    footer { (count(tokens.len(), "token")) ". Their text is shown once, when they are made: " code { "platform token create NAME" } ", " code { "platform token rotate NAME" } "." }
                }
            }
        },
    )
}
