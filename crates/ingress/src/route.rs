//! The table of routes. The invariants: a reader sees a route whole, before or after a change;
//! a backend that stays keeps its connections and its count of requests; what a service was
//! measured by stays as long as it has a route.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Instant;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::backend::{Endpoint, Flight, choose};
use crate::host::{InvalidHost, normalized};
use crate::metrics::{ServiceMetrics, ServiceSnapshot};

/// Whose requests are measured together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ServiceLabels {
    /// The namespace.
    pub namespace: String,
    /// The environment.
    pub environment: String,
    /// The service.
    pub service: String,
}

/// May a backend get new requests?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BackendState {
    /// Yes.
    Ready,
    /// No; what runs on it may end.
    Draining,
}

/// One replica.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backend {
    /// Names it in [`Routes::drain`]; unique among all routes.
    pub id: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// May it get new requests?
    pub state: BackendState,
}

/// Where requests for a host go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// What its requests are measured as.
    pub labels: ServiceLabels,
    /// The replicas. While none is ready, requests wait for a moment and are then answered with 503.
    pub backends: Vec<Backend>,
}

/// A route at run time.
pub(crate) struct Target {
    route: Route,
    endpoints: Vec<Arc<Endpoint>>,
    turn: AtomicUsize,
    pub(crate) metrics: Arc<ServiceMetrics>,
}

impl Target {
    /// Begins a request on a backend that is not among `tried`.
    pub(crate) fn choose(&self, tried: &[u64]) -> Option<Flight> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        choose(&self.endpoints, turn, tried)
    }
}

type Table = HashMap<Box<str>, Arc<Target>>;

/// All routes, by host name.
pub struct Routes {
    table: ArcSwap<Table>,
    /// Held by whoever changes the table.
    registry: Mutex<Registry>,
    changed: Notify,
    started: Instant,
}

impl Routes {
    pub(crate) fn new(started: Instant) -> Self {
        Self { table: ArcSwap::default(), registry: Mutex::default(), changed: Notify::new(), started }
    }

    /// Sets where requests for `host` go, from the next request on.
    ///
    /// # Errors
    /// [`InvalidHost`] if no client could ask for it.
    pub fn set(&self, host: &str, route: Route) -> Result<(), InvalidHost> {
        let host = normalized(host).ok_or_else(|| InvalidHost(host.to_owned()))?;
        let mut registry = self.registry.lock();
        let mut table = Table::clone(&self.table.load());
        let metrics = table
            .values()
            .find(|target| target.route.labels == route.labels)
            .map_or_else(|| Arc::new(ServiceMetrics::new(self.started)), |target| Arc::clone(&target.metrics));
        let endpoints = route.backends.iter().map(|backend| registry.endpoint(backend)).collect();
        let target = Target { route, endpoints, turn: AtomicUsize::new(0), metrics };
        table.insert(host.into(), Arc::new(target));
        self.replace(&mut registry, table);
        Ok(())
    }

    /// Takes a host away. True if it had a route. Requests that run are not interrupted.
    pub fn remove(&self, host: &str) -> bool {
        let Some(host) = normalized(host) else {
            return false;
        };
        let mut registry = self.registry.lock();
        let mut table = Table::clone(&self.table.load());
        let is_removed = table.remove(&*host).is_some();
        if is_removed {
            self.replace(&mut registry, table);
        }
        is_removed
    }

    /// Gives the backend no further request and waits until those that run on it have ended. Not
    /// bounded in time: a tunnel may stay open for ever, so the caller says how long it waits.
    pub async fn drain(&self, id: &str) {
        let endpoints = self.registry.lock().all_of(id);
        for endpoint in &endpoints {
            endpoint.set_ready(false);
        }
        for endpoint in endpoints {
            endpoint.drained().await;
        }
    }

    /// All routes as they were set, by host name.
    pub fn list(&self) -> BTreeMap<String, Route> {
        let table = self.table.load();
        table.iter().map(|(host, target)| (host.to_string(), target.route.clone())).collect()
    }

    pub(crate) fn find(&self, host: &str) -> Option<Arc<Target>> {
        self.table.load().get(host).cloned()
    }

    /// Resolves at the next change of the table.
    pub(crate) fn changed(&self) -> tokio::sync::futures::Notified<'_> {
        self.changed.notified()
    }

    pub(crate) fn snapshot(&self, now: Instant) -> Vec<ServiceSnapshot> {
        let table = self.table.load();
        let services: BTreeMap<&ServiceLabels, &Target> =
            table.values().map(|target| (&target.route.labels, target.as_ref())).collect();
        services.into_iter().map(|(labels, target)| target.metrics.snapshot(labels.clone(), now)).collect()
    }

    /// Puts `table` in place and retires backends that are in no route any more.
    fn replace(&self, registry: &mut Registry, table: Table) {
        let used: HashSet<u64> =
            table.values().flat_map(|target| target.endpoints.iter().map(|endpoint| endpoint.key)).collect();
        registry.retain(&used);
        self.table.store(Arc::new(table));
        self.changed.notify_waiters();
    }
}

/// Every backend by its id.
#[derive(Default)]
struct Registry {
    current: HashMap<String, Arc<Endpoint>>,
    /// Those that are in no route any more and may still have requests.
    retired: Vec<(String, Weak<Endpoint>)>,
}

impl Registry {
    /// The backend of this id and address, known or new.
    fn endpoint(&mut self, backend: &Backend) -> Arc<Endpoint> {
        let is_ready = backend.state == BackendState::Ready;
        if let Some(endpoint) = self.current.get(&backend.id)
            && endpoint.address == backend.address
        {
            endpoint.set_ready(is_ready);
            return Arc::clone(endpoint);
        }
        let endpoint = Arc::new(Endpoint::new(backend.address, is_ready));
        if let Some(old) = self.current.insert(backend.id.clone(), Arc::clone(&endpoint)) {
            self.retire(backend.id.clone(), &old);
        }
        endpoint
    }

    fn retain(&mut self, used: &HashSet<u64>) {
        let unused: Vec<String> = self
            .current
            .iter()
            .filter(|(_, endpoint)| !used.contains(&endpoint.key))
            .map(|(id, _)| id.clone())
            .collect();
        for id in unused {
            if let Some(endpoint) = self.current.remove(&id) {
                self.retire(id, &endpoint);
            }
        }
        self.retired.retain(|(_, endpoint)| endpoint.strong_count() > 0);
    }

    fn retire(&mut self, id: String, endpoint: &Arc<Endpoint>) {
        endpoint.set_ready(false);
        self.retired.push((id, Arc::downgrade(endpoint)));
    }

    fn all_of(&self, id: &str) -> Vec<Arc<Endpoint>> {
        let retired = self.retired.iter().filter(|(retired, _)| retired == id);
        let retired = retired.filter_map(|(_, endpoint)| endpoint.upgrade());
        self.current.get(id).cloned().into_iter().chain(retired).collect()
    }
}
