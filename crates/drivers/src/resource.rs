//! Drivers of claims.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use causeway_secrets::SecretText;
use serde_json::{Map, Value};

use crate::DriverError;

/// What a driver is asked to do, with everything that it needs to know.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The same for every repetition of the same wish.
    pub op_id: String,
    /// Namespace of the claim.
    pub namespace: String,
    /// Environment of the claim.
    pub environment: String,
    /// Name of the claim, such as `db-payment-service.dev`.
    pub claim: String,
    /// What the thing is for, such as `payment-service`; drivers derive names from it.
    pub purpose: String,
    /// Unique for the claim, over deletion and re-creation; drivers may use it to tell namesakes apart.
    pub uid: String,
    /// The type's name.
    pub resource_type: String,
    /// The size asked for.
    pub size: String,
    /// The version asked for, or empty.
    pub version: String,
    /// Parameters of the claim.
    pub parameters: Map<String, Value>,
    /// Inputs of the recipe, those of the size laid over them.
    pub inputs: Map<String, Value>,
    /// Names that were derived before anything was made.
    pub handle: Map<String, Value>,
    /// Outputs that are known already, secret ones among them: a password is made once and kept.
    pub known: BTreeMap<String, SecretText>,
}

/// One output of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// May be shown.
    Plain(String),
    /// Goes into the secret alone.
    Secret(SecretText),
}

impl Output {
    /// The text; whoever calls this answers for where it goes.
    pub fn reveal(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Secret(text) => text.reveal(),
        }
    }
}

/// What an apply left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Outputs by name.
    pub outputs: BTreeMap<String, Output>,
}

/// What is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// Nothing of it.
    Absent,
    /// All of it, as it was asked for.
    Present,
    /// Something else than was asked for: field, wanted, found.
    Drifted(Vec<(String, String, String)>),
}

/// Makes, watches and destroys resources of some types.
#[async_trait]
pub trait ResourceDriver: Send + Sync + 'static {
    /// The name that recipes use.
    fn name(&self) -> &'static str;

    /// Refuses inputs that can never work.
    fn validate(&self, operation: &Operation) -> Result<(), DriverError>;

    /// The names under which everything will be made; recorded before [`Self::apply`].
    fn derive(&self, operation: &Operation) -> Map<String, Value>;

    /// Makes it, or brings it in line; repeatable.
    async fn apply(&self, operation: &Operation) -> Result<Applied, DriverError>;

    /// Looks.
    async fn observe(&self, operation: &Operation) -> Result<Observed, DriverError>;

    /// Takes it away with all data; repeatable, and content where nothing is there.
    async fn destroy(&self, operation: &Operation) -> Result<(), DriverError>;

    /// Handles of everything that this driver ever made and that is still there, to find what no claim owns.
    async fn inventory(&self) -> Result<Vec<Map<String, Value>>, DriverError>;
}

/// The drivers of one server.
#[derive(Clone, Default)]
pub struct ResourceDrivers {
    drivers: Vec<Arc<dyn ResourceDriver>>,
}

impl ResourceDrivers {
    /// From a list.
    pub fn new(drivers: Vec<Arc<dyn ResourceDriver>>) -> Self {
        Self { drivers }
    }

    /// One by name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn ResourceDriver>> {
        self.drivers.iter().find(|d| d.name() == name)
    }

    /// All names.
    pub fn names(&self) -> Vec<&'static str> {
        self.drivers.iter().map(|d| d.name()).collect()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn ResourceDriver>> {
        self.drivers.iter()
    }
}
