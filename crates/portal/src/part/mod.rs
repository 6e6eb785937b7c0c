//! The pieces that pages are made of. Each says what it says in words; colour and shape come second.

mod event;
mod log;
mod state;
mod table;
mod text;
mod time;

pub(crate) use event::{EventRow, events, rows_of};
pub(crate) use log::{LogRow, log_lines};
pub(crate) use state::{State, Status};
pub(crate) use table::{Pager, panel, scroll};
pub(crate) use text::{count, document, external, plural};
pub(crate) use time::{age, elapsed, span_between};

use maud::{Markup, html};

use crate::asset;

/// A decorative icon of the sprite.
pub(crate) fn icon(name: &str) -> Markup {
    icon_of(name, "i")
}

/// An icon with further classes.
pub(crate) fn icon_of(name: &str, class: &str) -> Markup {
    html! { svg class=(class) aria-hidden="true" { use href={ (asset::address("icons.svg")) "#" (name) } {} } }
}

/// The icon of a kind of the catalog or the platform.
pub(crate) fn kind_icon(kind: &str) -> &'static str {
    match kind.to_ascii_lowercase().as_str() {
        "component" | "deployment" | "workload" | "application" => "component",
        "api" => "api",
        "resource" | "claim" | "resourcetype" | "recipe" => "db",
        "system" | "domain" => "system",
        "group" => "team",
        "user" | "serviceaccount" => "user",
        "template" => "create",
        "location" | "source" => "link",
        "environment" | "cluster" | "namespace" => "env",
        "repository" => "branch",
        "release" => "commit",
        "run" => "run",
        "plan" => "plan",
        "secret" => "key",
        _ => "doc",
    }
}
