//! Browser sessions, begun by a one-time link.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use causeway_core::{GroupResource, Key, Object, PLATFORM_API_VERSION, PLATFORM_GROUP, Timestamp};
use causeway_resources::{Actor, DeleteOptions, Resources, WriteOptions};
use causeway_store::{Query, Record};
use parking_lot::Mutex;
use serde_json::json;
use zeroize::Zeroizing;

use crate::authenticate::has_ended;
use crate::credential::{Kind, Minted, digest};
use crate::{Identity, IdentityError};

/// How long a session lasts.
pub const SESSION_LIFE: Duration = Duration::from_secs(12 * 3600);
/// How long a sign-in link works.
pub const SIGN_IN_LIFE: Duration = Duration::from_secs(600);
/// More open links than this are not kept; the oldest go first.
const MOST_CODES: usize = 1000;

pub(crate) fn resource() -> GroupResource {
    GroupResource::new(PLATFORM_GROUP, "sessions")
}

/// Hands out sign-in links and turns them into sessions.
pub struct SignIn {
    resources: Arc<Resources>,
    codes: Mutex<HashMap<String, (Timestamp, Identity)>>,
}

impl SignIn {
    /// Kept beside the resources; open links are in memory alone, so a restart ends them.
    pub fn new(resources: Arc<Resources>) -> Self {
        Self { resources, codes: Mutex::default() }
    }

    /// A code that begins one session in the name of `identity`, within ten minutes of `now`.
    pub fn issue(&self, identity: Identity, now: Timestamp) -> Zeroizing<String> {
        let minted = Minted::new(Kind::Session);
        let mut codes = self.codes.lock();
        codes.retain(|_, (until, _)| *until > now);
        if codes.len() >= MOST_CODES
            && let Some(oldest) = codes.iter().min_by_key(|(_, (until, _))| *until).map(|(code, _)| code.clone())
        {
            codes.remove(&oldest);
        }
        codes.insert(digest(&minted.text), (now.after(SIGN_IN_LIFE), identity));
        minted.text
    }

    /// Whether a code would still begin a session; looking does not use it up.
    pub fn is_open(&self, code: &str, now: Timestamp) -> bool {
        self.codes.lock().get(&digest(code)).is_some_and(|(until, _)| *until > now)
    }

    /// Begins a session; the answer is the cookie's value. A code works once.
    pub async fn redeem(&self, code: &str, now: Timestamp) -> Result<Zeroizing<String>, IdentityError> {
        let found = self.codes.lock().remove(&digest(code));
        let (_, identity) = found.filter(|(until, _)| *until > now).ok_or(IdentityError::BadCode)?;
        let minted = Minted::new(Kind::Session);
        let object = json!({
            "apiVersion": PLATFORM_API_VERSION, "kind": "Session", "metadata": {"name": minted.id},
            "spec": {"user": identity.actor.user, "groups": identity.actor.groups, "digest": minted.digest,
                "expires": now.after(SESSION_LIFE).to_string()},
        });
        let actor = Actor::controller("identity");
        let is_over = |record: &Record| record.object().is_some_and(|o| has_ended(&o, now));
        self.resources.delete_all(&actor, Query::all(resource()), &DeleteOptions::default(), is_over).await?;
        self.resources.create(&actor, Object::from_value(object).unwrap_or_default(), &WriteOptions::strict()).await?;
        Ok(minted.text)
    }

    /// Ends a session.
    pub async fn end(&self, id: &str) -> Result<(), IdentityError> {
        let key = Key::new(resource(), "", id);
        match self.resources.delete(&Actor::controller("identity"), &key, &DeleteOptions::default()).await {
            Err(error) if !error.is_not_found() => Err(error.into()),
            _ => Ok(()),
        }
    }
}
