//! Processor and memory, as they are asked for.

use causeway_core::quantity::Quantity;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much of the machine one replica may use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ComputeResources {
    /// Processor time, as a quantity of cores: `500m` is half a core.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Quantity>,
    /// Memory, as a quantity of bytes: `512Mi`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Quantity>,
}
