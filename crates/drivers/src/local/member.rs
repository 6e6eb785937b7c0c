//! A replica in the eyes of its supervisor, and what the plan, the ingress and everybody else see of it.

use std::time::Duration;

use causeway_ingress::{Backend, BackendState};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::record::ReplicaRecord;
use super::replica::{Order, Status};
use super::rollout::{Phase, Seen};
use super::route::backend;
use crate::{Health, InstanceId, ReplicaState};

/// A replica in the eyes of its supervisor.
pub(super) struct Member {
    pub(super) record: ReplicaRecord,
    pub(super) status: Status,
    pub(super) orders: mpsc::UnboundedSender<Order>,
    pub(super) since: Instant,
    pub(super) is_stopping: bool,
}

impl Member {
    pub(super) fn seen(&self) -> Seen {
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

    pub(super) fn backend(&self, id: &InstanceId) -> Option<Backend> {
        let port = self.record.first_port()?;
        let state = match &self.status.health {
            _ if self.is_stopping => BackendState::Draining,
            Health::Ready => BackendState::Ready,
            Health::Stopping => BackendState::Draining,
            Health::Starting | Health::NotReady(_) | Health::Crashing(_) => return None,
        };
        Some(backend(id, &self.record.uid, port, state))
    }

    pub(super) fn observe(&self) -> ReplicaState {
        ReplicaState {
            index: self.record.index,
            release: self.record.release.clone(),
            health: if self.is_stopping { Health::Stopping } else { self.status.health.clone() },
            restarts: self.status.restarts,
            pid: self.status.pid,
            port: self.record.first_port(),
        }
    }

    /// Once: what is stopping already is left to it.
    pub(super) fn stop(&mut self, drain: Duration, grace: Duration) {
        if !self.is_stopping {
            self.is_stopping = true;
            let _ = self.orders.send(Order::Stop { drain, grace });
        }
    }
}
