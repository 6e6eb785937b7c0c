//! What the Git host asks of its surroundings: who may read and write, which updates a push may
//! make, and who wants to hear of it.

use std::fmt;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde::{Deserialize, Serialize};

use crate::name::RepositoryName;
use crate::push::{PushEvent, RefUpdate};

/// What a request wants to do with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Clone and fetch.
    Read,
    /// Push.
    Write,
}

/// Whoever was let in, by a name that audit records and events carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The name, such as `user:default/guest` or `anonymous`.
    pub name: String,
}

impl Actor {
    /// An actor of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
}

/// A bearer token. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token itself, to be compared or hashed.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What a client sent to say who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing.
    None,
    /// A token: as a bearer, or as the password of any user name.
    Token(Token),
    /// An `Authorization` header that cannot be read.
    Malformed,
}

impl Credentials {
    /// Reads `Authorization: Bearer <token>` or `Basic <user:token>`.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let Some(value) = headers.get(AUTHORIZATION) else {
            return Self::None;
        };
        value.to_str().ok().and_then(token_of).map_or(Self::Malformed, |token| Self::Token(Token(token)))
    }
}

fn token_of(value: &str) -> Option<String> {
    let (scheme, rest) = value.split_once(' ')?;
    let rest = rest.trim();
    let token = if scheme.eq_ignore_ascii_case("bearer") {
        rest.to_owned()
    } else if scheme.eq_ignore_ascii_case("basic") {
        let decoded = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
        decoded.split_once(':')?.1.to_owned()
    } else {
        return None;
    };
    (!token.is_empty()).then_some(token)
}

/// The answer to "may this request do that?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Yes, as this actor.
    Allow(Actor),
    /// Not without (other) credentials: 401, upon which `git` asks its user or credential helper.
    AskForCredentials,
    /// The caller is known and may not: 403 with this sentence, which `git` prints.
    Deny(String),
    /// As far as the caller may know, there is no such repository: 404.
    NotFound,
}

/// Decides about every request, before the repository is looked at.
#[async_trait]
pub trait Access: Send + Sync + 'static {
    /// May the bearer of `credentials` do `action`? Called also for repositories that do not
    /// exist, so that their absence is not told to strangers.
    async fn allow(
        &self,
        credentials: &Credentials,
        headers: &HeaderMap,
        repository: &RepositoryName,
        action: Action,
    ) -> Decision;
}

/// Decides about each ref that a push wants to change, before it is changed.
#[async_trait]
pub trait PushPolicy: Send + Sync + 'static {
    /// May `update` happen? The error is a short sentence that `git` shows as
    /// `! [remote rejected] main -> main (<sentence>)`. The other updates of the same push are not
    /// affected, unless the client asked for `--atomic`. The pushed objects are not readable yet.
    async fn check(&self, repository: &RepositoryName, actor: &Actor, update: &RefUpdate) -> Result<(), String>;
}

/// Hears of every change of refs, by a push or by the server itself.
#[async_trait]
pub trait PushListener: Send + Sync + 'static {
    /// Records `event`. It is called after the refs changed and before the client gets its answer,
    /// one at a time for each repository. An event is delivered again until `Ok` was returned
    /// (with the next change, or by [`crate::Forge::redeliver`]), so it may come twice; what was
    /// done already is recognised by the ref and its new commit.
    ///
    /// The lines returned are shown to whoever pushed, as `remote: <line>`.
    ///
    /// # Errors
    /// Why it could not be recorded, for the log.
    async fn pushed(&self, event: &PushEvent) -> Result<Vec<String>, String>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Credentials {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        Credentials::from_headers(&headers)
    }

    #[test]
    fn a_token_comes_as_bearer_or_as_password_and_is_never_printed() {
        let basic = format!("Basic {}", STANDARD.encode("x:s3cret:with-colon"));
        for (value, token) in [("bearer s3cret", "s3cret"), (basic.as_str(), "s3cret:with-colon")] {
            let credentials = read(value);
            assert_eq!(credentials, Credentials::Token(Token(token.to_owned())));
            assert!(!format!("{credentials:?}").contains("s3cret"));
        }
        for bad in ["Digest x", "Basic !!!", "Basic eA==", "Bearer ", "Bearer"] {
            assert_eq!(read(bad), Credentials::Malformed, "{bad:?}");
        }
        assert_eq!(Credentials::from_headers(&HeaderMap::new()), Credentials::None);
    }
}
