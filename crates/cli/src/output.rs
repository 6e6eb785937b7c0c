//! Forms in which data is printed.

use causeway_core::yaml;
use clap::ValueEnum;
use serde_json::Value;

/// `-o` of commands that print objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns, for people
    #[default]
    Table,
    /// More columns
    Wide,
    /// YAML
    Yaml,
    /// JSON
    Json,
    /// `kind/name`, a line each
    Name,
}

/// `-o` of commands that print for people, or for scripts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Style {
    /// For people
    #[default]
    Text,
    /// For scripts
    Json,
}

/// JSON as it is printed.
pub(crate) fn json(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// YAML without managed fields, which people rarely want to see.
pub(crate) fn yaml(value: &Value) -> String {
    yaml::to_yaml(value)
}

/// Columns of text, three blanks apart, as `kubectl` prints them. The first row is the heading.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("   ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A cell of a server's table.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => "<none>".to_owned(),
        Value::String(text) if text.is_empty() => "<none>".to_owned(),
        // what others wrote must not move the cursor
        Value::String(text) => text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        other => other.to_string(),
    }
}

/// How long something took: `0.4s`, `12s`, `3m05s`.
pub(crate) fn elapsed(duration: std::time::Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1}s", duration.as_secs_f64()),
        10..60 => format!("{seconds}s"),
        60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{columns, elapsed};

    #[test]
    fn aligns_columns_by_their_widest_cell() {
        let rows = [["NAME", "READY"], ["payment-service", "True"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(columns(&rows), "NAME              READY\npayment-service   True");
    }

    #[test]
    fn says_how_long_in_as_few_letters_as_are_useful() {
        let said = [400, 9_990, 12_700, 185_000, 3_700_000].map(|ms| elapsed(Duration::from_millis(ms)));
        assert_eq!(said, ["0.4s", "10.0s", "12s", "3m05s", "1h01m"]);
    }
}
