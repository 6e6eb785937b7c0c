//! Clients and services that take too long or send too much.

use std::sync::Arc;
use std::time::Duration;

use causeway_ingress::IngressConfig;
use http::Response;
use http_body_util::Full;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;

use crate::world::{HOST, Replica, World, read_all, read_until, until};

const SHORT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_client_that_never_ends_its_head_is_let_go() {
    let world = World::start_with(IngressConfig { header_time: SHORT, ..IngressConfig::default() }).await;
    let shop = Replica::named("shop").await;
    world.route(&[&shop]);
    let mut slow = world.connect().await;
    slow.write_all(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n").as_bytes()).await.unwrap();
    // A line every now and then does not buy more time.
    let drip = async {
        while slow.write_all(b"X-A: 1\r\n").await.is_ok() {
            tokio::time::sleep(SHORT / 10).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), drip).await.expect("the connection is closed");
    assert_eq!(shop.requests(), 0);
    let mut silent = world.connect().await;
    assert_eq!(read_all(&mut silent).await, "");
}

#[tokio::test]
async fn many_slow_clients_do_not_keep_the_others_out_for_long() {
    let config = IngressConfig { header_time: SHORT, max_connections: 4, ..IngressConfig::default() };
    let world = World::start_with(config).await;
    let shop = Replica::named("shop").await;
    world.route(&[&shop]);
    let mut slow = Vec::new();
    for _ in 0..12 {
        let mut stream = world.connect().await;
        let _ = stream.write_all(b"GET / HT").await;
        slow.push(stream);
    }
    let answer = tokio::time::timeout(Duration::from_secs(20), world.get("/")).await.unwrap();
    assert_eq!(answer.body, "shop");
}

#[tokio::test]
async fn a_body_that_stops_arriving_is_given_up() {
    let world = World::start_with(IngressConfig { stall_time: SHORT, ..IngressConfig::default() }).await;
    let echo = Replica::echo().await;
    world.route(&[&echo]);
    for (method, length) in [("POST", 100), ("PUT", 100), ("PUT", 1_000_000)] {
        let request = format!("{method} / HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {length}\r\n\r\nsome");
        let text = world.raw(request.as_bytes()).await;
        assert!(text.starts_with("HTTP/1.1 408"), "{method} {length}: {text}");
    }
    until("nothing is left", || world.measured().in_flight == 0).await;
}

#[tokio::test]
async fn a_body_that_arrives_slowly_but_steadily_is_not() {
    let world = World::start_with(IngressConfig { response_time: SHORT, ..IngressConfig::default() }).await;
    let echo = Replica::echo().await;
    world.route(&[&echo]);
    let mut stream = world.connect().await;
    let head = format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nContent-Length: 10\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..10 {
        stream.write_all(b"z").await.unwrap();
        tokio::time::sleep(SHORT / 4).await;
    }
    let text = read_all(&mut stream).await;
    assert!(text.ends_with("zzzzzzzzzz"), "{text}");
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_let_go() {
    let world = World::start_with(IngressConfig { stall_time: SHORT, ..IngressConfig::default() }).await;
    let large = Replica::start(|_| async { Response::new(Full::from(vec![b'x'; 64 << 20])) }).await;
    world.route(&[&large]);
    let mut stream = world.connect().await;
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n").as_bytes()).await.unwrap();
    let mut some = [0; 1000];
    stream.read_exact(&mut some).await.unwrap();
    until("the request is over", || world.measured().in_flight == 0).await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let world = World::start().await;
    let shop = Replica::named("shop").await;
    world.route(&[&shop]);
    let long = format!("X-Long: {}\r\n", "x".repeat(70 << 10));
    let many = "X-Many: 1\r\n".repeat(101);
    for headers in [long, many] {
        let text = world.raw(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{headers}\r\n").as_bytes()).await;
        assert!(text.starts_with("HTTP/1.1 431"), "{}", &text[..text.len().min(200)]);
    }
    assert_eq!(shop.requests(), 0);
}

#[tokio::test]
async fn a_service_that_does_not_answer_in_time_is_given_up() {
    let world = World::start_with(IngressConfig { response_time: SHORT, ..IngressConfig::default() }).await;
    let silent = Replica::start_raw(|mut stream| async move {
        read_until(&mut stream, "\r\n\r\n").await;
        std::future::pending::<()>().await;
    })
    .await;
    world.route(&[&silent]);
    let answer = world.get("/").await;
    assert_eq!(answer.status, 504, "{}", answer.body);
    assert_eq!(silent.connections(), 1, "and is not asked again");
    assert_eq!(world.measured().unanswered, 1);
}

#[tokio::test]
async fn a_stop_lets_open_requests_end_and_takes_no_new_ones() {
    let mut world = World::start().await;
    let gate = Arc::new(Semaphore::new(0));
    let opened = Arc::clone(&gate);
    let slow = Replica::start(move |_| {
        let opened = Arc::clone(&opened);
        async move {
            opened.acquire().await.unwrap().forget();
            Response::new(Full::from("done"))
        }
    })
    .await;
    world.route(&[&slow]);
    let mut open = world.connect().await;
    open.write_all(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n").as_bytes()).await.unwrap();
    until("the request runs", || slow.requests() == 1).await;
    let mut idle = world.connect().await;
    world.stop();
    assert_eq!(read_all(&mut idle).await, "", "an idle connection is closed");
    assert!(tokio::net::TcpStream::connect(world.address).await.is_err(), "nobody listens any more");
    assert!(!world.served.is_finished());
    gate.add_permits(1);
    let text = read_all(&mut open).await;
    assert!(text.ends_with("done"), "{text}");
    (&mut world.served).await.unwrap();
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let mut world = World::start_with(IngressConfig { grace_time: SHORT, ..IngressConfig::default() }).await;
    let silent = Replica::start_raw(|mut stream| async move {
        read_until(&mut stream, "\r\n\r\n").await;
        std::future::pending::<()>().await;
    })
    .await;
    world.route(&[&silent]);
    let mut open = world.connect().await;
    open.write_all(format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n").as_bytes()).await.unwrap();
    until("the request runs", || silent.connections() == 1).await;
    world.stop();
    (&mut world.served).await.unwrap();
    assert_eq!(read_all(&mut open).await, "");
}
