//! Replicas that come, go, refuse and die, with requests on their way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use causeway_ingress::{BackendState, IngressConfig};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::sync::Semaphore;

use crate::world::{HOST, Replica, World, nobody, read_until, until};

#[tokio::test]
async fn requests_are_shared_and_connections_used_again() {
    let world =
        World::start_with(IngressConfig { idle_time: Duration::from_secs(60), ..IngressConfig::default() }).await;
    let (one, two) = (Replica::named("one").await, Replica::named("two").await);
    world.route(&[&one, &two]);
    let mut stream = world.connect().await;
    for _ in 0..40 {
        let request = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
        tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
        let answer = read_until(&mut stream, "\r\n\r\n").await;
        assert!(answer.contains(" 200 OK"), "{answer}");
        if !answer.ends_with("one") && !answer.ends_with("two") {
            let mut rest = [0; 3];
            tokio::io::AsyncReadExt::read_exact(&mut stream, &mut rest).await.unwrap();
        }
    }
    assert_eq!((one.requests(), two.requests()), (20, 20));
    assert_eq!((one.connections(), two.connections()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_change_under_load_loses_no_request() {
    let world = Arc::new(World::start().await);
    let slow = || {
        Replica::start(|request| async move {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let body = request.into_body().collect().await.unwrap().to_bytes();
            Response::new(Full::new(body))
        })
    };
    let mut replicas = vec![slow().await, slow().await];
    world.route(&replicas.iter().collect::<Vec<_>>());
    let is_done = Arc::new(AtomicBool::new(false));
    let asked = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..8)
        .map(|number| tokio::spawn(load(Arc::clone(&world), Arc::clone(&is_done), Arc::clone(&asked), number)))
        .collect();
    for _ in 0..6 {
        let next = slow().await;
        let before = asked.load(Ordering::SeqCst);
        let old = replicas.remove(0);
        replicas.push(next);
        let backends = replicas.iter().map(|replica| replica.backend(BackendState::Ready));
        world.set(backends.chain([old.backend(BackendState::Draining)]).collect());
        world.ingress.routes().drain(&old.id()).await;
        old.crash().await;
        world.route(&replicas.iter().collect::<Vec<_>>());
        until("clients went on asking", || asked.load(Ordering::SeqCst) > before + 50).await;
    }
    is_done.store(true, Ordering::SeqCst);
    for client in clients {
        client.await.unwrap();
    }
    let seen = world.measured();
    assert_eq!(seen.by_class[1], asked.load(Ordering::SeqCst) as u64);
    assert_eq!((seen.by_class[3], seen.by_class[4], seen.unanswered), (0, 0, 0));
}

/// Asks over one connection until told to stop; every answer must be the right one.
async fn load(world: Arc<World>, is_done: Arc<AtomicBool>, asked: Arc<AtomicUsize>, number: usize) {
    let stream = world.connect().await;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut count = 0;
    while !is_done.load(Ordering::SeqCst) {
        let body = format!("{number}-{count}");
        let method = if count % 2 == 0 { "POST" } else { "GET" };
        let request = Request::builder().method(method).uri("/").header("host", HOST);
        let sent = if method == "POST" { body.clone() } else { String::new() };
        let request = request.body(Full::<Bytes>::from(sent.clone())).unwrap();
        sender.ready().await.unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), sent);
        asked.fetch_add(1, Ordering::SeqCst);
        count += 1;
    }
}

#[tokio::test]
async fn draining_ends_with_the_last_request() {
    let world = World::start().await;
    let gate = Arc::new(Semaphore::new(0));
    let waiting = Arc::clone(&gate);
    let old = Replica::start(move |_| {
        let waiting = Arc::clone(&waiting);
        async move {
            waiting.acquire().await.unwrap().forget();
            Response::new(Full::from("old"))
        }
    })
    .await;
    world.route(&[&old]);
    let world = Arc::new(world);
    let asking = tokio::spawn({
        let world = Arc::clone(&world);
        async move { world.get("/").await }
    });
    until("the request is on the old one", || old.requests() == 1).await;
    let new = Replica::named("new").await;
    world.route(&[&old, &new]);
    let draining = tokio::spawn({
        let (ingress, id) = (world.ingress.clone(), old.id());
        async move { ingress.routes().drain(&id).await }
    });
    until("nothing new reaches the old one", || !world.ingress.routes().list().is_empty() && !draining.is_finished())
        .await;
    for _ in 0..5 {
        assert_eq!(world.get("/").await.body, "new");
    }
    world.route(&[&new]);
    assert!(!draining.is_finished(), "also when it is in no route any more");
    gate.add_permits(1);
    assert_eq!(asking.await.unwrap().body, "old");
    draining.await.unwrap();
    assert_eq!(old.requests(), 1);
    world.ingress.routes().drain("unknown").await;
}

#[tokio::test]
async fn a_request_that_could_not_be_sent_goes_elsewhere_whatever_it_is() {
    let world = World::start().await;
    let echo = Replica::echo().await;
    for method in ["GET", "POST", "PATCH", "DELETE"] {
        // A new one each time, so that it is not known to refuse.
        world.set(vec![nobody().await, nobody().await, echo.backend(BackendState::Ready)]);
        let answer = world.ask(method, "/", "", b"body").await;
        assert_eq!(answer.status, 200, "{method}: {}", answer.body);
        assert!(answer.body.ends_with("\nbody"), "{method}: {}", answer.body);
    }
    assert_eq!(echo.requests(), 4);
    assert_eq!(world.measured().unanswered, 0);
}

/// Reads a request and ends the connection without an answer.
async fn dying() -> Replica {
    Replica::start_raw(|mut stream| async move {
        read_until(&mut stream, "\r\n\r\n").await;
    })
    .await
}

#[tokio::test]
async fn a_request_on_a_dying_replica_is_repeated_only_if_that_is_harmless() {
    let world = World::start().await;
    let (dying, echo) = (dying().await, Replica::echo().await);
    for (method, body, is_repeated) in [
        ("GET", "", true),
        ("HEAD", "", true),
        ("OPTIONS", "", true),
        ("PUT", "small", true),
        ("DELETE", "", true),
        ("POST", "small", false),
        ("PATCH", "small", false),
        ("POST", "", false),
    ] {
        // Set anew, so that the dying one is not avoided.
        world.ingress.routes().remove(HOST);
        world.route(&[&dying]);
        world.route(&[&dying, &echo]);
        let before = (dying.connections(), echo.requests());
        let mut statuses = Vec::new();
        for _ in 0..2 {
            statuses.push(world.ask(method, "/", "", body.as_bytes()).await.status);
        }
        let on_echo = echo.requests() - before.1;
        if is_repeated {
            assert_eq!((statuses, on_echo), (vec![200, 200], 2), "{method}");
        } else {
            statuses.sort_unstable();
            assert_eq!((statuses, on_echo), (vec![200, 502], 1), "{method}");
            assert_eq!(dying.connections() - before.0, 1, "{method} was sent again");
        }
    }
}

#[tokio::test]
async fn a_request_that_kills_is_not_sent_to_every_replica() {
    let world = World::start().await;
    let replicas = [dying().await, dying().await, dying().await, dying().await, dying().await, dying().await];
    world.route(&replicas.iter().collect::<Vec<_>>());
    assert_eq!(world.get("/").await.status, 502);
    let killed: usize = replicas.iter().map(Replica::connections).sum();
    assert_eq!(killed, IngressConfig::default().max_attempts);
}

#[tokio::test]
async fn an_idle_connection_that_the_replica_closed_harms_nobody() {
    let world =
        World::start_with(IngressConfig { idle_time: Duration::from_secs(60), ..IngressConfig::default() }).await;
    // Answers one request on each connection and closes it without saying so.
    let impatient = Replica::start_raw(|mut stream| async move {
        read_until(&mut stream, "\r\n\r\n").await;
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, answer.as_bytes()).await;
    })
    .await;
    world.route(&[&impatient]);
    for _ in 0..30 {
        assert_eq!(world.get("/").await.body, "ok");
        assert_eq!(world.ask("DELETE", "/", "", b"").await.body, "ok");
    }
}

#[tokio::test]
async fn a_replica_that_crashes_with_many_idle_connections_is_survived() {
    let world =
        World::start_with(IngressConfig { idle_time: Duration::from_secs(60), ..IngressConfig::default() }).await;
    for _ in 0..3 {
        let gate = Arc::new(Semaphore::new(0));
        let opened = Arc::clone(&gate);
        let doomed = Replica::start(move |_| {
            let opened = Arc::clone(&opened);
            async move {
                drop(opened.acquire().await.unwrap());
                Response::new(Full::from("doomed"))
            }
        })
        .await;
        world.route(&[&doomed]);
        let (answers, ()) = tokio::join!(futures::future::join_all((0..20).map(|_| world.get("/"))), async {
            until("all run at once", || doomed.requests() == 20).await;
            gate.add_permits(1);
        });
        assert!(answers.iter().all(|answer| answer.body == "doomed"));
        let healthy = Replica::named("healthy").await;
        world.route(&[&doomed, &healthy]);
        doomed.crash().await;
        let answers = futures::future::join_all((0..20).map(|_| world.get("/"))).await;
        assert!(answers.iter().all(|answer| answer.body == "healthy"), "{answers:?}");
    }
}

#[tokio::test]
async fn a_request_waits_a_moment_for_the_first_replica() {
    let world = Arc::new(World::start().await);
    world.set(vec![]);
    let asking = tokio::spawn({
        let world = Arc::clone(&world);
        async move { world.ask("POST", "/", "", b"hello").await }
    });
    until("the request waits", || world.measured().in_flight == 1).await;
    let echo = Replica::echo().await;
    world.route(&[&echo]);
    let answer = asking.await.unwrap();
    assert!(answer.body.ends_with("\nhello"), "{}", answer.body);
}

#[tokio::test]
async fn a_request_waits_for_a_replica_that_starts_again() {
    let world = Arc::new(World::start().await);
    let address = Replica::named("old").await.crash().await;
    let backend = |state| causeway_ingress::Backend { id: "r".to_owned(), address, state };
    world.set(vec![backend(BackendState::Ready)]);
    let asking = tokio::spawn({
        let world = Arc::clone(&world);
        async move { world.get("/").await }
    });
    until("the request waits", || world.measured().in_flight == 1).await;
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let (mut stream, _) = listener.accept().await.unwrap();
    read_until(&mut stream, "\r\n\r\n").await;
    tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew").await.unwrap();
    assert_eq!(asking.await.unwrap().body, "new");
}

#[tokio::test]
async fn a_service_without_replicas_says_when_to_come_again() {
    let config = IngressConfig { hold_time: Duration::from_millis(100), max_held: 1, ..IngressConfig::default() };
    let world = World::start_with(config).await;
    world.set(vec![]);
    let (first, second) = tokio::join!(world.get("/"), world.get("/"));
    for answer in [&first, &second] {
        assert_eq!(answer.status, 503, "{}", answer.body);
        assert!(answer.head.contains("retry-after: 2"), "{}", answer.head);
        assert!(answer.body.contains("ServiceUnavailable"), "{}", answer.body);
    }
    let page = world.ask("GET", "/", "Accept: text/html\r\n", b"").await;
    assert!(page.body.contains("<h1>Starting up</h1>"), "{}", page.body);
    world.set(vec![nobody().await]);
    assert_eq!(world.get("/").await.status, 503);
    let replica = Replica::named("draining").await;
    world.set(vec![replica.backend(BackendState::Draining)]);
    assert_eq!(world.get("/").await.status, 503);
    assert_eq!(replica.requests(), 0);
    let seen = world.measured();
    assert_eq!((seen.unanswered, seen.by_class[4]), (5, 5));
}
