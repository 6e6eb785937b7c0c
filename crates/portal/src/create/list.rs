//! The choice of a golden path.

use maud::{Markup, html};

use super::offer::{Offer, offers};
use crate::layout::{Frame, Page, Section};
use crate::part::{count, icon, panel};
use crate::viewer::Viewer;

pub(super) async fn show(viewer: Viewer) -> Markup {
    let offers = offers(&viewer).await;
    let page = Page {
        title: "Create".into(),
        section: Section::Create,
        source: "The built-in golden paths, and the templates of the catalog".into(),
        json: Some("/apis/scaffolder.backstage.io/v1beta3/templates".into()),
        ..Page::default()
    };
    Frame::of(&viewer).await.page(&page, render(&offers))
}

fn render(offers: &[Offer]) -> Markup {
    html! {
        div.head { div { h1 { "Create" } p { "A golden path gives you a repository, a pipeline, what the service needs, and a first deployment." } } }
        (panel("paths", html! { "Golden paths " span { (offers.len()) } }, html! {}, html! {
            ul.paths { @for offer in offers { li {
                a href=(offer.address()) { (icon("component")) " " (offer.title) }
                p { (offer.description) }
                p.xs.mute {
                    @if offer.built_in { "built in" } @else { "from the catalog" }
                    @for tag in &offer.tags { " · " (tag) }
                }
            } } }
            @if offers.is_empty() { div.empty { p { "There is no template that you may use." } } }
        }))
        p.s.dim.mt { (count(offers.len(), "golden path")) ". The command line does the same: " code { "platform create service NAME --language python" } "." }
    }
}
