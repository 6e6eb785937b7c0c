//! What crosses the ingress and what does not; requests that try to be two.

use crate::world::{Answer, HOST, Replica, World, read_until};

#[tokio::test]
async fn workloads_see_who_asks_and_clients_cannot_pretend() {
    let world = World::start().await;
    let echo = Replica::echo().await;
    world.route(&[&echo]);
    let headers = "X-Forwarded-For: 6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nForwarded: for=6.6.6.6\r\n\
        X-Real-IP: 6.6.6.6\r\nX-Forwarded-Prefix: /6\r\nProxy: 6.6.6.6\r\nKeep-Alive: 6\r\nTE: trailers\r\n\
        traceparent: 00-aa-bb-01\r\nX-Request-Id: mine-1\r\nCookie: a=b\r\n";
    let answer = world.ask("GET", "/p?q=1", headers, b"").await;
    assert!(!answer.body.contains('6'), "{}", answer.body);
    for line in [
        "GET /p?q=1",
        "x-forwarded-for: 127.0.0.1",
        "x-forwarded-proto: http",
        "x-forwarded-host: shop.dev.localhost",
        "traceparent: 00-aa-bb-01",
        "x-request-id: mine-1",
        "cookie: a=b",
        "host: shop.dev.localhost",
    ] {
        assert!(answer.body.lines().any(|seen| seen == line), "{line} is not in {}", answer.body);
    }
    assert!(!answer.body.contains("connection:"), "{}", answer.body);
    assert!(answer.head.contains("x-request-id: mine-1"), "{}", answer.head);
    let made = world.get("/").await;
    assert!(made.body.lines().any(|line| line.len() == 14 + 32 && line.starts_with("x-request-id: ")), "{}", made.body);
}

#[tokio::test]
async fn a_client_cannot_strip_what_the_ingress_adds() {
    let world = World::start().await;
    let echo = Replica::echo().await;
    world.route(&[&echo]);
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close, X-Forwarded-For, Host, Content-Length, X-Request-Id\r\n\
         Content-Length: 5\r\n\r\nhello"
    );
    let text = world.raw(request.as_bytes()).await;
    assert!(text.contains("x-forwarded-for: 127.0.0.1\n") && text.contains("host: shop.dev.localhost\n"), "{text}");
    assert!(text.contains("content-length: 5\n") && text.ends_with("\nhello"), "{text}");
}

#[tokio::test]
async fn a_request_that_could_be_read_as_two_is_refused_or_reframed() {
    let world = World::start().await;
    let echo = Replica::echo().await;
    world.route(&[&echo]);
    let smuggled = "GET /admin HTTP/1.1\r\nHost: x\r\n\r\n";
    let refused = [
        ("two lengths", format!("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello{smuggled}")),
        ("a list of lengths", format!("Content-Length: 5, 6\r\n\r\nhello{smuggled}")),
        ("a signed length", format!("Content-Length: +5\r\n\r\nhello{smuggled}")),
        ("a hexadecimal length", format!("Content-Length: 0x5\r\n\r\nhello{smuggled}")),
        ("not chunked last", format!("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n{smuggled}")),
        ("an unknown coding", format!("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{smuggled}")),
        ("a space before the colon", format!("Content-Length : 5\r\n\r\nhello{smuggled}")),
        ("a folded line", format!("X-A: 1\r\n Content-Length: 5\r\n\r\nhello{smuggled}")),
        ("a nul", format!("X-A: 1\0\r\n\r\n{smuggled}")),
        ("two hosts", format!("Host: other\r\n\r\n{smuggled}")),
        ("a name with a space", format!("X A: 1\r\n\r\n{smuggled}")),
    ];
    for (what, rest) in refused {
        let text = world.raw(format!("POST / HTTP/1.1\r\nHost: {HOST}\r\n{rest}").as_bytes()).await;
        assert!(text.starts_with("HTTP/1.1 400"), "{what}: {text}");
        assert!(!text.contains("/admin"), "{what}: {text}");
    }
    assert_eq!(echo.requests(), 0, "nothing of them reached the service");
}

#[tokio::test]
async fn a_length_beside_chunks_is_ignored_and_not_passed_on() {
    let world = World::start().await;
    let echo = Replica::echo().await;
    world.route(&[&echo]);
    for lengths in
        ["Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"]
    {
        let request =
            format!("POST / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{lengths}\r\n5\r\nhello\r\n0\r\n\r\n");
        let text = world.raw(request.as_bytes()).await;
        assert!(text.starts_with("HTTP/1.1 400") || text.ends_with("\nhello"), "{text}");
        assert!(!text.contains("content-length: 3"), "{text}");
    }
    for chunk in ["5;x=y\r\nhello\r\n0\r\n\r\n", "005\r\nhello\r\n0\r\nX-Trailer: 1\r\n\r\n"] {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"
        );
        let text = world.raw(request.as_bytes()).await;
        assert!(text.ends_with("\nhello"), "{text}");
    }
    for chunk in
        ["5\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "fffffffffffffffff\r\nhello"]
    {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"
        );
        let text = world.raw(request.as_bytes()).await;
        assert!(!text.starts_with("HTTP/1.1 200"), "{chunk:?}: {text}");
    }
}

#[tokio::test]
async fn requests_one_behind_the_other_are_answered_in_order() {
    let world = World::start().await;
    let echo = Replica::echo().await;
    world.route(&[&echo]);
    let one = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    let mut stream = world.connect().await;
    let both = one("/first") + &one("/second");
    tokio::io::AsyncWriteExt::write_all(&mut stream, both.as_bytes()).await.unwrap();
    let text = read_until(&mut stream, "GET /second").await;
    assert!(text.find("GET /first").unwrap() < text.find("GET /second").unwrap());
}

#[tokio::test]
async fn what_is_no_request_for_a_service_is_refused() {
    let world = World::start().await;
    let echo = Replica::echo().await;
    world.route(&[&echo]);
    for (request, status) in [
        ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\n\r\n", 400),
        ("CONNECT shop.dev.localhost:443 HTTP/1.1\r\nHost: shop.dev.localhost:443\r\nConnection: close\r\n\r\n", 405),
        ("GET / HTTP/1.1\r\nHost: user@shop.dev.localhost\r\nConnection: close\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n", 400),
        ("nonsense\r\n\r\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0),
    ] {
        let text = world.raw(request.as_bytes()).await;
        assert_eq!(Answer::parse(&text).status, status, "{request:?}: {text}");
    }
    assert_eq!(echo.requests(), 0);
    let text = world.raw(format!("OPTIONS * HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n").as_bytes()).await;
    assert!(text.contains("OPTIONS *"), "{text}");
    let text = world.raw(format!("GET / HTTP/1.0\r\nHost: {HOST}\r\n\r\n").as_bytes()).await;
    assert!(text.contains(" 200 OK"), "{text}");
}

#[tokio::test]
async fn an_answer_crosses_without_what_concerns_its_connection() {
    let world = World::start().await;
    let odd = Replica::start_raw(|mut stream| async move {
        read_until(&mut stream, "\r\n\r\n").await;
        let answer = "HTTP/1.1 200 OK\r\nConnection: close, X-Secret\r\nX-Secret: 1\r\nKeep-Alive: timeout=5\r\n\
            Transfer-Encoding: chunked\r\nX-Mine: 1\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
        let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, answer.as_bytes()).await;
    })
    .await;
    world.route(&[&odd]);
    let mut stream = world.connect().await;
    let request = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let text = read_until(&mut stream, "hello\r\n0\r\n\r\n").await.to_ascii_lowercase();
    assert!(!text.contains("x-secret") && !text.contains("keep-alive") && !text.contains("connection:"), "{text}");
    assert!(
        text.contains("x-mine: 1") && text.contains("set-cookie: a=1") && text.contains("set-cookie: b=2"),
        "{text}"
    );
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    read_until(&mut stream, "hello").await;
}
