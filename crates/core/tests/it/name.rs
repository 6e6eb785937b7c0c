use causeway_core::name::{self, NameRule};

fn accepts(rule: NameRule, names: &[&str]) {
    for name in names {
        assert_eq!(rule.check(name), Ok(()), "{rule:?} should accept {name:?}");
    }
}

fn refuses(rule: NameRule, names: &[&str]) {
    for name in names {
        assert!(rule.check(name).is_err(), "{rule:?} should refuse {name:?}");
    }
}

#[test]
fn takes_and_refuses_names_as_kubernetes_does() {
    let (long, label, longer) = ("a".repeat(253), "a".repeat(63), "a".repeat(254));
    accepts(NameRule::DnsSubdomain, &["a", "0", "a-b.c", "db-payment-service.dev", &long]);
    refuses(NameRule::DnsSubdomain, &["", "-a", "a-", "A", "a_b", "a..b", ".a", "a.", "a/b", "é", &longer]);
    accepts(NameRule::DnsLabel, &["a", "a-1", &label]);
    refuses(NameRule::DnsLabel, &["", "a.b", "-a", "A", &"a".repeat(64)]);
    accepts(NameRule::PathSegment, &["system:node", "a b", "UPPER", "x:y.z"]);
    refuses(NameRule::PathSegment, &[".", "..", "a/b", "100%"]);
}

#[test]
fn says_what_is_allowed_in_the_words_of_kubernetes() {
    let message = NameRule::DnsSubdomain.check("UPPER").unwrap_err();
    assert_eq!(
        message,
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and \
         end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
         '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    );
    assert_eq!(NameRule::DnsLabel.check(&"a".repeat(64)).unwrap_err(), "must be no more than 63 bytes");
    assert_eq!(NameRule::PathSegment.check("a/b").unwrap_err(), "may not contain '/'");
}

#[test]
fn takes_backstage_names_in_either_case_and_compares_them_without() {
    accepts(NameRule::Backstage, &["Payment_Service.v2", "a", "7", "A-b"]);
    refuses(NameRule::Backstage, &["", "-a", "a-", "a b", "a:b", "${{ values.name }}", &"x".repeat(64)]);
    assert!(NameRule::Backstage.same("Petstore", "petstore"));
    assert!(!NameRule::PathSegment.same("Admin", "admin"));
    assert_eq!(NameRule::Backstage.fold("PetStore"), "petstore");
}

#[test]
fn checks_label_keys_and_values() {
    for key in ["app", "app.kubernetes.io/name", "a/b", "A_b.c", "platform.causeway.dev/path"] {
        assert_eq!(name::check_label_key(key), Ok(()), "{key}");
    }
    for key in ["", "/a", "a/", "a/b/c", "-a", "Upper.com/a", "a b", &format!("a/{}", "x".repeat(64))] {
        assert!(name::check_label_key(key).is_err(), "{key}");
    }
    assert_eq!(name::check_label_key("/a").unwrap_err(), "prefix part must be non-empty");
    assert_eq!(name::check_label_key("a/").unwrap_err(), "name part must be non-empty");
    assert_eq!(name::check_annotation_key("Example.com/A"), Ok(()));
    for value in ["", "a", "A.b_c-1"] {
        assert_eq!(name::check_label_value(value), Ok(()), "{value}");
    }
    for value in ["a b", "-", "a/b", &"x".repeat(64)] {
        assert!(name::check_label_value(value).is_err(), "{value}");
    }
}

#[test]
fn checks_tags_and_kinds_of_the_catalog() {
    for tag in ["java", "c++", "c#", "a-b", "x:y"] {
        assert_eq!(name::check_tag(tag), Ok(()), "{tag}");
    }
    for tag in ["", "Java", "a b", "a_b", "-a", "a--b", &"x".repeat(64)] {
        assert!(name::check_tag(tag).is_err(), "{tag}");
    }
    assert_eq!(name::check_kind("Component"), Ok(()));
    for kind in ["", "1a", "a-b", "A b"] {
        assert!(name::check_kind(kind).is_err(), "{kind}");
    }
}
