//! Bodies that take their time, in both directions.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;

use crate::world::{HOST, Replica, World, read_all, read_until, until};

#[tokio::test]
async fn events_arrive_while_the_answer_goes_on() {
    let world = World::start().await;
    let gate = Arc::new(Semaphore::new(0));
    let opened = Arc::clone(&gate);
    let source = Replica::start_raw(move |mut stream| {
        let opened = Arc::clone(&opened);
        async move {
            read_until(&mut stream, "\r\n\r\n").await;
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            for number in 0..3 {
                stream.write_all(format!("9\r\ndata: {number}\n\n\r\n").as_bytes()).await.unwrap();
                opened.acquire().await.unwrap().forget();
            }
            stream.write_all(b"0\r\n\r\n").await.unwrap();
        }
    })
    .await;
    world.route(&[&source]);
    let mut stream = world.connect().await;
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n").as_bytes()).await.unwrap();
    for number in 0..3 {
        read_until(&mut stream, &format!("data: {number}")).await;
        assert_eq!(world.measured().in_flight, 1);
        gate.add_permits(1);
    }
    until("it is recorded", || world.measured().in_flight == 0).await;
    let seen = world.measured();
    assert_eq!((seen.by_class[1], seen.duration_count), (1, 0), "a stream of events has no duration");
}

#[tokio::test]
async fn a_large_body_goes_through_piece_by_piece() {
    let world = World::start().await;
    let counting = Replica::start(|request| async move {
        let mut body = request.into_body();
        let mut total = 0;
        while let Some(frame) = body.frame().await {
            total += frame.unwrap().data_ref().map_or(0, Bytes::len);
        }
        Response::new(Full::from(vec![b'y'; total]))
    })
    .await;
    world.route(&[&counting]);
    let size = 8 << 20;
    for is_chunked in [false, true] {
        let stream = world.connect().await;
        let (mut read, mut write) = stream.into_split();
        let sending = tokio::spawn(async move {
            let length =
                if is_chunked { "Transfer-Encoding: chunked".to_owned() } else { format!("Content-Length: {size}") };
            let head = format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{length}\r\n\r\n");
            write.write_all(head.as_bytes()).await.unwrap();
            let piece = vec![b'x'; 64 << 10];
            for _ in 0..size / piece.len() {
                if is_chunked {
                    write.write_all(b"10000\r\n").await.unwrap();
                }
                write.write_all(&piece).await.unwrap();
                if is_chunked {
                    write.write_all(b"\r\n").await.unwrap();
                }
            }
            if is_chunked {
                write.write_all(b"0\r\n\r\n").await.unwrap();
            }
            // Dropped, it would say that the client does not want an answer any more.
            write
        });
        let mut answer = Vec::new();
        read.read_to_end(&mut answer).await.unwrap();
        drop(sending.await.unwrap());
        let start = String::from_utf8_lossy(&answer[..answer.len().min(300)]);
        assert!(start.starts_with("HTTP/1.1 200"), "{start}");
        assert_eq!(answer.iter().filter(|byte| **byte == b'y').count(), size, "chunked: {is_chunked}");
    }
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_gets_it() {
    let world = World::start().await;
    let echo = Replica::echo().await;
    world.route(&[&echo]);
    let mut stream = world.connect().await;
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    read_until(&mut stream, "HTTP/1.1 100 Continue\r\n\r\n").await;
    stream.write_all(b"hello").await.unwrap();
    let text = read_all(&mut stream).await;
    assert!(text.contains(" 200 OK") && text.ends_with("\nhello") && !text.contains("expect:"), "{text}");
}

#[tokio::test]
async fn an_answer_may_come_before_the_request_has_ended() {
    let world = World::start().await;
    let early =
        Replica::start(|_| async { Response::builder().status(413).body(Full::from("too much")).unwrap() }).await;
    world.route(&[&early]);
    let mut stream = world.connect().await;
    let head = format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000000\r\n\r\nsome");
    stream.write_all(head.as_bytes()).await.unwrap();
    let text = read_until(&mut stream, "too much").await;
    assert!(text.starts_with("HTTP/1.1 413"), "{text}");
}

#[tokio::test]
async fn answers_without_a_body_are_passed_on_as_they_are() {
    let world = World::start().await;
    let replica = Replica::start(|request| async move {
        let status: u16 = request.uri().path()[1..].parse().unwrap();
        let body = if status == 200 { Full::from("twelve bytes") } else { Full::default() };
        Response::builder().status(status).body(body).unwrap()
    })
    .await;
    world.route(&[&replica]);
    let mut stream = world.connect().await;
    for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 304), ("HEAD", 200), ("GET", 200)] {
        let request = format!("{method} /{status} HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let end = if method == "GET" && status == 200 { "twelve bytes" } else { "\r\n\r\n" };
        let text = read_until(&mut stream, end).await.to_ascii_lowercase();
        assert!(text.starts_with(&format!("http/1.1 {status}")), "{method} {status}: {text}");
        assert_eq!(text.contains("content-length: 12"), status == 200, "{method} {status}: {text}");
        assert_eq!(text.contains("twelve"), method == "GET" && status == 200, "{method} {status}: {text}");
    }
    assert_eq!(replica.connections(), 1, "and its connection is used again");
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_request() {
    let world = World::start().await;
    let ended = Arc::new(Semaphore::new(0));
    let told = Arc::clone(&ended);
    let endless = Replica::start_raw(move |mut stream| {
        let told = Arc::clone(&told);
        async move {
            read_until(&mut stream, "\r\n\r\n").await;
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            while stream.write_all(b"4\r\nmore\r\n").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            told.add_permits(1);
        }
    })
    .await;
    world.route(&[&endless]);
    let mut stream = world.connect().await;
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n").as_bytes()).await.unwrap();
    read_until(&mut stream, "more").await;
    drop(stream);
    ended.acquire().await.unwrap().forget();
    until("it is not counted any more", || world.measured().in_flight == 0).await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_made_whole() {
    let world = World::start().await;
    let broken = Replica::start_raw(|mut stream| async move {
        read_until(&mut stream, "\r\n\r\n").await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n").await;
    })
    .await;
    world.route(&[&broken]);
    let text = world.raw(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n").as_bytes()).await;
    assert!(text.contains("hello") && !text.contains("0\r\n\r\n"), "{text}");
    assert_eq!(broken.connections(), 1, "what was begun is not repeated");
}
