//! Instants as they stand in resources: RFC 3339 in UTC with whole seconds, as Kubernetes writes `metav1.Time`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An instant, written `2026-11-21T12:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// The instant now, to the second. The only place where the clock is read for a resource.
    pub fn now() -> Self {
        Self::from_second(jiff::Timestamp::now().as_second())
    }

    /// The instant `second` seconds after the epoch; out of range is the epoch.
    pub fn from_second(second: i64) -> Self {
        Self(jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::UNIX_EPOCH))
    }

    /// Seconds since the epoch.
    pub fn as_second(self) -> i64 {
        self.0.as_second()
    }

    /// How long after `earlier` this is; zero where it is not.
    pub fn since(self, earlier: Self) -> std::time::Duration {
        std::time::Duration::from_secs(u64::try_from(self.as_second() - earlier.as_second()).unwrap_or(0))
    }

    /// The instant `duration` later.
    pub fn after(self, duration: std::time::Duration) -> Self {
        Self::from_second(self.as_second().saturating_add(i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)))
    }

    /// Reads RFC 3339.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(Self)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl schemars::JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}
