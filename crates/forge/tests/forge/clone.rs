//! Clone and fetch.

use causeway_forge::{Onto, RepositoryName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::host::{Host, READER, WRITER, file, name, request, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clones_what_was_pushed_and_fetches_what_came_later() {
    let (host, _) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    ada.git(&["push", "-q", "origin", "main"]).await;
    let here = host.at(".");
    for version in ["0", "1", "2"] {
        let protocol = format!("protocol.version={version}");
        let folder = format!("bob{version}");
        here.git(&["-c", &protocol, "clone", "-q", &host.url_as(READER, "orders.git"), &folder]).await;
        let bob = host.at(&folder);
        assert_eq!(std::fs::read(bob.path.join("README.md")).unwrap(), b"hello\n");
        assert_eq!(bob.git(&["branch", "--show-current"]).await, "main");
        let newest = ada.commit(&format!("file{version}"), b"more").await;
        ada.git(&["push", "-q", "origin", "main"]).await;
        bob.git(&["-c", &protocol, "pull", "-q"]).await;
        assert_eq!(bob.git(&["rev-parse", "HEAD"]).await, newest);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clones_shallow_and_deepens() {
    let (host, _) = Host::with_orders().await;
    let ada = host.work("ada", "orders.git").await;
    for index in 0..5 {
        ada.commit("counter", format!("{index}").as_bytes()).await;
    }
    ada.git(&["push", "-q", "origin", "main"]).await;
    host.at(".").git(&["clone", "-q", "--depth", "1", &host.url("orders.git"), "bob"]).await;
    let bob = host.at("bob");
    assert_eq!(bob.git(&["rev-list", "--count", "HEAD"]).await, "1");
    bob.commit("from-a-shallow-clone", b"x").await;
    bob.git(&["push", "-q", "origin", "main"]).await;
    bob.git(&["fetch", "-q", "--unshallow"]).await;
    assert_eq!(bob.git(&["rev-list", "--count", "HEAD"]).await, "7");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clones_without_files_and_fetches_one_commit_by_its_name() {
    let (host, orders) = Host::with_orders().await;
    let first = host.forge.commit_tree(&orders, &request(vec![file("a", b"one")], Onto::Nothing)).await.unwrap();
    host.forge.commit_tree(&orders, &request(vec![file("a", b"two")], Onto::Head)).await.unwrap();
    let url = host.url("orders.git");
    let here = host.at(".");
    here.git(&["clone", "-q", "--filter=blob:none", "--no-checkout", &url, "bob"]).await;
    let bob = host.at("bob");
    let missing = bob.git(&["rev-list", "--objects", "--all", "--missing=print"]).await;
    assert_eq!(missing.lines().filter(|line| line.starts_with('?')).count(), 2);
    bob.git(&["checkout", "-q", "main"]).await;
    assert_eq!(std::fs::read(bob.path.join("a")).unwrap(), b"two");

    here.git(&["init", "-q", "eve"]).await;
    let eve = host.at("eve");
    eve.git(&["fetch", "-q", "--depth", "1", &url, first.as_str()]).await;
    assert_eq!(eve.git(&["show", "FETCH_HEAD:a"]).await, "one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_repository_can_be_cloned_in_any_namespace() {
    let host = Host::start().await;
    let named = RepositoryName::new("team-a", "orders").unwrap();
    host.forge.create(&named, "trunk").await.unwrap();
    host.at(".").git(&["clone", "-q", &host.url("team-a/orders.git"), "bob"]).await;
    assert_eq!(host.at("bob").git(&["branch", "--show-current"]).await, "trunk");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn access_is_asked_for_every_request() {
    let (host, orders) = Host::with_orders().await;
    host.fill(&orders, 10).await;
    let here = host.at(".");
    let wrong = here.git_fails(&["ls-remote", &host.url_as("wrong", "orders.git")]).await;
    assert!(wrong.contains("Authentication failed"), "{wrong}");
    let anonymous = format!("http://127.0.0.1:{}/git/orders.git", host.port);
    let asked = here.git_fails(&["ls-remote", &anonymous]).await;
    assert!(asked.contains("could not read Username"), "{asked}");
    host.world.public.lock().insert("orders".to_owned());
    assert!(here.git(&["ls-remote", &anonymous]).await.contains("refs/heads/main"));
    let absent = here.git_fails(&["ls-remote", &host.url("nothing.git")]).await;
    assert!(absent.contains("there is no such repository"), "{absent}");
    let bearer = format!("http.extraHeader=Authorization: Bearer {WRITER}");
    host.world.public.lock().clear();
    here.git(&["-c", &bearer, "ls-remote", &anonymous]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_says_how_to_sign_in_and_caches_nothing() {
    let (host, _) = Host::with_orders().await;
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", host.port)).await.unwrap();
    let head = "GET /git/orders.git/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(answer.contains("www-authenticate: Basic realm=\"Causeway\""), "{answer}");
    assert!(answer.contains("cache-control: no-store"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_goes_away_takes_its_git_with_it() {
    let (host, orders) = Host::with_orders().await;
    let head = host.fill(&orders, 16 << 20).await;
    let want = format!("want {head} side-band-64k ofs-delta agent=test\n");
    let body = format!("{:04x}{want}00000009done\n", want.len() + 4);
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", host.port)).await.unwrap();
    let request = format!(
        "POST /git/orders.git/git-upload-pack HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {WRITER}\r\n\
         Content-Type: application/x-git-upload-pack-request\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut some = vec![0; 4096];
    stream.read_exact(&mut some).await.unwrap();
    assert!(String::from_utf8_lossy(&some).starts_with("HTTP/1.1 200"));
    assert!(host.processes() > 0, "git serves the clone while the client takes its time");
    drop(stream);
    until("git is gone", || host.processes() == 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_can_be_deleted_while_it_is_cloned() {
    let (host, orders) = Host::with_orders().await;
    host.fill(&orders, 16 << 20).await;
    let url = host.url("orders.git");
    let here = host.at(".");
    let args = ["clone", "-q", url.as_str(), "bob"];
    let clone = here.try_git(&args);
    let delete = async {
        until("the clone runs", || host.processes() > 0).await;
        host.forge.delete(&orders).await.unwrap()
    };
    let (cloned, deleted) = tokio::join!(clone, delete);
    assert!(deleted);
    // It either had all that it needed or failed; a broken copy is never called whole.
    if cloned.status.success() {
        host.at("bob").git(&["fsck", "--full"]).await;
    }
    assert!(!host.forge.exists(&orders).await.unwrap());
    assert!(host.forge.create(&name("orders"), "main").await.unwrap(), "the name is free again");
    until("git is gone", || host.processes() == 0).await;
}
