//! The resource API: one handler for all kinds, driven by their definitions.

mod body;
mod get;
mod list;
mod log;
mod plan;
mod present;
mod secret;
mod watch;
mod write;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::any;
use axum::{Extension, Router};
use causeway_identity::Attributes;
use causeway_resources::Entry;
use http::{HeaderMap, Method, Uri};
use std::collections::HashMap;
use std::sync::Arc;

use crate::App;
use crate::answer::negotiate::{self, Form};
use crate::answer::status::Status;
use crate::gate::Caller;
use crate::request::Target;

/// `/api/v1/…` and `/apis/<group>/<version>/…`.
pub fn router() -> Router<App> {
    Router::new().route("/api/v1/{*path}", any(serve)).route("/apis/{group}/{version}/{*path}", any(serve))
}

/// A request with all that its answer depends on.
pub(crate) struct Ask {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    pub(crate) target: Target,
    pub(crate) entry: Arc<Entry>,
    pub(crate) query: HashMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) form: Form,
}

impl Ask {
    /// Whether a query parameter is set to something true.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.query.get(name).is_some_and(|v| v == "true" || v == "1" || v.is_empty())
    }

    /// The namespace where the kind has one; empty otherwise.
    pub(crate) fn namespace(&self) -> &str {
        if self.entry.definition.is_namespaced() { &self.target.namespace } else { "" }
    }
}

async fn serve(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Status> {
    let target = Target::parse(uri.path()).ok_or_else(Status::no_path)?;
    let query = parameters(&uri);
    let watches = query.get("watch").is_some_and(|v| v == "true" || v == "1");
    let verb = target.verb(&method, watches);
    // who may do what is asked before anything is looked up, so that refusals tell nothing; secrets of an environment check for themselves
    if !is_environment_secret(&target) {
        let wanted = Attributes {
            verb,
            group: app.resources.registry().stored_group(&target.group),
            resource: &target.resource,
            subresource: &target.subresource,
            namespace: &target.namespace,
            name: &target.name,
            path: None,
        };
        caller.require(&app, &wanted).await?;
    }
    if target.group.is_empty() && target.resource == "services" {
        return Ok(no_services(&app));
    }
    let entry = app.resources.registry().get(&target.group, &target.resource).ok_or_else(Status::no_path)?;
    let served = entry.definition.version(&target.version).is_some_and(|v| v.served) && entry.definition.served;
    if !served {
        return Err(Status::no_path());
    }
    let form = negotiate::form(&headers)?;
    let ask = Ask { app, caller, target, entry, query, headers, form };
    dispatch(ask, verb, body).await
}

async fn dispatch(ask: Ask, verb: &'static str, body: Body) -> Result<Response, Status> {
    let target = (ask.target.resource.as_str(), ask.target.subresource.as_str());
    match (target, verb) {
        (("runs", "log"), "get") => log::of_run(ask).await,
        (("deployments", "log"), "get") => log::of_deployment(ask).await,
        (("deployments", "restart"), "create") => write::restart(ask).await,
        (("plans", "approval"), "create" | "update") => plan::approve(ask, body).await,
        (("environments", "secrets"), _) => secret::serve(ask, verb, body).await,
        ((_, "" | "status"), "get") => get::serve(ask),
        ((_, ""), "list") => list::serve(ask).await,
        ((_, ""), "watch") => watch::serve(ask).await,
        ((_, ""), "create") if ask.target.name.is_empty() => write::create(ask, body).await,
        ((_, "" | "status"), "update") => write::replace(ask, body).await,
        ((_, "" | "status"), "patch") => write::patch(ask, body).await,
        ((_, "scale"), "get" | "update" | "patch") => write::scale(ask, verb, body).await,
        ((_, ""), "delete") => write::delete(ask, body).await,
        ((_, ""), "deletecollection") => write::delete_collection(ask, body).await,
        ((_, ""), _) => {
            Err(Status::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource"))
        }
        _ => Err(Status::no_path()),
    }
}

fn is_environment_secret(target: &Target) -> bool {
    target.resource == "environments" && target.subresource == "secrets"
}

fn parameters(uri: &Uri) -> HashMap<String, String> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = uri.query().unwrap_or_default().split('&').filter(|p| !p.is_empty());
    pairs
        .map(|pair| pair.split_once('=').map_or((decode(pair), String::new()), |(k, v)| (decode(k), decode(v))))
        .collect()
}

fn no_services(app: &App) -> Response {
    let version = app.resources.revision().to_string();
    present::json(
        200,
        &serde_json::json!({"kind": "ServiceList", "apiVersion": "v1", "metadata": {"resourceVersion": version}, "items": []}),
    )
}
