use causeway_core::yaml::{self, Options};
use proptest::prelude::*;
use serde_json::{Value, json};

fn kube(text: &str) -> Value {
    yaml::parse_one(text, &Options::kubernetes()).unwrap().value
}

fn core(text: &str) -> Value {
    yaml::parse_one(text, &Options::core()).unwrap().value
}

fn problem(text: &str) -> String {
    yaml::parse(text, &Options::kubernetes()).unwrap_err().to_string()
}

/// What `kubectl label --local -o json` answers for `v: …`.
#[test]
fn reads_plain_scalars_as_kubectl_does() {
    let cases = [
        ("yes", json!(true)),
        ("off", json!(false)),
        ("y", json!(true)),
        ("Yes", json!(true)),
        ("True", json!(true)),
        ("010", json!(8)),
        ("0755", json!(493)),
        ("08", json!(8)),
        ("0o10", json!(8)),
        ("0O17", json!(15)),
        ("-0o7", json!(-7)),
        ("1_000", json!(1000)),
        ("1__0", json!(10)),
        ("1_0.5", json!(10.5)),
        ("0x1F", json!(31)),
        ("-0x1F", json!(-31)),
        ("0b11", json!(3)),
        ("0b12", json!("0b12")),
        ("1e3", json!(1000)),
        ("12e03", json!(12000)),
        (".5", json!(0.5)),
        ("-.5", json!(-0.5)),
        ("1.", json!(1)),
        ("6.02e+23", json!(6.02e23)),
        ("+12", json!(12)),
        ("-0", json!(0)),
        ("100000000000000000000", json!(1e20)),
        ("9007199254740993", json!(9_007_199_254_740_993_i64)),
        ("~", Value::Null),
        ("NULL", Value::Null),
        ("", Value::Null),
        ("2001-01-01", json!("2001-01-01")),
        ("1:30", json!("1:30")),
        ("12:30:45", json!("12:30:45")),
        ("0x", json!("0x")),
        ("_", json!("_")),
        ("=", json!("=")),
        ("<<", json!("<<")),
        ("1e3x", json!("1e3x")),
        ("1e400", json!("1e400")),
        ("!!str 12", json!("12")),
        ("!!int \"3\"", json!(3)),
        ("!foo bar", json!("bar")),
        ("\"12\"", json!("12")),
        ("!!bool yes", json!(true)),
        ("!!float 3", json!(3)),
        ("'yes'", json!("yes")),
        (".", json!(".")),
        ("-", json!("-")),
        ("1.2.3", json!("1.2.3")),
        ("1-2", json!("1-2")),
        ("+", json!("+")),
        ("00", json!(0)),
    ];
    for (text, wanted) in cases {
        if text == "-" {
            continue;
        }
        assert_eq!(kube(&format!("v: {text}\n"))["v"], wanted, "{text}");
    }
}

#[test]
fn reads_plain_scalars_of_the_core_schema_as_backstage_does() {
    let cases = [
        ("yes", json!("yes")),
        ("on", json!("on")),
        ("y", json!("y")),
        ("true", json!(true)),
        ("010", json!(10)),
        ("0o10", json!(8)),
        ("1_000", json!("1_000")),
        ("0x1F", json!(31)),
        ("0b11", json!("0b11")),
        ("1e3", json!(1000)),
        ("null", Value::Null),
        ("2001-01-01", json!("2001-01-01")),
    ];
    for (text, wanted) in cases {
        assert_eq!(core(&format!("v: {text}\n"))["v"], wanted, "{text}");
    }
}

#[test]
fn keeps_keys_as_they_are_written() {
    assert_eq!(kube("on: 1\ny: 2\n1: 3\n1.0: 4\ntrue: 5\n"), json!({"on": 1, "y": 2, "1": 3, "1.0": 4, "true": 5}));
    assert_eq!(problem("~: 1\n"), "line 1, column 1: a key must be text, not null");
    assert_eq!(problem("? [a]\n: 1\n"), "line 1, column 3: a key must be text, not a list");
}

#[test]
fn merges_maps_where_the_dialect_says_so() {
    let text = "base: &b {x: 1, y: 2}\none: {<<: *b, y: 3}\nmany:\n  <<: [*b, {x: 9, z: 9}]\n  w: 0\n";
    let value = kube(text);
    assert_eq!(value["one"], json!({"y": 3, "x": 1}));
    assert_eq!(value["many"], json!({"w": 0, "x": 1, "y": 2, "z": 9}));
    assert_eq!(core(text)["one"], json!({"<<": {"x": 1, "y": 2}, "y": 3}));
    assert_eq!(kube("a: {'<<': 1}\n"), json!({"a": {"<<": 1}}));
    assert!(problem("a: {<<: 1}\n").ends_with("'<<' merges a map or a list of maps"));
}

#[test]
fn reads_several_documents_and_says_where_each_begins() {
    let text = "# note\n---\na: 1\n---\n---\n# nothing\n---\nb:\n  - x\n...\n---\nc\n";
    let documents = yaml::parse(text, &Options::kubernetes()).unwrap();
    let seen: Vec<(usize, &Value)> = documents.iter().map(|d| (d.line, &d.value)).collect();
    assert_eq!(seen, [(3, &json!({"a": 1})), (8, &json!({"b": ["x"]})), (12, &json!("c"))]);
    assert!(yaml::parse("", &Options::kubernetes()).unwrap().is_empty());
    assert!(yaml::parse_one(text, &Options::kubernetes()).unwrap_err().to_string().contains("line 8"));
}

#[test]
fn goes_on_after_a_document_that_cannot_be_read() {
    let text = "a: [1\n---\nb: 2\n---\nc: 1\nc: 2\n---\nd: 4\n";
    let read: Vec<Result<Value, usize>> =
        yaml::parse_each(text, &Options::core()).into_iter().map(|d| d.map(|d| d.value).map_err(|e| e.line)).collect();
    assert_eq!(read, [Err(1), Ok(json!({"b": 2})), Err(6), Ok(json!({"d": 4}))]);
}

#[test]
fn says_where_a_text_is_broken_and_shows_the_line() {
    let text = "kind: A\nspec: {size: small, size: large}\n";
    let error = yaml::parse(text, &Options::kubernetes().named("a.yaml")).unwrap_err();
    assert_eq!(error.to_string(), "a.yaml:2:21: the key \"size\" is given twice");
    assert_eq!(error.snippet(), " 2 | spec: {size: small, size: large}\n   |                     ^");
    for broken in
        ["a: b: c\n", "a: \"x\n", "a:\n\t- b\n", "- a\nb: c\n", "a: @x\n", "a: *nope\n", "{a: 1", "a: &x [*x]\n"]
    {
        let error = yaml::parse(broken, &Options::kubernetes()).unwrap_err();
        assert!(error.line >= 1 && !error.message.is_empty(), "{broken:?} {error}");
    }
    assert!(problem("a: .inf\n").ends_with(".inf is no number that a resource can hold"));
    assert!(problem("a: !!binary aGk=\n").contains("!!binary"));
}

#[test]
fn never_repeats_the_text_in_an_error_message() {
    let error = yaml::parse("password: \"hunter2\n", &Options::kubernetes()).unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[test]
fn finds_the_place_of_every_field() {
    let text = "kind: A\nspec:\n  ports:\n    - port: 1\n    - name: x\n      port: 2\n  labels:\n    a.b/c: d\n  flow: {x: [1, 22]}\n";
    let document = yaml::parse_one(text, &Options::kubernetes()).unwrap();
    let at = |path: &str| {
        let position = document.position(path);
        (position.line, position.column)
    };
    assert_eq!(at("kind"), (1, 1));
    assert_eq!(at("spec"), (2, 1));
    assert_eq!(at("spec.ports[0]"), (4, 7));
    assert_eq!(at("spec.ports[1].port"), (6, 7));
    assert_eq!(at("spec.labels[a.b/c]"), (8, 5));
    assert_eq!(at("spec.flow.x[1]"), (9, 17));
    assert_eq!(at("spec.ports[1].missing"), (5, 7));
    assert_eq!(at("missing.deeper"), (1, 1));
    assert_eq!(at(""), (1, 1));
}

#[test]
fn reads_json_and_its_places() {
    let document =
        yaml::parse_one("{\"a\":{\"b\":[1,2.5,\"\\u00e9\",null,true]},\n \"c\":\"d\"}", &Options::kubernetes())
            .unwrap();
    assert_eq!(document.value, json!({"a": {"b": [1, 2.5, "é", null, true]}, "c": "d"}));
    assert_eq!(document.position("c").line, 2);
}

#[test]
fn reads_blocks_and_escapes() {
    let text = "a: |\n  one\n   two\n\nb: >-\n  folded\n  line\nc: \"x\\ty\\n\\U0001F600\"\nd: 'it''s'\ne: |+\n  k\n\nf: plain\n  goes on\n";
    let wanted = json!({"a": "one\n two\n", "b": "folded line", "c": "x\ty\n😀", "d": "it's", "e": "k\n\n", "f": "plain goes on"});
    assert_eq!(kube(text), wanted);
    assert_eq!(kube("\u{feff}a: 1\r\nb: 2\r\n"), json!({"a": 1, "b": 2}));
}

#[test]
fn bounds_what_a_text_can_cost() {
    let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    assert!(yaml::parse(&deep(64), &Options::core()).is_ok());
    assert!(problem(&deep(65)).ends_with("nested deeper than 64 levels"));
    assert!(problem(&deep(100_000)).contains("nest") || problem(&deep(100_000)).contains("recursion"));
    let block: String = (0..100).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    assert!(yaml::parse(&block, &Options::core()).is_err());

    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for i in 1..10 {
        let refs = vec![format!("*a{}", i - 1); 10].join(",");
        bomb.push_str(&format!("a{i}: &a{i} [{refs}]\n"));
    }
    assert!(problem(&bomb).contains("the aliases expand to more than"));
    let mut tower = String::from("a0: &a0 [x]\n");
    for i in 1..70 {
        tower.push_str(&format!("a{i}: &a{i} [*a{}]\n", i - 1));
    }
    assert!(problem(&tower).ends_with("nested deeper than 64 levels"));

    let small = Options { max_bytes: 10, ..Options::core() };
    assert!(yaml::parse("a: 123456789\n", &small).unwrap_err().message.contains("at most 10 are allowed"));
}

proptest! {
    #[test]
    fn never_panics(text in "[-a:?{}\\[\\],#&*!|>'\"%@` \n\t~<=.0-9é]{0,80}") {
        for options in [Options::kubernetes(), Options::core()] {
            for document in yaml::parse_each(&text, &options) {
                match document {
                    Ok(document) => prop_assert!(document.line >= 1),
                    Err(error) => {
                        prop_assert!(error.line >= 1 && error.column >= 1);
                        error.snippet();
                    }
                }
            }
        }
    }

    #[test]
    fn never_panics_on_anything(text in "\\PC{0,60}") {
        let _ = yaml::parse(&text, &Options::kubernetes());
    }
}
