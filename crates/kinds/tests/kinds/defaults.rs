//! What exists after the first start is valid, complete, and not changed by being written again.

use causeway_core::Object;
use causeway_kinds::defaults;

use crate::admission::Admission;

fn names() -> Vec<String> {
    let name = |object: &Object| format!("{}/{}", object.kind(), object.name());
    defaults::objects().iter().map(name).collect()
}

#[test]
fn they_are_these() {
    insta::assert_snapshot!(names().join("\n"));
}

#[test]
fn they_are_admitted_and_already_in_the_form_in_which_they_are_stored() {
    let admission = Admission::shared();
    for object in defaults::objects() {
        let value = object.into_value();
        let admitted = admission.admit(&value, None).unwrap_or_else(|errors| panic!("{errors:#?}\n{value:#}"));
        // A namespace is told its phase and its label; everything else says all there is.
        if admitted.kind() != "Namespace" {
            assert_eq!(admitted.clone().into_value(), value);
        }
        assert!(admission.admit(&value, Some(&admitted.into_value())).is_ok());
    }
}

#[test]
fn they_are_the_same_each_time_and_no_two_are_one() {
    assert_eq!(defaults::objects(), defaults::objects());
    let mut names = names();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn what_is_bound_and_made_is_there() {
    let names = names();
    for object in defaults::objects() {
        let needed = match object.kind() {
            "ClusterRoleBinding" => format!("ClusterRole/{}", object.text(&["roleRef", "name"])),
            "Recipe" => format!("ResourceType/{}", object.text(&["spec", "resourceType"])),
            "Environment" => format!("Cluster/{}", object.text(&["spec", "cluster"])),
            _ => continue,
        };
        assert!(names.contains(&needed), "{} needs {needed}", object.name());
    }
}

#[test]
fn viewers_see_no_secrets() {
    let objects = defaults::objects();
    let role = |name: &str| objects.iter().find(|object| object.kind() == "ClusterRole" && object.name() == name);
    let mentions_secrets =
        |name: &str| role(name).expect("there").at(&["rules"]).expect("rules").to_string().contains("\"secrets\"");
    assert!(!mentions_secrets("view"));
    assert!(mentions_secrets("edit"));
}
