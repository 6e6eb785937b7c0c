//! The reverse proxy in front of local workloads.
//!
//! A request is routed by its host name to the backends of a service ([`Routes`]), sent to the one
//! with less to do, retried where that is safe, and measured ([`ServiceSnapshot`]). The invariant:
//! a request that a workload may have seen is never sent twice unless its method says that this is
//! harmless, and a change of backends loses no request.
//!
//! The hot path takes no lock that another thread holds for long: routes are read from an
//! atomically swapped table, each worker thread keeps its own connections to the backends, and a
//! request, its connection to the backend and the answer are driven by one task.

mod backend;
mod body;
mod config;
mod headers;
mod histogram;
mod host;
mod metrics;
mod page;
mod pool;
mod prometheus;
mod proxy;
mod route;
mod server;
mod stall;
mod timer;
mod tunnel;
mod upstream;

use std::sync::Arc;
use std::time::Instant;

pub use config::IngressConfig;
pub use host::{InvalidHost, host_name};
pub use metrics::{ServiceSnapshot, WindowSnapshot};
pub use prometheus::write_prometheus;
pub use route::{Backend, BackendState, Route, Routes, ServiceLabels};
pub use server::IngressError;

/// The ingress: its routes, its measurements, and [`Ingress::serve`]. Cheap to clone; all clones
/// are the same ingress.
#[derive(Clone)]
pub struct Ingress {
    shared: Arc<Shared>,
}

struct Shared {
    config: IngressConfig,
    routes: Routes,
    held: std::sync::atomic::AtomicUsize,
}

impl Ingress {
    /// An ingress without routes.
    pub fn new(config: IngressConfig) -> Self {
        let shared =
            Shared { config, routes: Routes::new(Instant::now()), held: std::sync::atomic::AtomicUsize::new(0) };
        Self { shared: Arc::new(shared) }
    }

    /// The routes, to be changed at any time.
    pub fn routes(&self) -> &Routes {
        &self.shared.routes
    }

    /// What was measured for every service that has a route, in order of its labels.
    pub fn snapshot(&self) -> Vec<ServiceSnapshot> {
        self.shared.routes.snapshot(Instant::now())
    }
}
