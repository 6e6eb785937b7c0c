//! Who holds something that only one may hold, and until when.

use causeway_core::{Column, Definition};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Body, Flat};
use crate::definition::{flat, with_age};
use crate::hint::is_unset;
use crate::kind::Kind;

/// The fields of a lease.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LeaseBody {
    /// Who holds it.
    #[serde(skip_serializing_if = "is_unset")]
    pub spec: LeaseSpec,
}

/// Who holds a lease. Times are RFC 3339 with microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct LeaseSpec {
    /// The holder.
    #[serde(skip_serializing_if = "is_unset")]
    pub holder_identity: String,
    /// For how long after `renewTime` nobody else may take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub lease_duration_seconds: Option<i32>,
    /// When the holder took it.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("format" = "date-time"))]
    pub acquire_time: String,
    /// When the holder last said that it still holds it.
    #[serde(skip_serializing_if = "is_unset")]
    #[schemars(extend("format" = "date-time"))]
    pub renew_time: String,
    /// How often it changed hands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub lease_transitions: Option<i32>,
    /// The strategy of a coordinated election.
    #[serde(skip_serializing_if = "is_unset")]
    pub strategy: String,
    /// Who should hold it.
    #[serde(skip_serializing_if = "is_unset")]
    pub preferred_holder: String,
}

impl Body for LeaseBody {
    const API_VERSION: &'static str = "coordination.k8s.io/v1";
    const KIND: &'static str = "Lease";
    const PLURAL: &'static str = "leases";
}

/// A lease.
pub type Lease = Flat<LeaseBody>;

pub(crate) fn kind() -> Kind {
    Kind::new(definition())
}

fn definition() -> Definition {
    let columns = vec![Column::text("Holder", ".spec.holderIdentity")];
    flat::<LeaseBody>("Who holds something that only one may hold, and until when.", with_age(columns))
}
