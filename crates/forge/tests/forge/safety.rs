//! Content is data: nothing of a repository runs, and no name leads anywhere else.

use std::os::unix::fs::{PermissionsExt, symlink};

use causeway_forge::{CloneOptions, ForgeError, Onto};

use crate::host::{Host, RECEIVE, WRITER, ZERO, file, push_body, request};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_hook_filter_or_configured_command_of_a_repository_runs() {
    let (host, orders) = Host::with_orders().await;
    let marker = host.folder.path().join("marker");
    let script = host.folder.path().join("script");
    std::fs::write(&script, format!("#!/bin/sh\necho \"$0 $*\" >> {}\nexit 1\n", marker.display())).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let disk = host.disk(&orders);
    std::fs::create_dir_all(disk.join("hooks")).unwrap();
    for hook in [
        "pre-receive",
        "update",
        "post-receive",
        "post-update",
        "reference-transaction",
        "proc-receive",
        "pre-auto-gc",
        "post-checkout",
        "pre-commit",
        "post-index-change",
        "push-to-checkout",
    ] {
        std::fs::copy(&script, disk.join("hooks").join(hook)).unwrap();
    }
    let script = script.to_str().unwrap();
    for (key, value) in [
        ("core.hooksPath", disk.join("hooks").to_str().unwrap()),
        ("core.fsmonitor", script),
        ("core.alternateRefsCommand", script),
        ("core.sshCommand", script),
        ("core.pager", script),
        ("uploadpack.packObjectsHook", script),
        ("diff.external", script),
        ("filter.evil.smudge", script),
        ("filter.evil.clean", script),
        ("filter.evil.required", "true"),
        ("diff.evil.textconv", script),
        ("tar.tar.command", script),
    ] {
        host.at(".").git(&["config", "--file", disk.join("config").to_str().unwrap(), key, value]).await;
    }
    let ada = host.work("ada", "orders.git").await;
    ada.commit(".gitattributes", b"* filter=evil diff=evil\n").await;
    ada.git(&["push", "-q", "origin", "main"]).await;
    host.at(".").git(&["clone", "-q", &host.url("orders.git"), "bob"]).await;
    host.forge.commit_tree(&orders, &request(vec![file("a", b"a")], Onto::Head)).await.unwrap();
    let out = host.folder.path().join("out");
    host.forge.checkout(&orders, "main", &out).await.unwrap();
    assert_eq!(std::fs::read(out.join("README.md")).unwrap(), b"hello\n");
    let tree = host.folder.path().join("tree");
    host.forge.clone_into(&orders, "main", &tree, &CloneOptions::default()).await.unwrap();
    assert_eq!(std::fs::read(tree.join("README.md")).unwrap(), b"hello\n");
    let head = host.forge.resolve(&orders, "main").await.unwrap().unwrap();
    host.forge.diff_names(&orders, None, &head).await.unwrap();
    host.forge.log(&orders, "main", 5).await.unwrap();
    let ran = std::fs::read_to_string(&marker).unwrap_or_default();
    assert_eq!(ran, "", "something of the repository was executed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_lead_to_repositories_alone() {
    let (host, _) = Host::with_orders().await;
    std::fs::create_dir(host.folder.path().join("repositories/x.git")).unwrap();
    for path in [
        "../orders.git",
        "default/../orders.git",
        "..%2f..%2forders.git",
        "%2e%2e/orders.git",
        "/orders.git",
        "default//orders.git",
        ".aside/orders.git",
        "-orders.git",
        "orders.git/../../x.git",
        "ORDERS.git",
        "default%2forders.git%00",
        "orders.git%0a",
        "a/default/orders.git",
        "x.git",
    ] {
        let head = format!("GET /git/{path}/info/refs?service=git-upload-pack HTTP/1.1");
        let (answer, _) = host.http(&head, b"").await;
        assert!(answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"), "{path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refs_outside_branches_tags_and_notes_cannot_be_pushed() {
    let (host, orders) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    let head = ada.git(&["rev-parse", "HEAD"]).await;
    let blob = ada.git(&["rev-parse", "HEAD:README.md"]).await;
    let pack = ada.git_with(&["pack-objects", "--revs", "--stdout", "-q"], b"HEAD\n").await;
    for bad in [
        "HEAD",
        "config",
        "refs/heads/../../config",
        "refs/heads/a.lock",
        "refs/heads/a b",
        "refs/causeway/draft",
        "refs/pull/1/head",
        "refs/replace/1",
        "refs/heads/-x/../y",
        "refs/heads/HEAD",
        "refs/heads/",
        "refs/heads/a\\b",
        "../../../etc/passwd",
        "refs/heads/\u{7f}",
    ] {
        let (_, report) = host.http(RECEIVE, &push_body(&[format!("{ZERO} {head} {bad}")], &pack)).await;
        let report = String::from_utf8_lossy(&report).into_owned();
        assert!(report.contains("ng "), "{bad:?}: {report}");
    }
    let (_, report) = host.http(RECEIVE, &push_body(&[format!("{ZERO} {blob} refs/heads/main")], &pack)).await;
    assert!(String::from_utf8_lossy(&report).contains("this is a blob"), "{report:?}");
    assert!(host.forge.branches(&orders).await.unwrap().is_empty());
    assert!(host.events().is_empty());
    let config = std::fs::read_to_string(host.disk(&orders).join("config")).unwrap();
    assert!(config.starts_with("[core]"), "{config}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malicious_submodule_is_refused_and_an_ordinary_one_is_not_followed() {
    let (host, orders) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    let head = ada.git(&["rev-parse", "HEAD"]).await;
    let entry = format!("160000,{head},vendored");
    ada.git(&["update-index", "--add", "--cacheinfo", &entry]).await;
    let write = |url: &str| {
        let text = format!("[submodule \"vendored\"]\n\tpath = vendored\n\turl = {url}\n");
        std::fs::write(ada.path.join(".gitmodules"), text).unwrap();
    };
    write("-u./payload");
    ada.git(&["add", ".gitmodules"]).await;
    ada.git(&["commit", "-q", "-m", "submodule"]).await;
    let shown = ada.git_fails(&["push", "origin", "main"]).await;
    assert!(shown.contains("gitmodulesUrl") && shown.contains("the pack was refused"), "{shown}");

    write(&host.url("other.git"));
    ada.git(&["add", ".gitmodules"]).await;
    ada.git(&["commit", "-q", "--amend", "-m", "submodule"]).await;
    ada.git(&["push", "-q", "origin", "main"]).await;
    for (folder, is_clone) in [("out", false), ("tree", true)] {
        let into = host.folder.path().join(folder);
        let done = if is_clone {
            host.forge.clone_into(&orders, "main", &into, &CloneOptions::default()).await.unwrap()
        } else {
            host.forge.checkout(&orders, "main", &into).await.unwrap()
        };
        assert_eq!(done.skipped[0].path, "vendored");
        assert_eq!(std::fs::read_dir(into.join("vendored")).unwrap().count(), 0);
        assert_eq!(done.files, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_that_lead_out_are_left_out() {
    let (host, orders) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    std::fs::create_dir(ada.path.join("deep")).unwrap();
    for (link, target) in [
        ("inside", "README.md"),
        ("deep/up", "../README.md"),
        ("secret", "/etc/passwd"),
        ("parent", "../../x"),
        ("deep/tricky", "../deep/../../../x"),
        ("config", ".git/config"),
    ] {
        symlink(target, ada.path.join(link)).unwrap();
    }
    ada.git(&["add", "-A"]).await;
    ada.git(&["commit", "-q", "-m", "links"]).await;
    ada.git(&["push", "-q", "origin", "main"]).await;
    for (folder, is_clone) in [("out", false), ("tree", true)] {
        let into = host.folder.path().join(folder);
        let done = if is_clone {
            host.forge.clone_into(&orders, "main", &into, &CloneOptions::default()).await.unwrap()
        } else {
            host.forge.checkout(&orders, "main", &into).await.unwrap()
        };
        let mut skipped: Vec<&str> = done.skipped.iter().map(|skipped| skipped.path.as_str()).collect();
        skipped.sort_unstable();
        assert_eq!(skipped, ["config", "deep/tricky", "parent", "secret"], "{folder}");
        assert_eq!(std::fs::read(into.join("deep/up")).unwrap(), b"hello\n");
        assert_eq!(std::fs::read(into.join("inside")).unwrap(), b"hello\n");
        assert!(std::fs::symlink_metadata(into.join("secret")).is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revisions_and_paths_are_never_options_or_patterns() {
    let (host, orders) = Host::with_orders().await;
    let files = vec![file("a.txt", b"a"), file("b*.txt", b"star"), file("-x", b"dash"), file(":(glob)**", b"magic")];
    host.forge.commit_tree(&orders, &request(files, Onto::Nothing)).await.unwrap();
    let outside = host.folder.path().join("written");
    let option = format!("--output={}", outside.display());
    for bad in
        [option.as_str(), "-n1", "--all", "main..main", "main@{0}", ":/Begin", "main:a.txt", "", "main\n", "^main"]
    {
        let resolved = host.forge.resolve(&orders, bad).await;
        assert!(matches!(resolved, Err(ForgeError::Name(_))), "{bad:?}: {resolved:?}");
    }
    assert!(!outside.exists());
    assert_eq!(host.forge.resolve(&orders, "absent").await.unwrap(), None);
    let read = async |path: &str| host.forge.read_file(&orders, "main", path, 100).await.unwrap();
    assert_eq!(read("b*.txt").await.unwrap(), b"star");
    assert_eq!(read("-x").await.unwrap(), b"dash");
    assert_eq!(read(":(glob)**").await.unwrap(), b"magic");
    for absent in ["*.txt", "../a.txt", "/a.txt", "a.txt/", "", "a.txt/..", ".git/config", "a\0b"] {
        assert_eq!(read(absent).await, None, "{absent:?}");
    }
    for bad in ["../x", "/x", ".git/hooks/x", "a/.GIT/x", "a//b", "", "a\nb", "a/../b"] {
        let commit = host.forge.commit_tree(&orders, &request(vec![file(bad, b"")], Onto::Head)).await;
        assert!(matches!(commit, Err(ForgeError::Path { .. })), "{bad:?}: {commit:?}");
    }
    let mut odd = request(vec![file("c", b"c")], Onto::Head);
    odd.branch = "--force".to_owned();
    assert!(host.forge.commit_tree(&orders, &odd).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_protocol_is_served() {
    let (host, orders) = Host::with_orders().await;
    host.fill(&orders, 10).await;
    for (line, status) in [
        ("GET /git/orders.git/HEAD HTTP/1.1", "404"),
        ("GET /git/orders.git/config HTTP/1.1", "404"),
        ("GET /git/orders.git/objects/info/packs HTTP/1.1", "404"),
        ("GET /git/orders.git/info/refs HTTP/1.1", "403"),
        ("GET /git/orders.git/info/refs?service=git-upload-archive HTTP/1.1", "403"),
        ("GET /git/orders.git/git-upload-pack HTTP/1.1", "405"),
        ("POST /git/orders.git/git-upload-pack HTTP/1.1", "415"),
        ("POST /git/orders.git/git-receive-pack HTTP/1.1\r\nContent-Type: text/plain", "415"),
    ] {
        let (answer, _) = host.http(line, b"").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{line}: {answer}");
        assert!(!answer.contains(WRITER));
    }
    let (answer, _) = host.http(&format!("{RECEIVE}\r\nContent-Encoding: br"), b"0000").await;
    assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
    let advertised = host.at(".").git(&["ls-remote", &host.url("orders.git")]).await;
    assert!(!advertised.contains("causeway"), "{advertised}");
}
