//! The PostgreSQL that the platform starts itself: in its data folder, under another user where the server is root, on a
//! loopback port, adopted again after a crash.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use causeway_sandbox::{Bind, Found, Handle, Limits, Network, PortRule, Sandbox, Spec, Stop, StopSignal, User};
use causeway_secrets::SecretText;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::{DriverError, ErrorClass};

/// Where the data lies inside the sandbox.
const INSIDE: &str = "/var/lib/causeway-postgres";
/// The role that the platform itself uses.
const ADMIN: &str = "causeway_admin";
const READY_WITHIN: Duration = Duration::from_secs(30);
const STOP_GRACE: Duration = Duration::from_secs(8);

/// How the server is set up.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// A folder of its own.
    pub folder: PathBuf,
    /// Where `initdb` and `postgres` are; found where `None`.
    pub binaries: Option<PathBuf>,
    /// Who runs it where the platform is root.
    pub user: Option<User>,
    /// The port to begin with; a free one where `None`. It is kept over restarts.
    pub port: Option<u16>,
}

/// How to reach a server as its administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Administrator.
    pub username: String,
    /// Its password.
    pub password: SecretText,
}

/// A PostgreSQL of the platform's own; started when it is first needed.
#[derive(Clone)]
pub struct BuiltInServer {
    shared: Arc<Shared>,
}

struct Shared {
    options: ServerOptions,
    sandbox: Sandbox,
    running: Mutex<Option<(Handle, ServerAddress)>>,
}

/// What must be known again after a restart.
#[derive(Serialize, Deserialize)]
struct Notes {
    port: u16,
    password: String,
}

impl BuiltInServer {
    /// Described, not started.
    pub fn new(options: ServerOptions, sandbox: Sandbox) -> Self {
        Self { shared: Arc::new(Shared { options, sandbox, running: Mutex::default() }) }
    }

    /// The folder of the newest PostgreSQL's binaries on this machine.
    pub fn find_binaries() -> Option<PathBuf> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
        let mut found: Vec<(u32, PathBuf)> = versions
            .filter_map(|v| Some((v.file_name().to_str()?.parse().ok()?, v.path().join("bin"))))
            .filter(|(_, bin)| bin.join("initdb").exists() && bin.join("postgres").exists())
            .collect();
        found.sort();
        let newest = found.pop().map(|(_, bin)| bin);
        newest.or_else(|| {
            ["/usr/local/bin", "/usr/bin"].map(PathBuf::from).into_iter().find(|b| b.join("initdb").exists())
        })
    }

    /// Its address; starts it (or adopts the one that runs) where that was not done yet.
    pub async fn address(&self) -> Result<ServerAddress, DriverError> {
        let mut running = self.shared.running.lock().await;
        if let Some((handle, address)) = &*running
            && handle.is_alive()
        {
            return Ok(address.clone());
        }
        let started = self.shared.start().await?;
        let address = started.1.clone();
        *running = Some(started);
        Ok(address)
    }

    /// Adopts a server that outlived the platform, without starting one.
    pub async fn adopt(&self) {
        let mut running = self.shared.running.lock().await;
        if let (Ok(Found::Running(handle)), Some(notes)) =
            (Sandbox::adopt(self.shared.state()).await, self.shared.notes())
        {
            *running = Some((handle, address(&notes)));
        }
    }

    /// Whether it was ever set up.
    pub fn exists(&self) -> bool {
        self.shared.notes_file().exists()
    }

    /// Stops it cleanly, if it runs.
    pub async fn stop(&self) {
        if let Some((handle, _)) = self.shared.running.lock().await.take() {
            handle.stop(STOP_GRACE).await;
        }
    }
}

fn address(notes: &Notes) -> ServerAddress {
    let password = SecretText::new(notes.password.clone());
    ServerAddress { host: "127.0.0.1".into(), port: notes.port, username: ADMIN.into(), password }
}

impl Shared {
    fn data(&self) -> PathBuf {
        self.options.folder.join("data")
    }

    fn state(&self) -> PathBuf {
        self.options.folder.join("hold")
    }

    fn notes_file(&self) -> PathBuf {
        self.options.folder.join("server.json")
    }

    fn notes(&self) -> Option<Notes> {
        serde_json::from_slice(&std::fs::read(self.notes_file()).ok()?).ok()
    }

    async fn start(&self) -> Result<(Handle, ServerAddress), DriverError> {
        if let Ok(Found::Running(handle)) = Sandbox::adopt(self.state()).await
            && let Some(notes) = self.notes()
        {
            let address = address(&notes);
            wait_until_ready(&address, &handle).await?;
            return Ok((handle, address));
        }
        let binaries = self.options.binaries.clone().or_else(BuiltInServer::find_binaries).ok_or_else(|| {
            DriverError::new(ErrorClass::Denied, "PostgresMissing", "no PostgreSQL is installed on this machine")
                .hint("install it (apt-get install postgresql), or point the recipe at another server with the inputs host, port, username and passwordSecret")
        })?;
        let notes = match self.notes() {
            Some(notes) if self.data().join("PG_VERSION").exists() => self.on_a_free_port(notes)?,
            _ => self.initialise(&binaries).await?,
        };
        let address = address(&notes);
        let handle = self.sandbox.start(&self.spec(&binaries, notes.port)).await.map_err(|e| {
            DriverError::new(ErrorClass::Transient, "PostgresNotStarted", "PostgreSQL could not be started")
                .caused_by(e)
        })?;
        wait_until_ready(&address, &handle).await?;
        close_shared_databases(&address).await?;
        Ok((handle, address))
    }

    /// The port of the last time, or another one where somebody else took it meanwhile.
    fn on_a_free_port(&self, mut notes: Notes) -> Result<Notes, DriverError> {
        if std::net::TcpListener::bind(("127.0.0.1", notes.port)).is_ok() {
            return Ok(notes);
        }
        notes.port = causeway_sandbox::free_port().map_err(|e| self.failed("find a free port", e))?;
        self.write_notes(&notes)?;
        Ok(notes)
    }

    fn failed(&self, doing: &str, source: std::io::Error) -> DriverError {
        let message =
            format!("PostgreSQL could not be set up: to {doing} under {} failed", self.options.folder.display());
        DriverError::new(ErrorClass::Transient, "PostgresNotStarted", message).caused_by(source)
    }

    fn write_notes(&self, notes: &Notes) -> Result<(), DriverError> {
        let text = serde_json::to_vec(notes).map_err(|e| self.failed("write its notes", e.into()))?;
        write_private(&self.notes_file(), &text).map_err(|e| self.failed("write its notes", e))
    }

    async fn initialise(&self, binaries: &Path) -> Result<Notes, DriverError> {
        let folder = &self.options.folder;
        let data = self.data();
        // what an interrupted attempt left behind holds nothing of value: notes are written before data is used
        if data.exists() && !self.notes_file().exists() {
            std::fs::remove_dir_all(&data).map_err(|e| self.failed("clear an interrupted attempt", e))?;
        }
        std::fs::create_dir_all(&data).map_err(|e| self.failed("make its folder", e))?;
        let port = match self.options.port {
            Some(port) => port,
            None => causeway_sandbox::free_port().map_err(|e| self.failed("find a free port", e))?,
        };
        let notes = Notes { port, password: SecretText::generate().reveal().to_owned() };
        let password_file = data.with_file_name("pw");
        write_private(&password_file, notes.password.as_bytes()).map_err(|e| self.failed("write its password", e))?;
        if let Some(user) = self.options.user {
            for path in [&data, &password_file] {
                chown(path, Some(user.uid), Some(user.gid)).map_err(|e| self.failed("hand over its folder", e))?;
            }
        }
        let done = self.run_initdb(binaries, &password_file).await;
        let _ = std::fs::remove_file(&password_file);
        done?;
        self.write_notes(&notes)?;
        tracing::info!(folder = %folder.display(), port, "PostgreSQL was set up");
        Ok(notes)
    }

    async fn run_initdb(&self, binaries: &Path, password_file: &Path) -> Result<(), DriverError> {
        let inside = "/tmp/initdb-password";
        let mut spec = self.bare_spec("postgres-setup", self.options.folder.join("setup"));
        spec.command = [
            binaries.join("initdb").display().to_string(),
            format!("--pgdata={INSIDE}"),
            format!("--username={ADMIN}"),
            "--auth=scram-sha-256".into(),
            format!("--pwfile={inside}"),
            "--encoding=UTF8".into(),
            "--locale=C.UTF-8".into(),
            "--no-instructions".into(),
        ]
        .into();
        spec.binds.push(Bind::read_only(password_file, inside));
        let failed = || {
            DriverError::new(ErrorClass::Transient, "PostgresNotStarted", "initdb did not set up a database cluster")
        };
        let handle = self.sandbox.start(&spec).await.map_err(|e| failed().caused_by(e))?;
        let exit = handle.wait().await;
        if exit.is_success() {
            let _ = std::fs::remove_dir_all(&spec.folder);
            return Ok(());
        }
        let said = handle.log().tail(5).unwrap_or_default().into_iter().map(|l| l.text).collect::<Vec<_>>().join(" ");
        Err(DriverError::new(
            ErrorClass::Transient,
            "PostgresNotStarted",
            format!("initdb did not set up a database cluster: {said}"),
        ))
    }

    fn bare_spec(&self, id: &str, state: PathBuf) -> Spec {
        let mut spec = Spec::new(id, state, [String::new()]);
        spec.env = BTreeMap::from([
            ("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned()),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("HOME".to_owned(), "/tmp".to_owned()),
        ]);
        spec.binds = vec![Bind::writable(self.data(), INSIDE)];
        spec.user = self.options.user;
        spec
    }

    fn spec(&self, binaries: &Path, port: u16) -> Spec {
        let mut spec = self.bare_spec("postgres", self.state());
        let set = |name: &str, value: &str| ["-c".to_owned(), format!("{name}={value}")];
        let settings = [
            set("listen_addresses", "127.0.0.1"),
            set("port", &port.to_string()),
            set("unix_socket_directories", "/tmp"),
            set("password_encryption", "scram-sha-256"),
            set("max_connections", "300"),
            set("shared_buffers", "64MB"),
            set("logging_collector", "off"),
            set("log_min_error_statement", "panic"),
            set("log_statement", "none"),
        ];
        spec.command = [binaries.join("postgres").display().to_string(), "-D".into(), INSIDE.into()].into();
        spec.command.extend(settings.into_iter().flatten());
        spec.network = Network { bind: PortRule::Only(vec![port]), connect: PortRule::Any };
        spec.limits = Limits { open_files: Some(8192), ..Limits::default() };
        // PostgreSQL's fast shutdown: it does not wait for its clients
        spec.stop = Stop { signal: StopSignal::Interrupt, grace: STOP_GRACE };
        spec
    }
}

/// PostgreSQL lets every role into the databases that it comes with.
async fn close_shared_databases(address: &ServerAddress) -> Result<(), DriverError> {
    let admin = super::admin::connect(address, "postgres").await?;
    let statement = "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC";
    super::admin::execute(&admin, "close its own databases to others", statement).await
}

async fn wait_until_ready(address: &ServerAddress, handle: &Handle) -> Result<(), DriverError> {
    let end = tokio::time::Instant::now() + READY_WITHIN;
    loop {
        let error = match super::admin::connect(address, "postgres").await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        if !handle.is_alive() {
            let said =
                handle.log().tail(5).unwrap_or_default().into_iter().map(|l| l.text).collect::<Vec<_>>().join(" ");
            let message = format!("PostgreSQL ended right after its start: {said}");
            return Err(DriverError::new(ErrorClass::Transient, "PostgresNotStarted", message));
        }
        if tokio::time::Instant::now() >= end {
            return Err(error);
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let draft = file.with_extension("new");
    let mut out = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    std::fs::rename(draft, file)
}

/// The user as whom PostgreSQL runs where the platform is root: `postgres`, otherwise `nobody`. It needs an entry in `/etc/passwd`.
pub fn server_user() -> Option<User> {
    if !nix::unistd::geteuid().is_root() {
        return None;
    }
    for name in ["postgres", "nobody"] {
        let found = nix::unistd::User::from_name(name).ok().flatten();
        if let Some(found) = found {
            return Some(User { uid: found.uid.as_raw(), gid: found.gid.as_raw() });
        }
    }
    None
}
