//! Tokens for programs: made, listed, replaced and taken back.

use std::path::Path;
use std::sync::Arc;

use causeway_core::{GroupResource, Key, Object, PLATFORM_API_VERSION, PLATFORM_GROUP, Timestamp};
use causeway_resources::{Actor, DeleteOptions, Resources, Subresource, WriteOptions};
use causeway_store::Query;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::IdentityError;
use crate::credential::{Kind, Minted};

/// What a new token is to be.
#[derive(Clone, Debug, Default)]
pub struct NewToken {
    /// What it is called in lists.
    pub name: String,
    /// In whose name it acts.
    pub user: String,
    /// Groups of that user.
    pub groups: Vec<String>,
    /// When it ends; `None` for one that does not.
    pub expires: Option<Timestamp>,
}

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// What it is called.
    pub name: String,
    /// In whose name it acts.
    pub user: String,
    /// Groups of that user.
    pub groups: Vec<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it ends.
    pub expires: Option<Timestamp>,
}

/// The tokens of one server.
#[derive(Clone)]
pub struct Tokens {
    resources: Arc<Resources>,
}

pub(crate) fn resource() -> GroupResource {
    GroupResource::new(PLATFORM_GROUP, "tokens")
}

impl Tokens {
    /// Kept beside the resources.
    pub fn new(resources: Arc<Resources>) -> Self {
        Self { resources }
    }

    /// Makes a token; its text is not kept. A token of the same name is replaced.
    pub async fn create(&self, actor: &Actor, new: &NewToken) -> Result<Zeroizing<String>, IdentityError> {
        let minted = Minted::new(Kind::Token);
        let object = json!({
            "apiVersion": PLATFORM_API_VERSION, "kind": "Token", "metadata": {"name": minted.id},
            "spec": {"name": new.name, "user": new.user, "groups": new.groups, "digest": minted.digest,
                "expires": new.expires.map(|t| t.to_string())},
        });
        let old = self.find(&new.name).await?;
        self.resources.create(actor, Object::from_value(object).unwrap_or_default(), &WriteOptions::strict()).await?;
        for object in old {
            self.remove(actor, &object).await?;
        }
        Ok(minted.text)
    }

    /// All tokens, by name.
    pub async fn list(&self) -> Result<Vec<TokenInfo>, IdentityError> {
        let mut tokens: Vec<TokenInfo> = self.all().await?.iter().map(info).collect();
        tokens.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(tokens)
    }

    /// Replaces a token by a fresh one of the same rights; the old one stops working.
    pub async fn rotate(&self, actor: &Actor, name: &str) -> Result<Zeroizing<String>, IdentityError> {
        let found = self.find(name).await?;
        let old = found.first().map(info).ok_or_else(|| IdentityError::NoToken(name.into()))?;
        self.create(actor, &NewToken { name: old.name, user: old.user, groups: old.groups, expires: old.expires }).await
    }

    /// Takes a token back.
    pub async fn revoke(&self, actor: &Actor, name: &str) -> Result<(), IdentityError> {
        let found = self.find(name).await?;
        if found.is_empty() {
            return Err(IdentityError::NoToken(name.into()));
        }
        for object in found {
            self.remove(actor, &object).await?;
        }
        Ok(())
    }

    /// Makes sure that the administrator's token is in its file (mode 0600), making both at first start.
    pub async fn ensure_admin(&self, file: &Path) -> Result<(), AdminTokenError> {
        let held = std::fs::read_to_string(file).ok();
        let found = self.find("admin").await?;
        if let (Some(text), Some(object)) = (&held, found.first())
            && let Some(presented) = crate::credential::Presented::parse(text.trim())
            && presented.matches(object.text(&["spec", "digest"]))
        {
            use std::os::unix::fs::PermissionsExt as _;
            let closed = std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600));
            return closed.map_err(|source| AdminTokenError::File { file: file.display().to_string(), source });
        }
        let actor = Actor::controller("identity");
        let text = self.create(&actor, &NewToken { name: "admin".into(), ..admin() }).await?;
        write_private(file, &text).map_err(|source| AdminTokenError::File { file: file.display().to_string(), source })
    }

    async fn all(&self) -> Result<Vec<Object>, IdentityError> {
        let listing = self.resources.list(Query::all(resource())).await?;
        Ok(listing.page.records.iter().filter_map(|r| r.object()).collect())
    }

    async fn find(&self, name: &str) -> Result<Vec<Object>, IdentityError> {
        Ok(self.all().await?.into_iter().filter(|o| o.text(&["spec", "name"]) == name).collect())
    }

    async fn remove(&self, actor: &Actor, object: &Object) -> Result<(), IdentityError> {
        let key = Key::new(resource(), "", object.name());
        match self.resources.delete(actor, &key, &DeleteOptions::default()).await {
            Err(error) if !error.is_not_found() => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Notes that a token was used; never in the way of the request.
    pub(crate) async fn touch(&self, object: &Object, now: Timestamp) {
        let mut next = object.clone();
        next.set(&["spec", "lastUsed"], now.to_string());
        let actor = Actor::controller("identity");
        if let Err(error) = self.resources.replace(&actor, next, Subresource::None, &WriteOptions::strict()).await {
            tracing::debug!(%error, "a token's last use was not noted");
        }
    }
}

/// Whether the last use that was noted is an hour ago.
pub(crate) fn is_touch_due(object: &Object, now: Timestamp) -> bool {
    let last = Timestamp::parse(object.text(&["spec", "lastUsed"]));
    last.is_none_or(|at| now.since(at).as_secs() >= 3600)
}

/// What the administrator is.
fn admin() -> NewToken {
    NewToken { name: String::new(), user: "admin".into(), groups: vec!["system:masters".into()], expires: None }
}

/// The administrator's token could not be put in place.
#[derive(Debug, thiserror::Error)]
pub enum AdminTokenError {
    /// It could not be stored.
    #[error("the administrator's token could not be made")]
    Identity(#[from] IdentityError),
    /// Its file could not be written.
    #[error("the administrator's token could not be written to {file}")]
    File {
        /// Which file.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Writes a file that only its owner can read, whole or not at all.
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let draft = file.with_extension("new");
    // one that an earlier crash left would keep its mode
    match std::fs::remove_file(&draft) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(out, "{text}")?;
    out.sync_all()?;
    std::fs::rename(draft, file)
}

fn info(object: &Object) -> TokenInfo {
    TokenInfo {
        name: object.text(&["spec", "name"]).into(),
        user: object.text(&["spec", "user"]).into(),
        groups: texts(object.at(&["spec", "groups"])),
        created: object.created(),
        expires: Timestamp::parse(object.text(&["spec", "expires"])),
    }
}

pub(crate) fn texts(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}
