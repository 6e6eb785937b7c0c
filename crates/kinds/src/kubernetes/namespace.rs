//! A room for resources: names are unique within it, and permission is given for it.

use causeway_core::name::NameRule;
use causeway_core::{Column, Condition, Definition, Object, Resource, Scope, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::definition::{strings, with_age, with_status};
use crate::hint::is_unset;
use crate::kind::Kind;
use crate::status::with_conditions;

/// The label by which a namespace is selected by name.
pub const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// What must be gone before the namespace is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct NamespaceSpec {
    /// Who must finish before the namespace goes.
    #[serde(skip_serializing_if = "is_unset")]
    pub finalizers: Vec<String>,
}

/// Whether it can be used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct NamespaceStatus {
    /// Whether things can be made in it.
    pub phase: NamespacePhase,
    /// What is known, such as what keeps it from going.
    #[serde(skip_serializing_if = "is_unset")]
    pub conditions: Vec<Condition>,
}

/// Whether things can be made in a namespace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum NamespacePhase {
    /// They can.
    #[default]
    Active,
    /// They cannot: it is being emptied.
    Terminating,
}

with_conditions!(NamespaceStatus);

impl Spec for NamespaceSpec {
    type Status = NamespaceStatus;
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Namespace";
    const PLURAL: &'static str = "namespaces";
}

/// A namespace.
pub type Namespace = Resource<NamespaceSpec>;

const DESCRIPTION: &str = "A room for resources: names are unique within it, and permission is given for it.";

pub(crate) fn kind() -> Kind {
    Kind::new(definition()).normalised_by(normalise)
}

fn definition() -> Definition {
    let columns = vec![Column::text("Status", ".status.phase")];
    Definition {
        short_names: strings(&["ns"]),
        categories: Vec::new(),
        scope: Scope::Cluster,
        names: NameRule::DnsLabel,
        selectable_fields: strings(&["status.phase"]),
        generation: false,
        ..with_status::<NamespaceSpec>(DESCRIPTION, with_age(columns))
    }
}

/// The label is there whatever a client sends, so that selecting by it can be relied on.
fn normalise(object: &mut Object) {
    let name = object.name().to_owned();
    if !name.is_empty() {
        object.set(&["metadata", "labels", NAME_LABEL], name);
    }
}
