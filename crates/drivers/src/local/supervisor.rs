//! One task for each instance: takes wishes, follows its replicas, and takes the steps that [`plan`] names.
//!
//! The invariants: what was asked for and what came of it is on disk before anything follows from it; a rollout under way is
//! finished or given up before the next one begins; the ingress never knows a replica that cannot answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use causeway_ingress::{Backend, BackendState};
use causeway_sandbox::NoFreePort;
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::record::{GivenUp, InstanceRecord, Place, ReplicaRecord, Target};
use super::replica::{Handles, Order, Replica, Status};
use super::rollout::{Phase, Seen, Step, Wish, plan};
use super::route::{Entry, backend};
use super::{Entries, Ground, adoption};
use crate::{DriverError, ErrorClass, Health, Instance, InstanceId, InstanceState, ReplicaState};

/// How often it is looked whether a rollout takes too long.
const TICK: Duration = Duration::from_millis(500);
/// How long an adopted replica may take to say how it is before the server goes on without it.
const FIRST_ANSWER: Duration = Duration::from_secs(2);

/// What a supervisor is told.
pub(super) enum Wishes {
    Apply(Arc<Instance>),
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
    Gone(String),
}

/// A replica in the eyes of its supervisor.
struct Member {
    record: ReplicaRecord,
    status: Status,
    orders: mpsc::UnboundedSender<Order>,
    since: Instant,
    is_stopping: bool,
}

/// The task of an instance.
pub(super) struct Supervisor {
    ground: Arc<Ground>,
    id: InstanceId,
    place: Place,
    record: InstanceRecord,
    /// The record as it is on disk.
    saved: InstanceRecord,
    /// Why no step can be taken.
    stuck: Option<String>,
    /// What is being rolled out, or was rolled out last.
    target: Option<Arc<Instance>>,
    /// What was rolled out last to the end, as far as it is known.
    stable: Option<Arc<Instance>>,
    /// What waits until the rollout under way is decided.
    next: Option<Arc<Instance>>,
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
            record: InstanceRecord::default(),
            saved: InstanceRecord::default(),
            stuck: None,
            target: None,
            stable: None,
            next: None,
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
                    Some(Wishes::Apply(instance)) => self.accept(instance),
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
                () = tokio::time::sleep(TICK), if self.is_rolling() || self.stuck.is_some() => {}
            }
            self.advance().await;
            self.publish();
        }
    }

    /// Takes over what another server started, and waits a moment for it to answer.
    async fn adopt(&mut self) {
        let found = adoption::adopt(&self.ground, &self.id, &self.place).await;
        self.saved = found.record.clone();
        self.record = found.record;
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

    fn accept(&mut self, instance: Arc<Instance>) {
        self.record.host.clone_from(&instance.host);
        let is_same = self.target.as_ref().is_some_and(|target| target.digest == instance.digest);
        if is_same || !self.is_rolling() {
            self.next = None;
            self.aim_at(instance);
        } else {
            self.next = Some(instance);
        }
    }

    fn aim_at(&mut self, instance: Arc<Instance>) {
        if self.record.settled.as_ref().is_some_and(|settled| settled.digest == instance.digest) {
            self.stable = Some(Arc::clone(&instance));
        }
        if self.record.failed.as_ref().is_some_and(|failed| failed.digest != instance.digest) {
            self.record.failed = None;
        }
        self.record.wanted = Some(Target::of(&instance));
        for member in self.members.values().filter(|member| member.record.digest == instance.digest) {
            let _ = member.orders.send(Order::Know(Arc::clone(&instance)));
        }
        self.target = Some(instance);
    }

    /// A rollout was begun and not decided yet.
    fn is_rolling(&self) -> bool {
        let Some(target) = &self.target else { return false };
        let is_settled = self.record.settled.as_ref().is_some_and(|settled| settled.digest == target.digest);
        !is_settled && !self.has_failed(&target.digest)
    }

    fn has_failed(&self, digest: &str) -> bool {
        self.record.failed.as_ref().is_some_and(|failed| failed.digest == digest)
    }

    fn hear(&mut self, report: Report) {
        match report {
            Report::Status(uid, status) => {
                if let Some(member) = self.members.get_mut(&uid) {
                    member.status = status;
                }
            }
            Report::Gone(uid) => drop(self.members.remove(&uid)),
        }
    }

    /// Takes steps until none is left that can be taken now.
    async fn advance(&mut self) {
        loop {
            self.save().await;
            let steps = self.steps();
            for step in &steps {
                if !self.is_taken(step) {
                    return;
                }
            }
            if !self.is_rolling()
                && let Some(next) = self.next.take()
            {
                self.aim_at(next);
            } else if steps.is_empty() {
                return;
            }
        }
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

    fn steps(&self) -> Vec<Step> {
        let Some(target) = &self.target else { return Vec::new() };
        let seen: Vec<Seen> = self.members.values().map(Member::seen).collect();
        let has_failed = self.has_failed(&target.digest);
        let fallback = if has_failed { self.fallback(&target.digest) } else { None };
        let is_settled = self.record.settled.as_ref().is_some_and(|settled| settled.digest == target.digest);
        let (digest, is_startable) = match &fallback {
            Some((digest, instance)) => (digest, instance.is_some()),
            None => (&target.digest, true),
        };
        let wish = Wish {
            digest,
            replicas: target.replicas,
            is_startable,
            is_settled: is_settled || fallback.is_some(),
            given_up: has_failed.then_some(&target.digest),
            patience: self.ground.patience,
        };
        plan(&wish, &seen)
    }

    /// What runs instead of a release that was given up: its digest, and the instance where it is known.
    fn fallback(&self, failed: &str) -> Option<(String, Option<Arc<Instance>>)> {
        if let Some(stable) = self.stable.as_ref().filter(|stable| stable.digest != failed) {
            return Some((stable.digest.clone(), Some(Arc::clone(stable))));
        }
        let others = self.members.values().filter(|member| !member.is_stopping && member.record.digest != failed);
        let other = others.max_by_key(|member| member.status.health == Health::Ready)?;
        Some((other.record.digest.clone(), None))
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

    /// What replicas are started from now.
    fn startable(&self) -> Option<Arc<Instance>> {
        let target = self.target.as_ref()?;
        match self.has_failed(&target.digest).then(|| self.fallback(&target.digest)).flatten() {
            Some((_, instance)) => instance,
            None => Some(Arc::clone(target)),
        }
    }

    fn start(&mut self, index: u32) -> Result<(), NoFreePort> {
        if let Some(instance) = self.startable() {
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
        self.members.insert(record.uid, member);
        tokio::spawn(replica.live(handles));
    }

    fn stop(&mut self, uid: &str) {
        let grace = self.target.as_ref().map_or(self.ground.grace, |target| target.grace);
        self.order_stop(uid, grace, grace);
        self.route();
    }

    fn order_stop(&mut self, uid: &str, drain: Duration, grace: Duration) {
        if let Some(member) = self.members.get_mut(uid)
            && !member.is_stopping
        {
            member.is_stopping = true;
            let _ = member.orders.send(Order::Stop { drain, grace });
        }
    }

    fn give_up(&mut self, uid: &str) {
        let (Some(target), Some(member)) = (&self.target, self.members.get(uid)) else { return };
        let complaint = member.status.complaint.clone();
        let why = complaint.unwrap_or_else(|| "it did not become ready".into());
        let reason = match &member.status.health {
            Health::Crashing(_) => format!("{why} (after {} attempts)", member.status.crashes),
            _ => format!("{why} ({} s after its start)", self.ground.patience.as_secs()),
        };
        self.record.failed = Some(GivenUp { digest: target.digest.clone(), reason: reason.clone() });
        let message = format!("{} did not become ready: {reason}.", target.release);
        self.ground.publisher.warning(&self.id, "RolloutFailed", message);
    }

    fn settle(&mut self) {
        let Some(target) = self.target.clone() else { return };
        if self.has_failed(&target.digest) {
            self.record.failed = None;
        }
        self.record.settled = Some(Target::of(&target));
        let message = format!("{} runs with {} replicas.", target.release, target.replicas);
        self.ground.publisher.normal(&self.id, "RolledOut", message);
        self.stable = Some(target);
    }

    async fn save(&mut self) {
        if self.saved == self.record {
            return;
        }
        let (ground, place, record) = (Arc::clone(&self.ground), self.place.clone(), self.record.clone());
        let written = tokio::task::spawn_blocking(move || {
            let _making = ground.folders.lock();
            place.write(&record)
        });
        match written.await.map_err(std::io::Error::other).flatten() {
            Ok(()) => self.saved = self.record.clone(),
            Err(error) => tracing::warn!(instance = ?self.id, %error, "the record of an instance was not written"),
        }
    }

    async fn stop_all(&mut self, drain: Duration, grace: Duration) {
        for uid in self.members.keys().cloned().collect::<Vec<_>>() {
            self.order_stop(&uid, drain, grace);
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
        let grace = self.target.as_ref().map_or(self.ground.grace, |target| target.grace);
        (self.target, self.next, self.stable) = (None, None, None);
        self.stop_all(grace, grace).await;
        (self.record, self.saved) = (InstanceRecord::default(), InstanceRecord::default());
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
        let host = self.record.host.as_deref();
        if let Err(error) = self.entry.set(&self.ground.ingress, &self.id, host, backends) {
            tracing::warn!(instance = ?self.id, %error, "an instance cannot be routed");
        }
    }

    /// Tells the ingress and everybody else how it is.
    fn publish(&mut self) {
        self.route();
        let is_known = self.record.wanted.is_some() || !self.members.is_empty();
        let state = is_known.then(|| self.observe());
        let mut shown = self.state.lock();
        if *shown != state {
            *shown = state;
            drop(shown);
            self.ground.publisher.changed(&self.id);
        }
    }

    fn observe(&self) -> InstanceState {
        let asked = self.next.as_ref().map(|next| Target::of(next)).or_else(|| self.record.wanted.clone());
        let digest = asked.map(|asked| asked.digest).unwrap_or_default();
        let failed = self.record.failed.as_ref().filter(|failed| failed.digest == digest);
        let settled = self.record.settled.as_ref().filter(|settled| failed.is_some() || settled.digest == digest);
        let mut replicas: Vec<ReplicaState> = self.members.values().map(Member::observe).collect();
        replicas.sort_by(|a, b| (a.index, &a.release).cmp(&(b.index, &b.release)));
        InstanceState {
            replicas,
            release: settled.map(|settled| settled.release.clone()),
            failed: failed.map(|failed| failed.reason.clone()),
            digest,
            enforced: self
                .members
                .values()
                .map(|m| m.status.enforced.clone())
                .find(|e| !e.is_empty())
                .unwrap_or_default(),
        }
    }
}

impl Member {
    fn seen(&self) -> Seen {
        let phase = match &self.status.health {
            _ if self.is_stopping => Phase::Stopping,
            Health::Ready => Phase::Ready,
            Health::Stopping => Phase::Stopping,
            Health::Starting | Health::NotReady(_) | Health::Crashing(_) => Phase::Unready,
        };
        Seen {
            uid: self.record.uid.clone(),
            index: self.record.index,
            digest: self.record.digest.clone(),
            phase,
            crashes: self.status.crashes,
            was_ready: self.status.was_ready,
            age: self.since.elapsed(),
        }
    }

    fn backend(&self, id: &InstanceId) -> Option<Backend> {
        let port = self.record.first_port()?;
        let state = match &self.status.health {
            _ if self.is_stopping => BackendState::Draining,
            Health::Ready => BackendState::Ready,
            Health::Stopping => BackendState::Draining,
            Health::Starting | Health::NotReady(_) | Health::Crashing(_) => return None,
        };
        Some(backend(id, &self.record.uid, port, state))
    }

    fn observe(&self) -> ReplicaState {
        ReplicaState {
            index: self.record.index,
            release: self.record.release.clone(),
            health: if self.is_stopping { Health::Stopping } else { self.status.health.clone() },
            restarts: self.status.restarts,
            pid: self.status.pid,
            port: self.record.first_port(),
        }
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
