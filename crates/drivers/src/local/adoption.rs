//! How a replica comes to be known: made anew, or found where another server left it.
//!
//! What is found runs whole, or is cleared away: a replica of which a part is missing would have to be started again anyway, and
//! what a start takes is not known yet.

use std::collections::BTreeMap;

use causeway_sandbox::{Found, NoFreePort, Ports, Sandbox};

use super::Ground;
use super::record::{ContainerRecord, InstanceRecord, Place, Port, ReplicaRecord, folders};
use super::replica::Handles;
use crate::{Instance, InstanceId};

/// What is left of an instance.
pub(super) struct Inheritance {
    pub(super) record: InstanceRecord,
    pub(super) replicas: Vec<(ReplicaRecord, Handles)>,
}

/// Looks for what another server started.
pub(super) async fn adopt(ground: &Ground, id: &InstanceId, place: &Place) -> Inheritance {
    let record = place.read().unwrap_or_else(|error| {
        tracing::warn!(instance = ?id, %error, "the record of an instance was not read");
        InstanceRecord::default()
    });
    let mut replicas = Vec::new();
    for uid in place.replicas() {
        match find(place, &uid).await {
            Some(found) => replicas.push(found),
            None => clear(ground, id, place, &uid).await,
        }
    }
    Inheritance { record, replicas }
}

/// A replica of which every container runs.
async fn find(place: &Place, uid: &str) -> Option<(ReplicaRecord, Handles)> {
    let record = place.read_replica(uid).ok().flatten()?;
    let mut handles = Handles::new();
    for name in record.containers.keys() {
        match Sandbox::adopt(place.container(uid, name)).await {
            Ok(Found::Running(handle)) => handles.insert(name.clone(), handle),
            Ok(Found::Ended(_) | Found::Nothing) | Err(_) => return None,
        };
    }
    (!handles.is_empty()).then_some((record, handles))
}

/// Ends and removes what is left of a replica.
pub(super) async fn clear(ground: &Ground, id: &InstanceId, place: &Place, uid: &str) {
    for name in folders(&place.replica(uid)) {
        if let Ok(Found::Running(handle)) = Sandbox::adopt(place.container(uid, &name)).await {
            handle.stop(ground.grace).await;
        }
    }
    let (place, uid) = (place.clone(), uid.to_owned());
    let removed = tokio::task::spawn_blocking(move || place.retire(&uid)).await;
    if let Err(error) = removed.map_err(std::io::Error::other).flatten() {
        tracing::warn!(instance = ?id, %error, "what is left of a replica was not removed");
    }
}

/// A replica that was never started, with ports of its own.
pub(super) fn fresh(instance: &Instance, index: u32, ports: &Ports) -> Result<ReplicaRecord, NoFreePort> {
    let containers = instance.processes.iter().map(|(name, process)| {
        let (readiness, liveness) = (process.readiness.clone(), process.liveness.clone());
        (name.clone(), ContainerRecord { readiness, liveness, ..ContainerRecord::default() })
    });
    Ok(ReplicaRecord {
        uid: hex::encode(rand::random::<[u8; 6]>()),
        index,
        release: instance.release.clone(),
        digest: instance.digest.clone(),
        ports: reserve(instance, ports)?,
        containers: containers.collect::<BTreeMap<_, _>>(),
        restarts: 0,
        grace_millis: u64::try_from(instance.grace.as_millis()).unwrap_or(u64::MAX),
    })
}

/// One real port for each name, in the order of the document; all or none.
fn reserve(instance: &Instance, ports: &Ports) -> Result<Vec<Port>, NoFreePort> {
    let mut reserved: Vec<Port> = Vec::new();
    for (name, number) in instance.processes.values().flat_map(|process| &process.ports) {
        if reserved.iter().any(|port| port.name == *name) {
            continue;
        }
        match ports.reserve() {
            Ok(real) => reserved.push(Port { name: name.clone(), number: *number, real }),
            Err(error) => {
                reserved.iter().for_each(|port| ports.give_back(port.real));
                return Err(error);
            }
        }
    }
    Ok(reserved)
}
