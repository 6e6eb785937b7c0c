//! Push: policy, events, and what `git` shows.

use std::io::Write;

use crate::host::{Host, READER, RECEIVE, ZERO, client, name, noise, push_body, stderr};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_event_is_there_when_git_returns() {
    let (host, orders) = Host::with_orders().await;
    *host.world.notes.lock() = vec!["the pipeline starts: /runs/1".to_owned()];
    let ada = host.work("ada", "orders.git").await;
    let first = ada.git(&["rev-parse", "HEAD"]).await;
    let output = ada.try_git(&["push", "-o", "ci.skip", "origin", "main"]).await;
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("remote: the pipeline starts: /runs/1"), "{}", stderr(&output));
    let second = ada.commit("b", b"b").await;
    ada.git(&["push", "-q", "origin", "main", "main:refs/heads/copy"]).await;

    let events = host.events();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].repository, orders);
    assert_eq!(events[0].actor.name, "writer");
    assert_eq!(events[0].options, ["ci.skip"]);
    assert_eq!(events[0].updates[0].name, "refs/heads/main");
    assert_eq!(events[0].updates[0].old, None);
    assert_eq!(events[0].updates[0].new.as_ref().unwrap().as_str(), first);
    let mut updates = events[1].updates.clone();
    updates.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(updates.iter().map(|u| u.name.as_str()).collect::<Vec<_>>(), ["refs/heads/copy", "refs/heads/main"]);
    assert_eq!(updates[1].old.as_ref().unwrap().as_str(), first);
    assert_eq!(updates[1].new.as_ref().unwrap().as_str(), second);
    assert!(!updates[1].forced);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_protected_branch_is_refused_and_the_others_are_not() {
    let (host, orders) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    ada.git(&["push", "-q", "origin", "main"]).await;
    host.world.protected.lock().insert("refs/heads/main".to_owned());
    ada.commit("b", b"b").await;
    let shown = ada.git_fails(&["push", "origin", "main", "main:feature"]).await;
    assert!(
        shown.contains("! [remote rejected] main -> main (this branch is protected: open a change instead)"),
        "{shown}"
    );
    assert!(shown.contains("[new branch]      main -> feature"), "{shown}");
    let branches = host.forge.branches(&orders).await.unwrap();
    assert_eq!(branches.iter().map(|b| b.name.as_str()).collect::<Vec<_>>(), ["feature", "main"]);
    assert_ne!(branches[0].commit, branches[1].commit);
    assert_eq!(host.events().last().unwrap().updates.len(), 1, "the refused ref is in no event");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_atomic_push_is_all_or_nothing() {
    let (host, orders) = Host::with_orders().await;
    host.world.protected.lock().insert("refs/heads/main".to_owned());
    let ada = host.work("ada", "orders.git").await;
    let shown = ada.git_fails(&["push", "--atomic", "origin", "main", "main:feature"]).await;
    assert!(shown.contains("main -> feature"), "{shown}");
    assert!(host.forge.branches(&orders).await.unwrap().is_empty());
    assert!(host.events().is_empty());
    assert_eq!(packs(&host), 0, "objects of a refused push do not stay");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rewrite_is_seen_as_one_and_refused_by_the_policy() {
    let (host, _) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    ada.commit("b", b"b").await;
    ada.git(&["push", "-q", "origin", "main", "main:feature"]).await;
    ada.git(&["tag", "v1"]).await;
    ada.git(&["push", "-q", "origin", "v1"]).await;
    ada.git(&["commit", "-q", "--amend", "-m", "other"]).await;
    let shown = ada.git_fails(&["push", "--force", "origin", "main"]).await;
    assert!(shown.contains("! [remote rejected] main -> main (main cannot be rewritten)"), "{shown}");
    ada.git(&["push", "-q", "--force", "origin", "main:feature"]).await;
    ada.git(&["tag", "-f", "v1"]).await;
    ada.git(&["push", "-q", "--force", "origin", "v1"]).await;
    let forced: Vec<(String, bool)> =
        host.world.judged.lock().iter().map(|update| (update.name.clone(), update.forced)).collect();
    let expected = [
        ("refs/heads/main", false),
        ("refs/heads/feature", false),
        ("refs/tags/v1", false),
        ("refs/heads/main", true),
        ("refs/heads/feature", true),
        ("refs/tags/v1", true),
    ];
    assert_eq!(forced, expected.map(|(name, forced)| (name.to_owned(), forced)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn branches_are_deleted_but_not_the_default_one() {
    let (host, orders) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    ada.git(&["push", "-q", "origin", "main", "main:feature"]).await;
    ada.git(&["push", "-q", "origin", "--delete", "feature"]).await;
    let gone = &host.events()[1].updates[0];
    assert_eq!((gone.name.as_str(), gone.new.is_none(), gone.forced), ("refs/heads/feature", true, false));
    let shown = ada.git_fails(&["push", "origin", "--delete", "main"]).await;
    assert!(shown.contains("(the default branch cannot be deleted)"), "{shown}");
    assert_eq!(host.forge.branches(&orders).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_only_read_is_told_so() {
    let (host, _) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    let shown = ada.git_fails(&["push", &host.url_as(READER, "orders.git"), "main"]).await;
    assert!(shown.contains("403") && shown.contains("you may read this repository, not write to it"), "{shown}");
    let shown = ada.git_fails(&["push", &host.url_as("wrong", "orders.git"), "main"]).await;
    assert!(shown.contains("Authentication failed"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_was_not_taken_comes_again() {
    let (host, _) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    *host.world.is_deaf.lock() = true;
    ada.git(&["push", "-q", "origin", "main"]).await;
    assert!(host.events().is_empty());
    host.forge.redeliver().await.unwrap();
    assert!(host.events().is_empty());
    *host.world.is_deaf.lock() = false;
    host.forge.redeliver().await.unwrap();
    assert_eq!(host.events().len(), 1);
    host.forge.redeliver().await.unwrap();
    assert_eq!(host.events().len(), 1, "and only once when it was taken");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pushes_at_the_same_time_all_arrive() {
    let (host, orders) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    ada.git(&["push", "-q", "origin", "main"]).await;
    let mut clients = Vec::new();
    for index in 0..8 {
        let folder = format!("client{index}");
        host.at(".").git(&["clone", "-q", &host.url("orders.git"), &folder]).await;
        let work = host.at(&folder);
        work.commit("mine", folder.as_bytes()).await;
        clients.push(work);
    }
    let pushes = clients.iter().enumerate().map(|(index, work)| async move {
        let own = format!("HEAD:refs/heads/own{index}");
        let own = work.try_git(&["push", "-q", "origin", &own]).await;
        let shared = work.try_git(&["push", "-q", "origin", "HEAD:main"]).await;
        (own.status.success(), shared.status.success())
    });
    let results = futures::future::join_all(pushes).await;
    assert!(results.iter().all(|(own, _)| *own), "{results:?}");
    assert_eq!(results.iter().filter(|(_, shared)| *shared).count(), 1, "one wins on the same branch: {results:?}");
    assert_eq!(host.forge.branches(&orders).await.unwrap().len(), 9);
    let updates: usize = host.events().iter().map(|event| event.updates.len()).sum();
    assert_eq!(updates, 1 + 8 + 1);
    host.at(".").git(&["--git-dir", host.disk(&orders).to_str().unwrap(), "fsck", "--full"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_refs_and_many_pushes_stay_tidy() {
    let (host, orders) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    let input: String = (0..300).map(|index| format!("create refs/tags/t{index} HEAD\n")).collect();
    ada.git_with(&["update-ref", "--stdin"], input.as_bytes()).await;
    ada.git(&["push", "-q", "--mirror", "origin"]).await;
    assert_eq!(host.events()[0].updates.len(), 301);
    for index in 0..26 {
        ada.commit("counter", format!("{index}").as_bytes()).await;
        ada.git(&["push", "-q", "origin", "main"]).await;
    }
    crate::host::until("the packs are put together", || packs(&host) < 10).await;
    host.at(".").git(&["--git-dir", host.disk(&orders).to_str().unwrap(), "fsck", "--full"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compressed_push_of_8_mb_arrives() {
    let (host, orders) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    let head = ada.commit("noise", &noise(8 << 20)).await;
    let pack = ada.git_with(&["pack-objects", "--revs", "--stdout", "-q"], b"HEAD\n").await;
    let body = push_body(&[format!("{ZERO} {head} refs/heads/main")], &pack);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&body).unwrap();
    let (answer, report) = host.http(&format!("{RECEIVE}\r\nContent-Encoding: gzip"), &gzip.finish().unwrap()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(String::from_utf8_lossy(&report), "000eunpack ok\n0017ok refs/heads/main\n0000");
    assert_eq!(host.forge.resolve(&orders, "main").await.unwrap().unwrap().as_str(), head);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_waits_for_100_continue_gets_it() {
    let (host, orders) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    let head = ada.git(&["rev-parse", "HEAD"]).await;
    let pack = ada.git_with(&["pack-objects", "--revs", "--stdout", "-q"], b"HEAD\n").await;
    let body = push_body(&[format!("{ZERO} {head} refs/heads/main")], &pack);
    let (answer, _) = host.http(&format!("{RECEIVE}\r\nExpect: 100-continue"), &body).await;
    assert!(answer.starts_with("HTTP/1.1 100 Continue"), "{answer}");
    assert!(host.forge.resolve(&orders, "main").await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_or_incomplete_pack_changes_nothing() {
    let (host, orders) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    let head = ada.git(&["rev-parse", "HEAD"]).await;
    let pack = ada.git_with(&["pack-objects", "--revs", "--stdout", "-q"], b"HEAD\n").await;
    let commands = [format!("{ZERO} {head} refs/heads/main")];

    let mut broken = pack.clone();
    let middle = broken.len() / 2;
    broken[middle] ^= 0xff;
    let (_, report) = host.http(RECEIVE, &push_body(&commands, &broken)).await;
    assert!(String::from_utf8_lossy(&report).contains("ng refs/heads/main the pack was refused"), "{report:?}");

    let (_, report) = host.http(RECEIVE, &push_body(&commands, &pack[..middle])).await;
    assert!(String::from_utf8_lossy(&report).contains("ng refs/heads/main"), "{report:?}");

    // The commit alone, without its tree.
    let alone = ada.git_with(&["pack-objects", "--stdout", "-q"], format!("{head}\n").as_bytes()).await;
    let (_, report) = host.http(RECEIVE, &push_body(&commands, &alone)).await;
    assert!(String::from_utf8_lossy(&report).contains("ng refs/heads/main"), "{}", String::from_utf8_lossy(&report));

    let (answer, _) = host.http(RECEIVE, b"0032not a command").await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert!(host.forge.branches(&orders).await.unwrap().is_empty());
    assert!(host.events().is_empty());
    assert_eq!(packs(&host), 0);
    let left = std::fs::read_dir(host.disk(&orders).join("objects")).unwrap().flatten();
    assert!(left.map(|e| e.file_name()).all(|name| name == "pack" || name == "info"));
    ada.git(&["push", "-q", "origin", "main"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pusher_that_is_killed_leaves_nothing() {
    let (host, orders) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    ada.commit("noise", &noise(16 << 20)).await;
    let mut push = client(&ada.path, &["push", "origin", "main"]).spawn().unwrap();
    crate::host::until("the push runs", || host.processes() > 0).await;
    push.kill().await.unwrap();
    crate::host::until("git is gone", || host.processes() == 0).await;
    let objects = host.disk(&orders).join("objects");
    crate::host::until("the quarantine is gone or was accepted", || {
        std::fs::read_dir(&objects)
            .unwrap()
            .flatten()
            .all(|entry| !entry.file_name().to_string_lossy().starts_with("tmp_objdir"))
    })
    .await;
    ada.git(&["push", "-q", "origin", "main"]).await;
    assert!(host.forge.resolve(&name("orders"), "main").await.unwrap().is_some());
}

fn packs(host: &Host) -> usize {
    let folder = host.disk(&name("orders")).join("objects/pack");
    std::fs::read_dir(folder).unwrap().flatten().filter(|e| e.path().extension().is_some_and(|e| e == "idx")).count()
}
