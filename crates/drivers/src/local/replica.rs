//! The life of one replica: started, asked, started again after a crash, drained and stopped when told to.
//!
//! One task for each. It is told by [`Order`]s and answers with [`Status`]es. When its orders cease without a last one, the
//! server goes away without stopping what runs: the processes are left alone, to be adopted by the next server.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use causeway_sandbox::{Handle, Log};
use futures::StreamExt as _;
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use super::container::{Container, describe};
use super::ending::{chain, of_exit, with_last_words};
use super::pulse::{Pulse, Verdict};
use super::question::{Asked, ask};
use super::record::{Place, ReplicaRecord};
use super::route::backend_id;
use super::{Ground, supervisor};
use crate::{Health, Instance, InstanceId};

/// So long a replica starts before what it answers is called a failure.
const QUIET: Duration = Duration::from_secs(5);

/// The running containers of a replica, by name.
pub(super) type Handles = BTreeMap<String, Handle>;

/// What a replica is told.
pub(super) enum Order {
    /// What a start takes; it is unknown after a restart of the server.
    Know(Arc<Instance>),
    /// No new requests; those under way may take so long; then the processes have so long to end.
    Stop { drain: Duration, grace: Duration },
}

/// What a replica tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) health: Health,
    pub(super) restarts: u32,
    /// Crashes in a row.
    pub(super) crashes: u32,
    pub(super) was_ready: bool,
    pub(super) pid: Option<u32>,
    pub(super) enforced: BTreeMap<String, String>,
    /// Why it is not ready, and the end of what it said.
    pub(super) complaint: Option<String>,
    /// It was asked since its start.
    pub(super) was_asked: bool,
}

impl Status {
    pub(super) fn new(restarts: u32) -> Self {
        Self {
            health: Health::Starting,
            restarts,
            crashes: 0,
            was_ready: false,
            pid: None,
            enforced: BTreeMap::new(),
            complaint: None,
            was_asked: false,
        }
    }
}

/// Why a run is over.
enum End {
    /// An order.
    Asked {
        drain: Duration,
        grace: Duration,
    },
    /// The server went away.
    Abandoned,
    Failed {
        why: String,
        reason: &'static str,
    },
}

/// The task of a replica.
pub(super) struct Replica {
    pub(super) ground: Arc<Ground>,
    pub(super) id: InstanceId,
    pub(super) place: Place,
    pub(super) record: ReplicaRecord,
    pub(super) instance: Option<Arc<Instance>>,
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
    pub(super) reports: mpsc::UnboundedSender<supervisor::Report>,
    pub(super) status: Status,
}

impl Replica {
    /// Until it is gone, or the server.
    pub(super) async fn live(mut self, adopted: Option<Handles>) {
        let mut adopted = adopted;
        loop {
            let running = match adopted.take() {
                Some(handles) => Ok(handles),
                None => self.start().await,
            };
            let (handles, end) = match running {
                Ok(handles) => {
                    let end = self.watch(&handles).await;
                    (handles, end)
                }
                Err(why) => (Handles::new(), End::Failed { why, reason: "BackOff" }),
            };
            match end {
                End::Abandoned => return,
                End::Asked { drain, grace } => return self.leave(&handles, drain, grace).await,
                End::Failed { why, reason } => {
                    // before it is stopped, so that no request comes meanwhile
                    self.status.health = Health::Crashing(why.clone());
                    self.report();
                    join_all(handles.values().map(|handle| handle.stop(self.grace()))).await;
                    self.fail(why, reason, handles.values().any(Handle::is_alive));
                }
            }
            match self.rest().await {
                None => {}
                Some(End::Asked { drain, grace }) => return self.leave(&Handles::new(), drain, grace).await,
                Some(End::Abandoned | End::Failed { .. }) => return,
            }
        }
    }

    fn grace(&self) -> Duration {
        Duration::from_millis(self.record.grace_millis)
    }

    fn report(&self) {
        let _ = self.reports.send(supervisor::Report::Status(self.record.uid.clone(), self.status.clone()));
    }

    fn name(&self) -> String {
        format!("Replica {} of {}", self.record.index, self.record.release)
    }

    /// Writes down what is about to run, and runs it.
    async fn start(&mut self) -> Result<Handles, String> {
        let Some(instance) = self.instance.clone() else {
            return Err("it waits until the server knows its variables again".into());
        };
        self.renew_ports()?;
        for (name, container) in &mut self.record.containers {
            let end = Log::of(self.place.container(&self.record.uid, name)).end().unwrap_or(0);
            if self.status.restarts > 0 {
                container.before = Some(container.began);
            }
            container.began = end;
        }
        self.record.restarts = self.status.restarts;
        let (place, record) = (self.place.clone(), self.record.clone());
        let written = tokio::task::spawn_blocking(move || place.write_replica(&record)).await;
        written
            .map_err(std::io::Error::other)
            .flatten()
            .map_err(|error| format!("its record was not written: {error}"))?;
        let mut handles = Handles::new();
        for name in self.record.containers.keys() {
            match self.start_container(&instance, name).await {
                Ok(handle) => drop(handles.insert(name.clone(), handle)),
                Err(why) => {
                    join_all(handles.values().map(Handle::kill)).await;
                    return Err(why);
                }
            }
        }
        let pid = handles.values().next().map(|handle| handle.identity().pid);
        self.ground.publisher.normal(&self.id, "Started", format!("{} was started.", self.name()));
        tracing::debug!(instance = ?self.id, replica = %self.record.uid, ?pid, "a replica was started");
        Ok(handles)
    }

    /// A stranger may have taken a port while nothing of this replica listened on it.
    fn renew_ports(&mut self) -> Result<(), String> {
        let before = self.record.ports.clone();
        for port in &mut self.record.ports {
            port.real = self.ground.ports.renew(port.real).map_err(|error| error.to_string())?;
        }
        if self.record.ports != before {
            let moved = supervisor::Report::Moved(self.record.uid.clone(), self.record.ports.clone());
            let _ = self.reports.send(moved);
        }
        Ok(())
    }

    async fn start_container(&self, instance: &Instance, name: &str) -> Result<Handle, String> {
        let folder = self.place.container(&self.record.uid, name);
        let Some(process) = instance.processes.get(name) else {
            return Err(format!("the release has no container {name}"));
        };
        let user = self.ground.users.of(&self.id).map_err(|error| format!("it got no user of its own: {error}"))?;
        let container = Container { instance, record: &self.record, name, process, folder: &folder, user };
        let spec =
            container.prepare().map_err(|error| format!("the files of {name} were not put in place: {error}"))?;
        let handle = self.ground.sandbox.start(&spec).await.map_err(|error| chain(&error))?;
        container.forget_files(handle.enforced());
        Ok(handle)
    }

    /// From the start to the end of the run, whatever ends it.
    async fn watch(&mut self, handles: &Handles) -> End {
        let first = handles.values().next();
        self.status.health = Health::Starting;
        self.status.was_asked = false;
        self.status.pid = first.map(|handle| handle.identity().pid);
        self.status.enforced = first.map(|handle| describe(handle.enforced())).unwrap_or_default();
        self.report();
        let began = Instant::now();
        let mut pulse = Pulse::new(&self.record, began);
        let mut exits: FuturesUnordered<_> =
            handles.iter().map(|(name, handle)| async move { (name, handle.wait().await) }).collect();
        loop {
            let due = pulse.due();
            let asked =
                Asked { id: &self.id, place: &self.place, record: &self.record, instance: self.instance.as_deref() };
            tokio::select! {
                biased;
                order = self.orders.recv() => match order {
                    None => return End::Abandoned,
                    Some(Order::Stop { drain, grace }) => return End::Asked { drain, grace },
                    Some(Order::Know(instance)) => self.instance = Some(instance),
                },
                Some((name, exit)) = exits.next() => {
                    let handle = handles.get(name);
                    let (why, reason) = of_exit(name, &exit, handle, self.record.containers.len() > 1);
                    return End::Failed { why, reason };
                }
                (due, answer) = ask(&self.ground, asked, due.as_ref()) => {
                    let now = Instant::now();
                    let verdict = pulse.note(due, answer, now);
                    self.heal(now.duration_since(began));
                    if let Some(end) = self.heed(verdict, now.duration_since(began), handles) {
                        return end;
                    }
                }
            }
        }
    }

    /// A long time without a crash: the crashes before no longer count.
    fn heal(&mut self, age: Duration) {
        if self.status.health == Health::Ready && age >= self.ground.backoff.forgotten_after {
            self.status.crashes = 0;
        }
    }

    fn heed(&mut self, verdict: Verdict, age: Duration, handles: &Handles) -> Option<End> {
        let before = self.status.clone();
        self.status.was_asked = true;
        match verdict {
            Verdict::Dead(why) => {
                let why = format!("its liveness probe failed: {why}");
                self.ground.publisher.warning(&self.id, "Unhealthy", format!("{}: {why}.", self.name()));
                return Some(End::Failed { why, reason: "Restarted" });
            }
            Verdict::Ready => {
                if before.health != Health::Ready {
                    self.ground.publisher.normal(&self.id, "Ready", format!("{} takes requests.", self.name()));
                }
                self.status.health = Health::Ready;
                self.status.was_ready = true;
                self.status.complaint = None;
            }
            Verdict::NotReady(why) => {
                if before.health == Health::Ready {
                    self.ground.publisher.warning(&self.id, "Unhealthy", format!("{}: {why}.", self.name()));
                }
                if before.health != Health::Starting || age >= QUIET {
                    self.status.health = Health::NotReady(why.clone());
                }
                if before.complaint.as_deref().is_none_or(|complaint| !complaint.starts_with(&why)) {
                    self.status.complaint = Some(with_last_words(why, handles.values()));
                }
            }
        }
        if self.status != before {
            self.report();
        }
        None
    }

    fn fail(&mut self, why: String, reason: &'static str, is_stuck: bool) {
        if is_stuck {
            tracing::error!(instance = ?self.id, replica = %self.record.uid, "a replica could not be killed");
        }
        self.status.crashes += 1;
        self.status.restarts += 1;
        self.status.pid = None;
        self.status.complaint = Some(why.clone());
        let pause = self.ground.backoff.pause(self.status.crashes);
        let message = format!("{}: {why}. It is started again in {} s.", self.name(), pause.as_secs_f32());
        self.ground.publisher.warning(&self.id, reason, message);
        self.status.health = Health::Crashing(why);
        self.report();
    }

    /// Between a crash and the next start. None to go on.
    async fn rest(&mut self) -> Option<End> {
        let until = Instant::now() + self.ground.backoff.pause(self.status.crashes);
        loop {
            let is_known = self.instance.is_some();
            tokio::select! {
                biased;
                order = self.orders.recv() => match order {
                    None => return Some(End::Abandoned),
                    Some(Order::Stop { drain, grace }) => return Some(End::Asked { drain, grace }),
                    Some(Order::Know(instance)) => self.instance = Some(instance),
                },
                () = sleep_until(until), if is_known => return None,
            }
        }
    }

    /// Drained, stopped, removed.
    async fn leave(mut self, handles: &Handles, drain: Duration, grace: Duration) {
        self.status.health = Health::Stopping;
        self.report();
        if !handles.is_empty() {
            let backend = backend_id(&self.id, &self.record.uid);
            if timeout(drain, self.ground.ingress.routes().drain(&backend)).await.is_err() {
                tracing::info!(instance = ?self.id, replica = %self.record.uid, "requests outlasted their replica");
            }
            join_all(handles.values().map(|handle| handle.stop(grace))).await;
        }
        let (place, uid) = (self.place.clone(), self.record.uid.clone());
        let removed = tokio::task::spawn_blocking(move || place.retire(&uid)).await;
        if let Err(error) = removed.map_err(std::io::Error::other).flatten() {
            tracing::warn!(instance = ?self.id, replica = %self.record.uid, %error, "files of a replica were not removed");
        }
        for port in &self.record.ports {
            self.ground.ports.give_back(port.real);
        }
        self.ground.publisher.normal(&self.id, "Stopped", format!("{} was stopped.", self.name()));
        let _ = self.reports.send(supervisor::Report::Gone(self.record.uid.clone()));
    }
}
