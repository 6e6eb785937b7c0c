//! A running server.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::client::{Said, run};

const READY_WITHIN: Duration = Duration::from_secs(30);
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// `platform up` in a folder of its own. Dropping it stops it and everything that it started.
pub struct Server {
    binary: PathBuf,
    home: TempDir,
    child: Option<Child>,
    /// Address of the API and the portal.
    pub portal: String,
    /// Address of the ingress.
    pub ingress: String,
    arguments: Vec<String>,
}

impl Server {
    /// Starts `binary` and waits until it is ready.
    ///
    /// # Panics
    ///
    /// Where it does not become ready.
    pub fn start(binary: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let mut server = Self {
            binary: binary.into(),
            home,
            child: None,
            portal: String::new(),
            ingress: String::new(),
            arguments: arguments.iter().map(ToString::to_string).collect(),
        };
        server.launch("127.0.0.1:0", "127.0.0.1:0");
        server
    }

    fn launch(&mut self, listen: &str, ingress: &str) {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_file()).expect("a log file");
        let mut child = self
            .command()
            .args(["up", "--listen", listen, "--ingress", ingress, "--log-format", "json", "--data"])
            .arg(self.data())
            .args(&self.arguments)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the binary starts");
        let stdout = child.stdout.take().expect("a pipe");
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::new(stdout);
            let mut line = String::new();
            let _ = lines.read_line(&mut line);
            let _ = tell.send(line);
            let _ = lines.read_to_string(&mut String::new());
        });
        let line = told.recv_timeout(READY_WITHIN).unwrap_or_default();
        self.child = Some(child);
        let word = |key: &str| line.split_whitespace().find_map(|w| w.strip_prefix(key)).map(str::to_owned);
        let (Some(portal), Some(ingress)) = (word("portal="), word("ingress=")) else {
            panic!("the server did not become ready: {line:?}\n{}", self.log());
        };
        (self.portal, self.ingress) = (portal, ingress);
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .env("HOME", self.home.path())
            .env_remove("PLATFORM_DATA")
            .env_remove("PLATFORM_SERVER")
            .env_remove("PLATFORM_TOKEN");
        command
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// A folder for the test's own files.
    pub fn folder(&self) -> &Path {
        self.home.path()
    }

    fn log_file(&self) -> PathBuf {
        self.home.path().join("server.log")
    }

    /// What the server logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// The administrator's token.
    pub fn token(&self) -> String {
        std::fs::read_to_string(self.data().join("admin.token")).expect("the administrator's token").trim().to_owned()
    }

    /// The server's process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("a running server").id()
    }

    /// Runs a command of the platform, as the user who started the server.
    #[track_caller]
    pub fn platform(&self, arguments: &[&str]) -> Said {
        run(self.command().args(arguments).current_dir(self.home.path()))
    }

    /// Runs `kubectl` against the server.
    #[track_caller]
    pub fn kubectl(&self, arguments: &[&str]) -> Said {
        let file = self.home.path().join("kubeconfig");
        if !file.exists() {
            std::fs::write(&file, self.platform(&["kubeconfig"]).ok()).expect("a kubeconfig");
        }
        run(Command::new("kubectl").arg("--kubeconfig").arg(file).args(arguments).env("HOME", self.home.path()))
    }

    /// Runs `git`, with the administrator's token for the server's repositories.
    #[track_caller]
    pub fn git(&self, folder: &Path, arguments: &[&str]) -> Said {
        let header = format!("http.extraHeader=Authorization: Bearer {}", self.token());
        let mut command = Command::new("git");
        command.current_dir(folder).env("HOME", self.home.path()).env("GIT_TERMINAL_PROMPT", "0");
        command.args(["-c", &header, "-c", "user.name=test", "-c", "user.email=test@example.test"]).args(arguments);
        run(&mut command)
    }

    /// GETs a path of the API as JSON, as the administrator.
    #[track_caller]
    pub fn get(&self, path: &str) -> serde_json::Value {
        let bearer = format!("Authorization: Bearer {}", self.token());
        crate::curl(["-H", &bearer, &format!("{}{path}", self.portal)]).json()
    }

    /// A request to a service behind the ingress, by host name.
    #[track_caller]
    pub fn service(&self, host: &str, path: &str) -> Said {
        crate::curl(["-H", &format!("Host: {host}"), "-w", "\n%{http_code}", &format!("{}{path}", self.ingress)])
    }

    /// Kills the server as a crash would; what it started goes on.
    pub fn crash(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it again on the same data and ports.
    pub fn start_again(&mut self) {
        let address = |url: &str| url.trim_start_matches("http://").to_owned();
        let (portal, ingress) = (address(&self.portal), address(&self.ingress));
        self.launch(&portal, &ingress);
    }

    /// Asks it to stop; the exit code.
    ///
    /// # Panics
    ///
    /// Where it does not end in time.
    pub fn stop(&mut self) -> i32 {
        let Some(mut child) = self.child.take() else { return 0 };
        let pid = i32::try_from(child.id()).expect("a process id");
        let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        let end = Instant::now() + STOP_WITHIN + Duration::from_secs(2);
        loop {
            if let Some(status) = child.try_wait().expect("a child") {
                return status.code().unwrap_or(-1);
            }
            if Instant::now() > end {
                let _ = child.kill();
                let _ = child.wait();
                panic!("the server did not stop in time:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until `check` answers something.
    ///
    /// # Panics
    ///
    /// Where it does not within the time.
    #[track_caller]
    pub fn wait_for<T>(&self, what: &str, within: Duration, mut check: impl FnMut() -> Option<T>) -> T {
        let end = Instant::now() + within;
        loop {
            if let Some(found) = check() {
                return found;
            }
            assert!(Instant::now() < end, "waited in vain for {what}\n--- server log\n{}", tail(&self.log()));
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.is_none() {
            // what a crashed server left running ends with its successor
            let again = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.start_again()));
            if again.is_err() {
                return;
            }
        }
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.stop()));
    }
}
