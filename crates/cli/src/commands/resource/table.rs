//! Tables as the server makes them (`meta.k8s.io/v1` `Table`).

use serde::Deserialize;
use serde_json::Value;

use crate::output::{cell, columns};

/// What a server says of several objects, in columns.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Table {
    column_definitions: Vec<Column>,
    pub(crate) rows: Vec<Row>,
    metadata: ListMetadata,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Column {
    name: String,
    priority: i32,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Row {
    cells: Vec<Value>,
    object: Value,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ListMetadata {
    #[serde(rename = "continue")]
    next: String,
}

impl Table {
    /// Where the next page begins.
    pub(crate) fn next(&self) -> Option<&str> {
        Some(self.metadata.next.as_str()).filter(|next| !next.is_empty())
    }

    /// With the rows of the next page.
    pub(crate) fn extend(&mut self, page: Self) {
        self.rows.extend(page.rows);
        self.metadata = page.metadata;
        if self.column_definitions.is_empty() {
            self.column_definitions = page.column_definitions;
        }
    }

    /// The text. `prefix` goes before each name, where several kinds are shown.
    pub(crate) fn render(&self, wide: bool, with_namespace: bool, prefix: &str) -> String {
        let shown: Vec<usize> =
            (0..self.column_definitions.len()).filter(|i| wide || self.column_definitions[*i].priority == 0).collect();
        let heading = shown.iter().map(|i| self.column_definitions[*i].name.to_uppercase());
        let heading = with_namespace.then(|| "NAMESPACE".to_owned()).into_iter().chain(heading).collect();
        let mut lines: Vec<Vec<String>> = vec![heading];
        for row in &self.rows {
            let namespace =
                row.object.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default().to_owned();
            let cells = shown.iter().map(|i| {
                let text = cell(row.cells.get(*i).unwrap_or(&Value::Null));
                if *i == 0 { format!("{prefix}{text}") } else { text }
            });
            lines.push(with_namespace.then_some(namespace).into_iter().chain(cells).collect());
        }
        columns(&lines)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::Table;

    #[test]
    fn shows_columns_of_low_priority_only_when_asked_to() {
        let table = Table::deserialize(json!({
            "columnDefinitions": [{"name": "Name", "priority": 0}, {"name": "Ready", "priority": 0}, {"name": "Owner", "priority": 1}],
            "rows": [{"cells": ["a", "True", "team-a"], "object": {"metadata": {"namespace": "default"}}}, {"cells": ["b", null, ""], "object": {"metadata": {"namespace": "x"}}}],
        })).unwrap();
        insta::assert_snapshot!(table.render(false, false, ""), @r"
        NAME   READY
        a      True
        b      <none>
        ");
        insta::assert_snapshot!(table.render(true, true, "claim/"), @r"
        NAMESPACE   NAME      READY    OWNER
        default     claim/a   True     team-a
        x           claim/b   <none>   <none>
        ");
    }
}
