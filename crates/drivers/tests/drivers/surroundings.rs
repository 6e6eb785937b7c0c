//! What a container sees, and what it does not.

use std::collections::BTreeMap;
use std::time::Duration;

use causeway_drivers::{Probe, ProbeAction, Process, Resources, Runtime};
use causeway_secrets::SecretText;

use crate::bench::{Bench, HOST, id, service, variables};
use crate::client;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_has_its_ports_its_files_and_nothing_of_others() {
    let Some(bench) = Bench::as_root().await else { return };
    let mut instance = bench.instance("shop-1");
    instance.replicas = 1;
    let process = service(&mut instance);
    process.ports.push(("admin-api".into(), 9000));
    process.variables.extend(variables(&[("PORT", "1"), ("HOME", "/elsewhere")]));
    let file = |text: &str, mode: u32| (SecretText::new(text), mode);
    process.files = BTreeMap::from([
        ("/config/app.yaml".to_owned(), file("secret: sesame", 0o400)),
        ("/workspace/conf/extra.ini".to_owned(), file("open=sesame", 0o644)),
    ]);
    bench.roll_out(instance).await;
    let state = bench.state().await;
    let environment = bench.get("/env").await.json();
    let port = state.replicas[0].port.unwrap().to_string();
    assert_eq!((environment["PORT"].as_str(), environment["PORT_WWW"].as_str()), (Some(&*port), Some(&*port)));
    assert_ne!(environment["PORT_ADMIN_API"], environment["PORT"]);
    assert_eq!((environment["HOME"].as_str(), environment["HOST"].as_str()), (Some("/elsewhere"), Some("127.0.0.1")));
    let expected =
        ["HOME", "HOST", "LANG", "LC_CTYPE", "PATH", "PORT", "PORT_ADMIN_API", "PORT_WWW", "RELEASE", "TMPDIR"];
    let names: Vec<&String> = environment.as_object().unwrap().keys().collect();
    assert!(names.iter().all(|name| expected.contains(&name.as_str())), "{names:?}");
    let own = bench.get("/self").await.json();
    assert_eq!((own["folder"].as_str(), own["uid"].as_u64() >= Some(200_000)), (Some("/workspace"), true));
    assert_eq!(bench.get("/read?/config/app.yaml").await.json(), "secret: sesame");
    assert_eq!(bench.get("/read?/workspace/conf/extra.ini").await.json(), "open=sesame");
    assert!(!bench.artifact().join("conf").exists());
    let platform = bench.folder.path().display().to_string();
    assert_eq!(bench.get(&format!("/list?{platform}")).await.json(), "No such file or directory");
    assert_eq!(bench.get("/bind?23456").await.json(), "Permission denied");
    assert_eq!(bench.get(&format!("/bind?{}", environment["PORT_ADMIN_API"].as_str().unwrap())).await.json(), "bound");
    let left = std::process::Command::new("grep").args(["-r", "sesame"]).arg(bench.cluster_folder()).output().unwrap();
    assert_eq!(String::from_utf8(left.stdout).unwrap(), "", "contents of files stay in memory");
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_release_cannot_be_changed_and_workloads_do_not_share_a_user() {
    let Some(bench) = Bench::as_root().await else { return };
    bench.roll_out(bench.instance("shop-1")).await;
    let mut other = bench.instance("till-1");
    other.id.workload = "till".into();
    other.host = Some("till.dev.localhost".into());
    let other_id = other.id.clone();
    bench.runtime.apply(other).await.unwrap();
    assert_eq!(bench.get("/write?/workspace/server.py").await.json(), "Read-only file system");
    let own = bench.get("/self").await.json();
    let others = client::get(bench.address, "till.dev.localhost", "/self").await.json();
    assert_ne!(own["uid"], others["uid"]);
    assert_eq!(bench.get("/write?/tmp/x").await.json(), 1);
    bench.runtime.destroy(&other_id).await.unwrap();
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn containers_of_a_replica_share_its_ports_and_one_may_be_asked_by_a_command() {
    let Some(bench) = Bench::new().await else { return };
    let mut instance = bench.instance("shop-1");
    instance.replicas = 1;
    let ports = service(&mut instance).ports.clone();
    let script = "echo helping; sleep 0.3; touch /tmp/ready; while true; do sleep 1; done";
    let ask = ["/bin/sh", "-c", "test -e /tmp/ready"].map(str::to_owned).into();
    let helper = Process {
        command: ["/bin/sh", "-c", script].map(str::to_owned).into(),
        variables: BTreeMap::new(),
        files: BTreeMap::new(),
        ports,
        liveness: None,
        readiness: Some(Probe {
            action: ProbeAction::Command(ask),
            every: Duration::from_secs(1),
            timeout: Duration::from_secs(5),
            failures: 1,
        }),
        resources: Resources::default(),
    };
    instance.processes.insert("helper".into(), helper);
    bench.roll_out(instance).await;
    assert_eq!(client::get(bench.address, HOST, "/").await.status, 200);
    let lines = bench.runtime.logs(&id(), 10, false).await.unwrap();
    assert!(lines.contains(&("0/helper".into(), "helping".into())), "{lines:?}");
    assert!(lines.contains(&("0/service".into(), "starting shop-1".into())), "{lines:?}");
    assert_eq!(bench.runtime.processes().await.len(), 2);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_is_not_there_is_named() {
    let Some(bench) = Bench::new().await else { return };
    let mut instance = bench.instance("shop-1");
    service(&mut instance).command = vec!["/workspace/bin/server".into()];
    bench.runtime.apply(instance).await.unwrap();
    let state = bench.until("it is given up", |state| state.failed.is_some()).await;
    assert!(state.failed.as_ref().unwrap().contains("/workspace/bin/server"), "{state:?}");
    bench.end().await;
}
