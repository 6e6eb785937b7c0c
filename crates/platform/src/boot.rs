//! The parts of a server, put together from the ground up.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use causeway_api::{App, AppParts, Certificate, Server};
use causeway_build::PushController;
use causeway_catalog::{Catalog, SourceGuard};
use causeway_drivers::local::{LocalOptions, LocalRuntime};
use causeway_drivers::postgres::{BuiltInServer, PostgresDriver, ServerOptions, server_user};
use causeway_drivers::sqlite::SqliteDriver;
use causeway_drivers::{ResourceDrivers, Runtime};
use causeway_engine::{Engine, EngineOptions};
use causeway_forge::{Forge, ForgeConfig};
use causeway_identity::{Authenticator, Authorizer, SignIn, Tokens};
use causeway_ingress::{Ingress, IngressConfig};
use causeway_pipeline::runner::{JobLimits, UnknownActions};
use causeway_repository::{PushRecorder, RepositoryController};
use causeway_resources::{Registry, Resources};
use causeway_run::{Executor, LogLimits, Programs, RunLogs};
use causeway_sandbox::{Sandbox, User};
use causeway_secrets::{Sealing, Secrets, Vault};
use causeway_store::Store;
use causeway_store::sqlite::{Options, SqliteStore};
use tokio::net::TcpListener;

use crate::first_start;
use crate::settings::{Layout, UpArguments};

/// The group under which published tutorials write platform kinds.
const TUTORIALS: &str = "platform.example.com";
/// Unprivileged users of jobs and workloads, where the server is root; none has an account.
const JOB_UID: u32 = 61_000;
const JOB_MEMORY: u64 = 4 << 30;
const JOB_DISK: u64 = 8 << 30;
const JOB_PROCESSES: u32 = 2048;

/// A server with all its parts, before it serves.
pub(crate) struct Parts {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) engine: Engine,
    pub(crate) executor: Executor,
    pub(crate) runtime: Arc<LocalRuntime>,
    pub(crate) postgres: BuiltInServer,
    pub(crate) ingress: Ingress,
    pub(crate) ingress_listener: TcpListener,
    pub(crate) server: Server,
    pub(crate) app: App,
    pub(crate) addresses: Addresses,
}

/// Where the server really listens.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    pub(crate) api: SocketAddr,
    pub(crate) ingress: SocketAddr,
}

impl Addresses {
    pub(crate) fn portal_url(&self) -> String {
        format!("http://{}", self.api)
    }
}

/// Puts everything together, in this order: data, ports, resources, hosts of foreign things, controllers, routes.
pub(crate) async fn boot(arguments: &UpArguments, layout: &Layout) -> Result<Parts> {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&layout.store(), Options::default())?);
    let certificate = Certificate::open_or_create(&layout.certificate(), &layout.keys().join("tls.key"))?;
    let server = Server::bind(arguments.listen, &certificate).await.context("choose another address with --listen")?;
    let ingress_listener = TcpListener::bind(arguments.ingress).await.with_context(|| {
        format!("{} cannot be listened on; choose another address with --ingress", arguments.ingress)
    })?;
    let addresses = Addresses { api: server.address()?, ingress: ingress_listener.local_addr()? };

    let kinds = causeway_kinds::builtin().into_iter().chain(causeway_identity::kinds()).collect();
    let registry = Registry::new(kinds, vec![TUTORIALS.into()])?;
    let resources = Resources::new(Arc::clone(&store), registry);
    let vault = Arc::new(Vault::open_or_create(&layout.keys().join("secrets.key"))?);
    let secrets = Secrets::new(Arc::clone(&resources), Arc::clone(&vault));
    let tokens = Tokens::new(Arc::clone(&resources));

    let sandbox = Sandbox::of_this_binary();
    let ingress = Ingress::new(IngressConfig::default());
    let postgres = postgres(layout, &sandbox);
    let drivers = ResourceDrivers::new(vec![
        Arc::new(PostgresDriver::new(Some(postgres.clone()))),
        Arc::new(SqliteDriver::new(layout.sqlite())),
    ]);
    let runtime = runtime(layout, &sandbox, &ingress);
    let pushes = PushRecorder::default();
    let forge = Forge::open(layout.repositories(), ForgeConfig::default(), Arc::new(pushes.clone())).await?;

    resources.admit_with(Arc::new(Sealing::new(vault)));
    resources.admit_with(Arc::new(causeway_application::Preview::new(&resources, drivers.names())));
    resources.admit_with(Arc::new(SourceGuard));
    pushes.record_in(&resources);
    first_start::fill(&resources).await?;
    tokens.ensure_admin(&layout.admin_token()).await?;

    let engine = Engine::new(Arc::clone(&resources), EngineOptions::default());
    let run_logs = RunLogs::new(&layout.runs(), LogLimits::default());
    let build = build_means(layout, &resources, &forge, &sandbox, &addresses);
    let programs = Programs::new(vec![
        Arc::new(causeway_scaffold::TemplateProgram::new(
            &resources,
            forge.clone(),
            causeway_scaffold::Actions::default(),
        )),
        Arc::new(causeway_build::PipelineProgram::new(&build)),
    ]);
    let executor = Executor::new(&resources, programs, run_logs.clone(), engine.stopping());
    let catalog = Catalog::new(Arc::clone(&resources));
    let delivery = causeway_delivery::Means {
        resources: Arc::clone(&resources),
        secrets: secrets.clone(),
        drivers: drivers.clone(),
        runtime: Arc::clone(&runtime) as Arc<dyn Runtime>,
        artifacts: layout.artifacts(),
        ingress_port: addresses.ingress.port(),
    };

    // what outlived an earlier server is found again before anybody decides anything
    postgres.adopt().await;
    runtime.adopt().await;
    engine.start_housekeeping();
    engine.start(RepositoryController::new(&resources, forge.clone(), addresses.portal_url()));
    engine.start(causeway_application::ApplicationController::new(&resources, drivers.names()));
    engine.start(PushController::new(&build));
    engine.start(executor.clone());
    causeway_catalog::Controllers::new(&resources, forge.clone()).register(&engine);
    causeway_delivery::Controllers::new(&delivery).register(&engine);
    forge.redeliver().await?;

    let app = App::new(AppParts {
        secrets,
        authenticator: Authenticator::new(Arc::clone(&resources)),
        authorizer: Arc::new(Authorizer::new(Arc::clone(&resources))),
        tokens,
        sign_in: Arc::new(SignIn::new(Arc::clone(&resources))),
        run_logs,
        runtime: Arc::clone(&runtime) as Arc<dyn Runtime>,
        ingress: ingress.clone(),
        forge,
        ca_file: layout.certificate(),
        base_url: addresses.portal_url(),
        catalog,
        resources,
    });
    Ok(Parts { store, engine, executor, runtime, postgres, ingress, ingress_listener, server, app, addresses })
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

fn postgres(layout: &Layout, sandbox: &Sandbox) -> BuiltInServer {
    let options = ServerOptions { folder: layout.postgres(), binaries: None, user: server_user(), port: None };
    BuiltInServer::new(options, sandbox.clone())
}

fn runtime(layout: &Layout, sandbox: &Sandbox, ingress: &Ingress) -> Arc<LocalRuntime> {
    Arc::new(LocalRuntime::new(LocalOptions::new(layout.local(), sandbox.clone(), ingress.clone())))
}

fn build_means(
    layout: &Layout,
    resources: &Arc<Resources>,
    forge: &Forge,
    sandbox: &Sandbox,
    addresses: &Addresses,
) -> causeway_build::Means {
    causeway_build::Means {
        resources: Arc::clone(resources),
        forge: forge.clone(),
        repositories: layout.repositories(),
        artifacts: layout.artifacts(),
        caches: layout.caches(),
        sandbox: sandbox.clone(),
        user: is_root().then_some(User { uid: JOB_UID, gid: JOB_UID }),
        has_fixed_paths: true,
        hide: vec![layout.root.clone()],
        limits: JobLimits {
            memory_bytes: Some(JOB_MEMORY),
            disk_bytes: Some(JOB_DISK),
            processes: Some(JOB_PROCESSES),
            cpu_millis: None,
        },
        unknown_actions: UnknownActions::default(),
        base_url: addresses.portal_url(),
    }
}

/// Makes the data folder and what lies directly in it, for this user alone.
pub(crate) fn prepare(layout: &Layout) -> Result<()> {
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    let make = |path: &Path| std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    for folder in [
        layout.root.clone(),
        layout.store(),
        layout.keys(),
        layout.artifacts(),
        layout.caches(),
        layout.runs(),
        layout.local(),
        layout.postgres(),
        layout.sqlite(),
    ] {
        make(&folder).with_context(|| format!("the folder {} could not be made", folder.display()))?;
    }
    std::fs::set_permissions(&layout.root, std::fs::Permissions::from_mode(0o700))
        .with_context(|| format!("the folder {} could not be closed to others", layout.root.display()))
}
