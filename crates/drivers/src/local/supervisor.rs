//! One task for each instance: takes wishes, follows its replicas, and takes the steps that its [`Intent`] names.
//!
//! The invariants: what was asked for and what came of it is on disk before anything follows from it; the ingress is asked to
//! send requests only to replicas that said that they take them.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use causeway_ingress::Backend;
use causeway_sandbox::NoFreePort;
use futures::FutureExt as _;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::intent::Intent;
use super::member::Member;
use super::record::{InstanceRecord, Place, Port, ReplicaRecord};
use super::replica::{Handles, Order, Replica, Status};
use super::rollout::{Seen, Step};
use super::route::Entry;
use super::{Entries, Ground, adoption};
use crate::{DriverError, ErrorClass, Health, Instance, InstanceId, InstanceState, ReplicaState};

/// How often it is looked whether a rollout takes too long.
const TICK: Duration = Duration::from_millis(500);
/// How long an adopted replica may take to say how it is before the server goes on without it.
const FIRST_ANSWER: Duration = Duration::from_secs(2);

/// What a supervisor is told.
pub(super) enum Wishes {
    /// Answered when everybody can see that it was accepted.
    Apply(Arc<Instance>, oneshot::Sender<()>),
    Destroy(oneshot::Sender<Result<(), DriverError>>),
    /// The server ends: everything stops, what was asked for stays on record.
    Shutdown {
        drain: Duration,
        grace: Duration,
        done: oneshot::Sender<()>,
    },
}

/// What replicas tell their supervisor.
pub(super) enum Report {
    Status(String, Status),
    /// It has other ports now.
    Moved(String, Vec<Port>),
    Gone(String),
}

/// The task of an instance.
pub(super) struct Supervisor {
    ground: Arc<Ground>,
    id: InstanceId,
    place: Place,
    intent: Intent,
    /// The record as it is on disk.
    saved: InstanceRecord,
    /// Why no step can be taken.
    stuck: Option<String>,
    members: BTreeMap<String, Member>,
    entry: Entry,
    state: Arc<Mutex<Option<InstanceState>>>,
    reports: mpsc::UnboundedReceiver<Report>,
    reporter: mpsc::UnboundedSender<Report>,
}

impl Supervisor {
    pub(super) fn new(ground: Arc<Ground>, id: InstanceId, state: Arc<Mutex<Option<InstanceState>>>) -> Self {
        let place = Place::of(&ground.folder, &id);
        let (reporter, reports) = mpsc::unbounded_channel();
        Self {
            ground,
            id,
            place,
            intent: Intent::default(),
            saved: InstanceRecord::default(),
            stuck: None,
            members: BTreeMap::new(),
            entry: Entry::default(),
            state,
            reports,
            reporter,
        }
    }

    /// Until the instance is gone, or the server. `adopted` is told when what outlived the last server is routed again.
    pub(super) async fn run(
        mut self,
        mut wishes: mpsc::UnboundedReceiver<Wishes>,
        entries: Weak<Entries>,
        adopted: oneshot::Sender<()>,
    ) {
        self.adopt().await;
        let _ = adopted.send(());
        loop {
            tokio::select! {
                biased;
                wish = wishes.recv() => match wish {
                    None => return,
                    Some(Wishes::Apply(instance, done)) => {
                        self.intent.accept(instance);
                        self.inform();
                        self.advance().await;
                        self.publish();
                        let _ = done.send(());
                    }
                    Some(Wishes::Shutdown { drain, grace, done }) => {
                        self.stop_all(drain, grace).await;
                        let _ = done.send(());
                        return;
                    }
                    Some(Wishes::Destroy(done)) => {
                        let destroyed = self.destroy().await;
                        let is_left = destroyed.is_ok() && leave(&entries, &self.id, &wishes);
                        let _ = done.send(destroyed);
                        if is_left {
                            return;
                        }
                    }
                },
                Some(report) = self.reports.recv() => self.hear(report),
                () = tokio::time::sleep(TICK), if self.intent.is_rolling() || self.stuck.is_some() => {}
            }
            self.advance().await;
            self.publish();
        }
    }

    /// Takes over what another server started, and waits a moment for it to answer.
    async fn adopt(&mut self) {
        let found = adoption::adopt(&self.ground, &self.id, &self.place).await;
        self.saved = found.record.clone();
        self.intent = Intent::inherited(found.record);
        for (record, handles) in found.replicas {
            for port in &record.ports {
                self.ground.ports.keep(port.real);
            }
            self.raise(record, None, Some(handles));
        }
        self.publish();
        let all_asked = async {
            while self.members.values().any(|member| !member.status.was_asked) {
                match self.reports.recv().await {
                    Some(report) => self.hear(report),
                    None => return,
                }
            }
        };
        let _ = timeout(FIRST_ANSWER, all_asked).await;
        self.publish();
    }

    /// Lets replicas of the target know what a start takes.
    fn inform(&self) {
        let Some(target) = self.intent.target() else { return };
        for member in self.members.values().filter(|member| member.record.digest == target.digest) {
            let _ = member.orders.send(Order::Know(Arc::clone(target)));
        }
    }

    fn hear(&mut self, report: Report) {
        match report {
            Report::Status(uid, status) => {
                if let Some(member) = self.members.get_mut(&uid) {
                    member.status = status;
                }
            }
            Report::Moved(uid, ports) => {
                if let Some(member) = self.members.get_mut(&uid) {
                    member.record.ports = ports;
                }
            }
            Report::Gone(uid) => drop(self.members.remove(&uid)),
        }
    }

    /// Takes steps until none is left that can be taken now.
    async fn advance(&mut self) {
        loop {
            self.save().await;
            let steps = self.intent.steps(&self.seen(), self.ground.patience);
            for step in &steps {
                if !self.is_taken(step) {
                    return;
                }
            }
            if self.intent.go_on() {
                self.inform();
            } else if steps.is_empty() {
                return;
            }
        }
    }

    fn seen(&self) -> Vec<Seen> {
        self.members.values().map(Member::seen).collect()
    }

    /// Without a port there is no replica; it is tried again until one is free, and told once.
    fn is_taken(&mut self, step: &Step) -> bool {
        let stuck = self.take(step).err().map(|error| error.to_string());
        if let Some(why) = &stuck
            && self.stuck != stuck
        {
            self.ground.publisher.warning(&self.id, "NoFreePort", format!("No replica can be started: {why}."));
        }
        self.stuck = stuck;
        self.stuck.is_none()
    }

    fn take(&mut self, step: &Step) -> Result<(), NoFreePort> {
        match step {
            Step::Start { index } => self.start(*index)?,
            Step::Stop { uid } => self.stop(uid),
            Step::GiveUp { uid } => self.give_up(uid),
            Step::Settle => self.settle(),
        }
        Ok(())
    }

    fn start(&mut self, index: u32) -> Result<(), NoFreePort> {
        if let Some(instance) = self.intent.startable(&self.seen()) {
            let record = adoption::fresh(&instance, index, &self.ground.ports)?;
            self.raise(record, Some(instance), None);
        }
        Ok(())
    }

    /// Gives a replica its task.
    fn raise(&mut self, record: ReplicaRecord, instance: Option<Arc<Instance>>, handles: Option<Handles>) {
        let (orders, told) = mpsc::unbounded_channel();
        let status = Status::new(record.restarts);
        let replica = Replica {
            ground: Arc::clone(&self.ground),
            id: self.id.clone(),
            place: self.place.clone(),
            record: record.clone(),
            instance,
            orders: told,
            reports: self.reporter.clone(),
            status: status.clone(),
        };
        let member = Member { record: record.clone(), status, orders, since: Instant::now(), is_stopping: false };
        self.members.insert(record.uid.clone(), member);
        let (ground, id, place) = (Arc::clone(&self.ground), self.id.clone(), self.place.clone());
        let (reporter, uid) = (self.reporter.clone(), record.uid);
        tokio::spawn(async move {
            if AssertUnwindSafe(replica.live(handles)).catch_unwind().await.is_err() {
                // nobody looks after its processes any more
                adoption::clear(&ground, &id, &place, &uid).await;
                let _ = reporter.send(Report::Gone(uid));
            }
        });
    }

    fn stop(&mut self, uid: &str) {
        let grace = self.grace();
        if let Some(member) = self.members.get_mut(uid) {
            member.stop(grace, grace);
        }
        self.route();
    }

    fn grace(&self) -> Duration {
        self.intent.target().map_or(self.ground.grace, |target| target.grace)
    }

    fn give_up(&mut self, uid: &str) {
        let (Some(target), Some(member)) = (self.intent.target(), self.members.get(uid)) else { return };
        let complaint = member.status.complaint.clone();
        let why = complaint.unwrap_or_else(|| "it did not become ready".into());
        let reason = match &member.status.health {
            Health::Crashing(_) => format!("{why} (after {} attempts)", member.status.crashes),
            _ => format!("{why} ({} s after its start)", self.ground.patience.as_secs()),
        };
        let message = format!("{} did not become ready: {reason}.", target.release);
        self.intent.give_up(reason);
        self.ground.publisher.warning(&self.id, "RolloutFailed", message);
    }

    fn settle(&mut self) {
        self.intent.settle();
        if let Some(target) = self.intent.target() {
            let message = format!("{} runs with {} replicas.", target.release, target.replicas);
            self.ground.publisher.normal(&self.id, "RolledOut", message);
        }
    }

    async fn save(&mut self) {
        if self.saved == self.intent.record {
            return;
        }
        let (ground, place, record) = (Arc::clone(&self.ground), self.place.clone(), self.intent.record.clone());
        let written = tokio::task::spawn_blocking(move || {
            let _making = ground.folders.lock();
            place.write(&record)
        });
        match written.await.map_err(std::io::Error::other).flatten() {
            Ok(()) => self.saved = self.intent.record.clone(),
            Err(error) => tracing::warn!(instance = ?self.id, %error, "the record of an instance was not written"),
        }
    }

    async fn stop_all(&mut self, drain: Duration, grace: Duration) {
        for member in self.members.values_mut() {
            member.stop(drain, grace);
        }
        self.publish();
        while !self.members.is_empty() {
            match self.reports.recv().await {
                Some(report) => self.hear(report),
                None => return,
            }
        }
        self.entry.clear(&self.ground.ingress);
    }

    async fn destroy(&mut self) -> Result<(), DriverError> {
        let grace = self.grace();
        self.stop_all(grace, grace).await;
        self.intent.clear();
        self.saved = InstanceRecord::default();
        let (ground, place, id) = (Arc::clone(&self.ground), self.place.clone(), self.id.clone());
        let removed = tokio::task::spawn_blocking(move || {
            let _pruning = ground.folders.lock();
            place.remove()?;
            ground.users.give_back(&id)
        });
        *self.state.lock() = None;
        self.ground.publisher.changed(&self.id);
        removed.await.map_err(std::io::Error::other).flatten().map_err(|error| {
            let message = format!("the files of {} in {} were not removed", self.id.workload, self.id.environment);
            DriverError::new(ErrorClass::Transient, "FilesNotRemoved", message).caused_by(error)
        })
    }

    fn route(&mut self) {
        let backends: Vec<Backend> = self.members.values().filter_map(|member| member.backend(&self.id)).collect();
        let host = self.intent.record.host.as_deref();
        if let Err(error) = self.entry.set(&self.ground.ingress, &self.id, host, backends) {
            tracing::warn!(instance = ?self.id, %error, "an instance cannot be routed");
        }
    }

    /// Tells the ingress and everybody else how it is.
    fn publish(&mut self) {
        self.route();
        let is_known = self.intent.is_known() || !self.members.is_empty();
        let state = is_known.then(|| self.observe());
        let mut shown = self.state.lock();
        if *shown != state {
            *shown = state;
            drop(shown);
            self.ground.publisher.changed(&self.id);
        }
    }

    fn observe(&self) -> InstanceState {
        let mut replicas: Vec<ReplicaState> = self.members.values().map(Member::observe).collect();
        replicas.sort_by(|a, b| (a.index, &a.release).cmp(&(b.index, &b.release)));
        let enforced =
            self.members.values().map(|member| &member.status.enforced).find(|enforced| !enforced.is_empty());
        let enforced = enforced.cloned().unwrap_or_default();
        InstanceState { replicas, enforced, ..self.intent.describe() }
    }
}

/// Takes the instance off the list, unless somebody asked for it again meanwhile.
fn leave(entries: &Weak<Entries>, id: &InstanceId, wishes: &mpsc::UnboundedReceiver<Wishes>) -> bool {
    let Some(entries) = entries.upgrade() else { return true };
    let mut entries = entries.lock();
    let is_left = wishes.is_empty();
    if is_left {
        entries.remove(id);
    }
    is_left
}
