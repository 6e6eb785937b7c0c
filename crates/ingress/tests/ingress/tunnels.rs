//! Connections that switch protocols.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::{HOST, Replica, World, read_all, read_until, until};

/// Switches and sends everything back in upper case.
async fn shouting() -> Replica {
    Replica::start_raw(|mut stream| async move {
        let head = read_until(&mut stream, "\r\n\r\n").await.to_ascii_lowercase();
        assert!(head.contains("upgrade: websocket") && head.contains("connection: upgrade"), "{head}");
        let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Accept: x\r\n\r\nEARLY";
        stream.write_all(answer.as_bytes()).await.unwrap();
        let mut chunk = [0; 1024];
        while let Ok(read @ 1..) = stream.read(&mut chunk).await {
            stream.write_all(chunk[..read].to_ascii_uppercase().as_slice()).await.unwrap();
        }
    })
    .await
}

fn handshake() -> String {
    format!(
        "GET /socket HTTP/1.1\r\nHost: {HOST}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n"
    )
}

#[tokio::test]
async fn a_websocket_passes_both_ways_and_counts_until_it_ends() {
    let world = World::start().await;
    let replica = shouting().await;
    world.route(&[&replica]);
    let mut stream = world.connect().await;
    stream.write_all(handshake().as_bytes()).await.unwrap();
    let text = read_until(&mut stream, "EARLY").await;
    assert!(text.starts_with("HTTP/1.1 101"), "{text}");
    let head = text.to_ascii_lowercase();
    assert!(head.contains("upgrade: websocket") && head.contains("sec-websocket-accept: x"), "{text}");
    for word in ["hello", "again"] {
        stream.write_all(word.as_bytes()).await.unwrap();
        read_until(&mut stream, &word.to_ascii_uppercase()).await;
    }
    assert_eq!(world.measured().in_flight, 1);
    let id = replica.id();
    let draining = world.ingress.routes().drain(&id);
    tokio::pin!(draining);
    assert!(futures::poll!(draining.as_mut()).is_pending(), "an open tunnel keeps its replica");
    stream.shutdown().await.unwrap();
    assert_eq!(read_all(&mut stream).await, "");
    draining.await;
    until("it is recorded", || world.measured().in_flight == 0).await;
    assert_eq!(world.measured().by_class, [1, 0, 0, 0, 0]);
}

#[tokio::test]
async fn a_refused_switch_is_an_ordinary_answer() {
    let world = World::start().await;
    let echo = Replica::echo().await;
    world.route(&[&echo]);
    let mut stream = world.connect().await;
    stream.write_all(handshake().as_bytes()).await.unwrap();
    let text = read_until(&mut stream, "sec-websocket-key: k").await;
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
}

#[tokio::test]
async fn nobody_is_switched_to_http2_or_without_asking() {
    let world = World::start().await;
    let echo = Replica::echo().await;
    world.route(&[&echo]);
    let headers = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n";
    let request = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{headers}\r\n");
    let text = world.raw(request.as_bytes()).await;
    assert!(text.starts_with("HTTP/1.1 200") && !text.contains("h2c") && !text.contains("http2"), "{text}");

    let eager = Replica::start_raw(|mut stream| async move {
        read_until(&mut stream, "\r\n\r\n").await;
        let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    world.route(&[&eager]);
    assert_eq!(world.get("/").await.status, 502);
}
