//! Expressions and workflow files, through the public door.
#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

use causeway_pipeline::expression::{Answer, ErrorKind, eval_json};
use causeway_pipeline::workflow;
use serde_json::{Value, json};

fn value(expression: &str) -> Value {
    let contexts = json!({
        "github": {"ref": "refs/heads/main", "list": [1, "two", {"a": 3}, [4]], "Event": {"Labels": [{"name": "bug"}, {"id": 2}]}},
        "env": {"JSON": "{\"a\":[1,2]}"},
    });
    match eval_json(expression, contexts.as_object().unwrap()) {
        Answer::Value { value, .. } => value,
        Answer::Error { error, kind } => panic!("{expression}: {kind}: {error}"),
    }
}

#[test]
fn operators_give_operands_and_compare_loosely() {
    for (expression, expected) in [
        ("1 < 2 && 'yes' || 'no'", json!("yes")),
        ("'' || 0 || 'x'", json!("x")),
        ("'A' == 'a' && null == 0 && '1' == 1 && true == '1'", json!(true)),
        ("github.list == github.list", json!(true)),
        ("fromJSON('[]') == fromJSON('[]')", json!(false)),
        ("'b' > 'A'", json!(true)),
        ("NaN == NaN", json!(false)),
        ("!github.nothing.deeper", json!(true)),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn members_are_found_without_case_and_collections_filter() {
    for (expression, expected) in [
        ("GITHUB.event.LABELS[0]['NAME']", json!("bug")),
        ("github.event.labels.*.name", json!(["bug"])),
        ("github.list.*.a", json!([3])),
        ("github.list[3][0]", json!(4)),
        ("github.list['1']", json!("two")),
        ("github.list[9]", Value::Null),
        ("fromJSON(env.JSON).a[1]", json!(2)),
        ("join(github.event.labels.*.id, '+')", json!("2")),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn errors_tell_their_stage() {
    for (expression, expected) in [
        ("1 @ 2", ErrorKind::Lexing),
        ("'open", ErrorKind::Lexing),
        ("0b1", ErrorKind::Lexing),
        ("1 +", ErrorKind::Lexing),
        ("nope.x", ErrorKind::Parsing),
        ("format()", ErrorKind::Parsing),
        ("case(true, 1)", ErrorKind::Parsing),
        ("contains('a', 'b',)", ErrorKind::Parsing),
        ("fromJSON('{')", ErrorKind::Evaluation),
        ("format('{0}')", ErrorKind::Evaluation),
        ("case(1, 2, 3)", ErrorKind::Evaluation),
    ] {
        let Answer::Error { kind, .. } = eval_json(expression, &serde_json::Map::new()) else {
            panic!("{expression} has a value")
        };
        assert_eq!(kind, expected, "{expression}");
    }
}

#[test]
fn what_functions_produce_is_bounded() {
    let forty = "{0}".repeat(40);
    let mut expression = "'0123456789'".to_owned();
    for _ in 0..6 {
        expression = format!("format('{forty}', {expression})");
    }
    let Answer::Error { kind, error } = eval_json(&expression, &serde_json::Map::new()) else {
        panic!("it has a value")
    };
    assert_eq!((kind, error.contains("memory")), (ErrorKind::Evaluation, true));
}

fn problems(text: &str) -> Vec<String> {
    workflow::read(text).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn job(rest: &str) -> String {
    format!("on: push\njobs:\n  a:\n    runs-on: x\n{rest}")
}

#[test]
fn problems_have_a_place_and_reading_goes_on() {
    let found = problems(
        "on: pusch\nnmae: x\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: ${{ env.A }}\n        if: secrets.X\n      - shell: bash\n",
    );
    let places: Vec<&str> = found.iter().map(|problem| problem.split(' ').next().unwrap()).collect();
    assert_eq!(places, ["1:5:", "2:1:", "9:9:"], "{found:?}");
    assert_eq!(
        problems(&job("    steps:\n      - run: x\n        if: secrets.X\n")),
        ["7:13: Unrecognized named-value: 'secrets'. Located at position 1 within expression: secrets.X"]
    );
}

#[test]
fn contexts_are_allowed_in_their_places_alone() {
    for (rest, is_good) in [
        ("    if: needs.b.result == ''\n", true),
        ("    if: env.A == ''\n", false),
        ("    if: matrix.x\n", false),
        ("    name: ${{ matrix.x }}\n", true),
        ("    name: ${{ steps.x.outcome }}\n", false),
        ("    env: {A: \"${{ secrets.X }}\"}\n", true),
        ("    env: {A: \"${{ runner.os }}\"}\n", false),
        ("    env: ${{ fromJSON('{}') }}\n", false),
        ("    outputs: {A: \"${{ steps.x.outputs.y }}\"}\n", true),
        ("    steps: [{run: \"${{ hashFiles('x') }}\"}]\n", true),
        ("    steps: [{run: \"${{ success() }}\"}]\n", false),
        ("    steps: [{run: x, if: \"success() && hashFiles('x')\"}]\n", true),
        ("    steps: [{run: x, if: \"success('a')\"}]\n", false),
        ("    steps: [{run: \"${{ '${{' }}\"}]\n", true),
    ] {
        let found = problems(&job(rest));
        assert_eq!(found.is_empty(), is_good, "{rest}: {found:?}");
    }
}

#[test]
fn yaml_is_read_as_version_1_2() {
    for (rest, is_good) in [
        ("    timeout-minutes: 0x10\n", true),
        ("    timeout-minutes: '10'\n", false),
        ("    timeout-minutes: 1_0\n", false),
        ("    continue-on-error: yes\n", false),
        ("    continue-on-error: True\n", true),
        ("    env: &e {A: b}\n  b: {runs-on: x, env: *e}\n", true),
        ("    env: *unknown\n", false),
        ("    env: {A: b, a: c}\n", false),
        ("    env: {1: b}\n", true),
        ("---\na: b\n", false),
    ] {
        let found = problems(&job(rest));
        assert_eq!(found.is_empty(), is_good, "{rest}: {found:?}");
    }
}

#[test]
fn an_alias_bomb_is_a_problem_and_not_a_full_memory() {
    let mut text = String::from("on: push\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert!(problems(&text)[0].contains("more than 100000 values"), "{:?}", problems(&text));
    let deep = format!("on: push\nx: {}{}\n", "[".repeat(80), "]".repeat(80));
    assert!(problems(&deep)[0].contains("levels deep"), "{:?}", problems(&deep));
}

#[test]
fn a_circle_of_needs_names_both_ends() {
    let text = "on: push\njobs:\n  a: {runs-on: x}\n  b: {runs-on: x, needs: c}\n  c: {runs-on: x, needs: [a, b]}\n";
    assert_eq!(
        problems(text),
        [
            "4:26: Job 'b' depends on job 'c' which creates a cycle in the dependency graph.",
            "5:30: Job 'c' depends on job 'b' which creates a cycle in the dependency graph.",
        ]
    );
}
