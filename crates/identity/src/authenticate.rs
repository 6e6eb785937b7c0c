//! From a credential to an identity.

use std::sync::Arc;

use causeway_core::{GroupResource, Key, Object, Timestamp};
use causeway_resources::{Actor, Resources};

use crate::credential::{Kind, Presented};
use crate::token::{Tokens, texts};
use crate::{session, token};

/// How somebody showed who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// A bearer token.
    Token,
    /// A browser session: state-changing requests need an origin check.
    Session,
}

/// Somebody who is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Name and groups, `system:authenticated` included.
    pub actor: Actor,
    /// How they showed it.
    pub via: Via,
    /// The id of the credential, to end it.
    pub credential: String,
}

/// Knows who is asking.
#[derive(Clone)]
pub struct Authenticator {
    resources: Arc<Resources>,
    tokens: Tokens,
}

impl Authenticator {
    /// Over the credentials that are kept beside the resources.
    pub fn new(resources: Arc<Resources>) -> Self {
        Self { tokens: Tokens::new(Arc::clone(&resources)), resources }
    }

    /// Who stands behind a bearer token, a basic-auth password or a session cookie; `None` for anything that is not valid now.
    pub fn identify(&self, text: &str, now: Timestamp) -> Option<Identity> {
        let presented = Presented::parse(text)?;
        let (resource, via): (GroupResource, Via) = match presented.kind {
            Kind::Token => (token::resource(), Via::Token),
            Kind::Session => (session::resource(), Via::Session),
        };
        let object = self.resources.find(&Key::new(resource, "", presented.id))?.object()?;
        if !presented.matches(object.text(&["spec", "digest"])) {
            return None;
        }
        if has_ended(&object, now) {
            return None;
        }
        let mut groups = texts(object.at(&["spec", "groups"]));
        if !groups.iter().any(|g| g == "system:authenticated") {
            groups.push("system:authenticated".into());
        }
        let user = object.text(&["spec", "user"]).to_owned();
        if via == Via::Token && token::is_touch_due(&object, now) {
            let (tokens, object) = (self.tokens.clone(), object);
            tokio::spawn(async move { tokens.touch(&object, now).await });
        }
        Some(Identity { actor: Actor { user, groups }, via, credential: presented.id.to_owned() })
    }
}

/// Whether a credential has an end, and it has come. One that cannot be read has come.
pub(crate) fn has_ended(object: &Object, now: Timestamp) -> bool {
    match object.text(&["spec", "expires"]) {
        "" => false,
        end => Timestamp::parse(end).is_none_or(|end| end <= now),
    }
}
