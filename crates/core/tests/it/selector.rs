use causeway_core::Object;
use causeway_core::selector::{FieldSelector, LabelSelector};
use proptest::prelude::*;
use serde_json::json;

fn labelled(labels: serde_json::Value) -> Object {
    let value = json!({"metadata": {"name": "n2", "namespace": "default", "labels": labels}, "spec": {"size": "small", "n": 3}});
    Object::from_value(value).unwrap()
}

#[test]
fn selects_by_labels_as_kubernetes_does() {
    let object = labelled(json!({"odd": "1", "i": "3", "empty": "", "app.kubernetes.io/name": "web"}));
    let yes = [
        "",
        "odd=1",
        "odd==1",
        "odd!=2",
        "absent!=1",
        "odd in (0,1)",
        "odd in (1)",
        "absent notin (1)",
        "i",
        "!absent",
        "i>2",
        "i<4",
        "i gt 2",
        "empty=",
        "odd=1,i=3",
        " odd = 1 , i in ( 3 , 4 )",
        "app.kubernetes.io/name=web",
        "empty in (,x)",
    ];
    for text in yes {
        assert!(LabelSelector::parse(text).unwrap().matches(&object), "{text:?} should select it");
    }
    for text in ["odd=2", "odd!=1", "i notin (3)", "!i", "absent", "i>3", "odd>x1,", "i in (9)", "empty>1", "odd=1,i=4"]
    {
        let selected = LabelSelector::parse(text).is_ok_and(|selector| selector.matches(&object));
        assert!(!selected, "{text:?} should not select it");
    }
}

#[test]
fn refuses_label_selectors_in_the_words_of_kubernetes() {
    let said = |text: &str| LabelSelector::parse(text).unwrap_err().to_string();
    let operators = "expected: in, notin, =, ==, !=, gt, lt";
    assert_eq!(said("a b"), format!("unable to parse requirement: found 'b', {operators}"));
    assert_eq!(said("in (x)"), format!("unable to parse requirement: found '(', {operators}"));
    assert_eq!(said("a===b"), "unable to parse requirement: found '=', expected: identifier");
    assert_eq!(said("bad key=x"), format!("unable to parse requirement: found 'key', {operators}"));
    assert_eq!(said("a,"), "unable to parse requirement: found '', expected: identifier after ','");
    assert!(said("a>x").contains("for 'Gt', 'Lt' operators, the value must be an integer"));
    assert!(said("-a=x").contains("name part must consist of alphanumeric characters"));
    assert!(said("a in (x y)").contains("found 'y', expected: ',' or ')'"));
    assert!(LabelSelector::parse("i in ()").is_ok(), "a real server takes it");
}

#[test]
fn reads_the_structured_form() {
    let value = json!({
        "matchLabels": {"app": "web"},
        "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["a", "b"]},
            {"key": "old", "operator": "DoesNotExist"}
        ]
    });
    let selector = LabelSelector::from_value(&value).unwrap();
    assert_eq!(selector.to_string(), "app=web,tier in (a,b),!old");
    assert!(selector.matches(&labelled(json!({"app": "web", "tier": "b"}))));
    assert!(!selector.matches(&labelled(json!({"app": "web", "tier": "b", "old": "1"}))));
    assert!(LabelSelector::from_value(&json!({})).unwrap().is_empty());
    let wrong = json!({"matchExpressions": [{"key": "a", "operator": "Near", "values": ["x"]}]});
    assert!(LabelSelector::from_value(&wrong).unwrap_err().to_string().contains("not a valid selector operator"));
}

#[test]
fn selects_by_fields() {
    let object = labelled(json!({}));
    let selects = |text: &str| FieldSelector::parse(text).unwrap().matches(&object);
    assert!(selects(""));
    assert!(selects("metadata.name=n2"));
    assert!(selects("metadata.name==n2,metadata.namespace!=other"));
    assert!(selects("spec.n=3"));
    assert!(selects("spec.absent="));
    assert!(!selects("spec.size!=small"));
    assert!(!selects("metadata.name=n3"));
    let selector = FieldSelector::parse("metadata.name=a,spec.size!=b").unwrap();
    assert_eq!(selector.exact("metadata.name"), Some("a"));
    assert_eq!(selector.exact("spec.size"), None);
    let refused = selector.check(|field| field.starts_with("metadata.")).unwrap_err();
    assert_eq!(refused.to_string(), "field label not supported: spec.size");
}

#[test]
fn refuses_field_selectors_in_the_words_of_kubernetes() {
    let said = FieldSelector::parse("nonsense").unwrap_err().to_string();
    assert_eq!(said, "invalid selector: 'nonsense'; can't understand 'nonsense'");
    assert!(FieldSelector::parse("a=b=c").is_err());
    assert_eq!(FieldSelector::parse(r"a=b\=c\,d").unwrap().terms[0].value, "b=c,d");
    assert_eq!(FieldSelector::parse(r"a=b\=c\,d").unwrap().to_string(), r"a=b\=c\,d");
}

proptest! {
    #[test]
    fn never_panics(text in "[a-c=!<>(), inot]{0,40}") {
        let _ = FieldSelector::parse(&text);
        if let Ok(selector) = LabelSelector::parse(&text) {
            let again = LabelSelector::parse(&selector.to_string());
            prop_assert_eq!(again.unwrap(), selector);
        }
    }
}
