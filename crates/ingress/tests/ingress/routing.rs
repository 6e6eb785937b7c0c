//! Which service a request reaches, and what is said when there is none.

use causeway_ingress::{Route, ServiceLabels, host_name, write_prometheus};

use crate::world::{HOST, Replica, World, until};

#[tokio::test]
async fn a_request_reaches_the_service_that_its_host_names() {
    let world = World::start().await;
    let shop = Replica::named("shop").await;
    let billing = Replica::named("billing").await;
    world.route(&[&shop]);
    let labels =
        ServiceLabels { namespace: "team-a".to_owned(), environment: "dev".to_owned(), service: "billing".to_owned() };
    let backends = vec![billing.backend(causeway_ingress::BackendState::Ready)];
    let host = host_name("team-a", "dev", "billing");
    world.ingress.routes().set(&host, Route { labels, backends }).unwrap();
    for (host, expected) in [
        ("shop.dev.localhost", "shop"),
        ("SHOP.Dev.Localhost:7080", "shop"),
        ("shop.dev.localhost.", "shop"),
        ("billing.dev.team-a.localhost", "billing"),
    ] {
        let text = world.raw(format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes()).await;
        assert!(text.ends_with(expected), "{host}: {text}");
    }
    let absolute =
        format!("GET http://{HOST}/a?b=c HTTP/1.1\r\nHost: billing.dev.team-a.localhost\r\nConnection: close\r\n\r\n");
    assert!(world.raw(absolute.as_bytes()).await.ends_with("shop"), "the address stands above the header");
    assert_eq!(world.ingress.routes().list().keys().collect::<Vec<_>>(), [&host, HOST]);
}

#[tokio::test]
async fn an_absolute_address_becomes_a_path_and_a_host() {
    let world = World::start().await;
    let echo = Replica::echo().await;
    world.route(&[&echo]);
    let text = format!("GET http://{HOST}:7080/a?b=c HTTP/1.1\r\nHost: evil\r\nConnection: close\r\n\r\n");
    let text = world.raw(text.as_bytes()).await;
    assert!(text.contains("GET /a?b=c\n"), "{text}");
    assert!(text.contains("\nhost: shop.dev.localhost:7080\n"), "{text}");
    assert!(text.contains("\nx-forwarded-host: shop.dev.localhost:7080\n"), "{text}");
    assert!(!text.contains("evil"), "{text}");
}

#[tokio::test]
async fn an_unknown_host_is_told_nothing_about_others() {
    let world = World::start().await;
    let shop = Replica::named("shop").await;
    world.route(&[&shop]);
    let json = world.raw(b"GET / HTTP/1.1\r\nHost: other.dev.localhost\r\nConnection: close\r\n\r\n").await;
    assert!(json.starts_with("HTTP/1.1 404"), "{json}");
    assert!(json.contains("\"code\":\"ServiceNotFound\"") && !json.contains("shop"), "{json}");
    let page = world.raw(b"GET / HTTP/1.1\r\nHost: other\r\nAccept: text/html,*/*\r\nConnection: close\r\n\r\n").await;
    assert!(page.contains("content-type: text/html") && page.contains("<h1>No service here</h1>"), "{page}");
    assert!(world.ingress.routes().remove("SHOP.dev.localhost"));
    assert!(!world.ingress.routes().remove(HOST));
    assert_eq!(world.get("/").await.status, 404);
    assert!(
        world.ingress.routes().set("not a host", Route { labels: crate::world::labels(), backends: vec![] }).is_err()
    );
}

#[tokio::test]
async fn requests_are_measured_by_service() {
    let world = World::start().await;
    let shop = Replica::start(|request| async move {
        let status = request.uri().path()[1..].parse().unwrap();
        http::Response::builder().status::<u16>(status).body("x".into()).unwrap()
    })
    .await;
    world.route(&[&shop]);
    for status in [200, 200, 201, 302, 404, 500] {
        assert_eq!(world.get(&format!("/{status}")).await.status, status);
    }
    until("all are recorded", || world.measured().in_flight == 0).await;
    let seen = world.measured();
    assert_eq!(seen.by_class, [0, 3, 1, 1, 1]);
    assert_eq!((seen.duration_count, seen.unanswered, seen.window.requests), (6, 0, 6));
    assert!((seen.window.error_rate - 1.0 / 6.0).abs() < 1e-9);
    assert!(seen.window.p50.is_some() && seen.window.rate > 0.0);
    let mut page = String::new();
    write_prometheus(&mut page, &world.ingress.snapshot());
    assert!(page.contains("environment=\"dev\",service=\"shop\",class=\"2xx\"} 3"), "{page}");
    world.route(&[&shop]);
    assert_eq!(world.measured().by_class[1], 3, "a changed route keeps its measurements");
}
