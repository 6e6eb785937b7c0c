//! What all routes share.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use causeway_catalog::Catalog;
use causeway_drivers::Runtime;
use causeway_forge::Forge;
use causeway_identity::{Authenticator, Authorizer, SignIn, Tokens};
use causeway_ingress::Ingress;
use causeway_resources::Resources;
use causeway_run::RunLogs;
use causeway_secrets::Secrets;

use crate::{gate, routes};

/// The parts of a server that its routes use.
pub struct AppParts {
    /// Resources of every kind.
    pub resources: Arc<Resources>,
    /// Secrets of environments.
    pub secrets: Secrets,
    /// Who is asking.
    pub authenticator: Authenticator,
    /// What they may do.
    pub authorizer: Arc<Authorizer>,
    /// Tokens for programs.
    pub tokens: Tokens,
    /// Sign-in links.
    pub sign_in: Arc<SignIn>,
    /// Logs of runs.
    pub run_logs: RunLogs,
    /// Where deployments run.
    pub runtime: Arc<dyn Runtime>,
    /// What goes in front of them.
    pub ingress: Ingress,
    /// Hosted repositories.
    pub forge: Forge,
    /// Entities with what is derived from them.
    pub catalog: Arc<Catalog>,
    /// The certificate's file, for kubeconfigs.
    pub ca_file: PathBuf,
    /// The address under which people reach the portal, such as `http://127.0.0.1:7007`.
    pub base_url: String,
}

/// Shared by all routes; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<AppParts>);

impl std::ops::Deref for App {
    type Target = AppParts;
    fn deref(&self) -> &AppParts {
        &self.0
    }
}

impl App {
    /// From its parts.
    pub fn new(parts: AppParts) -> Self {
        Self(Arc::new(parts))
    }

    /// Every route of the API, and `more` (the portal's), behind one gate.
    pub fn router(&self, more: Router<Self>) -> Router {
        let routes = Router::new()
            .merge(routes::health::router())
            .merge(routes::discovery::router())
            .merge(routes::openapi::router())
            .merge(routes::login::router())
            .merge(routes::tokens::router())
            .merge(routes::metrics::router())
            .merge(routes::resources::router())
            .merge(routes::backstage::router())
            .merge(more)
            .merge(routes::git::router(self));
        routes.layer(axum::middleware::from_fn_with_state(self.clone(), gate::pass)).with_state(self.clone())
    }
}
