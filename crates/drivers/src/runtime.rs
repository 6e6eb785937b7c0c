//! Where deployments run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use causeway_secrets::SecretText;
use serde::{Deserialize, Serialize};

use crate::DriverError;

/// Which workload in which environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId {
    /// Namespace.
    pub namespace: String,
    /// Workload.
    pub workload: String,
    /// Environment.
    pub environment: String,
}

/// What shall run. Equal instances are the same: applying one again does nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// Which.
    pub id: InstanceId,
    /// Unique for the deployment, over deletion and re-creation.
    pub uid: String,
    /// The release; another one is rolled out replica by replica.
    pub release: String,
    /// The files of the release, bound at `/workspace`.
    pub artifact: PathBuf,
    /// The processes of one replica, by container name.
    pub processes: BTreeMap<String, Process>,
    /// How many replicas.
    pub replicas: u32,
    /// The host name under which it answers; none where it serves no port.
    pub host: Option<String>,
    /// How long a replica may take to end.
    pub grace: Duration,
    /// A digest over everything that makes a restart necessary: release, command, variables (secret ones included), limits.
    pub digest: String,
}

/// One process of a replica.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Its environment, `PORT` aside.
    pub variables: BTreeMap<String, SecretText>,
    /// Files to be put in place before it starts: path, content.
    pub files: BTreeMap<String, (SecretText, u32)>,
    /// The service ports by name, with the numbers that the document gives them; each gets a real port of its own as `PORT_<NAME>`, the first
    /// also as `PORT`.
    pub ports: Vec<(String, u16)>,
    /// Is it alive?
    pub liveness: Option<Probe>,
    /// Does it take requests?
    pub readiness: Option<Probe>,
    /// What it may use.
    pub resources: Resources,
}

/// What a process may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Thousandths of a core.
    pub cpu_millis: Option<u64>,
    /// Bytes.
    pub memory_bytes: Option<u64>,
}

/// How to ask a process how it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// How.
    pub action: ProbeAction,
    /// How often.
    pub every: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// How many failures in a row count.
    pub failures: u32,
}

/// The question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProbeAction {
    /// A request; 200 to 399 is good.
    Http(HttpProbe),
    /// A command; exit code 0 is good.
    Command(Vec<String>),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpProbe {
    /// Path.
    pub path: String,
    /// The port as the document numbers it; the real one is looked up.
    pub port: u16,
    /// Headers.
    pub headers: Vec<(String, String)>,
}

/// How a replica is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// On its way.
    Starting,
    /// Takes requests.
    Ready,
    /// Runs, but does not take requests: why.
    NotReady(String),
    /// Ended again and again: why, and the end of what it said.
    Crashing(String),
    /// On its way out.
    Stopping,
}

/// One replica.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaState {
    /// Its number, from 0.
    pub index: u32,
    /// The release that it runs.
    pub release: String,
    /// How it is.
    pub health: Health,
    /// How often it was started again.
    pub restarts: u32,
    /// Its process id on this machine.
    pub pid: Option<u32>,
    /// Its first port.
    pub port: Option<u16>,
}

/// An instance as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceState {
    /// Its replicas, old and new ones.
    pub replicas: Vec<ReplicaState>,
    /// The release that all of them run, once a rollout is through.
    pub release: Option<String>,
    /// Why the newest rollout was given up, where it was; what ran before still runs.
    pub failed: Option<String>,
    /// The digest of the instance that was asked for last.
    pub digest: String,
    /// What of the limits is enforced, and how: `memory` → `cgroup v1`.
    pub enforced: BTreeMap<String, String>,
}

impl InstanceState {
    /// How many replicas take requests.
    pub fn ready(&self) -> usize {
        self.replicas.iter().filter(|r| r.health == Health::Ready).count()
    }
}

/// Something that happened to an instance, to be told as an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeEvent {
    /// To which.
    pub id: InstanceId,
    /// Whether somebody should look.
    pub warning: bool,
    /// CamelCase.
    pub reason: &'static str,
    /// One sentence.
    pub message: String,
}

/// Runs instances.
#[async_trait]
pub trait Runtime: Send + Sync + 'static {
    /// Brings what runs in line with an instance; answers at once, [`Self::observe`] tells how far it is. A rollout under way
    /// is finished, or given up because it does not become ready, before a newer one starts.
    async fn apply(&self, instance: Instance) -> Result<(), DriverError>;

    /// How an instance is; none where nothing of it is there.
    async fn observe(&self, id: &InstanceId) -> Result<Option<InstanceState>, DriverError>;

    /// Ends an instance: no new requests, those under way finished, processes stopped, files removed. Answers once all is gone; repeatable.
    async fn destroy(&self, id: &InstanceId) -> Result<(), DriverError>;

    /// Everything that runs.
    async fn inventory(&self) -> Result<Vec<InstanceId>, DriverError>;

    /// The last lines of what an instance said, newest last; of the run before where `previous`.
    async fn logs(&self, id: &InstanceId, lines: usize, previous: bool) -> Result<Vec<(String, String)>, DriverError>;

    /// Changes as they happen, for whoever asks: the id of the instance that changed.
    fn changes(&self) -> tokio::sync::broadcast::Receiver<InstanceId>;

    /// What happens, to be recorded as events.
    fn events(&self) -> tokio::sync::broadcast::Receiver<RuntimeEvent>;
}
