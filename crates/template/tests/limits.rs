//! Hostile and broken templates end, name their limit, and reach nothing.

#![expect(clippy::unwrap_used, reason = "a failed step of a test ends it")]

use std::time::{Duration, Instant};

use causeway_template::{Engine, ErrorKind, LimitKind, Limits};
use serde_json::{Value, json};

fn small() -> Limits {
    Limits {
        steps: 100_000,
        output_bytes: 64 * 1024,
        memory_bytes: 4 * 1024 * 1024,
        depth: 32,
        time: Duration::from_secs(2),
    }
}

fn limit_of(limits: Limits, source: &str) -> LimitKind {
    let error = Engine::backstage()
        .with_limits(limits)
        .render("bomb", source, &json!({"list": [1, 2, 3], "s": "x"}))
        .unwrap_err();
    match error.kind {
        ErrorKind::Limit(kind) => {
            assert!(error.message.contains(&kind.to_string()), "{error}");
            kind
        }
        other => panic!("{source:.80}: {other:?}: {error}"),
    }
}

#[test]
fn long_loops_stop_at_the_limit_of_steps() {
    assert_eq!(
        limit_of(small(), "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}"),
        LimitKind::Steps
    );
    assert_eq!(
        limit_of(small(), "{% set l = [1] %}{% for i in l %}{% if l.push(i) %}{% endif %}{% endfor %}"),
        LimitKind::Steps
    );
    assert_eq!(limit_of(small(), "${{ range(0, 1, 0.0000001) }}"), LimitKind::Steps);
}

#[test]
fn growing_values_stop_at_the_limit_of_bytes() {
    let doubling = "{% set a = 'xxxxxxxx' %}{% for i in range(60) %}{% set a = a ~ a %}{% endfor %}";
    assert_eq!(limit_of(small(), doubling), LimitKind::OutputBytes);
    assert_eq!(
        limit_of(small(), "{% for i in range(5000) %}some text of a certain length{% endfor %}"),
        LimitKind::OutputBytes
    );
    assert_eq!(limit_of(small(), "${{ 'x'.repeat(1000000000000) }}"), LimitKind::OutputBytes);
    assert_eq!(limit_of(small(), "${{ 'x'.padStart(1e300 if false else 100000000000) }}"), LimitKind::OutputBytes);
    assert_eq!(limit_of(small(), "${{ 'x' | center(100000000000) }}"), LimitKind::OutputBytes);
    assert_eq!(limit_of(small(), "${{ 'a\nb' | indent(100000000000) }}"), LimitKind::OutputBytes);
    let replacing =
        "{% set a = 'xxxxxxxxxxxxxxxx' %}{% for i in range(9) %}{% set a = a | replace('x', a) %}{% endfor %}";
    assert_eq!(limit_of(small(), replacing), LimitKind::OutputBytes);
    let retained = "{% set l = [] %}{% for i in range(9000) %}{% set q = l.push('x'.repeat(1000)) %}{% endfor %}";
    let many_steps = Limits { steps: 10_000_000, ..small() };
    assert_eq!(limit_of(many_steps, retained), LimitKind::MemoryBytes);
}

#[test]
fn shared_lists_that_unfold_to_huge_texts_stop() {
    let nested = "{% set a = ['x'] %}{% for i in range(40) %}{% set a = [a, a] %}{% endfor %}";
    for end in [
        "${{ a }}",
        "${{ a | dump }}",
        "${{ a == '' }}",
        "${{ a.flat(99) }}",
        "${{ a | join('-') }}",
        "${{ a | urlencode }}",
    ] {
        let kind = limit_of(small(), &format!("{nested}{end}"));
        assert!(matches!(kind, LimitKind::Steps | LimitKind::OutputBytes | LimitKind::MemoryBytes), "{end}: {kind}");
    }
    assert_eq!(limit_of(small(), "{% set a = [] %}{% set q = a.push(a) %}${{ a }}"), LimitKind::Depth);
    assert_eq!(limit_of(small(), "{% set a = [] %}{% set q = a.push(a) %}${{ a | dump }}"), LimitKind::Depth);
}

#[test]
fn deep_sources_and_recursive_macros_stop_at_the_limit_of_depth() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{a:", "}"), ("f(", ")"), ("a[", "]"), ("1 if (", ")"), ("x | default(", ")")]
    {
        let source = format!("${{{{ {}1{} }}}}", open.repeat(50_000), close.repeat(50_000));
        assert_eq!(limit_of(Limits::default(), &source), LimitKind::Depth, "{open}");
    }
    let blocks = "{% if 1 %}".repeat(50_000);
    assert_eq!(limit_of(Limits::default(), &blocks), LimitKind::Depth);
    assert_eq!(limit_of(Limits::default(), &format!("{}x", "{% for i in list %}".repeat(50_000))), LimitKind::Depth);
    assert_eq!(limit_of(Limits::default(), "{% macro m() %}${{ m() }}{% endmacro %}${{ m() }}"), LimitKind::Depth);
    let deep_recursion = "{% macro m(n) %}{% if 1 %}{% for i in [1] %}${{ ((((m(n + 1) | upper)) ~ '')) }}{% endfor %}{% endif %}{% endmacro %}${{ m(1) }}";
    assert_eq!(limit_of(Limits::default(), deep_recursion), LimitKind::Depth);
    let caller = "{% macro m() %}${{ caller() }}{% endmacro %}{% macro r() %}{% call m() %}${{ r() }}{% endcall %}{% endmacro %}${{ r() }}";
    assert_eq!(limit_of(Limits::default(), caller), LimitKind::Depth);
}

#[test]
fn long_chains_are_no_depth() {
    let engine = Engine::backstage();
    let context = json!({"a": {"a": 1}});
    let sum = format!("${{{{ 1{} }}}}", " + 1".repeat(20_000));
    assert_eq!(engine.render("sum", &sum, &context).unwrap(), "20001");
    let members = format!("${{{{ a{} }}}}", ".a".repeat(20_000));
    assert_eq!(engine.render("members", &members, &context).unwrap(), "");
    let filters = format!("${{{{ 'x'{} }}}}", " | upper".repeat(20_000));
    assert_eq!(engine.render("filters", &filters, &context).unwrap(), "X");
    let not = format!("${{{{ {}1 }}}}", "not ".repeat(20_000));
    assert_eq!(engine.render("not", &not, &context).unwrap(), "true");
    let elif = format!("{{% if 0 %}}{}{{% else %}}end{{% endif %}}", "{% elif 0 %}x".repeat(20_000));
    assert_eq!(engine.render("elif", &elif, &context).unwrap(), "end");
    let power = format!("${{{{ 1{} }}}}", " ** 1".repeat(20_000));
    assert_eq!(engine.render("power", &power, &context).unwrap(), "1");
    for chain in [" // 1", " in [1]"] {
        let source = format!("${{{{ 1{} }}}}", chain.repeat(20_000));
        assert_eq!(limit_of(Limits::default(), &source), LimitKind::Depth, "{chain}");
    }
}

#[test]
fn time_is_a_limit_of_its_own() {
    let limits = Limits { time: Duration::from_millis(50), steps: u64::MAX, ..Limits::default() };
    let start = Instant::now();
    let source = "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}";
    let kind = limit_of(limits, source);
    assert!(matches!(kind, LimitKind::Time | LimitKind::MemoryBytes), "{kind}");
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn regular_expressions_run_in_linear_time_and_refuse_what_is_not() {
    let engine = Engine::backstage();
    let start = Instant::now();
    let text = "a".repeat(50_000);
    assert_eq!(
        engine.render("r", "${{ r/^(a+)+$/.test(text) }}", &json!({"text": format!("{text}b")})).unwrap(),
        "false"
    );
    assert!(start.elapsed() < Duration::from_secs(10));
    for pattern in ["r/(?=a)/", "r/(?<!a)b/", "r/(a)\\1/", "r/(?<n>a)\\k<n>/", "r/((a{1000}){1000}){1000}/"] {
        let error = engine.render("r", &format!("${{{{ {pattern}.test('a') }}}}"), &json!({})).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unsupported, "{pattern}: {error}");
    }
}

#[test]
fn probes_reach_nothing() {
    let engine = Engine::backstage().with_function("always", |_| Ok(Value::Bool(true)));
    let context = json!({"values": {"name": "x", "list": [1], "map": {"k": 1}}});
    for expression in [
        "''.constructor",
        "[].constructor",
        "{}.constructor",
        "(1).constructor",
        "true.constructor",
        "values.constructor",
        "range.constructor",
        "always.constructor",
        "always.prototype",
        "values.__proto__",
        "''['__proto__']",
        "''['con' + 'structor']",
        "joiner().constructor",
        "cycler('a').constructor",
        "cycler.prototype",
        "r/a/.constructor",
        "values.list.constructor",
        "values.list['__proto__']",
        "__proto__",
        "prototype",
        "constructor",
        "process",
        "require",
        "globalThis",
        "global",
        "this",
        "self",
        "env",
        "context",
        "runtime",
        "frame",
        "arguments",
        "caller",
        "Object",
        "Function",
        "eval",
        "values.map.__defineGetter__",
        "values.map.__lookupGetter__",
        "range.call",
        "range.apply",
        "range.bind",
        "values.name.anchor",
        "{'__proto__': {polluted: 1} }.polluted",
    ] {
        assert_eq!(
            engine.render("probe", &format!("[${{{{ {expression} }}}}]"), &context).unwrap(),
            "[]",
            "{expression}"
        );
    }
    for call in [
        "''.constructor.constructor('return process')()",
        "range.constructor('return 1')()",
        "values.map.__proto__.toString.call(1)",
        "[].map(range)",
        "always.call()",
        "values.map.valueOf.constructor('x')()",
        "('a' | safe).constructor('x')()",
    ] {
        assert_eq!(
            engine.render("probe", &format!("${{{{ {call} }}}}"), &context).unwrap_err().kind,
            ErrorKind::Render,
            "{call}"
        );
    }
    for tag in ["include '/etc/passwd'", "import 'x' as y", "from 'x' import y", "extends 'base'"] {
        assert_eq!(
            engine.render("probe", &format!("{{% {tag} %}}"), &context).unwrap_err().kind,
            ErrorKind::Unsupported,
            "{tag}"
        );
    }
}

#[test]
fn data_may_have_any_key() {
    let context = json!({"values": {"constructor": "Ann", "toString": "text", "length": 7, "__proto__": "gone"}});
    let rendered = Engine::backstage().render(
        "data",
        "${{ values.constructor }} ${{ values.toString }} ${{ values.length }}",
        &context,
    );
    assert_eq!(rendered.unwrap(), "Ann text 7");
}

const PIECES: &[&str] = &[
    "${{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "-",
    " ",
    "\n",
    "if",
    "else",
    "elif",
    "endif",
    "for",
    "in",
    "endfor",
    "set",
    "endset",
    "macro",
    "endmacro",
    "call",
    "endcall",
    "raw",
    "endraw",
    "filter",
    "endfilter",
    "switch",
    "case",
    "default",
    "endswitch",
    "a",
    "values",
    ".list",
    "[0]",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    "'x'",
    "\"",
    "'",
    "\\",
    "1",
    "0.5",
    "+",
    "*",
    "**",
    "//",
    "/",
    "%",
    "~",
    "|",
    "upper",
    "join",
    "sort",
    "slice(2)",
    "truncate(1)",
    "replace('x', '')",
    "==",
    "===",
    "<",
    ">=",
    "not",
    "and",
    "or",
    "is",
    "defined",
    "=",
    ",",
    ":",
    "r/a/g",
    "r/(/",
    ".length",
    ".split('')",
    ".slice(-1)",
    ".charAt(9)",
    "loop.index",
    "é",
    "😀",
    "\u{a0}",
    "\r\n",
    "none",
    "true",
    "@",
    "$",
    "",
];

const VALUES: &[&str] = &[
    "''",
    "'é😀'",
    "-1",
    "0",
    "1.5",
    "1/0",
    "none",
    "zz",
    "true",
    "[]",
    "[1, none]",
    "{a: 1}",
    "r/a/",
    "range",
    "('x' | safe)",
];

const METHODS: &[&str] = &[
    "at",
    "charAt",
    "charCodeAt",
    "codePointAt",
    "concat",
    "endsWith",
    "flat",
    "includes",
    "indexOf",
    "join",
    "lastIndexOf",
    "localeCompare",
    "match",
    "padEnd",
    "padStart",
    "pop",
    "push",
    "repeat",
    "replace",
    "replaceAll",
    "reverse",
    "search",
    "shift",
    "slice",
    "sort",
    "splice",
    "split",
    "startsWith",
    "substr",
    "substring",
    "test",
    "exec",
    "toFixed",
    "toPrecision",
    "toString",
    "trim",
    "unshift",
    "hasOwnProperty",
];

const FILTERS: &[&str] = &[
    "abs",
    "batch",
    "capitalize",
    "center",
    "default",
    "dictsort",
    "dump",
    "escape",
    "first",
    "float",
    "groupby",
    "indent",
    "int",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "nl2br",
    "parseEntityRef",
    "parseRepoUrl",
    "pick",
    "projectSlug",
    "random",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "striptags",
    "sum",
    "title",
    "trim",
    "truncate",
    "upper",
    "urlencode",
    "urlize",
    "wordcount",
];

/// A small generator of pseudo-random numbers, so that every run tries the same snippets.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

#[test]
fn no_input_makes_it_panic() {
    let engine = Engine::backstage().with_limits(small()).with_trim_blocks(true).with_lstrip_blocks(true);
    let context = json!({"a": "é😀x", "values": {"list": [1, "b", null, {"c": []}]}});
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut rendered = 0;
    for round in 0..6000 {
        let pieces: Vec<&str> = (0..1 + dice.roll(24)).map(|_| PIECES[dice.roll(PIECES.len())]).collect();
        let source = match round % 3 {
            0 => pieces.concat(),
            1 => format!("${{{{ {} }}}}", pieces.join(" ")),
            _ => format!("{{% {} %}} ${{{{ a{} }}}}", pieces.join(" "), pieces.concat()),
        };
        match engine.render("noise", &source, &context) {
            Ok(_) => rendered += 1,
            Err(error) => assert!(error.line >= 1 && error.column >= 1 && !error.message.is_empty()),
        }
    }
    assert!(rendered > 100, "only {rendered} of the snippets were templates at all");
}

#[test]
fn every_call_with_odd_arguments_is_an_answer_or_an_error() {
    let engine = Engine::backstage().with_limits(small());
    for value in VALUES {
        for first in VALUES {
            for second in ["-2", "'a'"] {
                let methods = METHODS.iter().map(|method| format!("${{{{ ({value}).{method}({first}, {second}) }}}}"));
                let filters = FILTERS.iter().map(|filter| format!("${{{{ {value} | {filter}({first}, {second}) }}}}"));
                for source in methods.chain(filters) {
                    if let Err(error) = engine.render("call", &source, &json!({})) {
                        assert_ne!(error.kind, ErrorKind::Syntax, "{source}: {error}");
                    }
                }
            }
        }
    }
}
