//! What the server does with repositories itself.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use causeway_forge::{
    CloneOptions, EntryKind, FileEntry, Forge, ForgeConfig, ForgeError, Onto, PushListener, RepositoryName,
};

use crate::host::{Host, World, file, name, request};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_is_made_listed_and_removed() {
    let (host, orders) = Host::with_orders().await;
    let other = RepositoryName::new("team-a", "billing").unwrap();
    assert!(!host.forge.create(&orders, "main").await.unwrap(), "it is there already");
    assert!(host.forge.create(&other, "main").await.unwrap());
    assert_eq!(host.forge.list().await.unwrap(), [orders.clone(), other.clone()]);
    let empty = host.forge.size(&orders).await.unwrap();
    host.fill(&orders, 100_000).await;
    assert!(host.forge.size(&orders).await.unwrap() > empty + 100_000);

    assert!(host.forge.delete(&orders).await.unwrap());
    assert!(!host.forge.delete(&orders).await.unwrap());
    assert!(host.forge.delete(&other).await.unwrap());
    assert!(host.forge.list().await.unwrap().is_empty());
    let root = host.folder.path().join("repositories");
    let left: Vec<_> = std::fs::read_dir(&root).unwrap().flatten().map(|e| e.file_name()).collect();
    assert!(left.iter().all(|name| name.to_string_lossy().starts_with('.')), "{left:?}");
    assert_eq!(std::fs::read_dir(root.join(".aside")).unwrap().count(), 0);
    assert!(matches!(host.forge.branches(&orders).await, Err(ForgeError::NoRepository(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_removes_what_a_crash_left() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("repositories");
    std::fs::create_dir_all(root.join(".aside/half/objects")).unwrap();
    let listener: Arc<dyn PushListener> = Arc::new(World::default());
    let forge = Forge::open(root.clone(), ForgeConfig::default(), listener.clone()).await.unwrap();
    assert!(!root.join(".aside/half").exists());
    assert!(forge.list().await.unwrap().is_empty());
    let absent = ForgeConfig { git: "/nowhere/git".into(), ..ForgeConfig::default() };
    let error = Forge::open(root, absent, listener).await.err().unwrap();
    assert!(error.hint().unwrap().contains("install git"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_commit_is_made_once() {
    let (host, orders) = Host::with_orders().await;
    let script = FileEntry { executable: true, ..file("bin/run", b"#!/bin/sh\n") };
    let begin = request(vec![file("README.md", b"# Orders\n"), script, file("say \"hi\"", b"")], Onto::Nothing);
    let first = host.forge.commit_tree(&orders, &begin).await.unwrap();
    assert_eq!(host.forge.commit_tree(&orders, &begin).await.unwrap(), first);
    let told: Vec<_> = host.events().into_iter().map(|event| event.updates).collect();
    assert_eq!(told.len(), 2, "the listener hears of it again, and sees that it is the same");
    assert_eq!(told[0], told[1]);
    assert_eq!((told[0][0].old.as_ref(), told[0][0].new.as_ref()), (None, Some(&first)));

    let ada = host.at(".");
    ada.git(&["clone", "-q", &host.url("orders.git"), "ada"]).await;
    let ada = host.at("ada");
    assert_eq!(std::fs::metadata(ada.path.join("bin/run")).unwrap().permissions().mode() & 0o111, 0o111);
    assert!(ada.path.join("say \"hi\"").exists());
    ada.commit("mine", b"mine").await;
    ada.git(&["push", "-q", "origin", "main"]).await;
    assert_eq!(host.forge.commit_tree(&orders, &begin).await.unwrap(), first, "also after others went on");
    let other = request(vec![file("README.md", b"other")], Onto::Nothing);
    let refused = host.forge.commit_tree(&orders, &other).await;
    assert!(matches!(refused, Err(ForgeError::HasHistory { .. })), "{refused:?}");
    assert_eq!(host.forge.log(&orders, "main", 10).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_on_top_adds_and_replaces() {
    let (host, orders) = Host::with_orders().await;
    let first = request(vec![file("a", b"1"), file("b", b"1")], Onto::Head);
    let first = host.forge.commit_tree(&orders, &first).await.unwrap();
    let mut second = request(vec![file("b", b"2"), file("c/d", b"3")], Onto::Head);
    second.message = "Change b\n\nBecause.\n".to_owned();
    second.author.name = "Eve <evil>\nx".to_owned();
    let second_id = host.forge.commit_tree(&orders, &second).await.unwrap();
    assert_eq!(host.forge.commit_tree(&orders, &second).await.unwrap(), second_id);

    let log = host.forge.log(&orders, "main", 10).await.unwrap();
    assert_eq!(log.len(), 2);
    assert_eq!((log[0].id.clone(), log[0].parents.clone()), (second_id.clone(), vec![first.clone()]));
    assert_eq!((log[0].subject.as_str(), log[0].body.as_str()), ("Change b", "Because."));
    assert_eq!((log[0].author.as_str(), log[0].time), ("Eve evilx", 1_700_000_000));
    assert_eq!(host.forge.log(&orders, "main", 1).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_folders_and_differences_can_be_read() {
    let (host, orders) = Host::with_orders().await;
    let first = request(vec![file("a", b"1"), file("b", b"1")], Onto::Head);
    let first = host.forge.commit_tree(&orders, &first).await.unwrap();
    let second = request(vec![file("b", b"2"), file("c/d", b"3")], Onto::Head);
    let second_id = host.forge.commit_tree(&orders, &second).await.unwrap();
    let changes = host.forge.diff_names(&orders, Some(&first), &second_id).await.unwrap();
    let changes: Vec<_> = changes.iter().map(|change| (change.status, change.path.as_str())).collect();
    assert_eq!(changes, [('M', "b"), ('A', "c/d")]);
    assert_eq!(host.forge.diff_names(&orders, None, &second_id).await.unwrap().len(), 3);

    let read = async |path: &str| host.forge.read_file(&orders, "main", path, 10).await.unwrap();
    assert_eq!(read("a").await.unwrap(), b"1");
    assert_eq!(read("b").await.unwrap(), b"2");
    assert_eq!(read("c").await, None, "a folder is not a file");
    let root = host.forge.list_tree(&orders, "main", "").await.unwrap();
    let root: Vec<_> = root.iter().map(|entry| (entry.path.as_str(), entry.kind)).collect();
    assert_eq!(root, [("a", EntryKind::File), ("b", EntryKind::File), ("c", EntryKind::Folder)]);
    let inner = host.forge.list_tree(&orders, first.as_str(), "").await.unwrap();
    assert_eq!(inner.len(), 2);
    assert_eq!(host.forge.list_tree(&orders, "main", "c/").await.unwrap()[0].path, "c/d");
    assert!(matches!(host.forge.list_tree(&orders, "main", "a").await, Err(ForgeError::Path { .. })));
    assert!(matches!(host.forge.list_tree(&orders, "absent", "").await, Err(ForgeError::NoRevision { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_default_branch_can_be_changed() {
    let (host, orders) = Host::with_orders().await;
    assert_eq!(host.forge.default_branch(&orders).await.unwrap(), "main");
    assert_eq!(host.forge.resolve(&orders, "main").await.unwrap(), None);
    host.forge.set_default_branch(&orders, "trunk").await.unwrap();
    assert_eq!(host.forge.default_branch(&orders).await.unwrap(), "trunk");
    assert!(host.forge.set_default_branch(&orders, "../x").await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_working_tree_knows_its_commit() {
    let (host, orders) = Host::with_orders().await;
    let script = FileEntry { executable: true, ..file("bin/run", b"#!/bin/sh\n") };
    host.forge.commit_tree(&orders, &request(vec![file("crlf", b"a\r\nb\r\n"), script], Onto::Head)).await.unwrap();
    let head = host.forge.commit_tree(&orders, &request(vec![file("b", b"2")], Onto::Head)).await.unwrap();

    let shallow = host.folder.path().join("shallow");
    let options = CloneOptions { depth: Some(1), branch: Some("main".to_owned()) };
    let done = host.forge.clone_into(&orders, head.as_str(), &shallow, &options).await.unwrap();
    assert_eq!((done.files, done.skipped.len()), (3, 0));
    let tree = host.at("shallow");
    assert_eq!(tree.git(&["rev-parse", "HEAD"]).await, head.as_str());
    assert_eq!(tree.git(&["branch", "--show-current"]).await, "main");
    assert_eq!(tree.git(&["status", "--porcelain"]).await, "");
    assert_eq!(tree.git(&["rev-list", "--count", "HEAD"]).await, "1");
    assert_eq!(std::fs::metadata(shallow.join("bin/run")).unwrap().permissions().mode() & 0o111, 0o111);

    let deep = host.folder.path().join("deep");
    host.forge.clone_into(&orders, "main", &deep, &CloneOptions::default()).await.unwrap();
    assert_eq!(host.at("deep").git(&["rev-list", "--count", "HEAD"]).await, "2");
    assert_eq!(host.at("deep").git(&["branch", "--show-current"]).await, "");
    let again = host.forge.clone_into(&orders, "main", &deep, &CloneOptions::default()).await;
    assert!(matches!(again, Err(ForgeError::Io { .. })), "a folder that is not empty: {again:?}");

    let plain = host.folder.path().join("plain");
    let done = host.forge.checkout(&orders, "main", &plain).await.unwrap();
    assert_eq!((done.files, done.skipped.len()), (3, 0));
    assert_eq!(std::fs::read(plain.join("crlf")).unwrap(), b"a\r\nb\r\n");
    assert_eq!(std::fs::metadata(plain.join("bin/run")).unwrap().permissions().mode() & 0o111, 0o111);
    assert!(!plain.join(".git").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repositories_of_all_names_work_side_by_side() {
    let host = Host::start().await;
    let names: Vec<RepositoryName> = (0..8).map(|index| name(&format!("service-{index}"))).collect();
    let make = names.iter().map(|name| async {
        host.forge.create(name, "main").await.unwrap();
        host.forge.commit_tree(name, &request(vec![file("a", b"a")], Onto::Nothing)).await.unwrap();
        host.forge.delete(name).await.unwrap()
    });
    assert!(futures::future::join_all(make).await.into_iter().all(|removed| removed));
    assert!(host.forge.list().await.unwrap().is_empty());
    assert_eq!(host.events().len(), 8);
}
