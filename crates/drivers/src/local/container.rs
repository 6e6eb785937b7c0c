//! What a container sees: its environment, its files, its folder, its limits.
//!
//! The release's files are at `/workspace`, read-only; only the replica's own ports may be listened on. Variables travel to the
//! sandbox in memory; files with a secret content lie on disk for the moment of the start alone.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use causeway_sandbox::{Bind, Enforced, Limits, Means, Network, PortRule, Spec, Stop, StopSignal, User};
use causeway_secrets::SecretText;

use super::record::{ReplicaRecord, make_private};
use crate::{Instance, Process};

/// Where the release's files are; the golden paths' virtual environments only run from there.
pub(super) const WORKSPACE: &str = "/workspace";
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const PROCESSES: u32 = 512;
const OPEN_FILES: u64 = 65_536;
const FILES: &str = "files";

/// One container of one replica, about to be started.
pub(super) struct Container<'a> {
    pub(super) instance: &'a Instance,
    pub(super) record: &'a ReplicaRecord,
    pub(super) name: &'a str,
    pub(super) process: &'a Process,
    /// Its state folder.
    pub(super) folder: &'a Path,
    pub(super) user: Option<User>,
}

impl Container<'_> {
    /// What the sandbox is told, with the files put in place.
    pub(super) fn prepare(&self) -> io::Result<Spec> {
        let id = &self.instance.id;
        let label = format!("{}.{}.{}-{}-{}", id.namespace, id.environment, id.workload, self.record.index, self.name);
        let resources = self.process.resources;
        Ok(Spec {
            env: self.environment(),
            workdir: WORKSPACE.into(),
            binds: self.binds()?,
            user: self.user,
            limits: Limits {
                memory_bytes: resources.memory_bytes,
                cpu_millis: resources.cpu_millis.map(|millis| u32::try_from(millis).unwrap_or(u32::MAX)),
                processes: Some(PROCESSES),
                open_files: Some(open_files()),
                ..Limits::default()
            },
            network: Network {
                bind: PortRule::Only(self.record.ports.iter().map(|port| port.real).collect()),
                connect: PortRule::Any,
            },
            stop: Stop { signal: StopSignal::Terminate, grace: self.instance.grace },
            ..Spec::new(label, self.folder, self.process.command.iter().cloned())
        })
    }

    /// A question to the container, asked from inside: the same files and the same `/tmp`.
    pub(super) fn question(&self, command: &[String], timeout: Duration) -> io::Result<Spec> {
        let mut spec = self.prepare()?;
        spec.id.push_str("-probe");
        spec.folder = self.folder.join("probe");
        spec.command = command.to_vec();
        for bind in spec.binds.iter_mut().filter(|bind| bind.changes.is_some()) {
            // a layer can be used once at a time
            bind.changes = Some(self.folder.join("probe-workspace"));
        }
        spec.binds.push(Bind::writable(self.folder.join("tmp"), "/tmp"));
        spec.limits.timeout = Some(timeout);
        spec.limits.processes = Some(64);
        Ok(spec)
    }

    /// The document's variables; the ports stand above them, since only the platform knows them.
    fn environment(&self) -> BTreeMap<String, String> {
        let usual = [("PATH", PATH), ("HOME", "/tmp"), ("TMPDIR", "/tmp"), ("LANG", "C.UTF-8"), ("HOST", "127.0.0.1")];
        let mut all: BTreeMap<String, String> = usual.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        all.extend(self.process.variables.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned())));
        if let Some(port) = self.record.first_port() {
            all.insert("PORT".into(), port.to_string());
        }
        all.extend(self.record.ports.iter().map(|port| (port_variable(&port.name), port.real.to_string())));
        all
    }

    fn binds(&self) -> io::Result<Vec<Bind>> {
        let artifact = &self.instance.artifact;
        let files: Vec<(PathBuf, &str)> = self.write_files()?;
        // a file inside of the workspace needs a place there, which the release itself must not get
        let workspace = match files.iter().any(|(_, target)| Path::new(target).starts_with(WORKSPACE)) {
            true => {
                let changes = self.folder.join("workspace");
                make_private(&changes)?;
                Bind::layered(artifact, WORKSPACE, changes)
            }
            false => Bind::read_only(artifact, WORKSPACE),
        };
        let files = files.into_iter().map(|(source, target)| Bind::read_only(source, target));
        Ok(std::iter::once(workspace).chain(files).collect())
    }

    /// The files on disk, and where the container wants them.
    fn write_files(&self) -> io::Result<Vec<(PathBuf, &str)>> {
        let folder = self.folder.join(FILES);
        if self.process.files.is_empty() {
            return Ok(Vec::new());
        }
        make_private(&folder)?;
        let write = |(number, (content, mode)): (usize, &(SecretText, u32))| {
            let file = folder.join(number.to_string());
            let _ = fs::remove_file(&file);
            let mut out = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
            out.write_all(content.reveal().as_bytes())?;
            out.set_permissions(fs::Permissions::from_mode(*mode & 0o777))?;
            if let Some(user) = self.user {
                chown(&file, Some(user.uid), Some(user.gid))?;
            }
            Ok(file)
        };
        let written = self.process.files.values().enumerate().map(write).collect::<io::Result<Vec<PathBuf>>>()?;
        Ok(written.into_iter().zip(self.process.files.keys().map(String::as_str)).collect())
    }

    /// What is bound stays there for the container without the file it came from.
    pub(super) fn forget_files(&self, enforced: &Enforced) {
        if enforced.fixed_paths && !self.process.files.is_empty() {
            let _ = fs::remove_dir_all(self.folder.join(FILES));
        }
    }
}

/// A server that may open fewer itself cannot give more.
fn open_files() -> u64 {
    let own = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE);
    own.map_or(OPEN_FILES, |(_, hard)| hard.min(OPEN_FILES))
}

/// `admin-api` is in `PORT_ADMIN_API`.
fn port_variable(name: &str) -> String {
    let upper = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    format!("PORT_{}", upper.collect::<String>())
}

/// Limit by limit, by what it is enforced.
pub(super) fn describe(enforced: &Enforced) -> BTreeMap<String, String> {
    let limits = [
        ("memory", enforced.memory),
        ("cpu", enforced.cpu),
        ("processes", enforced.processes),
        ("filesystem", enforced.filesystem),
        ("network", enforced.network),
        ("user", enforced.user),
    ];
    limits.into_iter().map(|(limit, means)| (limit.to_owned(), name(means).to_owned())).collect()
}

fn name(means: Means) -> &'static str {
    match means {
        Means::CgroupV1 => "cgroup v1",
        Means::CgroupV2 => "cgroup v2",
        Means::Watched => "watched every second",
        Means::Niceness => "lower priority only",
        Means::ResourceLimit => "resource limit",
        Means::OwnRoot => "own root",
        Means::OwnRootAndLandlock => "own root and Landlock",
        Means::Landlock => "Landlock",
        Means::UserId => "own user",
        Means::Nothing => "not enforced",
        Means::NotAsked => "no limit",
    }
}
