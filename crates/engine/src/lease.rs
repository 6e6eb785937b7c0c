//! Leases: who may do something that only one may do, for how long, with Kubernetes' own `Lease` as the record of it.

use std::time::Duration;

use causeway_core::{GroupResource, Key, Object, Timestamp};
use causeway_resources::{Actor, Resources, Subresource, WriteOptions};
use serde_json::{Value, json};

/// A lease that one holder tries to get and keep.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Where the record lies.
    pub namespace: String,
    /// What it is called: what only one may do.
    pub name: String,
    /// Who wants it; unique for each process.
    pub holder: String,
    /// How long it lasts without renewal.
    pub duration: Duration,
}

/// Why a lease was not got or kept.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Somebody else has it.
    #[error("{holder} holds it")]
    Held {
        /// Who.
        holder: String,
    },
    /// It could not be read or written.
    #[error("the lease could not be written")]
    Failed(#[source] causeway_resources::Error),
}

impl Lease {
    fn key(&self) -> Key {
        Key::new(GroupResource::new("coordination.k8s.io", "leases"), self.namespace.as_str(), self.name.as_str())
    }

    /// Gets the lease or renews it; call well within its duration. Fails while another holds it.
    pub async fn acquire(&self, resources: &Resources, now: Timestamp) -> Result<(), LeaseError> {
        let actor = Actor::controller("lease");
        let options = WriteOptions::strict();
        let Some(mut object) = resources.find(&self.key()).and_then(|r| r.object()) else {
            return match resources.create(&actor, self.record(now, 0), &options).await {
                Ok(_) => Ok(()),
                Err(error) if error.is_exists() => Err(LeaseError::Held { holder: "another".into() }),
                Err(error) => Err(LeaseError::Failed(error)),
            };
        };
        let holder = object.text(&["spec", "holderIdentity"]).to_owned();
        let transitions = object.at(&["spec", "leaseTransitions"]).and_then(Value::as_i64).unwrap_or(0);
        if holder != self.holder && !holder.is_empty() && !has_run_out(&object, now) {
            return Err(LeaseError::Held { holder });
        }
        let turn = if holder == self.holder { transitions } else { transitions + 1 };
        let acquired = object.at(&["spec", "acquireTime"]).cloned();
        object.set(&["spec"], self.record(now, turn).spec().clone());
        if holder == self.holder
            && let Some(acquired) = acquired
        {
            object.set(&["spec", "acquireTime"], acquired);
        }
        match resources.replace(&actor, object, Subresource::None, &options).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_conflict() || error.is_not_found() => {
                Err(LeaseError::Held { holder: "another".into() })
            }
            Err(error) => Err(LeaseError::Failed(error)),
        }
    }

    /// Gives the lease back, so that another need not wait for it to run out.
    pub async fn release(&self, resources: &Resources) -> Result<(), LeaseError> {
        let Some(mut object) = resources.find(&self.key()).and_then(|r| r.object()) else { return Ok(()) };
        if object.text(&["spec", "holderIdentity"]) != self.holder {
            return Ok(());
        }
        object.set(&["spec", "holderIdentity"], "");
        let done =
            resources.replace(&Actor::controller("lease"), object, Subresource::None, &WriteOptions::strict()).await;
        match done {
            Err(error) if !error.is_conflict() && !error.is_not_found() => Err(LeaseError::Failed(error)),
            _ => Ok(()),
        }
    }

    fn record(&self, now: Timestamp, transitions: i64) -> Object {
        let micro = now.to_string().replace('Z', ".000000Z");
        let lease = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {"holderIdentity": self.holder, "leaseDurationSeconds": self.duration.as_secs().max(1),
                "acquireTime": micro, "renewTime": micro, "leaseTransitions": transitions},
        });
        Object::from_value(lease).unwrap_or_default()
    }
}

fn has_run_out(lease: &Object, now: Timestamp) -> bool {
    let seconds = lease.at(&["spec", "leaseDurationSeconds"]).and_then(Value::as_u64).unwrap_or(0);
    match Timestamp::parse(lease.text(&["spec", "renewTime"])) {
        Some(renewed) => now.since(renewed) > Duration::from_secs(seconds),
        None => true,
    }
}
