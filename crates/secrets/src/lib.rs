//! Secrets: encrypted at rest, bound to an environment, and never printed.
//!
//! A secret is stored as an ordinary `v1` Secret whose values are sealed, one by one, with a key of their own that is in turn
//! sealed with the server's key, which lies outside the database. [`Sealing`] does that to every Secret on its way into the
//! store, so that no path writes plain text; [`Secrets`] opens them again for those who may read.
#![warn(missing_docs)]

mod admission;
mod secrets;
mod text;
mod vault;

pub use admission::Sealing;
pub use secrets::{Put, Secret, SecretError, SecretInfo, Secrets};
pub use text::SecretText;
pub use vault::{Vault, VaultError};
