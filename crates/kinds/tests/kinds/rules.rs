//! Rules of single kinds that golden documents cannot show.

use causeway_core::Object;
use causeway_kinds::deployment::Deployment;
use causeway_kinds::repository::check_branch;
use causeway_kinds::workload::ContainerQuantities;
use causeway_kinds::{builtin, normalise_type};
use serde_json::{Value, json};

use crate::admission::Admission;

fn platform(kind: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "platform.causeway.dev/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        "spec": spec,
    })
}

#[test]
fn postgresql_is_postgres_however_it_is_written() {
    assert_eq!(normalise_type("postgresql"), "postgres");
    assert_eq!(normalise_type("PostgreSQL"), "postgres");
    assert_eq!(normalise_type("mysql"), "mysql");
    let admission = Admission::shared();
    let claim = platform("Claim", "db-a.dev", json!({"type": "postgresql", "environment": "dev", "tier": "small"}));
    let stored = admission.admit(&claim, None).expect("admitted");
    assert_eq!(stored.spec(), &json!({"type": "postgres", "environment": "dev", "size": "small"}));
}

#[test]
fn a_field_given_under_two_names_is_refused() {
    let claim = platform(
        "Claim",
        "db-a.dev",
        json!({"type": "postgres", "environment": "dev", "tier": "small", "size": "large"}),
    );
    let errors = Admission::shared().admit(&claim, None).expect_err("refused");
    assert!(errors.iter().any(|error| error.contains("tier")), "{errors:?}");
}

#[test]
fn an_application_gets_its_defaults() {
    let application = platform("Application", "a", json!({"language": "go"}));
    let stored = Admission::shared().admit(&application, None).expect("admitted");
    let expected = json!({
        "language": "go",
        "environment": "dev",
        "deployment": {"replicas": 2},
        "delivery": {"ci": true, "cd": true},
        "observability": {"logging": true, "metrics": true, "tracing": true},
    });
    assert_eq!(stored.spec(), &expected);
}

#[test]
fn a_repository_needs_no_spec() {
    let mut repository = platform("Repository", "a", json!({}));
    repository.as_object_mut().expect("an object").shift_remove("spec");
    let stored = Admission::shared().admit(&repository, None).expect("admitted");
    assert_eq!(stored.spec(), &json!({"defaultBranch": "main", "visibility": "private"}));
}

#[test]
fn a_quantity_may_be_written_as_a_number() {
    let spec = json!({"workload": "a", "environment": "dev", "resources": {"cpu": 2, "memory": "1Gi"}});
    let stored = Admission::shared().admit(&platform("Deployment", "a.dev", spec), None).expect("admitted");
    let resources = Deployment::from_object(&stored).expect("typed").spec.resources;
    assert_eq!(resources.cpu.expect("given").as_millis(), 2000);
    assert_eq!(resources.memory.expect("given").as_units(), 1 << 30);
}

#[test]
fn quantities_of_score_are_counted_as_kubernetes_does() {
    let compute = ContainerQuantities { cpu: "0.5".into(), memory: "512K".into() }.to_compute();
    assert_eq!(compute.cpu.expect("given").as_millis(), 500);
    assert_eq!(compute.memory.expect("given").as_units(), 512_000);
}

#[test]
fn what_is_written_as_text_into_a_secret_is_stored_in_base64() {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "default"},
        "data": {"user": "YQ=="}, "stringData": {"password": "b"},
    });
    let stored = Admission::shared().admit(&secret, None).expect("admitted");
    assert_eq!(stored.at(&["data"]), Some(&json!({"user": "YQ==", "password": "Yg=="})));
    assert_eq!(stored.at(&["stringData"]), None);
    assert_eq!(stored.text(&["type"]), "Opaque");
}

#[test]
fn a_namespace_always_carries_its_name_as_a_label() {
    let metadata = json!({"name": "a", "labels": {"kubernetes.io/metadata.name": "b", "team": "c"}});
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata});
    let stored = Admission::shared().admit(&namespace, None).expect("admitted");
    assert_eq!(stored.label("kubernetes.io/metadata.name"), Some("a"));
    assert_eq!(stored.label("team"), Some("c"));
}

#[test]
fn branches_are_named_as_git_allows() {
    for name in ["main", "release/1.0", "feature/a-b_c", "v1.x"] {
        assert_eq!(check_branch(name), Ok(()), "{name}");
    }
    for name in [
        "", "-a", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b", "/a", "a/", "a//b", ".a", "a/.b",
        "a.lock", "a.", "@", "a@{1}", "HEAD",
    ] {
        assert!(check_branch(name).is_err(), "{name}");
    }
}

#[test]
fn language_is_settled_once_there_is_code() {
    let admission = Admission::shared();
    let wanted = platform("Application", "a", json!({"language": "rust"}));
    let mut stored = platform("Application", "a", json!({"language": "rustt"}));
    assert!(admission.admit(&wanted, Some(&stored)).is_ok());
    stored["status"] = json!({"repository": "a"});
    let errors = admission.admit(&wanted, Some(&stored)).expect_err("refused");
    assert_eq!(errors, [r#"spec.language: Invalid value: "rust": field is immutable"#]);
}

#[test]
fn normalising_takes_whatever_it_is_given() {
    let shapes = [json!(null), json!(1), json!("a"), json!([]), json!([1, null]), json!({"a": 1}), json!({"a": [{}]})];
    for kind in builtin() {
        for field in ["metadata", "spec", "status", "data", "stringData", "roleRef", "subjects", "rules"] {
            for shape in &shapes {
                let mut object = Object::default();
                object.0.insert("kind".into(), kind.definition.kind.clone().into());
                object.0.insert(field.into(), shape.clone());
                (kind.normalise)(&mut object);
                (kind.validate)(&object, Some(&object.clone()));
            }
        }
        for field in ["containers", "resources", "infrastructure", "databases", "type", "nodePools", "aliases"] {
            for shape in &shapes {
                let mut object = Object::default();
                object.set(&["spec", field], shape.clone());
                (kind.normalise)(&mut object);
                (kind.validate)(&object, Some(&object.clone()));
            }
        }
    }
}
