//! Tells whoever listens what happened. Nobody has to: a message without a listener is dropped.

use tokio::sync::broadcast;

use crate::{InstanceId, RuntimeEvent};

/// How many messages a slow listener may be behind.
const CAPACITY: usize = 1024;

/// Both channels of a runtime.
#[derive(Clone)]
pub(super) struct Publisher {
    changes: broadcast::Sender<InstanceId>,
    events: broadcast::Sender<RuntimeEvent>,
}

impl Publisher {
    pub(super) fn new() -> Self {
        Self { changes: broadcast::channel(CAPACITY).0, events: broadcast::channel(CAPACITY).0 }
    }

    pub(super) fn changes(&self) -> broadcast::Receiver<InstanceId> {
        self.changes.subscribe()
    }

    pub(super) fn events(&self) -> broadcast::Receiver<RuntimeEvent> {
        self.events.subscribe()
    }

    pub(super) fn changed(&self, id: &InstanceId) {
        let _ = self.changes.send(id.clone());
    }

    /// Something as it should be.
    pub(super) fn normal(&self, id: &InstanceId, reason: &'static str, message: String) {
        let _ = self.events.send(RuntimeEvent { id: id.clone(), warning: false, reason, message });
    }

    /// Something that somebody should look at.
    pub(super) fn warning(&self, id: &InstanceId, reason: &'static str, message: String) {
        let _ = self.events.send(RuntimeEvent { id: id.clone(), warning: true, reason, message });
    }
}
