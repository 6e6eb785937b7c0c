//! What `kubectl get` shows of each kind.

use causeway_core::path::JsonPath;
use causeway_kinds::builtin;

#[test]
fn headings_are_these() {
    let table: Vec<String> = builtin()
        .iter()
        .map(|kind| {
            let columns = &kind.definition.storage_version().columns;
            let heading = |wide: bool| {
                let shown = columns.iter().filter(|column| (column.priority > 0) == wide);
                shown.map(|column| column.name.to_uppercase().replace(' ', "-")).collect::<Vec<_>>().join(" ")
            };
            format!("{}: {} | {}", kind.definition.resource(), heading(false), heading(true))
        })
        .collect();
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn every_path_can_be_read() {
    for definition in builtin().into_iter().map(|kind| kind.definition) {
        for column in &definition.storage_version().columns {
            JsonPath::parse(&column.path)
                .unwrap_or_else(|error| panic!("{}: {}: {error}", definition.kind, column.path));
        }
    }
}

#[test]
fn every_reconciled_kind_shows_whether_it_is_ready_and_why() {
    for definition in builtin().into_iter().map(|kind| kind.definition).filter(|d| d.reconciled && !d.group.is_empty())
    {
        let names: Vec<&str> = definition.storage_version().columns.iter().map(|column| column.name.as_str()).collect();
        assert!(names.ends_with(&["Ready", "Reason", "Age"]), "{}: {names:?}", definition.kind);
    }
}
