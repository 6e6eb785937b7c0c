//! Rendering of trees: conditional names, raw copies, links, modes, limits, and writing into a workspace.

#![expect(clippy::unwrap_used, reason = "a failed step of a test ends it")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use causeway_template::Engine;
use causeway_template::skeleton::{
    Folder, MemoryTree, Options, RenderedTree, Skeleton, SkeletonError, SkipReason, TreeLimits,
};
use serde_json::{Value, json};

fn options(input: Value) -> Options {
    serde_json::from_value(input).unwrap()
}

fn try_render(input: Value, source: &MemoryTree) -> Result<RenderedTree, SkeletonError> {
    Skeleton::new(&Engine::backstage(), &options(input))?.render(source)
}

fn render(input: Value, source: &MemoryTree) -> Vec<(String, String)> {
    let tree = try_render(input, source).unwrap();
    tree.files.into_iter().map(|file| (file.path, String::from_utf8_lossy(&file.bytes).into_owned())).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn names_and_contents_are_rendered() {
    let source = MemoryTree::new()
        .with_file("${{ values.name }}/README.md", "# ${{ values.name | upper }}\n")
        .with_file("src/${{ values.package | replace('.', '/') }}/Main.java", "package ${{ values.package }};")
        .with_file(".github/workflows/ci.yaml", "if: {% raw %}${{ github.ref }}{% endraw %}")
        .with_file("plain.txt", "nothing to do { } $ {{ x }}");
    let rendered = render(json!({"values": {"name": "shop", "package": "com.acme"}}), &source);
    assert_eq!(
        rendered,
        pairs(&[
            (".github/workflows/ci.yaml", "if: ${{ github.ref }}"),
            ("plain.txt", "nothing to do { } $ {{ x }}"),
            ("shop/README.md", "# SHOP\n"),
        ])
        .into_iter()
        .chain(pairs(&[("src/com/acme/Main.java", "package com.acme;")]))
        .collect::<Vec<_>>()
    );
}

#[test]
fn names_that_render_to_nothing_are_left_out_with_all_below_them() {
    let source = MemoryTree::new()
        .with_file("${{ 'docs' if values.docs }}/index.md", "docs")
        .with_file("a/${{ 'x' if values.docs }}/deep.md", "deep")
        .with_file("a/${{ 'last.md' if values.docs }}", "last")
        .with_file("{% if values.ci %}ci.yaml{% endif %}", "ci")
        .with_file("always", "y");
    let with_none = try_render(json!({"values": {"docs": false, "ci": false}}), &source).unwrap();
    assert_eq!(with_none.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["always"]);
    assert_eq!(with_none.skipped.len(), 4);
    assert!(with_none.skipped.iter().all(|skipped| skipped.reason == SkipReason::EmptyName));
    let with_all = render(json!({"values": {"docs": true, "ci": true}}), &source);
    assert_eq!(
        with_all,
        pairs(&[
            ("a/last.md", "last"),
            ("a/x/deep.md", "deep"),
            ("always", "y"),
            ("ci.yaml", "ci"),
            ("docs/index.md", "docs")
        ])
    );
}

#[test]
fn copy_without_templating_renders_paths_only() {
    let source = MemoryTree::new()
        .with_file("${{ values.name }}/raw/a.txt", "${{ values.name }}")
        .with_file(".github/workflows/ci.yaml", "${{ github.sha }}")
        .with_file("top.sh", "${{ values.name }}")
        .with_file("sub/top.sh", "${{ values.name }}");
    let input = json!({"values": {"name": "n"}, "copyWithoutTemplating": [".github", "**/raw/*", "*.sh"]});
    assert_eq!(
        render(input, &source),
        pairs(&[
            (".github/workflows/ci.yaml", "${{ github.sha }}"),
            ("n/raw/a.txt", "${{ values.name }}"),
            ("sub/top.sh", "n"),
            ("top.sh", "${{ values.name }}")
        ])
    );
    let negated = json!({"values": {"name": "n"}, "copyWithoutTemplating": ["**/*.sh", "!sub/**"]});
    let rendered = render(
        negated,
        &MemoryTree::new().with_file("top.sh", "${{ values.name }}").with_file("sub/top.sh", "${{ values.name }}"),
    );
    assert_eq!(rendered, pairs(&[("sub/top.sh", "n"), ("top.sh", "${{ values.name }}")]));
}

#[test]
fn copy_without_render_leaves_paths_and_contents() {
    let source = MemoryTree::new()
        .with_file("raw/${{ values.name }}.txt", "${{ values.name }}")
        .with_file("${{ values.name }}.txt", "${{ values.name }}");
    let rendered = render(json!({"values": {"name": "n"}, "copyWithoutRender": ["raw/**"]}), &source);
    assert_eq!(rendered, pairs(&[("n.txt", "n"), ("raw/${{ values.name }}.txt", "${{ values.name }}")]));
}

#[test]
fn a_template_file_extension_selects_what_is_rendered() {
    let source = MemoryTree::new()
        .with_file("a-${{ values.name }}.yaml.njk", "${{ values.name }}")
        .with_file("b-${{ values.name }}.yaml", "${{ values.name }}")
        .with_file(".njk", "${{ values.name }}");
    let expected = pairs(&[(".njk", "${{ values.name }}"), ("a-n.yaml", "n"), ("b-n.yaml", "${{ values.name }}")]);
    assert_eq!(render(json!({"values": {"name": "n"}, "templateFileExtension": true}), &source), expected);
    assert_eq!(render(json!({"values": {"name": "n"}, "templateFileExtension": "njk"}), &source), expected);
    let off = render(json!({"values": {"name": "n"}, "templateFileExtension": false}), &source);
    assert_eq!(off[2].1, "n");
}

#[test]
fn cookiecutter_templates_keep_their_root_and_delimiters() {
    let source =
        MemoryTree::new().with_file("{{cookiecutter.name}}/x.json", "{{ cookiecutter | jsonify }} ${{ '{}' }}");
    let rendered = render(json!({"values": {"name": "n"}, "cookiecutterCompat": true}), &source);
    assert_eq!(rendered, pairs(&[("n/x.json", "{\"name\":\"n\"} ${}")]));
}

#[test]
fn contradicting_options_are_refused() {
    for input in [
        json!({"copyWithoutRender": ["a"], "copyWithoutTemplating": ["b"]}),
        json!({"templateFileExtension": true, "copyWithoutTemplating": ["b"]}),
        json!({"templateFileExtension": "njk", "cookiecutterCompat": true}),
        json!({"copyWithoutTemplating": ["a[".to_owned()]}),
    ] {
        let error = try_render(input.clone(), &MemoryTree::new()).unwrap_err();
        assert!(matches!(error, SkeletonError::Options(_)), "{input}: {error}");
    }
}

#[test]
fn what_is_no_text_is_copied_as_it_is() {
    let source = MemoryTree::new()
        .with_mode("image.png", 0o600, b"\x89PNG\0${{ values.name }}".to_vec())
        .with_file("latin1.txt", b"caf\xe9 ${{ values.name }}".to_vec())
        .with_file("doc.pdf", "%PDF-1.4 ${{ values.name }}")
        .with_file("bom.txt", "\u{feff}${{ values.name }}");
    let tree = try_render(json!({"values": {"name": "n"}}), &source).unwrap();
    let bytes: Vec<&[u8]> = tree.files.iter().map(|file| file.bytes.as_slice()).collect();
    assert_eq!(
        bytes,
        [
            "\u{feff}n".as_bytes(),
            b"%PDF-1.4 ${{ values.name }}",
            b"\x89PNG\0${{ values.name }}",
            b"caf\xe9 ${{ values.name }}"
        ]
    );
    assert_eq!(tree.files[2].mode, 0o600);
}

#[test]
fn paths_that_lead_out_are_refused() {
    for (name, value) in [
        ("${{ values.x }}/f", "../../etc"),
        ("a/${{ values.x }}", ".."),
        ("${{ values.x }}/config", ".git"),
        ("a/${{ values.x }}", ".GIT/hooks/post-commit"),
        ("${{ values.x }}", "a/../../b"),
        ("${{ values.x }}", "a\0b"),
    ] {
        let error = try_render(json!({"values": {"x": value}}), &MemoryTree::new().with_file(name, "x")).unwrap_err();
        assert!(matches!(error, SkeletonError::Unsafe { .. }), "{name} {value:?}: {error}");
    }
    let absolute =
        try_render(json!({"values": {"x": "/etc"}}), &MemoryTree::new().with_file("${{ values.x }}/passwd", "x"))
            .unwrap();
    assert_eq!((absolute.files.len(), absolute.skipped[0].reason), (0, SkipReason::EmptyName));
}

#[test]
fn links_are_kept_only_inside_of_the_tree() {
    let source = MemoryTree::new()
        .with_file("bin/run", "x")
        .with_link("current", "bin/run")
        .with_link("bin/${{ values.x }}", "../bin/run")
        .with_link("bin/up", "..")
        .with_link("out", "../secret")
        .with_link("absolute", "/etc/passwd")
        .with_link("bin/sneaky", "up/../../x")
        .with_link("hooks", ".git/hooks");
    let tree = try_render(json!({"values": {"x": "same"}}), &source).unwrap();
    let links: Vec<(&str, &str)> = tree.links.iter().map(|link| (link.path.as_str(), link.target.as_str())).collect();
    assert_eq!(links, [("bin/same", "../bin/run"), ("bin/up", ".."), ("current", "bin/run")]);
    let out: Vec<&str> = tree
        .skipped
        .iter()
        .filter(|skipped| skipped.reason == SkipReason::LeadsOut)
        .map(|skipped| skipped.path.as_str())
        .collect();
    assert_eq!(out, ["absolute", "bin/sneaky", "hooks", "out"]);
}

#[test]
fn a_path_through_a_link_or_file_of_the_tree_is_refused() {
    let through_link = MemoryTree::new().with_link("a", "b").with_file("${{ values.a }}/f", "x");
    assert!(matches!(try_render(json!({"values": {"a": "a"}}), &through_link), Err(SkeletonError::Unsafe { .. })));
    let through_file = MemoryTree::new().with_file("a", "b").with_file("${{ values.a }}/f", "x");
    assert!(matches!(try_render(json!({"values": {"a": "a"}}), &through_file), Err(SkeletonError::Unsafe { .. })));
}

#[test]
fn the_first_of_two_equal_paths_wins_unless_replacing() {
    let source = MemoryTree::new().with_file("${{ 'x' }}", "first").with_file("x", "second");
    let kept = try_render(json!({}), &source).unwrap();
    assert_eq!((kept.files[0].bytes.as_slice(), kept.skipped[0].reason), (b"first".as_slice(), SkipReason::Taken));
    let replaced = try_render(json!({"replace": true}), &source).unwrap();
    assert_eq!((replaced.files.len(), replaced.files[0].bytes.as_slice()), (1, b"second".as_slice()));
}

#[test]
fn a_failing_file_fails_the_tree_and_is_named() {
    let source = MemoryTree::new().with_file("a/b.md", "line\n${{ values.x | nosuch }}");
    let error = try_render(json!({"values": {}}), &source).unwrap_err();
    assert_eq!(error.to_string(), "the file `a/b.md` of the skeleton was not rendered");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "the template `a/b.md` was not rendered: the filter `nosuch` is not known (line 2, column 16)");
    assert!(error.hint().is_some());
    let error = try_render(json!({}), &MemoryTree::new().with_file("${{ x.y() }}", "")).unwrap_err();
    assert!(matches!(error, SkeletonError::Path { .. }), "{error}");
}

#[test]
fn the_tree_is_bounded() {
    let source = MemoryTree::new().with_file("a", "x".repeat(1000)).with_file("b", "${{ 'y'.repeat(2000) }}");
    for (limits, name) in [
        (TreeLimits { bytes: 900, ..TreeLimits::default() }, "bytes"),
        (TreeLimits { bytes: 2000, ..TreeLimits::default() }, "bytes"),
        (TreeLimits { entries: 1, ..TreeLimits::default() }, "entries"),
        (TreeLimits { time: Duration::ZERO, ..TreeLimits::default() }, "time"),
    ] {
        let skeleton = Skeleton::new(&Engine::backstage(), &Options::default()).unwrap().with_limits(limits);
        match skeleton.render(&source) {
            Err(SkeletonError::Limit { limit, .. }) => assert_eq!(limit, name),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn values_changed_by_one_file_are_whole_for_the_next() {
    let push = "{% set q = values.list.push('z') %}${{ values.list }}";
    let source = MemoryTree::new().with_file("a", push).with_file("b", push);
    assert_eq!(render(json!({"values": {"list": ["x"]}}), &source), pairs(&[("a", "x,z"), ("b", "x,z")]));
}

#[test]
fn a_folder_gives_the_same_tree_whatever_its_order_and_keeps_modes_and_empty_folders() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("${{ values.name }}/empty")).unwrap();
    fs::create_dir_all(root.join(".git")).unwrap();
    fs::write(root.join(".git/config"), "no").unwrap();
    fs::write(root.join("${{ values.name }}/run.sh"), "echo ${{ values.name }}").unwrap();
    fs::set_permissions(root.join("${{ values.name }}/run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    symlink("run.sh", root.join("${{ values.name }}/link")).unwrap();
    symlink("/", root.join("slash")).unwrap();
    let skeleton = Skeleton::new(&Engine::backstage(), &options(json!({"values": {"name": "n"}}))).unwrap();
    let tree = skeleton.render(&Folder::new(root)).unwrap();
    assert_eq!(tree, skeleton.render(&Folder::new(root)).unwrap());
    assert_eq!(tree.folders, ["n", "n/empty"]);
    assert!(tree.files[0].is_executable());

    let target = tempfile::tempdir().unwrap();
    let report = tree.write_to(target.path(), false).unwrap();
    assert_eq!(report.written, ["n/run.sh", "n/link"]);
    assert_eq!(fs::read_to_string(target.path().join("n/link")).unwrap(), "echo n");
    assert_eq!(fs::metadata(target.path().join("n/run.sh")).unwrap().permissions().mode() & 0o777, 0o755);
    assert!(
        target.path().join("n/empty").is_dir()
            && !target.path().join("slash").exists()
            && !target.path().join(".git").exists()
    );
}

#[test]
fn a_missing_folder_is_an_error_that_names_the_source() {
    let skeleton = Skeleton::new(&Engine::backstage(), &Options::default()).unwrap();
    let error = skeleton.render(&Folder::new("/nonexistent/skeleton")).unwrap_err();
    assert!(matches!(error, SkeletonError::Source(_)), "{error}");
}

#[test]
fn existing_files_are_kept_unless_replaced_and_links_are_not_written_through() {
    let outside = tempfile::tempdir().unwrap();
    let target = tempfile::tempdir().unwrap();
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    fs::write(outside.path().join("victim"), "safe").unwrap();
    fs::write(target.path().join("kept"), "old").unwrap();
    symlink(outside.path().join("victim"), target.path().join("linked")).unwrap();
    let tree = try_render(
        json!({}),
        &MemoryTree::new().with_file("kept", "new").with_file("linked", "new").with_file("fresh", "new"),
    )
    .unwrap();
    let report = tree.write_to(target.path(), false).unwrap();
    assert_eq!((report.written, report.kept), (vec!["fresh".to_owned()], vec!["kept".to_owned(), "linked".to_owned()]));
    assert_eq!(read(&target.path().join("kept")), "old");
    tree.write_to(target.path(), true).unwrap();
    assert_eq!(
        (read(&target.path().join("kept")), read(&outside.path().join("victim"))),
        ("new".to_owned(), "safe".to_owned())
    );

    symlink(outside.path(), target.path().join("folder")).unwrap();
    let through = try_render(json!({}), &MemoryTree::new().with_file("folder/x", "new")).unwrap();
    assert_eq!(through.write_to(target.path(), true).unwrap_err().path, "folder/x");
    assert!(!outside.path().join("x").exists());
}
