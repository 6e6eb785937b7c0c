//! Why a page cannot be shown. An object that the viewer may not see does not exist for them; a page that needs a permission says which.

use axum::response::{IntoResponse, Response};
use causeway_api::answer::error::internal;
use causeway_resources::Error;
use http::StatusCode;
use maud::{Markup, html};

use crate::part::icon;

/// Instead of a page, or of a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is nothing here, or nothing that the viewer may see.
    NotFound {
        /// What was looked for, such as `the run a1b2`.
        what: String,
    },
    /// The viewer lacks a permission.
    Forbidden(Box<Lacking>),
    /// What was sent cannot be done as it stands.
    Refused {
        /// Why, in a sentence.
        why: String,
    },
    /// The server failed; the text names the line of its log.
    Failed {
        /// What failed.
        why: String,
    },
    /// Nobody is signed in.
    Stranger,
}

/// A permission that is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lacking {
    /// Such as `list`.
    pub(crate) verb: String,
    /// Such as `plans.platform.causeway.dev`.
    pub(crate) resource: String,
    /// The namespace; empty for all of them.
    pub(crate) namespace: String,
    /// Who can grant it.
    pub(crate) grantors: Vec<String>,
}

impl Refusal {
    /// There is no such thing for the viewer.
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    /// It cannot be done as asked.
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        Self::Refused { why: why.into() }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound { .. } => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Refused { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Failed { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Stranger => StatusCode::UNAUTHORIZED,
        }
    }

    pub(crate) fn title(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "There is nothing here",
            Self::Forbidden(_) => "You may not see this",
            Self::Refused { .. } => "This was not done",
            Self::Failed { .. } => "This page failed",
            Self::Stranger => "Sign in first",
        }
    }

    /// As a note within a page, or as a page of its own.
    pub(crate) fn note(&self) -> Markup {
        let (class, symbol) = match self {
            Self::NotFound { .. } | Self::Stranger => ("note", "s-none"),
            Self::Forbidden(_) => ("note", "lock"),
            Self::Refused { .. } | Self::Failed { .. } => ("note bad", "s-bad"),
        };
        html! {
            div class=(class) { (icon(symbol)) div { (self.sentence()) } }
        }
    }

    fn sentence(&self) -> Markup {
        match self {
            Self::NotFound { what } => html! {
                p { "There is no " (what) " here, or you may not see it." }
                p.s { a href="/catalog" { "Look in the catalog" } " or " a href="/search" { "search" } "." }
            },
            Self::Forbidden(lacking) => lacking.sentence(),
            Self::Refused { why } => html! { p { (why) } },
            Self::Failed { why } => html! {
                p { (why) }
                p.s { "The rest of the portal works. Try again, and tell the platform team if it stays." }
            },
            Self::Stranger => {
                html! { p { "This page is for people who are signed in. " a href="/login" { "Sign in" } "." } }
            }
        }
    }
}

impl Lacking {
    fn sentence(&self) -> Markup {
        let place = if self.namespace.is_empty() {
            "everywhere".to_owned()
        } else {
            format!("in the namespace {}", self.namespace)
        };
        html! {
            p { "This needs the permission to " b { (self.verb) } " " code { (self.resource) } " " (place) ", which you do not have." }
            @if self.grantors.is_empty() {
                p.s { "Nobody is bound to a role that could grant it." }
            } @else {
                p.s { "It can be granted by " (self.grantors.join(", ")) "." }
            }
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound { resource, name } => Self::not_found(format!("{resource} {name}")),
            Error::UnknownKind(kind) => Self::not_found(format!("kind {kind}")),
            Error::Store(source) => Self::Failed { why: internal("the store failed", &source).message },
            Error::Exists { .. }
            | Error::Conflict { .. }
            | Error::Invalid { .. }
            | Error::BadRequest { .. }
            | Error::Expired { .. } => Self::refused(error.to_string()),
            Error::Refused(refused) => match refused.hint {
                Some(hint) => Self::refused(format!("{}. {hint}", refused.message)),
                None => Self::refused(refused.message),
            },
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // the door puts the page around it, where it is known who looks
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
