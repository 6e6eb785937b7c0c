//! From a specification to a running command: decides what this machine can enforce, asks init
//! for it, and says what came of it.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::PipeReader;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use nix::sys::prctl;
use nix::unistd::{Pid, geteuid};

use super::disk::DiskWatch;
use super::error::{Attempt, HoldError};
use super::namespace::{Isolation, own_user};
use super::recorder::Recorder;
use super::root::{SCRATCH, SYSTEM};
use super::walls::{Raised, Walls};
use super::watch::{MemoryWatch, Watch};
use super::wire::{EnterRequest, FromInit, InitRequest, Line, Refusal, RootPlan};
use crate::cgroup::{Controller, Groups};
use crate::record::{Enforced, HoldRecord, Identity, Means, StateFolder, unix_millis};
use crate::spec::{Bind, PortRule, Spec};

/// A running command and all that has to be looked after.
pub(super) struct Launched {
    pub(super) init: Pid,
    pub(super) line: Line,
    pub(super) output: PipeReader,
    pub(super) recorder: Recorder,
    pub(super) watch: Watch,
    pub(super) isolation: Isolation,
    pub(super) enforced: Enforced,
}

/// A state folder that no other `hold` has, with its record written.
pub(super) struct Claimed {
    pub(super) folder: StateFolder,
    pub(super) record: HoldRecord,
    /// Released by the kernel at the latest.
    _lock: File,
}

impl From<HoldError> for Refusal {
    fn from(error: HoldError) -> Self {
        Self::Failed(error.chain())
    }
}

impl Claimed {
    pub(super) fn new(folder: &Path, spec: &Spec) -> Result<Self, Refusal> {
        let folder = StateFolder::new(folder);
        let shown = folder.path().display().to_string();
        let what = || format!("the state folder {shown} was not taken");
        let lock = File::create(folder.lock()).attempt(what)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Refusal::Held),
            Err(TryLockError::Error(error)) => Err(error).attempt(what)?,
        }
        folder.forget_last_run().attempt(what)?;
        let identity =
            Identity::of(std::process::id()).ok_or_else(|| HoldError::new("/proc does not know this process"))?;
        let name = format!("causeway-{}-{}", identity.pid, identity.start_time);
        let groups = Groups::create(&name, &spec.limits);
        let record = HoldRecord { id: spec.id.clone(), identity, groups, started_ms: unix_millis() };
        let claimed = Self { folder, record, _lock: lock };
        claimed.folder.write_hold(&claimed.record).attempt(what)?;
        claimed.empty_scratch().attempt(what)?;
        Ok(claimed)
    }

    /// A new `/tmp` and an empty place for the root.
    fn empty_scratch(&self) -> std::io::Result<()> {
        self.remove_scratch()?;
        fs::create_dir(self.folder.tmp())?;
        fs::set_permissions(self.folder.tmp(), Permissions::from_mode(0o1777))?;
        fs::create_dir_all(self.folder.root())
    }

    pub(super) fn remove_scratch(&self) -> std::io::Result<()> {
        match fs::remove_dir_all(self.folder.tmp()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Starts the command and returns when it is executed.
pub(super) fn launch(claimed: &Claimed, spec: Spec) -> Result<Launched, HoldError> {
    let recorder = Recorder::open(&claimed.folder.log(), &spec.log).attempt(|| "the log was not opened".into())?;
    // before any namespace, in which everybody may look like root
    let is_root = geteuid().is_root();
    let own = own_user();
    let isolation = Isolation::enter();
    let can_switch = is_root && isolation != Isolation::Unprivileged;
    if !isolation.has_namespaces() {
        prctl::set_child_subreaper(true).attempt(|| "orphans are not adopted".into())?;
    }
    let watch = watch(&spec, claimed);
    let asked = Asked::of(&spec);
    let groups = &claimed.record.groups;
    let request = InitRequest {
        isolation,
        groups: groups.clone(),
        root: isolation.has_namespaces().then(|| root_plan(&spec, &claimed.folder, isolation)),
        stop: spec.stop.signal,
        enter: EnterRequest {
            user: spec.user.filter(|_| can_switch),
            outer_user: (isolation == Isolation::Unprivileged).then_some(own),
            ..enter_request(spec, claimed, isolation)
        },
    };
    let (mut output, writer) = std::io::pipe().attempt(|| "no pipe was made".into())?;
    if let Some(user) = request.enter.user {
        // `/dev/stderr` opens the pipe anew, which only its owner may
        std::os::unix::fs::fchown(&writer, Some(user.uid), Some(user.gid))
            .attempt(|| "the log was not given to the user".into())?;
    }
    let second = writer.try_clone().attempt(|| "no pipe was made".into())?;
    let (mut line, child) =
        Line::to_program("--init", Stdio::from(writer), Stdio::from(second)).attempt(|| "init was not made".into())?;
    line.send(&request).attempt(|| "init ended early".into())?;
    let raised = await_init(&mut line, &mut output)?;
    let enforced = asked.enforced(groups, isolation, can_switch, raised);
    let init = Pid::from_raw(child.id().cast_signed());
    Ok(Launched { init, line, output, recorder, watch, isolation, enforced })
}

/// What init says to its output before the command runs is a complaint worth repeating.
fn await_init(line: &mut Line, output: &mut PipeReader) -> Result<Raised, HoldError> {
    use std::io::Read;
    match line.receive().attempt(|| "init was not understood".into())? {
        Some(FromInit::Running(raised)) => Ok(raised),
        Some(FromInit::Failed(why)) => Err(HoldError::new(why)),
        Some(FromInit::Exited { .. }) | None => {
            let mut said = String::new();
            let _ = output.take(4096).read_to_string(&mut said);
            Err(HoldError::new(format!("init ended before the command ran: {}", said.trim())))
        }
    }
}

fn root_plan(spec: &Spec, folder: &StateFolder, isolation: Isolation) -> RootPlan {
    RootPlan {
        at: folder.root(),
        tmp: folder.tmp(),
        binds: spec.binds.clone(),
        hide: spec.hide.clone(),
        user: spec.user,
        home: spec.env.get("HOME").cloned().unwrap_or_else(|| "/tmp".to_owned()),
        memory_bytes: spec.limits.memory_bytes,
        is_unprivileged: isolation == Isolation::Unprivileged,
    }
}

fn enter_request(spec: Spec, claimed: &Claimed, isolation: Isolation) -> EnterRequest {
    let groups = &claimed.record.groups;
    let limits = &spec.limits;
    let is_counted = groups.means(Controller::Pids).is_some();
    let mut request = EnterRequest {
        open_files: limits.open_files,
        // one file alone may not take more than all together
        file_size: limits.file_size_bytes.into_iter().chain(limits.disk_bytes).min(),
        processes: limits.processes.map(u64::from).filter(|_| !is_counted),
        is_nice: limits.cpu_millis.is_some() && groups.means(Controller::Cpu).is_none(),
        walls: walls(&spec),
        user: None,
        outer_user: None,
        command: spec.command,
        env: spec.env,
        workdir: spec.workdir,
    };
    if !isolation.has_namespaces() {
        stay_on_host(&mut request, &spec.binds, &claimed.folder);
    }
    request
}

/// Inside its own root a process sees only what it may read.
fn walls(spec: &Spec) -> Walls {
    let targets = spec.binds.iter().filter(|bind| !bind.read_only).map(|bind| bind.target.clone());
    Walls {
        read: vec!["/".into()],
        write: targets.chain(SCRATCH.map(PathBuf::from)).collect(),
        network: spec.network.clone(),
    }
}

/// Without mounts, binds are reached at their sources, and Landlock alone closes the rest.
fn stay_on_host(request: &mut EnterRequest, binds: &[Bind], folder: &StateFolder) {
    let (read, write): (Vec<_>, Vec<_>) = binds.iter().partition(|bind| bind.read_only || bind.changes.is_some());
    let source = |bind: &Bind| bind.source.clone();
    request.walls.read = SYSTEM.map(PathBuf::from).into_iter().chain(read.into_iter().map(source)).collect();
    request.walls.write =
        ["/dev", "/proc"].map(PathBuf::from).into_iter().chain(write.into_iter().map(source)).collect();
    request.walls.write.push(folder.tmp());
    let tmp = folder.tmp().to_string_lossy().into_owned();
    request.env.entry("TMPDIR".into()).or_insert(tmp);
    let moved = binds.iter().find_map(|bind| {
        let rest = request.workdir.strip_prefix(&bind.target).ok()?;
        Some(bind.source.join(rest))
    });
    request.workdir = match moved {
        Some(path) => path,
        None if request.workdir.starts_with("/tmp") => folder.tmp(),
        None => return,
    };
}

fn watch(spec: &Spec, claimed: &Claimed) -> Watch {
    let limits = &spec.limits;
    let is_limited = claimed.record.groups.means(Controller::Memory).is_some();
    let writable = spec.binds.iter().filter_map(Bind::written).map(Path::to_owned);
    let folders = writable.chain([claimed.folder.tmp()]).collect();
    Watch {
        timeout: limits.timeout.map(|timeout| Instant::now() + timeout),
        disk: limits.disk_bytes.map(|bytes| DiskWatch::new(bytes, folders)),
        memory: limits.memory_bytes.filter(|_| !is_limited).map(MemoryWatch::new),
    }
}

/// Which limits the specification has, to be compared with what holds.
struct Asked {
    memory: bool,
    cpu: bool,
    processes: bool,
    disk: bool,
    network: bool,
    user: bool,
}

impl Asked {
    fn of(spec: &Spec) -> Self {
        let limits = &spec.limits;
        Self {
            memory: limits.memory_bytes.is_some(),
            cpu: limits.cpu_millis.is_some(),
            processes: limits.processes.is_some(),
            disk: limits.disk_bytes.is_some(),
            network: spec.network.bind != PortRule::Any || spec.network.connect != PortRule::Any,
            user: spec.user.is_some_and(|user| user != own_user()),
        }
    }

    fn enforced(&self, groups: &Groups, isolation: Isolation, can_switch: bool, raised: Raised) -> Enforced {
        let by_group = |controller, otherwise| groups.means(controller).unwrap_or(otherwise);
        let either = |holds: bool, means| if holds { means } else { Means::Nothing };
        let fixed_paths = isolation.has_namespaces();
        Enforced {
            memory: self.or_not(self.memory, by_group(Controller::Memory, Means::Watched)),
            cpu: self.or_not(self.cpu, by_group(Controller::Cpu, Means::Niceness)),
            processes: self.or_not(self.processes, by_group(Controller::Pids, Means::ResourceLimit)),
            disk: self.or_not(self.disk, Means::Watched),
            filesystem: match (fixed_paths, raised.filesystem) {
                (true, true) => Means::OwnRootAndLandlock,
                (true, false) => Means::OwnRoot,
                (false, true) => Means::Landlock,
                (false, false) => Means::Nothing,
            },
            network: self.or_not(self.network, either(raised.network, Means::Landlock)),
            user: self.or_not(self.user, either(can_switch, Means::UserId)),
            fixed_paths,
        }
    }

    fn or_not(&self, is_asked: bool, means: Means) -> Means {
        if is_asked { means } else { Means::NotAsked }
    }
}
