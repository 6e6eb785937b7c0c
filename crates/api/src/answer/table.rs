//! `meta.k8s.io/v1` tables, from the columns of a kind's definition.

use causeway_core::path::JsonPath;
use causeway_core::{Column, Timestamp, Version};
use serde_json::{Value, json};

/// Column headings: the name, then the kind's own.
pub fn headings(version: &Version) -> Value {
    let name = json!({"name": "Name", "type": "string", "format": "name", "priority": 0,
        "description": "Unique within kind and namespace."});
    let own = columns(version).into_iter().map(
        |c| json!({"name": c.name, "type": c.kind, "format": "", "priority": c.priority, "description": c.description}),
    );
    Value::Array(std::iter::once(name).chain(own).collect())
}

fn columns(version: &Version) -> Vec<Column> {
    if version.columns.is_empty() { vec![Column::age()] } else { version.columns.clone() }
}

/// What part of the object a row carries along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Include {
    /// Its metadata.
    #[default]
    Metadata,
    /// All of it.
    Object,
    /// Nothing.
    None,
}

/// Makes the rows of one version.
pub struct Rows {
    columns: Vec<(Column, Option<JsonPath>)>,
    now: Timestamp,
    include: Include,
}

impl Rows {
    /// For a version; ages are said as of `now`.
    pub fn new(version: &Version, include: Include, now: Timestamp) -> Self {
        let columns = columns(version).into_iter().map(|c| {
            let path = JsonPath::parse(&c.path).ok();
            (c, path)
        });
        Self { columns: columns.collect(), now, include }
    }

    /// A row.
    pub fn row(&self, object: &Value) -> Value {
        let name = object.pointer("/metadata/name").cloned().unwrap_or(Value::Null);
        let cells = self.columns.iter().map(|(column, path)| self.cell(column, path.as_ref(), object));
        let cells: Vec<Value> = std::iter::once(name).chain(cells).collect();
        let carried = match self.include {
            Include::Metadata => partial(object),
            Include::Object => object.clone(),
            Include::None => Value::Null,
        };
        json!({"cells": cells, "object": carried})
    }

    fn cell(&self, column: &Column, path: Option<&JsonPath>, object: &Value) -> Value {
        let Some(path) = path else { return Value::Null };
        let found = path.first(object);
        match (column.kind.as_str(), found) {
            ("date", Some(value)) => match value.as_str().and_then(Timestamp::parse) {
                Some(at) => age(self.now.since(at).as_secs()).into(),
                None => "<unknown>".into(),
            },
            ("date", None) => "<unknown>".into(),
            (_, None) => Value::Null,
            ("integer", Some(value)) => value.as_i64().map_or(Value::Null, Value::from),
            ("number", Some(value)) => value.as_f64().map_or(Value::Null, Value::from),
            ("boolean", Some(value)) => value.as_bool().map_or(Value::Null, Value::from),
            (_, Some(_)) => path.text(object).into(),
        }
    }
}

/// An object's metadata alone.
pub fn partial(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object.get("metadata")})
}

/// Kubernetes' short durations (`duration.HumanDuration`).
fn age(seconds: u64) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    const YEAR: u64 = 365 * DAY;
    let two = |big: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{big}{unit}"),
        small => format!("{big}{unit}{small}{small_unit}"),
    };
    match seconds {
        s if s < 2 * MINUTE => format!("{s}s"),
        s if s < 10 * MINUTE => two(s / MINUTE, "m", s % MINUTE, "s"),
        s if s < 3 * HOUR => format!("{}m", s / MINUTE),
        s if s < 8 * HOUR => two(s / HOUR, "h", s % HOUR / MINUTE, "m"),
        s if s < 2 * DAY => format!("{}h", s / HOUR),
        s if s < 8 * DAY => two(s / DAY, "d", s % DAY / HOUR, "h"),
        s if s < 2 * YEAR => format!("{}d", s / DAY),
        s if s < 8 * YEAR => two(s / YEAR, "y", s % YEAR / DAY, "d"),
        s => format!("{}y", s / YEAR),
    }
}

#[cfg(test)]
mod tests {
    use super::age;

    #[test]
    fn says_ages_as_kubernetes_does() {
        let cases = [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (125, "2m5s"),
            (3600, "60m"),
            (10_800, "3h"),
            (11_000, "3h3m"),
            (172_800, "2d"),
        ];
        for (seconds, wanted) in cases {
            assert_eq!(age(seconds), wanted, "{seconds}");
        }
    }
}
