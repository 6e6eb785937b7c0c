use std::io::Write;
use std::process::{Command, Stdio};

use causeway_core::yaml::{self, Options, to_yaml};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

#[test]
fn prints_what_kubectl_prints() {
    let value = json!({"kind": "A", "apiVersion": "v1", "spec": {
        "list": [{"name": "x", "args": ["a", "b"]}, {"b": 1, "a": {}}, [1, [2]], []], "empty": {}, "none": null, "on": true, "n": 1.5,
        "text": "one\ntwo\n", "strip": "no newline\nat end", "keep": "extra\n\n\n", "version": "1.0", "yes": "yes",
    }});
    assert_eq!(
        to_yaml(&value),
        "\
apiVersion: v1
kind: A
spec:
  empty: {}
  keep: |+
    extra


  list:
  - args:
    - a
    - b
    name: x
  - a: {}
    b: 1
  - - 1
    - - 2
  - []
  \"n\": 1.5
  none: null
  \"on\": true
  strip: |-
    no newline
    at end
  text: |
    one
    two
  version: \"1.0\"
  \"yes\": \"yes\"
"
    );
}

/// As `kubectl label --local -o yaml` quotes the same texts.
#[test]
fn quotes_only_where_needed() {
    let cases = [
        ("a b", "a b"),
        ("quote's", "quote's"),
        ("dq\"s", "dq\"s"),
        ("back\\slash", "back\\slash"),
        (":x", ":x"),
        ("a,b", "a,b"),
        (".", "."),
        ("é ü 漢", "é ü 漢"),
        ("a@b.c:5432/db", "a@b.c:5432/db"),
        ("1.2.3", "1.2.3"),
        ("v1", "v1"),
        ("10.0.0.1:5432", "10.0.0.1:5432"),
        ("2026.11", "\"2026.11\""),
        ("0.1.0-rc.1", "0.1.0-rc.1"),
        ("500m", "500m"),
        ("key: ", "'key: '"),
        ("x:", "'x:'"),
        ("-", "'-'"),
        ("---", "'---'"),
        (",", "','"),
        ("# c", "'# c'"),
        ("a #b", "'a #b'"),
        ("*x", "'*x'"),
        ("&x", "'&x'"),
        ("!x", "'!x'"),
        ("%x", "'%x'"),
        ("@x", "'@x'"),
        ("`x", "'`x'"),
        ("{x}", "'{x}'"),
        ("[x", "'[x'"),
        ("? x", "'? x'"),
        ("  leading", "'  leading'"),
        ("trailing  ", "'trailing  '"),
        ("a: b", "'a: b'"),
        ("- dash", "'- dash'"),
        ("'x'", "'''x'''"),
        ("", "\"\""),
        ("null", "\"null\""),
        ("~", "\"~\""),
        ("y", "\"y\""),
        ("N", "\"N\""),
        ("off", "\"off\""),
        ("true", "\"true\""),
        ("1", "\"1\""),
        ("1e3", "\"1e3\""),
        (".5", "\".5\""),
        ("+1", "\"+1\""),
        ("0b1", "\"0b1\""),
        ("0x1F", "\"0x1F\""),
        ("0o7", "\"0o7\""),
        ("1_000", "\"1_000\""),
        ("1:30", "\"1:30\""),
        ("0755", "\"0755\""),
        ("08", "\"08\""),
        ("12e03", "\"12e03\""),
        ("2001-01-01", "\"2001-01-01\""),
        ("2001-01-01T00:00:00Z", "\"2001-01-01T00:00:00Z\""),
        ("<<", "\"<<\""),
        ("=", "\"=\""),
        ("tab\tinside", "\"tab\\tinside\""),
        ("a\r\nb", "\"a\\r\\nb\""),
        ("a\u{7}b", "\"a\\u0007b\""),
        ("\n", "\"\\n\""),
        ("trail \nspace", "\"trail \\nspace\""),
    ];
    for (text, printed) in cases {
        assert_eq!(to_yaml(&json!({"k": text})), format!("k: {printed}\n"), "{text:?}");
    }
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[-a:?{}\\[\\],#&*!|>'\"%@` \n\t~<=.0-9é\\\\]{0,12}",
        "[-+0-9._eExob:]{0,8}",
        "\\PC{0,8}",
        "[ \n]{0,4}[a-b]?[ \n]{0,3}",
        prop::sample::select(vec![
            "yes",
            "NO",
            "On",
            "null",
            "Null",
            "~",
            "",
            "true",
            ".inf",
            "-.INF",
            ".nan",
            "<<",
            "=",
            "0x1f",
            "1e5",
            "...",
            "---",
            "--- a",
            "\u{85}",
            "\u{2028}x",
            "\u{feff}",
            "\u{0}",
            "\u{1b}[0m",
            "\r"
        ])
        .prop_map(str::to_owned),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1000_i32..1000).prop_map(|n| Value::from(f64::from(n) + 0.25)),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((any_text(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// The crate reads null as a missing document and keys such as `null` only in quotes, which the writer gives them.
fn reads_back(value: &Value) {
    let text = to_yaml(value);
    for options in [Options::kubernetes(), Options::core()] {
        match yaml::parse_one(&text, &options) {
            Ok(document) => assert_eq!(&document.value, value, "{options:?}\n{text}"),
            Err(error) => panic!("{error}\n{text}"),
        }
    }
}

proptest! {
    #[test]
    fn reads_back_what_it_writes(value in any_value()) {
        reads_back(&value);
    }
}

/// The same values through another reader, which speaks YAML 1.1.
#[test]
fn is_read_by_pyyaml_as_it_was_meant() {
    let script = "
import sys, json, yaml
for line in sys.stdin:
    text, value = json.loads(line)
    read = yaml.safe_load(text)
    assert read == value, (text, read, value)
";
    let available = Command::new("python3").args(["-c", "import yaml"]).stderr(Stdio::null()).status();
    if !available.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: python3 with PyYAML is not here");
        return;
    }
    let mut child =
        Command::new("python3").args(["-c", script]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..400 {
        let value = any_value().new_tree(&mut runner).unwrap().current();
        writeln!(input, "{}", json!([to_yaml(&value), value])).unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
