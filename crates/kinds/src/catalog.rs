//! The kinds of the catalog, as Backstage defines them: what there is, who owns it, and how it hangs together.
//!
//! Nothing reconciles them; an entity is what it says. Their metadata and their specs are open: fields that are not known
//! here are kept as they are. Relations, and the status that Backstage computes, are an index over entities and stand in
//! none of them.

pub mod api;
pub mod component;
pub mod domain;
pub mod group;
pub mod location;
pub mod resource;
pub mod system;
pub mod template;
pub mod user;

mod entity;

use causeway_core::Spec;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hint::is_unset;

/// Group of the catalog's kinds.
pub const GROUP: &str = "backstage.io";
/// `apiVersion` in which the catalog's kinds are stored.
pub const API_VERSION: &str = "backstage.io/v1alpha1";

/// Entities have no status of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoStatus {}

/// How people see a group or a user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Profile {
    /// A name for people.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub display_name: String,
    /// Where mail reaches them.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub email: String,
    /// Address of a picture.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(length(min = 1))]
    pub picture: String,
    /// Whatever else is said.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, serde_json::Value>,
}

/// A spec of the catalog, and the kinds that its references mean where they do not say so.
pub(crate) trait EntitySpec: Spec + JsonSchema {
    /// Fields that hold references, each with the kind that is meant where the reference names none; empty where it has to.
    const REFERENCES: &'static [(&'static str, &'static str)];
}
