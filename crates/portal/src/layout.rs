//! The shell around every page.

use causeway_api::Caller;
use causeway_core::Timestamp;
use maud::{DOCTYPE, Markup, html};

use crate::part::icon;
use crate::viewer::Viewer;
use crate::{address, asset, plan};

/// Parts of the portal, as the navigation names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Section {
    #[default]
    None,
    Home,
    Catalog,
    Create,
    Runs,
    Plans,
    Environments,
}

const NAVIGATION: &[(Section, &str, &str)] = &[
    (Section::Home, "/", "Home"),
    (Section::Catalog, "/catalog", "Catalog"),
    (Section::Create, "/create", "Create"),
    (Section::Runs, "/runs", "Runs"),
    (Section::Plans, "/plans", "Plans"),
    (Section::Environments, "/environments", "Environments"),
];

/// What the shell needs to know of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    /// Title of the window.
    pub(crate) title: String,
    pub(crate) section: Section,
    /// What the page was read from, for its foot.
    pub(crate) source: String,
    /// The same in the API.
    pub(crate) json: Option<String>,
    /// Where changes of the page are streamed from.
    pub(crate) live: Option<String>,
    /// Seconds after which a browser without script loads the page again.
    pub(crate) refresh: Option<u32>,
}

/// Who looks, for the shell.
pub(crate) struct Frame {
    user: Option<String>,
    waiting: usize,
    now: Timestamp,
}

impl Frame {
    /// For a viewer, with what waits for them.
    pub(crate) async fn of(viewer: &Viewer) -> Self {
        // who may not list plans has none to decide about
        let waiting = plan::waiting(viewer).await.map_or(0, |w| w.mine.len());
        Self { user: Some(viewer.caller.actor.user.clone()), waiting, now: viewer.now }
    }

    /// For somebody who is signed in, without looking anything up.
    pub(crate) fn plain(caller: &Caller) -> Self {
        Self { user: Some(caller.actor.user.clone()), waiting: 0, now: Timestamp::now() }
    }

    /// For somebody who is not signed in.
    pub(crate) fn stranger() -> Self {
        Self { user: None, waiting: 0, now: Timestamp::now() }
    }

    /// A whole page.
    pub(crate) fn page(&self, page: &Page, content: Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                (head(page))
                body {
                    a.skip href="#main" { "Skip to content" }
                    (self.top(page))
                    main.page #main tabindex="-1" data-live=[page.live.as_deref()] { (content) }
                    (self.foot(page))
                }
            }
        }
    }

    fn top(&self, page: &Page) -> Markup {
        html! {
            header.top {
                a.brand href="/" { (emblem()) span { "Causeway" } }
                @if self.user.is_some() {
                    nav.nav aria-label="Main" {
                        ul { @for (section, href, name) in NAVIGATION {
                            li { a href=(href) aria-current=[(page.section == *section).then_some("page")] { (name) } }
                        } }
                    }
                    @if page.section == Section::Home { span.find.w {} } @else { (find()) }
                    (self.me())
                }
            }
        }
    }

    fn me(&self) -> Markup {
        let user = self.user.as_deref().unwrap_or_default();
        html! {
            div.me {
                a href="/#waiting" {
                    (icon("bell"))
                    @if self.waiting > 0 { span.count aria-hidden="true" { (self.waiting) } }
                    span.vh { (waiting_words(self.waiting)) }
                }
                details.menu {
                    summary.icon { span.face aria-hidden="true" { (initials(user)) } span.vh { (user) ", account" } }
                    div {
                        a href="/settings" { (icon("user")) (user) }
                        a href="/settings#tokens" { (icon("key")) "Tokens" }
                        a href="/settings#out" { (icon("out")) "Sign out" }
                    }
                }
                details.menu.nav-s {
                    summary.icon aria-label="Main menu" { (icon("menu")) }
                    div { nav aria-label="Main, small screen" {
                        @for (_, href, name) in NAVIGATION { a href=(href) { (name) } }
                        a href="/search" { (icon("search")) "Search" }
                    } }
                }
            }
        }
    }

    fn foot(&self, page: &Page) -> Markup {
        html! {
            footer.foot {
                span {
                    @if !page.source.is_empty() { (page.source) ". " }
                    "As of " time datetime=(self.now) { (minute(self.now)) }
                    @if page.live.is_some() { ", kept up to date" }
                }
                @if let Some(json) = &page.json { a href=(json) { "This page as JSON" } }
                a href="/resources" { "All kinds" }
                span { "Causeway " (env!("CARGO_PKG_VERSION")) }
            }
        }
    }
}

fn head(page: &Page) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { (page.title) " · Causeway" }
            link rel="icon" type="image/svg+xml" href=(asset::address("favicon.svg"));
            link rel="stylesheet" href=(asset::address("causeway.css"));
            script src=(asset::address("app.js")) defer {}
            @if let Some(seconds) = page.refresh { noscript { meta http-equiv="refresh" content=(seconds); } }
        }
    }
}

/// `2026-11-21 14:23 UTC`: a page states its time zone once.
fn minute(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " "))
}

fn emblem() -> Markup {
    html! {
        svg viewBox="0 0 26 20" aria-hidden="true" {
            path d="M0 5h26v3.5h-2V17h-3v-1.5a4 4 0 0 0-8 0V17h-3v-1.5a4 4 0 0 0-8 0V17H2V8.5H0zM4 2h18v1.5H4z" {}
        }
    }
}

fn find() -> Markup {
    html! {
        form.find role="search" action="/search" {
            label.vh for="q" { "Search names, titles and descriptions" }
            (icon("search"))
            input #q name="q" type="search" placeholder="Search" autocomplete="off";
            kbd aria-hidden="true" { "/" }
        }
    }
}

fn waiting_words(count: usize) -> String {
    match count {
        0 => "No plan waits for your approval".into(),
        1 => "1 plan waits for your approval".into(),
        n => format!("{n} plans wait for your approval"),
    }
}

fn initials(user: &str) -> String {
    let name = user.rsplit(['/', ':']).next().unwrap_or(user);
    let parts = name.split(['.', '-', '_', ' ']).filter_map(|p| p.chars().next());
    parts.take(2).flat_map(char::to_uppercase).collect()
}

/// The way to a page, above its heading: address and name of each stop, then the page itself.
pub(crate) fn crumbs(stops: &[(String, String)], here: &str) -> Markup {
    html! {
        nav.crumbs aria-label="Breadcrumb" { ol {
            @for (href, name) in stops { li { a href=(href) { (name) } } }
            li { (here) }
        } }
    }
}

/// The list of a kind as a first stop.
pub(crate) fn stop(href: &str, name: &str) -> (String, String) {
    (href.to_owned(), name.to_owned())
}

/// The namespace as a fact, where it is not the usual one.
pub(crate) fn namespace_fact(namespace: &str) -> Markup {
    html! {
        @if !namespace.is_empty() && namespace != causeway_core::DEFAULT_NAMESPACE {
            li { (icon("system")) a href={ "/catalog?namespace=" (address::segment(namespace)) } { (namespace) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn takes_initials_from_any_user_name() {
        for (user, wanted) in
            [("admin", "A"), ("user:default/ines.okafor", "IO"), ("system:serviceaccount:a:ci-bot", "CB"), ("", "")]
        {
            assert_eq!(initials(user), wanted, "{user}");
        }
    }
}
