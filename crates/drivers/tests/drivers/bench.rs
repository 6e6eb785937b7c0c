//! A local cluster in a folder of its own, an ingress in front of it, and a small service to run.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use causeway_drivers::local::{Backoff, LocalOptions, LocalRuntime};
use causeway_drivers::{
    HttpProbe, Instance, InstanceId, InstanceState, Probe, ProbeAction, Process, Resources, Runtime, RuntimeEvent,
};
use causeway_ingress::{Ingress, IngressConfig};
use causeway_sandbox::{Ports, Sandbox};
use causeway_secrets::SecretText;
use tempfile::TempDir;
use tokio::sync::broadcast;

use crate::client::Answer;

pub(crate) const EXE: &str = env!("CARGO_BIN_EXE_causeway-drivers-hold");
pub(crate) const HOST: &str = "shop.dev.localhost";
pub(crate) const PATIENCE: Duration = Duration::from_secs(8);
/// Tests run at the same time, and each thinks that its ports are its own.
const PORTS_EACH: u16 = 40;
static NEXT_PORT: AtomicU16 = AtomicU16::new(25_000);

const SERVER: &str = include_str!("server.py");

pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) runtime: LocalRuntime,
    pub(crate) ingress: Ingress,
    pub(crate) address: SocketAddr,
    pub(crate) events: broadcast::Receiver<RuntimeEvent>,
    ports: std::ops::Range<u16>,
}

impl Bench {
    /// None, aloud, where this machine cannot.
    pub(crate) async fn new() -> Option<Self> {
        if !Path::new("/usr/bin/python3").exists() {
            eprintln!("SKIPPED: /usr/bin/python3 is needed for something to run");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let artifact = folder.path().join("artifact");
        std::fs::create_dir(&artifact).unwrap();
        std::fs::write(artifact.join("server.py"), SERVER).unwrap();
        let first = NEXT_PORT.fetch_add(PORTS_EACH, Ordering::SeqCst);
        let ports = first..first + PORTS_EACH;
        let (runtime, ingress, address) = start(folder.path(), ports.clone()).await;
        let events = runtime.events();
        Some(Self { folder, runtime, ingress, address, events, ports })
    }

    /// None, aloud, where replicas cannot be users of their own.
    pub(crate) async fn as_root() -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            eprintln!("SKIPPED: root is needed to run replicas as users of their own");
            return None;
        }
        Self::new().await
    }

    /// The server dies and another one begins; what runs is not asked.
    pub(crate) async fn replace_server(&mut self) {
        self.forget_server().await;
        self.runtime.adopt().await;
    }

    /// The same, but the new one does not look around.
    pub(crate) async fn forget_server(&mut self) {
        let (runtime, ingress, address) = start(self.folder.path(), self.ports.clone()).await;
        self.events = runtime.events();
        // the old one is dropped before the new one looks around
        self.runtime = runtime;
        (self.ingress, self.address) = (ingress, address);
    }

    pub(crate) fn cluster_folder(&self) -> PathBuf {
        self.folder.path().join("local")
    }

    pub(crate) fn artifact(&self) -> PathBuf {
        self.folder.path().join("artifact")
    }

    /// Two replicas of the small service.
    pub(crate) fn instance(&self, release: &str) -> Instance {
        let process = Process {
            command: ["/usr/bin/python3", "-I", "-S", "server.py"].map(str::to_owned).into(),
            variables: variables(&[("RELEASE", release)]),
            files: BTreeMap::new(),
            ports: vec![("www".into(), 8080)],
            liveness: None,
            readiness: Some(probe("/readyz")),
            resources: Resources { cpu_millis: None, memory_bytes: Some(128 << 20) },
        };
        Instance {
            id: id(),
            uid: "u-1".into(),
            release: release.into(),
            artifact: self.artifact(),
            processes: BTreeMap::from([("service".into(), process)]),
            replicas: 2,
            host: Some(HOST.into()),
            grace: Duration::from_secs(5),
            digest: release.into(),
        }
    }

    pub(crate) fn broken(&self, release: &str, mode: &str) -> Instance {
        let mut instance = self.instance(release);
        service(&mut instance).variables.extend(variables(&[("MODE", mode)]));
        instance
    }

    pub(crate) async fn state(&self) -> InstanceState {
        self.runtime.observe(&id()).await.unwrap().unwrap_or_default()
    }

    pub(crate) async fn roll_out(&self, instance: Instance) {
        let release = instance.release.clone();
        let replicas = instance.replicas as usize;
        self.runtime.apply(instance).await.unwrap();
        let what = format!("{release} is rolled out");
        self.until(&what, |s| {
            s.release.as_ref() == Some(&release) && s.replicas.len() == replicas && s.ready() == replicas
        })
        .await;
    }

    /// Waits for a state; the last one where it does not come.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&InstanceState) -> bool) -> InstanceState {
        let mut changes = self.runtime.changes();
        let mut last = self.state().await;
        let waiting = async {
            while !is_so(&last) {
                let _ = tokio::time::timeout(Duration::from_millis(200), changes.recv()).await;
                last = self.state().await;
            }
        };
        let outcome = tokio::time::timeout(Duration::from_secs(40), waiting).await;
        assert!(outcome.is_ok(), "{what} did not happen: {last:#?}");
        last
    }

    /// The reasons of all events so far.
    pub(crate) fn told(&mut self) -> Vec<RuntimeEvent> {
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        crate::client::get(self.address, HOST, path).await
    }

    /// For what kills: it shall kill one replica alone.
    pub(crate) async fn post(&self, path: &str) -> Answer {
        crate::client::post(self.address, HOST, path).await
    }

    pub(crate) async fn pids(&self) -> Vec<u32> {
        let mut pids: Vec<u32> = self.state().await.replicas.iter().filter_map(|replica| replica.pid).collect();
        pids.sort_unstable();
        pids
    }

    pub(crate) async fn end(self) {
        self.runtime.destroy(&id()).await.unwrap();
    }
}

/// A test that failed leaves nothing running.
impl Drop for Bench {
    fn drop(&mut self) {
        for (_, pid) in holders(&self.cluster_folder()) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL);
        }
    }
}

async fn start(folder: &Path, ports: std::ops::Range<u16>) -> (LocalRuntime, Ingress, SocketAddr) {
    let ingress = Ingress::new(IngressConfig { workers: Some(1), ..IngressConfig::default() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = ingress.clone();
    tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
    let options = LocalOptions {
        ports: Ports::new(ports),
        patience: PATIENCE,
        backoff: Backoff { first: Duration::from_millis(200), ..Backoff::default() },
        ..LocalOptions::new(folder.join("local"), Sandbox::new(EXE), ingress.clone())
    };
    (LocalRuntime::new(options), ingress, address)
}

/// State folders with the pids of their holders that live.
pub(crate) fn holders(folder: &Path) -> Vec<(PathBuf, i32)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                open.push(entry.path());
            } else if entry.file_name() == "hold.json" {
                let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
                let record: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
                let pid = record["identity"]["pid"].as_i64().unwrap_or(0) as i32;
                if pid > 0 && is_alive(pid, record["identity"]["start_time"].as_u64()) {
                    found.push((folder.clone(), pid));
                }
            }
        }
    }
    found
}

fn is_alive(pid: i32, start_time: Option<u64>) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> =
        stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
    fields.first().is_some_and(|state| *state != "Z") && fields.get(19).and_then(|t| t.parse().ok()) == start_time
}

pub(crate) fn id() -> InstanceId {
    InstanceId { namespace: "default".into(), workload: "shop".into(), environment: "dev".into() }
}

pub(crate) fn service(instance: &mut Instance) -> &mut Process {
    instance.processes.get_mut("service").unwrap()
}

pub(crate) fn variables(all: &[(&str, &str)]) -> BTreeMap<String, SecretText> {
    all.iter().map(|(name, value)| ((*name).to_owned(), SecretText::new(*value))).collect()
}

pub(crate) fn probe(path: &str) -> Probe {
    Probe {
        action: ProbeAction::Http(HttpProbe { path: path.into(), port: 8080, headers: Vec::new() }),
        every: Duration::from_millis(200),
        timeout: Duration::from_secs(2),
        failures: 1,
    }
}
