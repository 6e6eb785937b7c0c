use causeway_core::path::{FieldPath, JsonPath};
use proptest::prelude::*;
use serde_json::{Value, json};

fn sample() -> Value {
    json!({
        "metadata": {"name": "a", "labels": {"app.kubernetes.io/name": "web", "a.b": "dotted"}},
        "spec": {"replicas": 2, "on": true, "containers": [{"name": "web", "image": "x"}, {"name": "side", "image": "y"}]},
        "status": {"conditions": [{"type": "Planned", "status": "True"}, {"type": "Ready", "status": "False", "n": 7}]}
    })
}

fn text(path: &str) -> String {
    JsonPath::parse(path).unwrap().text(&sample())
}

#[test]
fn reads_printer_columns() {
    assert_eq!(text(".spec.replicas"), "2");
    assert_eq!(text("{.spec.on}"), "true");
    assert_eq!(text("$.metadata.name"), "a");
    assert_eq!(text("metadata.name"), "a");
    assert_eq!(text(r#".status.conditions[?(@.type=="Ready")].status"#), "False");
    assert_eq!(text(".status.conditions[?(@.type=='Ready')].status"), "False");
    assert_eq!(text(".status.conditions[?( @.type != 'Ready' )].type"), "Planned");
    assert_eq!(text(".status.conditions[?(@.n>6)].type"), "Ready");
    assert_eq!(text(".status.conditions[?(@.n)].type"), "Ready");
    assert_eq!(text(".metadata.labels['app.kubernetes.io/name']"), "web");
    assert_eq!(text(r".metadata.labels.app\.kubernetes\.io/name"), "web");
    assert_eq!(text(r".metadata.labels.a\.b"), "dotted");
    assert_eq!(text(".spec.containers[0].image"), "x");
    assert_eq!(text(".spec.containers[-1].image"), "y");
    assert_eq!(text(".spec.containers[*].name"), "web,side");
    assert_eq!(text(".spec.containers[0:1].name"), "web");
    assert_eq!(text("..image"), "x,y");
    assert_eq!(text(".spec.absent.deeper"), "");
    assert_eq!(text(".spec.containers[9].image"), "");
}

#[test]
fn refuses_paths_that_are_none() {
    for path in [".a[", ".a[?(", ".a[?(@.b==)]", ".a['b", ".a..", "a b[x]", ".a[?(b)]", ".a]", ".a.", "a\\"] {
        assert!(JsonPath::parse(path).is_err(), "{path:?}");
    }
    let said = JsonPath::parse(".spec[").unwrap_err().to_string();
    assert!(said.starts_with("invalid JSON path \".spec[\" at character 7: "), "{said}");
}

#[test]
fn names_the_fields_of_a_plain_path() {
    assert_eq!(JsonPath::parse(".spec.replicas").unwrap().fields(), Some(vec!["spec", "replicas"]));
    assert_eq!(JsonPath::parse(".spec[0]").unwrap().fields(), None);
}

#[test]
fn builds_field_paths_as_kubernetes_writes_them() {
    let path = FieldPath::root().child("spec").child("containers").key("web").child("ports").index(1);
    assert_eq!(path.to_string(), "spec.containers[web].ports[1]");
}

proptest! {
    #[test]
    fn never_panics(path in r#"[.a\[\]()?@='"*:0-9\\-]{0,40}"#) {
        if let Ok(path) = JsonPath::parse(&path) {
            path.text(&sample());
        }
    }
}
