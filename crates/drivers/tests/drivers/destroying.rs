//! What is left of an instance that is destroyed: nothing.

use std::net::TcpListener;

use causeway_drivers::Runtime;

use crate::bench::{Bench, HOST, holders, id};
use crate::client;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_and_an_open_request_is_finished() {
    let Some(bench) = Bench::new().await else { return };
    bench.roll_out(bench.instance("shop-1")).await;
    let ports: Vec<u16> = bench.state().await.replicas.iter().filter_map(|replica| replica.port).collect();
    let address = bench.address;
    let open = tokio::spawn(async move { client::get(address, HOST, "/slow?1").await });
    while bench.ingress.snapshot()[0].in_flight == 0 {
        tokio::task::yield_now().await;
    }
    bench.runtime.destroy(&id()).await.unwrap();
    assert_eq!(open.await.unwrap().status, 200);
    assert_eq!(holders(bench.folder.path()), Vec::new());
    assert!(ports.into_iter().all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()));
    let left: Vec<_> = std::fs::read_dir(bench.cluster_folder()).unwrap().map(|e| e.unwrap().file_name()).collect();
    if nix::unistd::geteuid().is_root() {
        assert_eq!(left, ["users.json"]);
        assert_eq!(std::fs::read_to_string(bench.cluster_folder().join("users.json")).unwrap(), "{}");
    } else {
        assert_eq!(left, Vec::<std::ffi::OsString>::new());
    }
    assert!(bench.ingress.routes().list().is_empty());
    assert_eq!(bench.runtime.observe(&id()).await.unwrap(), None);
    assert_eq!(bench.runtime.inventory().await.unwrap(), Vec::new());
    bench.runtime.destroy(&id()).await.unwrap();
    // and it can come back
    bench.roll_out(bench.instance("shop-1")).await;
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn also_of_one_that_only_its_files_tell_of() {
    let Some(mut bench) = Bench::new().await else { return };
    bench.roll_out(bench.instance("shop-1")).await;
    assert_eq!(bench.runtime.processes().await.len(), 2);
    bench.forget_server().await;
    assert_eq!(bench.runtime.inventory().await.unwrap(), vec![id()]);
    assert_eq!(bench.runtime.observe(&id()).await.unwrap(), None);
    bench.runtime.destroy(&id()).await.unwrap();
    assert_eq!(holders(bench.folder.path()), Vec::new());
    assert_eq!(bench.runtime.processes().await, Vec::new());
    assert!(!bench.cluster_folder().join("default").exists());
}
