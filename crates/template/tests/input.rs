//! Rendering of step inputs: types kept, keys untouched, failures reported and survived.

use causeway_template::{Context, Engine, RepositoryHost, RepositoryHosts};
use serde_json::{Value, json};

fn context() -> Value {
    json!({
        "parameters": {
            "name": "shop", "count": 3, "on": true, "off": false, "nothing": null, "empty": "", "list": ["a", "b"], "map": {"k": [1]},
            "digits": "123", "repoUrl": "github.com?owner=acme&repo=shop", "owner": "group:platform/payments", "big": 9_007_199_254_740_991_i64
        },
        "steps": {"publish": {"output": {"remoteUrl": "https://git.example/acme/shop"}}, "a-b": {"output": {"x": 1.5}}}
    })
}

fn render(template: Value) -> Value {
    let rendered = Engine::backstage().render_value(&template, &context());
    assert_eq!(rendered.warnings, [], "{template}");
    rendered.value
}

#[test]
fn a_string_that_is_one_expression_keeps_its_type() {
    for (template, expected) in [
        ("${{ parameters.count }}", json!(3)),
        ("${{ parameters.on }}", json!(true)),
        ("${{ parameters.nothing }}", json!(null)),
        ("${{ parameters.list }}", json!(["a", "b"])),
        ("${{ parameters.map }}", json!({"k": [1]})),
        ("${{ parameters.digits }}", json!("123")),
        ("${{ parameters.big }}", json!(9_007_199_254_740_991_i64)),
        ("${{ parameters.empty }}", json!("")),
        ("${{ 'false' }}", json!("false")),
        ("${{ parameters.count + 1 }}", json!(4)),
        ("${{ parameters.count / 2 }}", json!(1.5)),
        ("${{ 0 / 0 }}", json!(null)),
        ("${{ steps['a-b'].output.x }}", json!(1.5)),
        ("{# why #}${{ parameters.count }}", json!(3)),
        ("${{ parameters.count\n}}", json!(3)),
        ("${{- parameters.count -}}", json!(3)),
        ("${{ parameters.name | safe }}", json!("shop")),
        ("${{ [undefined, 1] }}", json!([null, 1])),
    ] {
        assert_eq!(render(json!(template)), expected, "{template}");
    }
}

#[test]
fn every_other_string_becomes_text() {
    for (template, expected) in [
        ("${{ parameters.count }} ", "3 "),
        ("n=${{ parameters.count }}", "n=3"),
        ("${{ parameters.count }}${{ parameters.count }}", "33"),
        ("${{ parameters.list }} and ${{ parameters.map }}", "a,b and [object Object]"),
        ("plain", "plain"),
        ("{{ not.ours }}", "{{ not.ours }}"),
        ("{% if parameters.on %}yes{% endif %}", "yes"),
    ] {
        assert_eq!(render(json!(template)), json!(expected), "{template}");
    }
}

#[test]
fn one_block_becomes_the_json_that_its_text_spells() {
    assert_eq!(render(json!("{% if parameters.on %}true{% endif %}")), json!(true));
    assert_eq!(render(json!("{% if parameters.on %}${{ parameters.map }}{% endif %}")), json!({"k": [1]}));
    assert_eq!(render(json!("{% if parameters.on %}${{ parameters.digits }}{% endif %}")), json!("123"));
    assert_eq!(
        render(json!("{% if parameters.on %}${{ parameters.count }}${{ parameters.count }}{% endif %}")),
        json!("33")
    );
}

#[test]
fn what_renders_to_nothing_is_left_out() {
    let template = json!({
        "missing": "${{ parameters.missing }}", "literal": "", "text": "${{ parameters.empty }}${{ parameters.empty }}",
        "kept": "${{ parameters.empty }}", "null": null, "list": ["${{ parameters.missing }}", "x"],
    });
    assert_eq!(render(template), json!({"kept": "", "null": null, "list": [null, "x"]}));
    assert_eq!(render(json!("${{ parameters.missing }}")), json!(null));
}

#[test]
fn keys_are_not_rendered_and_other_values_pass() {
    let template = json!({"${{ parameters.name }}": [1, true, {"deep": "${{ parameters.name | upper }}"}]});
    assert_eq!(render(template), json!({"${{ parameters.name }}": [1, true, {"deep": "SHOP"}]}));
}

#[test]
fn a_failure_leaves_the_string_and_is_reported_with_its_place() {
    let template = json!({"a/b": ["ok", "${{ parameters.name | nosuch }}"], "c": "${{ parameters.x || 'y' }}", "d": "${{ parameters.name }}"});
    let rendered = Engine::backstage().render_value(&template, &context());
    assert_eq!(
        rendered.value,
        json!({"a/b": ["ok", "${{ parameters.name | nosuch }}"], "c": "${{ parameters.x || 'y' }}", "d": "shop"})
    );
    let pointers: Vec<&str> = rendered.warnings.iter().map(|warning| warning.pointer.as_str()).collect();
    assert_eq!(pointers, ["/a~1b/1", "/c"]);
    assert_eq!(rendered.warnings[0].error.hint.as_deref().map(|hint| hint.contains("parseRepoUrl")), Some(true));
    assert_eq!(rendered.warnings[1].error.hint.as_deref(), Some("the operator is `or`"));
}

#[test]
fn errors_say_where_and_what_to_try() {
    let error = Engine::backstage()
        .render("docs/index.md", "# x\n\nünï ${{ values.a && values.b }}\n", &json!({}))
        .unwrap_err();
    assert_eq!((error.line, error.column), (3, 18));
    assert_eq!(
        error.to_string(),
        "the template `docs/index.md` was not rendered: the expression should end here with `}}`, not with `&&` (line 3, column 18)"
    );
    assert_eq!(error.hint.as_deref(), Some("the operator is `and`"));
    let error = Engine::backstage().render("t", "a\n${{ x.y.z() }}", &json!({})).unwrap_err();
    assert_eq!((error.line, error.message.as_str()), (2, "`x.y.z` was called, and it is undefined or empty"));
    let error = Engine::backstage().render("t", "size=${#array[@]}", &json!({})).unwrap_err();
    assert!(error.hint.unwrap().contains("raw"));
}

#[test]
fn errors_do_not_quote_values() {
    let context = json!({"secrets": {"TOKEN": "hunter2"}});
    for expression in [
        "secrets.TOKEN()",
        "secrets.TOKEN | sum",
        "secrets.TOKEN | list | dictsort",
        "1 in secrets.TOKEN.length",
        "secrets.TOKEN | parseRepoUrl",
        "secrets.TOKEN | parseEntityRef",
    ] {
        let error = Engine::backstage().render("t", &format!("${{{{ {expression} }}}}"), &context).unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{expression}: {error:?}");
    }
}

#[test]
fn filters_of_backstage_give_what_backstage_gives() {
    for (expression, expected) in [
        ("parameters.repoUrl | parseRepoUrl", json!({"host": "github.com", "owner": "acme", "repo": "shop"})),
        ("(parameters.repoUrl | parseRepoUrl).owner", json!("acme")),
        ("parameters.repoUrl | parseRepoUrl | pick('repo')", json!("shop")),
        ("parameters.repoUrl | projectSlug", json!("acme/shop")),
        (
            "'git.example:3000?owner=a%20b&repo=c+d&organization=o' | parseRepoUrl",
            json!({"host": "git.example:3000", "owner": "a b", "repo": "c d", "organization": "o"}),
        ),
        ("'gitlab.com?project=42' | parseRepoUrl", json!({"host": "gitlab.com", "project": "42"})),
        (
            "'dev.azure.com?organization=o&project=p&repo=r' | parseRepoUrl",
            json!({"host": "dev.azure.com", "organization": "o", "project": "p", "repo": "r"}),
        ),
        ("parameters.owner | parseEntityRef", json!({"kind": "group", "namespace": "platform", "name": "payments"})),
        (
            "'shop' | parseEntityRef({defaultKind: 'component'})",
            json!({"kind": "component", "namespace": "default", "name": "shop"}),
        ),
        (
            "'ns/shop' | parseEntityRef({defaultKind: 'component', defaultNamespace: 'x'})",
            json!({"kind": "component", "namespace": "ns", "name": "shop"}),
        ),
        ("'User:jane' | parseEntityRef | pick('kind')", json!("User")),
        ("parameters | pick('map.k[0]')", json!(1)),
        ("{'a.b/c': 1} | pick('a.b/c')", json!(1)),
        ("parameters | pick(['list', 1])", json!("b")),
        ("parameters.map | dump", json!("{\"k\":[1]}")),
    ] {
        assert_eq!(render(json!(format!("${{{{ {expression} }}}}"))), expected, "{expression}");
    }
    for expression in [
        "'' | parseRepoUrl",
        "'github.com?owner=a' | parseRepoUrl",
        "5 | parseRepoUrl",
        "'shop' | parseEntityRef",
        "'a:' | parseEntityRef",
        "none | parseEntityRef",
    ] {
        assert!(
            Engine::backstage().render("t", &format!("${{{{ {expression} }}}}"), &json!({})).is_err(),
            "{expression}"
        );
    }
}

#[test]
fn repository_hosts_can_be_restricted() {
    let hosts = RepositoryHosts::Only([("git.example".to_owned(), RepositoryHost::Bare)].into());
    let engine = Engine::backstage().with_repository_hosts(hosts);
    assert_eq!(engine.render("t", "${{ ('git.example?repo=r' | parseRepoUrl).repo }}", &json!({})).unwrap(), "r");
    let error = engine.render("t", "${{ 'github.com?owner=a&repo=r' | parseRepoUrl }}", &json!({})).unwrap_err();
    assert!(error.message.contains("`github.com` is not configured"), "{error}");
}

#[test]
fn registered_filters_and_functions_are_called_with_json() {
    let engine = Engine::backstage()
        .with_function("always", |_| Ok(json!(true)))
        .with_function("join3", |arguments| Ok(json!(format!("{arguments:?}"))))
        .with_filter("upper", |arguments| Ok(json!(format!("mine:{}", arguments[0].as_str().unwrap_or("?")))))
        .with_filter("fail", |_| Err("it is Monday".to_owned()));
    let context = json!({"failure": "a variable"});
    assert_eq!(engine.render("t", "${{ always() and 'x' | upper }}", &context).unwrap(), "mine:x");
    assert_eq!(
        engine.render("t", "${{ join3(1, undefined, {a: []}, k=2) }}", &context).unwrap(),
        "[Number(1), Null, Object {\"a\": Array []}, Object {\"k\": Number(2)}]"
    );
    let error = engine.render("t", "${{ 1 | fail }}", &context).unwrap_err();
    assert_eq!(error.message, "the filter `fail`: it is Monday");
    let shadowed = engine.with_function("failure", |_| Ok(json!(1)));
    assert_eq!(shadowed.render("t", "${{ failure }}", &context).unwrap(), "a variable");
}

#[test]
fn a_compiled_template_renders_many_contexts_the_same_way() {
    let engine = Engine::backstage();
    let template =
        engine.compile("t", "{% for i in list %}${{ i }}${{ ['a', 'b', 'c', 'd'] | random }}{% endfor %}").unwrap();
    let first = engine.render_template(&template, &Context::new(&json!({"list": [1, 2, 3]}))).unwrap();
    assert_eq!(engine.render_template(&template, &Context::new(&json!({"list": [1, 2, 3]}))).unwrap(), first);
    assert_eq!(engine.render_template(&template, &Context::new(&json!({"list": []}))).unwrap(), "");
    assert_eq!(template.name(), "t");
    let shared = Context::new(&json!({"list": [1]}));
    let push = engine.compile("p", "{% set q = list.push(2) %}${{ list }}").unwrap();
    for _ in 0..2 {
        assert_eq!(engine.render_template(&push, &shared).unwrap(), "1,2");
    }
}

#[test]
fn templates_can_be_shared_between_threads() {
    fn check<T: Send + Sync>() {}
    check::<Engine>();
    check::<causeway_template::Template>();
}
