//! The built-in cluster: deployments as supervised processes of this machine, behind the ingress.
//!
//! ```text
//! LocalRuntime ── one Supervisor per instance ── one Replica per replica ── one held process per container
//!      │                 │  Intent, plan (pure)         │  Pulse: when to ask, what follows
//!   inventory         routes, records              start, restart, drain, stop
//! ```
//!
//! The processes outlive the server. What is needed to find them again is on disk before they start; what they were started with
//! (variables, secret ones among them) is not, so that after a restart of the server a replica runs on, but is not started again
//! until the same instance is applied again. Nothing is restarted because the server was.

mod adoption;
mod container;
mod ending;
mod intent;
mod journal;
mod member;
mod publisher;
mod pulse;
mod question;
mod record;
mod replica;
mod rollout;
mod route;
mod supervisor;
mod users;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use causeway_ingress::Ingress;
use causeway_sandbox::{Found, Ports, Sandbox, Usage};
use parking_lot::Mutex;
use tokio::sync::{broadcast, mpsc, oneshot};

use self::publisher::Publisher;
use self::record::{Place, folders};
use self::supervisor::{Supervisor, Wishes};
use self::users::Users;
use crate::{DriverError, ErrorClass, Instance, InstanceId, InstanceState, Runtime, RuntimeEvent};

/// At the end of the server, for open requests and then for the processes: together below what an init system waits.
const LAST_DRAIN: Duration = Duration::from_secs(2);
const LAST_GRACE: Duration = Duration::from_millis(5500);

/// How long whoever applies an instance waits to see it accepted.
const ACCEPTED_WITHIN: Duration = Duration::from_secs(1);

/// How the local cluster is set up.
pub struct LocalOptions {
    /// A folder of its own.
    pub folder: PathBuf,
    /// Starts processes.
    pub sandbox: Sandbox,
    /// Routes requests to them.
    pub ingress: Ingress,
    /// Where the platform is root, workloads run as users from this id on.
    pub first_uid: u32,
    /// Where replicas listen.
    pub ports: Ports,
    /// How long a replica of a new release may take to become ready.
    pub patience: Duration,
    /// When a replica that crashed is started again.
    pub backoff: Backoff,
}

impl LocalOptions {
    /// With what suits most machines.
    pub fn new(folder: impl Into<PathBuf>, sandbox: Sandbox, ingress: Ingress) -> Self {
        Self {
            folder: folder.into(),
            sandbox,
            ingress,
            first_uid: 200_000,
            ports: Ports::default(),
            patience: Duration::from_secs(60),
            backoff: Backoff::default(),
        }
    }
}

/// The pause before the next start of what crashed; it doubles with every crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// After the first crash.
    pub first: Duration,
    /// No pause is longer.
    pub longest: Duration,
    /// Crashes before so long a time of health no longer count.
    pub forgotten_after: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        let minute = Duration::from_secs(60);
        Self { first: Duration::from_secs(1), longest: minute, forgotten_after: minute }
    }
}

impl Backoff {
    fn pause(&self, crashes: u32) -> Duration {
        let doublings = crashes.saturating_sub(1).min(16);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }
}

/// One process of a replica, as it is found on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldProcess {
    /// Of which instance.
    pub id: InstanceId,
    /// Its replica's unique name.
    pub replica: String,
    /// Its container.
    pub container: String,
    /// Its holder's process id.
    pub pid: u32,
}

/// What all supervisors and replicas of a runtime stand on.
struct Ground {
    folder: PathBuf,
    sandbox: Sandbox,
    ingress: Ingress,
    ports: Ports,
    users: Users,
    publisher: Publisher,
    patience: Duration,
    backoff: Backoff,
    /// For what is not known to whoever stops it.
    grace: Duration,
    /// Held while folders are made or removed, which may be those of several instances.
    folders: Mutex<()>,
}

/// What the runtime knows of an instance.
struct Known {
    wishes: mpsc::UnboundedSender<Wishes>,
    state: Arc<Mutex<Option<InstanceState>>>,
}

type Entries = Mutex<HashMap<InstanceId, Known>>;

/// The local cluster.
pub struct LocalRuntime {
    ground: Arc<Ground>,
    entries: Arc<Entries>,
    is_ending: AtomicBool,
}

impl LocalRuntime {
    /// Nothing runs yet, and nothing is known of what does: see [`Self::adopt`].
    pub fn new(options: LocalOptions) -> Self {
        let users = Users::new(options.folder.join("users.json"), options.first_uid);
        let ground = Ground {
            folder: options.folder,
            sandbox: options.sandbox,
            ingress: options.ingress,
            ports: options.ports,
            users,
            publisher: Publisher::new(),
            patience: options.patience,
            backoff: options.backoff,
            grace: Duration::from_secs(10),
            folders: Mutex::new(()),
        };
        Self { ground: Arc::new(ground), entries: Arc::default(), is_ending: AtomicBool::new(false) }
    }

    /// Finds everything that outlived the last server. When it returns, hosts are routed again to what answers.
    pub async fn adopt(&self) {
        let ground = Arc::clone(&self.ground);
        let all = tokio::task::spawn_blocking(move || Place::all(&ground.folder)).await.unwrap_or_default();
        let adopted: Vec<_> = all.into_iter().filter_map(|id| self.ensure(id)).collect();
        let count = adopted.len();
        futures::future::join_all(adopted).await;
        if count > 0 {
            tracing::info!(instances = count, "what ran on the local cluster was taken over");
        }
    }

    /// Stops everything, in about eight seconds at most. What was asked for starts again when it is applied again.
    pub async fn shutdown(&self) {
        self.is_ending.store(true, Ordering::SeqCst);
        let entries: Vec<Known> = self.entries.lock().drain().map(|(_, known)| known).collect();
        let stopping = entries.iter().map(|known| {
            let (done, stopped) = oneshot::channel();
            let _ = known.wishes.send(Wishes::Shutdown { drain: LAST_DRAIN, grace: LAST_GRACE, done });
            stopped
        });
        futures::future::join_all(stopping.collect::<Vec<_>>()).await;
    }

    /// Every process that runs, whether or not somebody wants it.
    pub async fn processes(&self) -> Vec<HeldProcess> {
        let mut found = Vec::new();
        for id in Place::all(&self.ground.folder) {
            for (replica, container, handle) in self.handles(&id).await {
                found.push(HeldProcess { id: id.clone(), replica, container, pid: handle.identity().pid });
            }
        }
        found
    }

    /// What an instance uses now, all replicas together.
    pub async fn usage(&self, id: &InstanceId) -> Usage {
        let handles = self.handles(id).await;
        let read = move || {
            let each = handles.iter().map(|(_, _, handle)| handle.usage());
            each.fold(Usage::default(), |sum, usage| Usage {
                memory_bytes: sum.memory_bytes + usage.memory_bytes,
                cpu_time: sum.cpu_time + usage.cpu_time,
                processes: sum.processes + usage.processes,
            })
        };
        tokio::task::spawn_blocking(read).await.unwrap_or_default()
    }

    async fn handles(&self, id: &InstanceId) -> Vec<(String, String, causeway_sandbox::Handle)> {
        let place = Place::of(&self.ground.folder, id);
        let mut found = Vec::new();
        for uid in place.replicas() {
            for name in folders(&place.replica(&uid)) {
                if let Ok(Found::Running(handle)) = Sandbox::adopt(place.container(&uid, &name)).await {
                    found.push((uid.clone(), name, handle));
                }
            }
        }
        found
    }

    /// Gives an instance its supervisor, where it has none. What is returned resolves when the supervisor has looked around.
    fn ensure(&self, id: InstanceId) -> Option<oneshot::Receiver<()>> {
        let mut entries = self.entries.lock();
        self.ensure_in(&mut entries, id)
    }

    fn ensure_in(&self, entries: &mut HashMap<InstanceId, Known>, id: InstanceId) -> Option<oneshot::Receiver<()>> {
        if entries.contains_key(&id) {
            return None;
        }
        let (wishes, told) = mpsc::unbounded_channel();
        let (done, adopted) = oneshot::channel();
        let state = Arc::default();
        let supervisor = Supervisor::new(Arc::clone(&self.ground), id.clone(), Arc::clone(&state));
        tokio::spawn(supervisor.run(told, Arc::downgrade(&self.entries), done));
        entries.insert(id, Known { wishes, state });
        Some(adopted)
    }

    /// Under the lock, so that no supervisor leaves with a wish unheard.
    fn tell(&self, id: &InstanceId, wish: Wishes) -> Result<(), DriverError> {
        let mut entries = self.entries.lock();
        if self.is_ending.load(Ordering::SeqCst) {
            return Err(DriverError::new(ErrorClass::Transient, "ServerStops", "the server is about to stop"));
        }
        self.ensure_in(&mut entries, id.clone());
        let is_told = entries.get(id).is_some_and(|known| known.wishes.send(wish).is_ok());
        if !is_told {
            // its task panicked; another one takes over what runs
            entries.remove(id);
            let message = format!("the supervisor of {} in {} ended unexpectedly", id.workload, id.environment);
            return Err(DriverError::new(ErrorClass::Transient, "SupervisorLost", message));
        }
        Ok(())
    }
}

/// Names become folders.
fn validate(instance: &Instance) -> Result<(), DriverError> {
    let id = &instance.id;
    let is_plain = |name: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !name.is_empty()
            && name.len() <= 255
            && !name.starts_with('.')
            && !name.ends_with(".json")
            && name.chars().all(known)
    };
    let names = [&id.namespace, &id.environment, &id.workload].into_iter().chain(instance.processes.keys());
    let refuse = |message: String| Err(DriverError::new(ErrorClass::Invalid, "CannotRun", message));
    for name in names {
        if !is_plain(name) {
            return refuse(format!("{name:?} is no name for something that runs: letters, digits, -, _ and . are"));
        }
    }
    if instance.processes.is_empty() {
        return refuse(format!("{} has no container", id.workload));
    }
    if let Some((name, _)) = instance.processes.iter().find(|(_, process)| process.command.is_empty()) {
        return refuse(format!("the container {name} has no command"));
    }
    Ok(())
}

#[async_trait]
impl Runtime for LocalRuntime {
    async fn apply(&self, instance: Instance) -> Result<(), DriverError> {
        validate(&instance)?;
        let id = instance.id.clone();
        let (done, accepted) = oneshot::channel();
        self.tell(&id, Wishes::Apply(Arc::new(instance), done))?;
        // what is observed next is of this instance, unless the one before is still being destroyed
        let _ = tokio::time::timeout(ACCEPTED_WITHIN, accepted).await;
        Ok(())
    }

    async fn observe(&self, id: &InstanceId) -> Result<Option<InstanceState>, DriverError> {
        let state = self.entries.lock().get(id).map(|known| Arc::clone(&known.state));
        Ok(state.and_then(|state| state.lock().clone()))
    }

    async fn destroy(&self, id: &InstanceId) -> Result<(), DriverError> {
        let is_known = self.entries.lock().contains_key(id);
        if !is_known && !Place::of(&self.ground.folder, id).exists() {
            return Ok(());
        }
        let (done, destroyed) = oneshot::channel();
        self.tell(id, Wishes::Destroy(done))?;
        destroyed.await.unwrap_or_else(|_| {
            Err(DriverError::new(
                ErrorClass::Transient,
                "ServerStops",
                format!("{} was not destroyed to the end", id.workload),
            ))
        })
    }

    async fn inventory(&self) -> Result<Vec<InstanceId>, DriverError> {
        let mut all = Place::all(&self.ground.folder);
        all.extend(self.entries.lock().keys().cloned());
        all.sort();
        all.dedup();
        Ok(all)
    }

    async fn logs(&self, id: &InstanceId, lines: usize, previous: bool) -> Result<Vec<(String, String)>, DriverError> {
        let place = Place::of(&self.ground.folder, id);
        let read = tokio::task::spawn_blocking(move || journal::last_lines(&place, lines, previous)).await;
        read.map_err(|error| {
            DriverError::new(ErrorClass::Transient, "LogsNotRead", "the logs could not be read").caused_by(error)
        })
    }

    fn changes(&self) -> broadcast::Receiver<InstanceId> {
        self.ground.publisher.changes()
    }

    fn events(&self) -> broadcast::Receiver<RuntimeEvent> {
        self.ground.publisher.events()
    }
}
