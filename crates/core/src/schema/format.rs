//! The `format`s of strings and numbers that are checked; others are documentation.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::{duration, name};

/// A checked format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Byte,
    Cidr,
    Date,
    DateTime,
    Duration,
    Email,
    Hostname,
    Int32,
    Int64,
    Ipv4,
    Ipv6,
    Mac,
    Uri,
    Uuid,
}

impl Format {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "byte" => Self::Byte,
            "cidr" => Self::Cidr,
            "date" => Self::Date,
            "date-time" | "datetime" => Self::DateTime,
            "duration" => Self::Duration,
            "email" => Self::Email,
            "hostname" => Self::Hostname,
            "int32" => Self::Int32,
            "int64" => Self::Int64,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "mac" => Self::Mac,
            "uri" => Self::Uri,
            "uuid" => Self::Uuid,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Byte => "byte",
            Self::Cidr => "cidr",
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::Duration => "duration",
            Self::Email => "email",
            Self::Hostname => "hostname",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Mac => "mac",
            Self::Uri => "uri",
            Self::Uuid => "uuid",
        }
    }

    /// Whether a value follows the format. Formats of strings hold of every number, and the other way round.
    pub(super) fn accepts(self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.accepts_text(text),
            Value::Number(number) => match self {
                Self::Int32 => number.as_f64().is_some_and(|n| f64::from(i32::MIN) <= n && n <= f64::from(i32::MAX)),
                Self::Int64 => {
                    number.is_i64() || number.as_f64().is_some_and(|n| n.abs() < 9_223_372_036_854_775_807.0)
                }
                _ => true,
            },
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => true,
        }
    }

    fn accepts_text(self, text: &str) -> bool {
        match self {
            Self::Int32 | Self::Int64 => true,
            Self::Byte => BASE64.is_match(text),
            Self::Cidr => text.split_once('/').is_some_and(|(address, bits)| {
                let width = if address.parse::<Ipv4Addr>().is_ok() {
                    32
                } else if address.parse::<Ipv6Addr>().is_ok() {
                    128
                } else {
                    return false;
                };
                bits.parse::<u8>().is_ok_and(|bits| bits <= width)
            }),
            Self::Date => text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok(),
            Self::DateTime => {
                matches!(text.as_bytes().get(10), Some(b'T' | b't')) && text.parse::<jiff::Timestamp>().is_ok()
            }
            Self::Duration => duration::parse(text).is_ok(),
            Self::Email => EMAIL.is_match(text),
            Self::Hostname => text.len() <= 253 && text.trim_end_matches('.').split('.').all(is_host_label),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Mac => MAC.is_match(text),
            Self::Uri => text.starts_with('/') || URI.is_match(text),
            Self::Uuid => uuid::Uuid::try_parse(text).is_ok_and(|_| matches!(text.len(), 32 | 36)),
        }
    }
}

fn is_host_label(label: &str) -> bool {
    name::check_label(&label.to_ascii_lowercase()).is_ok()
}

#[expect(clippy::unwrap_used, reason = "literal patterns, compiled in a test")]
fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap()
}

static BASE64: LazyLock<Regex> =
    LazyLock::new(|| pattern("^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"));
static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[^\s@<>()\[\],;:]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"));
static MAC: LazyLock<Regex> = LazyLock::new(|| pattern("^(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$"));
static URI: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]+$"));
