//! Control groups: memory, CPU and process limits for all descendants together, and their usage.
//!
//! Both versions are spoken, whichever the machine lets us write: version 1 has a hierarchy for
//! each controller, version 2 one for all. A group is made beside the server's own, so that a
//! limit on the server bounds its processes too. What cannot be made is absent from [`Groups`],
//! and the caller falls back to something weaker and says so.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

use crate::mounts::Mount;
use crate::record::Means;
use crate::spec::Limits;

/// The length of an accounting period in microseconds; the kernel's own default.
const PERIOD_US: u64 = 100_000;
/// Init is in the groups too, on top of what a limit allows.
const OWN_PROCESSES: u64 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Controller {
    Memory,
    Cpu,
    /// Counts CPU time in version 1; version 2 does that in every group.
    CpuAcct,
    Pids,
}

impl Controller {
    const ALL: [Self; 4] = [Self::Memory, Self::Cpu, Self::CpuAcct, Self::Pids];

    fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Cpu => "cpu",
            Self::CpuAcct => "cpuacct",
            Self::Pids => "pids",
        }
    }
}

/// The groups of one process: empty where the machine lets us make none.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Groups {
    version_2: bool,
    folders: BTreeMap<Controller, PathBuf>,
}

impl Groups {
    /// Makes groups called `name` and sets the limits; never fails, see [`Groups::means`].
    pub(crate) fn create(name: &str, limits: &Limits) -> Self {
        let groups = Self::create_v2(name).unwrap_or_else(|| Self::create_v1(name));
        groups.limited(limits)
    }

    fn create_v1(name: &str) -> Self {
        let (Ok(mounts), Ok(own)) = (Mount::table(), fs::read_to_string("/proc/self/cgroup")) else {
            return Self::default();
        };
        let folders = Controller::ALL.into_iter().filter_map(|controller| {
            let mount =
                mounts.iter().find(|mount| mount.kind == "cgroup" && mount.has_super_option(controller.name()))?;
            let own = own_path(&own, controller.name())?;
            let folder = below_mount(mount, own).join(name);
            make_folder(&folder).ok()?;
            Some((controller, folder))
        });
        Self { version_2: false, folders: folders.collect() }
    }

    /// `None` when version 2 does not carry the controllers here, or is not ours to write.
    fn create_v2(name: &str) -> Option<Self> {
        let mounts = Mount::table().ok()?;
        let mount = mounts.iter().find(|mount| mount.kind == "cgroup2")?;
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let own = below_mount(mount, own_path(&own, "")?);
        // a group with processes cannot hand controllers down, so the parent is often the one
        let above = own.ancestors().take_while(|path| path.starts_with(&mount.point));
        let folder = above.filter(|parent| hands_down(parent)).find_map(|parent| {
            let folder = parent.join(name);
            make_folder(&folder).ok()?;
            let usable = is_writable(&folder.join("memory.max")) && is_writable(&folder.join("cgroup.procs"));
            if !usable {
                let _ = fs::remove_dir(&folder);
            }
            usable.then_some(folder)
        })?;
        let folders = Controller::ALL.into_iter().map(|controller| (controller, folder.clone()));
        Some(Self { version_2: true, folders: folders.collect() })
    }

    /// Sets each limit; a controller that refuses its limit is dropped.
    fn limited(mut self, limits: &Limits) -> Self {
        if let Some(bytes) = limits.memory_bytes {
            self.set_or_drop(Controller::Memory, |groups, folder| groups.limit_memory(folder, bytes));
        }
        if let Some(millis) = limits.cpu_millis {
            self.set_or_drop(Controller::Cpu, |groups, folder| groups.limit_cpu(folder, millis));
        }
        if let Some(processes) = limits.processes {
            let all = (u64::from(processes) + OWN_PROCESSES).to_string();
            self.set_or_drop(Controller::Pids, |_, folder| fs::write(folder.join("pids.max"), &all));
        }
        self
    }

    fn set_or_drop(&mut self, controller: Controller, set: impl FnOnce(&Self, &Path) -> io::Result<()>) {
        let Some(folder) = self.folders.get(&controller) else {
            return;
        };
        if set(self, folder).is_ok() {
            return;
        }
        if let Some(folder) = self.folders.remove(&controller)
            && !self.folders.values().any(|other| *other == folder)
        {
            let _ = fs::remove_dir(folder);
        }
    }

    fn limit_memory(&self, folder: &Path, bytes: u64) -> io::Result<()> {
        let bytes = bytes.to_string();
        if self.version_2 {
            fs::write(folder.join("memory.max"), &bytes)?;
            write_if_there(&folder.join("memory.swap.max"), "0")?;
            return write_if_there(&folder.join("memory.oom.group"), "1");
        }
        fs::write(folder.join("memory.limit_in_bytes"), &bytes)?;
        write_if_there(&folder.join("memory.memsw.limit_in_bytes"), &bytes)
    }

    fn limit_cpu(&self, folder: &Path, millis: u32) -> io::Result<()> {
        // the kernel refuses quotas under a millisecond
        let quota = (u64::from(millis) * PERIOD_US / 1000).max(1000);
        if self.version_2 {
            return fs::write(folder.join("cpu.max"), format!("{quota} {PERIOD_US}"));
        }
        fs::write(folder.join("cpu.cfs_period_us"), PERIOD_US.to_string())?;
        fs::write(folder.join("cpu.cfs_quota_us"), quota.to_string())
    }

    /// How a limit of this controller is enforced, if it is.
    pub(crate) fn means(&self, controller: Controller) -> Option<Means> {
        let version = if self.version_2 { Means::CgroupV2 } else { Means::CgroupV1 };
        self.folders.contains_key(&controller).then_some(version)
    }

    /// Opens what a process joins by, while the paths can still be seen.
    pub(crate) fn doors(&self) -> io::Result<Vec<File>> {
        // one thread that moves itself takes no lock of the whole system, which costs 10 ms;
        // version 2 has nothing like it
        let name = if self.version_2 { "cgroup.procs" } else { "tasks" };
        let mut folders: Vec<&PathBuf> = self.folders.values().collect();
        folders.dedup();
        let open = |folder: &PathBuf| OpenOptions::new().write(true).open(folder.join(name));
        folders.into_iter().map(open).collect()
    }

    /// Memory in use that cannot be had back by dropping clean cache.
    pub(crate) fn memory_bytes(&self) -> Option<u64> {
        let folder = self.folders.get(&Controller::Memory)?;
        let (usage, inactive) = if self.version_2 {
            ("memory.current", "inactive_file")
        } else {
            ("memory.usage_in_bytes", "total_inactive_file")
        };
        let usage = read_number(&folder.join(usage))?;
        Some(usage.saturating_sub(read_field(&folder.join("memory.stat"), inactive).unwrap_or(0)))
    }

    pub(crate) fn cpu_time(&self) -> Option<Duration> {
        let folder = self.folders.get(&Controller::CpuAcct)?;
        if self.version_2 {
            return read_field(&folder.join("cpu.stat"), "usage_usec").map(Duration::from_micros);
        }
        read_number(&folder.join("cpuacct.usage")).map(Duration::from_nanos)
    }

    pub(crate) fn processes(&self) -> Option<u64> {
        let all = read_number(&self.folders.get(&Controller::Pids)?.join("pids.current"))?;
        Some(all.saturating_sub(OWN_PROCESSES))
    }

    /// Whether the memory limit has killed anything yet.
    pub(crate) fn has_killed(&self) -> bool {
        let Some(folder) = self.folders.get(&Controller::Memory) else {
            return false;
        };
        let file = if self.version_2 { "memory.events" } else { "memory.oom_control" };
        read_field(&folder.join(file), "oom_kill").is_some_and(|kills| kills > 0)
    }

    /// Kills whatever is still inside and removes the groups. Dying takes a moment, so that
    /// this tries for about a second.
    pub(crate) fn remove(&self) {
        for folder in self.folders.values() {
            let mut pause = Duration::from_millis(1);
            while pause < Duration::from_secs(1) && is_busy(fs::remove_dir(folder)) {
                kill_members(folder);
                thread::sleep(pause);
                pause *= 2;
            }
        }
    }
}

fn is_busy(result: io::Result<()>) -> bool {
    result.is_err_and(|error| error.kind() == io::ErrorKind::ResourceBusy)
}

fn kill_members(folder: &Path) {
    let members = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    for pid in members.lines().filter_map(|line| line.parse().ok()) {
        // it may be gone already
        let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

/// The path after the controller's name in `/proc/<pid>/cgroup`; `""` names version 2.
fn own_path<'a>(text: &'a str, controller: &str) -> Option<&'a Path> {
    text.lines().find_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (names, path) = (parts.next()?, parts.next()?);
        names.split(',').any(|name| name == controller).then(|| Path::new(path))
    })
}

/// Inside a container only a part of the hierarchy is mounted.
fn below_mount(mount: &Mount, own: &Path) -> PathBuf {
    match own.strip_prefix(&mount.root) {
        Ok(rest) => mount.point.join(rest),
        Err(_) => mount.point.clone(),
    }
}

/// Whether children of this version 2 group get the controllers, having asked for them.
fn hands_down(group: &Path) -> bool {
    let wanted = ["memory", "cpu", "pids"];
    let control = group.join("cgroup.subtree_control");
    let has_all = || {
        let given = fs::read_to_string(&control).unwrap_or_default();
        wanted.iter().all(|name| given.split_ascii_whitespace().any(|given| given == *name))
    };
    has_all() || (fs::write(&control, "+memory +cpu +pids").is_ok() && has_all())
}

fn make_folder(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

fn is_writable(path: &Path) -> bool {
    OpenOptions::new().write(true).open(path).is_ok()
}

fn write_if_there(path: &Path, value: &str) -> io::Result<()> {
    if path.exists() { fs::write(path, value) } else { Ok(()) }
}

fn read_number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// One value of a file with a `name value` pair on each line.
fn read_field(path: &Path, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_its_own_group_among_both_versions() {
        let text = "9:name=systemd:/\n4:memory:/a/b\n3:cpu,cpuacct:/c:d\n0::/unified\n";
        assert_eq!(own_path(text, "memory"), Some(Path::new("/a/b")));
        assert_eq!(own_path(text, "cpuacct"), Some(Path::new("/c:d")));
        assert_eq!(own_path(text, ""), Some(Path::new("/unified")));
        assert_eq!(own_path(text, "pids"), None);
    }

    #[test]
    fn in_a_container_its_own_path_begins_at_the_mounted_part() {
        let mount = Mount {
            root: "/docker/1".into(),
            point: "/sys/fs/cgroup/memory".into(),
            options: String::new(),
            kind: "cgroup".into(),
            super_options: String::new(),
        };
        let inside = below_mount(&mount, Path::new("/docker/1/x"));
        assert_eq!(inside, Path::new("/sys/fs/cgroup/memory/x"));
        let outside = below_mount(&mount, Path::new("/elsewhere"));
        assert_eq!(outside, Path::new("/sys/fs/cgroup/memory"));
    }
}
