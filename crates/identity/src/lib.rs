//! Who is asking, and what they may do.
//!
//! Tokens and sessions are kept as digests; the plain text is shown once. Permissions are Kubernetes' roles and bindings,
//! read from the store. Everything is denied that no rule allows.
#![warn(missing_docs)]

mod authenticate;
mod authorize;
mod bindings;
mod credential;
mod rules;
mod session;
mod token;

pub use authenticate::{Authenticator, Identity, Via};
pub use authorize::{Attributes, Authorizer, Decision};
pub use credential::{Kind, Minted, is_well_formed};
pub use rules::{PolicyRule, covers};
pub use session::{SESSION_LIFE, SIGN_IN_LIFE, SignIn};
pub use token::{NewToken, TokenInfo, Tokens};

/// The kinds that this crate stores. They have no route: nobody reads a digest over the API.
pub fn kinds() -> Vec<causeway_kinds::Kind> {
    vec![credential::definition("Token", "tokens"), credential::definition("Session", "sessions")]
}

/// What went wrong while looking after credentials.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// No such token.
    #[error("there is no token {0:?}")]
    NoToken(String),
    /// The sign-in code is wrong, used or too old.
    #[error("the sign-in link is not valid any more: it works once, for ten minutes")]
    BadCode,
    /// The store refused or failed.
    #[error("credentials could not be read or written")]
    Store(#[from] causeway_resources::Error),
}
