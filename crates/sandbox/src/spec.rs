//! What a caller asks of a held process: command, surroundings and limits.
//!
//! A [`Spec`] travels to `hold` over its standard input alone, because its environment carries
//! secrets: it is never written to a file nor put into an argument. Nothing that is not named
//! here reaches the process; there is no inherited environment, folder or descriptor.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Everything `hold` needs to know about one process.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Names the process in cgroup names and messages; any text.
    pub id: String,
    /// The state folder: absolute, made with mode 0700 when missing, one process at a time.
    pub folder: PathBuf,
    /// Program and arguments; a program without `/` is looked up in the `PATH` of `env`.
    pub command: Vec<String>,
    /// The whole environment.
    pub env: BTreeMap<String, String>,
    /// Where the command starts, as it sees paths from inside.
    pub workdir: PathBuf,
    /// Folders and files that the process sees besides the system's own.
    pub binds: Vec<Bind>,
    /// Paths that stay invisible even where a system folder contains them, but for the binds
    /// inside of them.
    pub hide: Vec<PathBuf>,
    /// Who the process is; only a server that is root can choose.
    pub user: Option<User>,
    pub limits: Limits,
    pub network: Network,
    pub log: LogLimits,
    pub stop: Stop,
}

impl Spec {
    /// A process without limits, in `/tmp`, with an empty environment.
    pub fn new<C, A>(id: impl Into<String>, folder: impl Into<PathBuf>, command: C) -> Self
    where
        C: IntoIterator<Item = A>,
        A: Into<String>,
    {
        Self {
            id: id.into(),
            folder: folder.into(),
            command: command.into_iter().map(Into::into).collect(),
            env: BTreeMap::new(),
            workdir: PathBuf::from("/tmp"),
            binds: Vec::new(),
            hide: Vec::new(),
            user: None,
            limits: Limits::default(),
            network: Network::default(),
            log: LogLimits::default(),
            stop: Stop::default(),
        }
    }

    /// Says what is wrong with the parts that can be judged without touching the machine.
    pub(crate) fn validate(&self) -> Result<(), String> {
        if self.command.first().is_none_or(String::is_empty) {
            return Err("it has no command".into());
        }
        if self.env.keys().any(|key| key.is_empty() || key.contains('=')) {
            return Err("the name of an environment variable is empty or has a `=`".into());
        }
        let paths = self.binds.iter().flat_map(|bind| [&bind.source, &bind.target].into_iter().chain(&bind.changes));
        for path in paths.chain([&self.folder, &self.workdir]).chain(&self.hide) {
            if !is_plain_absolute(path) {
                return Err(format!("`{}` is not an absolute path without `..`", path.display()));
            }
        }
        Ok(())
    }
}

/// The environment's values stay out of every message; its names are enough to debug with.
impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spec")
            .field("id", &self.id)
            .field("folder", &self.folder)
            .field("program", &self.command.first())
            .field("env", &self.env.keys())
            .field("workdir", &self.workdir)
            .field("binds", &self.binds)
            .field("user", &self.user)
            .field("limits", &self.limits)
            .field("network", &self.network)
            .finish_non_exhaustive()
    }
}

fn is_plain_absolute(path: &Path) -> bool {
    use std::path::Component;
    path.is_absolute() && !path.components().any(|part| part == Component::ParentDir)
}

/// One folder or file of the host at a path that the process sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bind {
    pub source: PathBuf,
    pub target: PathBuf,
    pub read_only: bool,
    /// Where writes go instead of into the source, see [`Bind::layered`].
    #[serde(default)]
    pub changes: Option<PathBuf>,
}

impl Bind {
    pub fn read_only(source: impl Into<PathBuf>, target: impl Into<PathBuf>) -> Self {
        Self { source: source.into(), target: target.into(), read_only: true, changes: None }
    }

    pub fn writable(source: impl Into<PathBuf>, target: impl Into<PathBuf>) -> Self {
        Self { read_only: false, ..Self::read_only(source, target) }
    }

    /// Writable for the process, unchanged for everybody else: a shared cache. What it adds or
    /// changes is in `changes/files` afterwards (what it deletes, as character devices there).
    /// The usual permissions hold, so that adding to a folder takes its owner. Where nothing can
    /// be mounted it is read-only.
    pub fn layered(source: impl Into<PathBuf>, target: impl Into<PathBuf>, changes: impl Into<PathBuf>) -> Self {
        Self { changes: Some(changes.into()), ..Self::writable(source, target) }
    }

    /// The host's folder that the process can fill.
    pub(crate) fn written(&self) -> Option<&Path> {
        (!self.read_only).then(|| self.changes.as_deref().unwrap_or(&self.source))
    }
}

/// A numeric user and group; neither needs an entry in `/etc/passwd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub uid: u32,
    pub gid: u32,
}

/// Upper bounds for the process and all its descendants together; `None` is unlimited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Anonymous memory and page cache that cannot be reclaimed.
    pub memory_bytes: Option<u64>,
    /// Thousandths of one processor.
    pub cpu_millis: Option<u32>,
    /// Processes and threads.
    pub processes: Option<u32>,
    /// Open files of each single process.
    pub open_files: Option<u64>,
    /// Size of each single file; a writer beyond it gets `SIGXFSZ`.
    pub file_size_bytes: Option<u64>,
    /// All files together in `/tmp` and the writable binds; looked at every few seconds.
    pub disk_bytes: Option<u64>,
    /// How long it may run before it is stopped.
    pub timeout: Option<Duration>,
}

/// Which TCP ports may be used. Enforced by Landlock from ABI 4 on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Ports that it may listen on.
    pub bind: PortRule,
    /// Ports, of any host, that it may connect to.
    pub connect: PortRule,
}

/// A set of TCP ports.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PortRule {
    #[default]
    Any,
    /// Nothing else; port 0 stands for "whichever the kernel picks".
    Only(Vec<u16>),
    /// Every port but these. Landlock only allows: this is a rule for each other port, which
    /// takes a tenth of a second of processor time at each start.
    AllBut(Vec<u16>),
}

/// How much of the output is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLimits {
    /// Size at which a new file is begun.
    pub segment_bytes: u64,
    /// Files kept, the one being written among them; at least 1.
    pub segments: usize,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { segment_bytes: 8 * 1024 * 1024, segments: 4 }
    }
}

/// How the process is asked to end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    pub signal: StopSignal,
    /// From the signal to SIGKILL; holds also when no server is there to watch.
    pub grace: Duration,
}

impl Default for Stop {
    fn default() -> Self {
        Self { signal: StopSignal::Terminate, grace: Duration::from_secs(10) }
    }
}

/// The signal that asks; it goes to the command's whole process group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopSignal {
    /// SIGTERM.
    Terminate,
    /// SIGINT; PostgreSQL's fast shutdown.
    Interrupt,
    /// SIGQUIT.
    Quit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printed_spec_keeps_its_secrets() {
        let mut spec = Spec::new("a", "/state", ["/bin/true", "--key=hunter2"]);
        spec.env.insert("PASSWORD".into(), "hunter3".into());
        let printed = format!("{spec:?}");
        assert!(printed.contains("PASSWORD"), "{printed}");
        assert!(!printed.contains("hunter"), "{printed}");
    }

    #[test]
    fn refuses_what_cannot_be_meant() {
        let good = Spec::new("a", "/state", ["/bin/true"]);
        assert_eq!(good.validate(), Ok(()));
        let no_command = Spec { command: vec![], ..good.clone() };
        assert!(no_command.validate().is_err());
        let relative = Spec { workdir: "workspace".into(), ..good.clone() };
        assert!(relative.validate().is_err());
        let climbing = Spec { binds: vec![Bind::writable("/data/../etc", "/x")], ..good.clone() };
        assert!(climbing.validate().is_err());
        let odd_name = Spec { env: [("A=B".to_owned(), String::new())].into(), ..good };
        assert!(odd_name.validate().is_err());
    }
}
