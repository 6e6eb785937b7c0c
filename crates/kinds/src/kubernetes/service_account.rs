//! An identity for programs.

use causeway_core::Definition;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Body, Flat};
use crate::definition::{flat, strings, with_age};
use crate::hint::is_unset;
use crate::kind::Kind;
use crate::reference::ObjectReference;

/// The fields of a service account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceAccountBody {
    /// Secrets that programs with this identity may use.
    #[serde(skip_serializing_if = "is_unset")]
    pub secrets: Vec<ObjectReference>,
    /// Secrets with which images are fetched.
    #[serde(skip_serializing_if = "is_unset")]
    pub image_pull_secrets: Vec<LocalReference>,
    /// Whether programs get a token without asking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automount_service_account_token: Option<bool>,
}

/// An object of the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LocalReference {
    /// Its name.
    #[serde(skip_serializing_if = "is_unset")]
    pub name: String,
}

impl Body for ServiceAccountBody {
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "ServiceAccount";
    const PLURAL: &'static str = "serviceaccounts";
}

/// A service account.
pub type ServiceAccount = Flat<ServiceAccountBody>;

pub(crate) fn kind() -> Kind {
    Kind::new(definition())
}

fn definition() -> Definition {
    Definition {
        short_names: strings(&["sa"]),
        ..flat::<ServiceAccountBody>("An identity for programs.", with_age(Vec::new()))
    }
}
