//! Bounds: of a push, of time, of what runs at once.

use std::time::Duration;

use causeway_forge::{ForgeConfig, ForgeError};

use crate::host::{Host, file, name, noise, request};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_above_the_limit_is_refused_with_the_limit() {
    let host = Host::start_with(ForgeConfig { max_push: 3 << 20, ..ForgeConfig::default() }).await;
    let orders = name("orders");
    host.forge.create(&orders, "main").await.unwrap();
    let ada = host.work("ada", "orders.git").await;
    ada.git(&["push", "-q", "origin", "main"]).await;
    ada.commit("noise", &noise(5 << 20)).await;
    let shown = ada.git_fails(&["push", "origin", "main"]).await;
    assert!(shown.contains("the push is larger than the limit of 3145728 bytes"), "{shown}");
    assert!(shown.contains("! [remote rejected] main -> main"), "{shown}");
    assert_eq!(host.events().len(), 1);
    assert!(host.forge.size(&orders).await.unwrap() < 1 << 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_body_that_unpacks_to_a_large_one_is_bounded_too() {
    use std::io::Write;
    let host = Host::start_with(ForgeConfig { max_push: 1 << 20, ..ForgeConfig::default() }).await;
    host.forge.create(&name("orders"), "main").await.unwrap();
    let ada = host.work("ada", "orders.git").await;
    let head = ada.git(&["rev-parse", "HEAD"]).await;
    let command = format!("{} {head} refs/heads/main", crate::host::ZERO);
    let body = crate::host::push_body(&[command], b"PACK\0\0\0\x02\0\0\0\x01");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&body).unwrap();
    for _ in 0..300 {
        gzip.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let bomb = gzip.finish().unwrap();
    assert!(bomb.len() < 4 << 20);
    let (answer, report) = host.http(&format!("{}\r\nContent-Encoding: gzip", crate::host::RECEIVE), &bomb).await;
    let report = String::from_utf8_lossy(&report);
    assert!(answer.starts_with("HTTP/1.1 413") || report.contains("ng refs/heads/main"), "{answer}{report}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_to_wait_too_long_for_a_turn_is_told_to_come_again() {
    let config = ForgeConfig { transfers: 1, queue_time: Duration::from_millis(50), ..ForgeConfig::default() };
    let host = Host::start_with(config).await;
    host.forge.create(&name("orders"), "main").await.unwrap();
    let ada = host.work("ada", "orders.git").await;
    // A push that stands still in the middle of its head holds the only turn.
    let mut slow = tokio::net::TcpStream::connect(("127.0.0.1", host.port)).await.unwrap();
    let head = format!(
        "{}\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 100\r\n\r\n00",
        crate::host::RECEIVE,
        crate::host::WRITER
    );
    tokio::io::AsyncWriteExt::write_all(&mut slow, head.as_bytes()).await.unwrap();
    let mut shown = String::new();
    for _ in 0..100 {
        shown = match ada.try_git(&["push", "origin", "main:other"]).await {
            output if output.status.success() => continue,
            output => crate::host::stderr(&output),
        };
        break;
    }
    assert!(shown.contains("503"), "{shown}");
    drop(slow);
    for _ in 0..100 {
        if ada.try_git(&["push", "-q", "origin", "main"]).await.status.success() {
            return;
        }
    }
    panic!("the turn was not given back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_stands_still_is_let_go() {
    let config = ForgeConfig { idle_time: Duration::from_millis(200), ..ForgeConfig::default() };
    let host = Host::start_with(config).await;
    host.forge.create(&name("orders"), "main").await.unwrap();
    let ada = host.work("ada", "orders.git").await;
    let head = ada.git(&["rev-parse", "HEAD"]).await;
    let body = crate::host::push_body(&[format!("{} {head} refs/heads/main", crate::host::ZERO)], b"PACK\0\0");
    let mut slow = tokio::net::TcpStream::connect(("127.0.0.1", host.port)).await.unwrap();
    let head = format!(
        "{}\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 1000\r\n\r\n",
        crate::host::RECEIVE,
        crate::host::WRITER
    );
    tokio::io::AsyncWriteExt::write_all(&mut slow, head.as_bytes()).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut slow, &body).await.unwrap();
    let mut answer = vec![0; 12];
    tokio::io::AsyncReadExt::read_exact(&mut slow, &mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 408");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_and_checkouts_have_limits() {
    let host = Host::start_with(ForgeConfig { max_checkout: 100, ..ForgeConfig::default() }).await;
    let orders = name("orders");
    host.forge.create(&orders, "main").await.unwrap();
    let files = vec![file("large", &noise(200))];
    host.forge.commit_tree(&orders, &request(files, causeway_forge::Onto::Nothing)).await.unwrap();
    let read = host.forge.read_file(&orders, "main", "large", 199).await;
    assert!(matches!(read, Err(ForgeError::TooLarge { limit: 199, .. })), "{read:?}");
    let into = host.folder.path().join("out");
    let checked_out = host.forge.checkout(&orders, "main", &into).await;
    assert!(matches!(checked_out, Err(ForgeError::TooLarge { limit: 100, .. })), "{checked_out:?}");
}
