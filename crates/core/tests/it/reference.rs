use causeway_core::reference::{EntityRef, ReferenceError};

fn parts(text: &str) -> (String, String, String) {
    let reference = EntityRef::parse(text, "Component", "default").unwrap();
    (reference.kind, reference.namespace, reference.name)
}

#[test]
fn fills_in_what_was_left_out() {
    let all = |k: &str, ns: &str, n: &str| (k.to_owned(), ns.to_owned(), n.to_owned());
    assert_eq!(parts("a"), all("Component", "default", "a"));
    assert_eq!(parts("API:a"), all("API", "default", "a"));
    assert_eq!(parts("ns/a"), all("Component", "ns", "a"));
    assert_eq!(parts("group:ns/a"), all("group", "ns", "a"));
    // A colon after the slash belongs to the name.
    assert_eq!(parts("ns/a:b"), all("Component", "ns", "a:b"));
    assert_eq!(parts("k:ns/a/b"), all("k", "ns", "a/b"));
    assert_eq!(parts("k:a:b"), all("k", "default", "a:b"));
}

#[test]
fn refuses_empty_parts_and_missing_kinds() {
    for text in ["", ":a", "a:", "/a", "ns/", "k:/a", "k:ns/"] {
        assert!(matches!(EntityRef::parse(text, "K", "ns"), Err(ReferenceError::Malformed { .. })), "{text:?}");
    }
    assert!(matches!(EntityRef::parse("a", "", "ns"), Err(ReferenceError::NoKind { .. })));
    assert!(matches!(EntityRef::parse("k:a", "", ""), Err(ReferenceError::NoNamespace { .. })));
}

#[test]
fn is_the_same_in_either_case_and_keeps_what_was_written() {
    let one = EntityRef::parse("API:Default/PetStore", "", "").unwrap();
    let other = EntityRef::parse("api:default/petstore", "", "").unwrap();
    assert_eq!(one, other);
    assert_eq!(std::collections::HashSet::from([one.clone(), other]).len(), 1);
    assert_eq!(one.to_string(), "API:Default/PetStore");
    assert_eq!(one.canonical(), "api:default/petstore");
}

#[test]
fn is_shown_as_short_as_its_place_allows() {
    let reference = EntityRef::new("Group", "default", "team-a");
    assert_eq!(reference.humanise("group", "default"), "team-a");
    assert_eq!(reference.humanise("user", "default"), "group:team-a");
    assert_eq!(reference.humanise("Group", "other"), "default/team-a");
}
