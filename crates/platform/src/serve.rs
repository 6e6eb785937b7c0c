//! `platform up`: serves until it is told to stop, then leaves everything in order.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use causeway_cli::contexts;
use causeway_core::Timestamp;
use causeway_identity::{Identity, Via};
use causeway_resources::Actor;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::boot::{boot, prepare};
use crate::logging;
use crate::settings::{Layout, UpArguments};

/// How long requests and reconciles under way may take at the end; all together stays below ten seconds.
const GRACE: Duration = Duration::from_secs(3);

/// Runs the server; the exit code says whether it ended well.
pub(crate) fn up(arguments: &UpArguments) -> ExitCode {
    logging::start(arguments.log_format);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error).context("the server could not start its threads")),
    };
    let done = runtime.block_on(serve(arguments));
    runtime.shutdown_timeout(Duration::from_secs(1));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    // stderr is the log here; a person reads this line
    let _ = writeln!(std::io::stderr(), "error: {error:#}");
    ExitCode::FAILURE
}

fn check(arguments: &UpArguments) -> Result<()> {
    for address in [arguments.listen, arguments.ingress] {
        if !address.ip().is_loopback() && !arguments.insecure_listen {
            bail!(
                "{address} is not loopback: put TLS in front of it and say --insecure-listen, or listen on 127.0.0.1"
            );
        }
    }
    Ok(())
}

async fn serve(arguments: &UpArguments) -> Result<()> {
    check(arguments)?;
    std::fs::create_dir_all(&arguments.data)
        .with_context(|| format!("the folder {} could not be made", arguments.data.display()))?;
    let root =
        arguments.data.canonicalize().with_context(|| format!("{} could not be found", arguments.data.display()))?;
    let layout = Layout::new(&root);
    prepare(&layout)?;
    let parts = boot(arguments, &layout).await?;
    let stop = CancellationToken::new();
    let ingress = parts.ingress.clone();
    let stopped = stop.clone();
    let (listener, server) = (parts.ingress_listener, parts.server);
    let serving_ingress = tokio::spawn(async move {
        if let Err(error) = ingress.serve(listener, stopped.cancelled_owned()).await {
            tracing::error!(%error, "the ingress stopped");
        }
    });
    let router = parts.app.router(causeway_portal::router());
    let stopped = stop.clone();
    let serving = tokio::spawn(async move { server.serve(router, stopped.cancelled_owned(), GRACE).await });
    if arguments.demo {
        let app = &parts.app;
        causeway_demo::load(&app.resources, &layout.artifacts(), &app.run_logs, Timestamp::now()).await?;
    }
    announce(&parts.app, &parts.addresses, &layout)?;
    wait_for_signal().await?;
    tracing::info!("stopping");
    let (engine, executor, runtime, postgres, store) =
        (parts.engine, parts.executor, parts.runtime, parts.postgres, parts.store);
    engine.stop(GRACE).await;
    let _ = tokio::time::timeout(GRACE, executor.wait()).await;
    runtime.shutdown().await;
    stop.cancel();
    postgres.stop().await;
    let _ = tokio::time::timeout(GRACE, serving).await;
    let _ = tokio::time::timeout(GRACE, serving_ingress).await;
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// The one line on stdout, the context for the command line, and a link to sign in.
fn announce(app: &causeway_api::App, addresses: &crate::boot::Addresses, layout: &Layout) -> Result<()> {
    let token = std::fs::read_to_string(layout.admin_token()).context("the administrator's token could not be read")?;
    let context = contexts::Context {
        name: "local".into(),
        server: addresses.portal_url(),
        token: token.trim().to_owned(),
        ca: layout.certificate().display().to_string(),
        namespace: String::new(),
    };
    if let Some(Err(error)) = contexts::path().map(|file| contexts::save(&file, context)) {
        tracing::warn!(%error, "the command line's context was not written; use --server and --token");
    }
    let actor = Actor { user: "admin".into(), groups: vec!["system:masters".into(), "system:authenticated".into()] };
    let identity = Identity { actor, via: Via::Token, credential: String::new() };
    let code = app.sign_in.issue(identity, Timestamp::now());
    let link = causeway_api::routes::login::sign_in_url(&app.base_url, &code);
    let mut err = std::io::stderr().lock();
    writeln!(err, "sign in: {link} (works once, for 10 minutes; `platform login --print-link` prints another)")?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "ready portal={} ingress=http://{}", addresses.portal_url(), addresses.ingress)?;
    out.flush()?;
    Ok(())
}

async fn wait_for_signal() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
