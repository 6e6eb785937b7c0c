//! A place for one test: a data folder like a server's, and a user for what runs.

use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use causeway_sandbox::{Enforced, Exit, Sandbox, Spec, User};

pub(crate) const EXE: &str = env!("CARGO_BIN_EXE_causeway-hold");

static NEXT_UID: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Bench {
    data: tempfile::TempDir,
    pub(crate) user: User,
}

impl Bench {
    /// `None` for an ordinary user, who cannot become another.
    pub(crate) fn new() -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            skip("only root can start processes as other users");
            return None;
        }
        let data = tempfile::tempdir().unwrap();
        // what counts per user must not count another test's processes
        let own = std::process::id() % 10_000 * 100 + NEXT_UID.fetch_add(1, Ordering::Relaxed);
        let user = User { uid: 300_000 + own, gid: 300_000 + own };
        Some(Self { data, user })
    }

    pub(crate) fn sandbox(&self) -> Sandbox {
        Sandbox::new(EXE)
    }

    /// As a server's: mode 0700.
    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.data().join("state")
    }

    /// A folder in the data folder that belongs to the user.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let folder = self.data().join(name);
        std::fs::create_dir(&folder).unwrap();
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).unwrap();
        chown(&folder, Some(self.user.uid), Some(self.user.gid)).unwrap();
        folder
    }

    /// A shell script as the user.
    pub(crate) fn spec(&self, script: &str) -> Spec {
        Spec {
            env: [("PATH".to_owned(), "/usr/local/go/bin:/usr/bin:/bin".to_owned())].into(),
            user: Some(self.user),
            ..Spec::new("test", self.state(), ["/bin/bash", "-c", script])
        }
    }

    pub(crate) async fn run(&self, spec: &Spec) -> (Exit, Vec<String>) {
        let handle = self.sandbox().start(spec).await.unwrap();
        let exit = within("the process to end", handle.wait()).await;
        (exit, lines(&handle.log()))
    }

    /// Runs a script and gives its output, which must not be a failure.
    pub(crate) async fn output(&self, spec: &Spec) -> Vec<String> {
        let (exit, lines) = self.run(spec).await;
        assert!(exit.is_success(), "{exit:?} {lines:#?}");
        lines
    }

    /// Starts it from a server of its own, which is gone afterwards.
    pub(crate) fn start_elsewhere(&self, command: &mut Command, spec: &Spec) -> Result<Enforced, String> {
        let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        server.stdin.take().unwrap().write_all(&serde_json::to_vec(spec).unwrap()).unwrap();
        let output = server.wait_with_output().unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    }
}

/// A test that failed half way leaves no process behind.
impl Drop for Bench {
    fn drop(&mut self) {
        let state = self.state();
        let Ok(text) = std::fs::read_to_string(state.join("hold.json")) else { return };
        let record: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let Some(pid) = record["identity"]["pid"].as_i64() else { return };
        let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&arguments).contains(&*state.to_string_lossy()) {
            let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap_or(i32::MAX));
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        }
    }
}

/// Says aloud what was not tried.
pub(crate) fn skip(why: &str) {
    eprintln!("SKIPPED: {why}");
}

pub(crate) fn lines(log: &causeway_sandbox::Log) -> Vec<String> {
    log.tail(100_000).unwrap().into_iter().map(|line| line.text).collect()
}

/// Nothing here takes long; what hangs should say so.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(20), future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Processes, anywhere on the machine, that sleep for this many seconds.
pub(crate) fn sleepers(seconds: &str) -> Vec<i32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let sleep = format!("sleep\0{seconds}\0");
    pids.filter(|pid: &i32| std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default() == sleep.as_bytes())
        .collect()
}
