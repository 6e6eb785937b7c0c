//! Ports that may be used, and those that may not.

use std::net::TcpListener;

use causeway_sandbox::{Means, Network, PortRule, free_port};

use crate::bench::{Bench, lines, skip};

fn bind(port: u16) -> String {
    format!("/usr/bin/python3 -c 'import socket; socket.socket().bind((\"127.0.0.1\", {port}))' 2>&1 | tail -1; ")
}

fn connect(port: u16) -> String {
    format!("(: < /dev/tcp/127.0.0.1/{port}) 2>&1 | grep -m1 -o 'Permission denied' || echo connected; ")
}

#[tokio::test]
async fn binds_only_the_ports_it_was_given() {
    let Some(bench) = Bench::new() else { return };
    let (own, other) = (free_port().unwrap(), free_port().unwrap());
    let mut spec = bench.spec(&format!("{}echo -; {}", bind(own), bind(other)));
    spec.network.bind = PortRule::Only(vec![own]);
    let handle = bench.sandbox().start(&spec).await.unwrap();
    handle.wait().await;
    if handle.enforced().network == Means::Nothing {
        return skip("the kernel cannot restrict ports");
    }
    assert_eq!(lines(&handle.log()), ["-", "PermissionError: [Errno 13] Permission denied"]);
}

#[tokio::test]
async fn connects_to_all_but_the_ports_that_are_closed_to_it() {
    let Some(bench) = Bench::new() else { return };
    let (open, closed) = (listener(), listener());
    let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
    let script = connect(port(&open)) + &connect(port(&closed));
    let mut spec = bench.spec(&script);
    spec.network.connect = PortRule::AllBut(vec![port(&closed)]);
    let handle = bench.sandbox().start(&spec).await.unwrap();
    handle.wait().await;
    if handle.enforced().network == Means::Nothing {
        return skip("the kernel cannot restrict ports");
    }
    assert_eq!(lines(&handle.log()), ["connected", "Permission denied"]);
    spec.network = Network { connect: PortRule::Only(vec![port(&closed)]), ..Network::default() };
    let after = lines(&handle.log()).len();
    assert_eq!(bench.output(&spec).await[after..], ["Permission denied", "connected"]);
}

fn listener() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0)).unwrap()
}
