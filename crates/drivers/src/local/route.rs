//! An instance's entry in the ingress: changed only when it really is another one.

use std::net::{Ipv4Addr, SocketAddr};

use causeway_ingress::{Backend, BackendState, Ingress, InvalidHost, Route, ServiceLabels};

use crate::InstanceId;

/// What the ingress was told last.
#[derive(Default)]
pub(super) struct Entry {
    told: Option<(String, Route)>,
}

impl Entry {
    /// Routes the host to these backends, or nothing where there is no host.
    pub(super) fn set(
        &mut self,
        ingress: &Ingress,
        id: &InstanceId,
        host: Option<&str>,
        backends: Vec<Backend>,
    ) -> Result<(), InvalidHost> {
        let Some(host) = host else {
            self.clear(ingress);
            return Ok(());
        };
        let labels = ServiceLabels {
            namespace: id.namespace.clone(),
            environment: id.environment.clone(),
            service: id.workload.clone(),
        };
        let wanted = (host.to_owned(), Route { labels, backends });
        if self.told.as_ref() == Some(&wanted) {
            return Ok(());
        }
        ingress.routes().set(&wanted.0, wanted.1.clone())?;
        let before = self.told.replace(wanted);
        if let Some((old, _)) = before.filter(|(old, _)| old != host) {
            ingress.routes().remove(&old);
        }
        Ok(())
    }

    /// Takes the host away.
    pub(super) fn clear(&mut self, ingress: &Ingress) {
        if let Some((host, _)) = self.told.take() {
            ingress.routes().remove(&host);
        }
    }
}

/// A replica's name in the ingress.
pub(super) fn backend_id(id: &InstanceId, uid: &str) -> String {
    format!("{}/{}/{}/{uid}", id.namespace, id.environment, id.workload)
}

/// A replica that takes requests, or finishes those that it has.
pub(super) fn backend(id: &InstanceId, uid: &str, port: u16, state: BackendState) -> Backend {
    Backend { id: backend_id(id, uid), address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), state }
}
