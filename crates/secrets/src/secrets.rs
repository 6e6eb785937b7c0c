//! The secrets of an environment, by path.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use causeway_core::{GroupResource, Key, Object, OwnerReference};
use causeway_resources::{Actor, DeleteOptions, Resources, Subresource, WriteOptions};
use causeway_store::Query;
use serde_json::{Value, json};

use crate::{SecretText, Vault, VaultError};

/// Annotation: the path of a secret within its environment, such as `db/payment-service`.
pub(crate) const PATH: &str = "platform.causeway.dev/path";
/// Label: the environment that a secret belongs to.
pub(crate) const ENVIRONMENT: &str = "platform.causeway.dev/environment";
/// Annotation: what `kubectl apply` sent last. The `/` in it keeps its place apart from those of values.
pub(crate) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const TRIES: usize = 20;
const VERSION: &str = "platform.causeway.dev/version";

/// Something went wrong with a secret. No message holds a value.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The path cannot be one.
    #[error(
        "{path:?} cannot be the path of a secret: use lower-case letters, digits, '-' and '.', in parts separated by '/'"
    )]
    BadPath {
        /// The path.
        path: String,
    },
    /// Its name is taken by a secret of another path.
    #[error("the secret {path:?} would be called {name:?}, which is the name of {other:?}")]
    Taken {
        /// The path.
        path: String,
        /// The name that follows from it.
        name: String,
        /// What has the name.
        other: String,
    },
    /// It could not be opened or sealed.
    #[error("the secret {name:?} cannot be opened")]
    Vault {
        /// Which.
        name: String,
        /// Why.
        #[source]
        source: VaultError,
    },
    /// It could not be read or written.
    #[error("the secret {name:?} could not be read or written")]
    Resources {
        /// Which.
        name: String,
        /// Why.
        #[source]
        source: causeway_resources::Error,
    },
}

/// An opened secret.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Its path.
    pub path: String,
    /// Its environment.
    pub environment: String,
    /// Rises with every change, from 1.
    pub version: u64,
    /// Its values.
    pub data: BTreeMap<String, SecretText>,
}

/// A secret, closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretInfo {
    /// Its path.
    pub path: String,
    /// Its environment.
    pub environment: String,
    /// Rises with every change, from 1.
    pub version: u64,
    /// The names of its values.
    pub keys: Vec<String>,
    /// The name of the Kubernetes Secret.
    pub name: String,
}

/// What is to be stored.
#[derive(Clone, Debug, Default)]
pub struct Put {
    /// Namespace.
    pub namespace: String,
    /// Environment.
    pub environment: String,
    /// Path.
    pub path: String,
    /// Values; those that are not named go.
    pub data: BTreeMap<String, SecretText>,
    /// Whose end takes the secret along.
    pub owners: Vec<OwnerReference>,
}

/// Secrets by namespace, environment and path.
#[derive(Clone)]
pub struct Secrets {
    resources: Arc<Resources>,
    vault: Arc<Vault>,
}

fn resource() -> GroupResource {
    GroupResource::new("", "secrets")
}

pub(crate) fn place(namespace: &str, name: &str, key: &str) -> String {
    format!("{namespace}/{name}/{key}")
}

/// The name of the Kubernetes Secret that stands for a path in an environment.
fn name_of(path: &str, environment: &str) -> String {
    format!("{}.{environment}", path.replace('/', "-"))
}

fn check_path(path: &str) -> Result<(), SecretError> {
    let fits = |part: &str| causeway_core::name::check_subdomain(part).is_ok();
    if !path.is_empty() && path.split('/').all(fits) { Ok(()) } else { Err(SecretError::BadPath { path: path.into() }) }
}

impl Secrets {
    /// Beside the resources, opened with the server's vault.
    pub fn new(resources: Arc<Resources>, vault: Arc<Vault>) -> Self {
        Self { resources, vault }
    }

    /// Stores a secret; answers its version. Storing the same values again changes nothing.
    pub async fn put(&self, actor: &Actor, put: &Put) -> Result<u64, SecretError> {
        check_path(&put.path)?;
        let name = name_of(&put.path, &put.environment);
        let key = Key::new(resource(), put.namespace.as_str(), name.as_str());
        for tries in 1.. {
            let old = self.resources.find(&key).and_then(|r| r.object());
            match self.put_once(actor, put, &name, old).await {
                Err(SecretError::Resources { source, .. })
                    if tries < TRIES && (source.is_conflict() || source.is_exists() || source.is_not_found()) => {}
                done => return done,
            }
        }
        Ok(0)
    }

    async fn put_once(&self, actor: &Actor, put: &Put, name: &str, old: Option<Object>) -> Result<u64, SecretError> {
        let failed = |source| SecretError::Resources { name: name.to_owned(), source };
        let Some(old) = old else {
            let made = self.resources.create(actor, described(put, name, 1), &WriteOptions::strict()).await;
            return made.map(|_| 1).map_err(failed);
        };
        let version = self.next_version(put, &old)?;
        if version_of(&old) == version && put.owners.iter().all(|o| old.owner_references().contains(o)) {
            return Ok(version);
        }
        let mut object = described(put, name, version);
        object.set(&["metadata", "resourceVersion"], old.resource_version());
        let written = self.resources.replace(actor, object, Subresource::None, &WriteOptions::strict()).await;
        written.map(|_| version).map_err(failed)
    }

    fn next_version(&self, put: &Put, old: &Object) -> Result<u64, SecretError> {
        let other = old.annotation(PATH).unwrap_or(old.name());
        if other != put.path {
            return Err(SecretError::Taken { path: put.path.clone(), name: old.name().into(), other: other.into() });
        }
        let same = self.open(old)?.data == put.data;
        Ok(version_of(old) + u64::from(!same))
    }

    /// One secret, opened.
    pub fn get(&self, namespace: &str, environment: &str, path: &str) -> Result<Option<Secret>, SecretError> {
        let key = Key::new(resource(), namespace, name_of(path, environment));
        match self.resources.find(&key).and_then(|r| r.object()) {
            Some(object) if object.annotation(PATH) == Some(path) => self.open(&object).map(Some),
            _ => Ok(None),
        }
    }

    /// The secrets of an environment (of all, where `None`), closed, by path.
    pub async fn list(&self, namespace: &str, environment: Option<&str>) -> Result<Vec<SecretInfo>, SecretError> {
        let failed = |source| SecretError::Resources { name: namespace.into(), source };
        let listing = self.resources.list(Query::all(resource()).within(namespace)).await.map_err(failed)?;
        let objects = listing.page.records.iter().filter_map(|r| r.object());
        let mut found: Vec<SecretInfo> = objects.filter_map(|o| info(&o)).collect();
        found.retain(|s| environment.is_none_or(|e| s.environment == e));
        found.sort_by(|a, b| (&a.environment, &a.path).cmp(&(&b.environment, &b.path)));
        Ok(found)
    }

    /// Removes a secret; one that is not there is fine.
    pub async fn delete(
        &self,
        actor: &Actor,
        namespace: &str,
        environment: &str,
        path: &str,
    ) -> Result<(), SecretError> {
        let name = name_of(path, environment);
        let key = Key::new(resource(), namespace, name.as_str());
        match self.resources.delete(actor, &key, &DeleteOptions::default()).await {
            Err(source) if !source.is_not_found() => Err(SecretError::Resources { name, source }),
            _ => Ok(()),
        }
    }

    /// A stored Secret with its values opened, as Kubernetes clients see it.
    pub fn reveal(&self, object: &Object) -> Result<Object, SecretError> {
        let mut open = object.clone();
        if let Some(sealed) = object.annotation(LAST_APPLIED)
            && let Ok(plain) = self.vault.open(&place(object.namespace(), object.name(), LAST_APPLIED), sealed)
        {
            open.set(&["metadata", "annotations", LAST_APPLIED], String::from_utf8_lossy(&plain).into_owned());
        }
        let Some(Value::Object(data)) = open.0.get_mut("data") else { return Ok(open) };
        for (key, value) in data.iter_mut() {
            let place = place(object.namespace(), object.name(), key);
            let plain = self.vault.open(&place, value.as_str().unwrap_or_default());
            let plain = plain.map_err(|source| SecretError::Vault { name: object.name().into(), source })?;
            *value = Value::String(STANDARD.encode(&*plain));
        }
        Ok(open)
    }

    fn open(&self, object: &Object) -> Result<Secret, SecretError> {
        let mut data = BTreeMap::new();
        for (key, value) in object.at(&["data"]).and_then(Value::as_object).into_iter().flatten() {
            let place = place(object.namespace(), object.name(), key);
            let plain = self.vault.open(&place, value.as_str().unwrap_or_default());
            let plain = plain.map_err(|source| SecretError::Vault { name: object.name().into(), source })?;
            data.insert(key.clone(), SecretText::new(String::from_utf8_lossy(&plain).into_owned()));
        }
        let path = object.annotation(PATH).unwrap_or_default().to_owned();
        let environment = object.label(ENVIRONMENT).unwrap_or_default().to_owned();
        Ok(Secret { path, environment, version: version_of(object), data })
    }
}

fn version_of(object: &Object) -> u64 {
    object.annotation(VERSION).and_then(|v| v.parse().ok()).unwrap_or(1)
}

fn info(object: &Object) -> Option<SecretInfo> {
    let data = object.at(&["data"]).and_then(Value::as_object);
    Some(SecretInfo {
        path: object.annotation(PATH)?.to_owned(),
        environment: object.label(ENVIRONMENT)?.to_owned(),
        version: version_of(object),
        keys: data.map(|d| d.keys().cloned().collect()).unwrap_or_default(),
        name: object.name().to_owned(),
    })
}

fn described(put: &Put, name: &str, version: u64) -> Object {
    let data: serde_json::Map<String, Value> =
        put.data.iter().map(|(k, v)| (k.clone(), Value::String(v.reveal().to_owned()))).collect();
    let mut object = Object::from_value(json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"namespace": put.namespace, "name": name, "labels": {ENVIRONMENT: put.environment},
            "annotations": {PATH: put.path, VERSION: version.to_string()}},
        "stringData": data,
    }))
    .unwrap_or_default();
    if !put.owners.is_empty() {
        object.set(&["metadata", "ownerReferences"], json!(put.owners));
    }
    object
}
