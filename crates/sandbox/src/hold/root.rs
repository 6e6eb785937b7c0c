//! The root that a held process sees: the system's programs, its own folders, and nothing else.
//!
//! It is built on an empty file system from read-only binds, so that the platform's data, other
//! processes' folders and every home are not hidden but absent. What is bound keeps its inode:
//! an unprivileged user reaches a folder at its target although the way to its source is closed.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Component, Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{chdir, pivot_root};

use super::error::{Attempt, HoldError};
use super::wire::RootPlan;
use crate::mounts::Mount;
use crate::spec::Bind;

/// Where programs and their settings live. What is a link on the host is the same link inside.
pub(super) const SYSTEM: [&str; 8] = ["/usr", "/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/// Writable inside, besides the writable binds.
pub(super) const SCRATCH: [&str; 4] = ["/tmp", "/var/tmp", "/dev", "/proc"];

const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
const NONE: Option<&str> = None;

/// Leaves the host's mounts for a root made after the plan.
pub(super) fn enter(plan: &RootPlan) -> Result<(), HoldError> {
    unshare(CloneFlags::CLONE_NEWNS).attempt(|| "no mount namespace was made".into())?;
    mount(NONE, "/", NONE, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NONE)
        .attempt(|| "the mounts were not made private".into())?;
    let builder = Builder { root: &plan.at };
    builder.file_system("tmpfs", Path::new("/"), MsFlags::MS_NODEV, "mode=755,size=4m")?;
    builder.system()?;
    builder.processes()?;
    builder.devices(plan.memory_bytes)?;
    builder.scratch(&plan.tmp)?;
    builder.passwd(plan)?;
    for path in &plan.hide {
        builder.cover(path)?;
    }
    for bind in &plan.binds {
        match &bind.changes {
            Some(changes) => builder.layer(bind, changes, plan)?,
            None => builder.bind(bind)?,
        }
    }
    for path in plan.hide.iter().filter(|path| !plan.binds.iter().any(|bind| bind.target == **path)) {
        builder.seal(path)?;
    }
    builder.turn()
}

struct Builder<'a> {
    root: &'a Path,
}

impl Builder<'_> {
    fn inside(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    fn system(&self) -> Result<(), HoldError> {
        for path in SYSTEM.map(Path::new) {
            let Ok(data) = path.symlink_metadata() else {
                continue;
            };
            if data.is_symlink() {
                fs::read_link(path)
                    .and_then(|target| symlink(target, self.inside(path)))
                    .attempt(|| format!("the link {} was not copied", path.display()))?;
            } else {
                self.bind(&Bind::read_only(path, path))?;
            }
        }
        self.resolver()
    }

    /// Where `/etc/resolv.conf` leads out of `/etc`, what it leads to is needed too.
    fn resolver(&self) -> Result<(), HoldError> {
        match fs::canonicalize("/etc/resolv.conf") {
            Ok(path) if !SYSTEM.iter().any(|system| path.starts_with(system)) => {
                self.bind(&Bind::read_only(&path, &path))
            }
            _ => Ok(()),
        }
    }

    /// A fresh `/proc` shows the processes of this namespace alone. Where the kernel refuses it
    /// (a container that masks parts of its own), the host's has to do.
    fn processes(&self) -> Result<(), HoldError> {
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        let path = Path::new("/proc");
        self.file_system("proc", path, flags, "").or_else(|_| {
            let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
            mount(Some(path), &self.inside(path), NONE, flags, NONE).attempt(|| "/proc was not mounted".into())
        })
    }

    fn devices(&self, memory_bytes: Option<u64>) -> Result<(), HoldError> {
        let flags = MsFlags::MS_NOSUID;
        self.file_system("tmpfs", Path::new("/dev"), flags, "mode=755,size=64k")?;
        for name in DEVICES {
            let path = Path::new("/dev").join(name);
            if path.exists() {
                let point = self.mount_point(&path, false)?;
                mount(Some(&path), &point, NONE, MsFlags::MS_BIND, NONE)
                    .attempt(|| format!("the device {} was not bound", path.display()))?;
            }
        }
        let links = [
            ("fd", "/proc/self/fd"),
            ("stdin", "/proc/self/fd/0"),
            ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"),
            ("ptmx", "pts/ptmx"),
        ];
        for (name, target) in links {
            symlink(target, self.inside(Path::new("/dev")).join(name))
                .attempt(|| format!("the link /dev/{name} was not made"))?;
        }
        let quiet = flags | MsFlags::MS_NOEXEC;
        self.file_system("devpts", Path::new("/dev/pts"), quiet, "newinstance,ptmxmode=0666,mode=620")?;
        let size = memory_bytes.map_or(String::new(), |bytes| format!(",size={bytes}"));
        self.file_system("tmpfs", Path::new("/dev/shm"), quiet | MsFlags::MS_NODEV, &format!("mode=1777{size}"))
    }

    fn scratch(&self, tmp: &Path) -> Result<(), HoldError> {
        self.bind(&Bind::writable(tmp, "/tmp"))?;
        self.bind(&Bind::writable(tmp, "/var/tmp"))?;
        self.mount_point(Path::new("/run"), true).map(drop)
    }

    /// Many programs refuse a user without a name.
    fn passwd(&self, plan: &RootPlan) -> Result<(), HoldError> {
        let Some(user) = plan.user else { return Ok(()) };
        let Ok(mut text) = fs::read_to_string("/etc/passwd") else {
            return Ok(());
        };
        let uid = user.uid.to_string();
        if text.lines().any(|line| line.split(':').nth(2) == Some(&uid)) {
            return Ok(());
        }
        let home = if plan.home.contains([':', '\n']) { "/tmp" } else { &plan.home };
        text.push_str(&format!("causeway:x:{uid}:{}:Causeway:{home}:/bin/sh\n", user.gid));
        let source = self.inside(Path::new("/run/passwd"));
        fs::write(&source, text).attempt(|| "the user was not named".into())?;
        self.bind(&Bind::read_only(source, "/etc/passwd"))
    }

    /// Puts something empty over a path that a system folder contains. A bind inside of it can
    /// be reached, but nothing can be listed.
    fn cover(&self, path: &Path) -> Result<(), HoldError> {
        let point = self.inside(path);
        let Ok(data) = point.symlink_metadata() else { return Ok(()) };
        if data.is_dir() {
            return self.file_system("tmpfs", path, MsFlags::MS_NODEV, "mode=711,size=64k");
        }
        let null = Path::new("/dev/null");
        mount(Some(null), &point, NONE, MsFlags::MS_BIND, NONE).attempt(|| format!("{} was not hidden", path.display()))
    }

    /// Once the binds are there, what covers a path is made read-only.
    fn seal(&self, path: &Path) -> Result<(), HoldError> {
        let point = self.inside(path);
        if !point.is_dir() {
            return Ok(());
        }
        let flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY | MsFlags::MS_NODEV;
        mount(NONE, &point, NONE, flags, NONE).attempt(|| format!("{} was not hidden", path.display()))
    }

    fn bind(&self, bind: &Bind) -> Result<(), HoldError> {
        let what = || format!("{} was not bound at {}", bind.source.display(), bind.target.display());
        let is_folder = fs::metadata(&bind.source).attempt(what)?.is_dir();
        let point = self.mount_point(&bind.target, is_folder)?;
        mount(Some(&bind.source), &point, NONE, MsFlags::MS_BIND | MsFlags::MS_REC, NONE).attempt(what)?;
        let mut added = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
        added.set(MsFlags::MS_RDONLY, bind.read_only);
        restrict(&point, added).attempt(what)
    }

    /// A copy-on-write view: the source below, the changes above.
    fn layer(&self, bind: &Bind, changes: &Path, plan: &RootPlan) -> Result<(), HoldError> {
        let what = || format!("{} was not layered at {}", bind.source.display(), bind.target.display());
        let (files, work) = (changes.join("files"), changes.join("work"));
        for folder in [&files, &work] {
            fs::create_dir_all(folder).attempt(what)?;
        }
        if let Some(user) = plan.user.filter(|_| !plan.is_unprivileged) {
            // the top of the view is that of the changes
            chown(&files, Some(user.uid), Some(user.gid)).attempt(what)?;
        }
        let part = |name: &str, path: &Path| format!("{name}={}", escape(path));
        let mut options = [part("lowerdir", &bind.source), part("upperdir", &files), part("workdir", &work)].join(",");
        if plan.is_unprivileged {
            options.push_str(",userxattr");
        }
        self.file_system("overlay", &bind.target, MsFlags::MS_NOSUID | MsFlags::MS_NODEV, &options)
    }

    fn file_system(&self, kind: &str, path: &Path, flags: MsFlags, options: &str) -> Result<(), HoldError> {
        let point = self.mount_point(path, true)?;
        mount(Some(kind), &point, Some(kind), flags, Some(options))
            .attempt(|| format!("{kind} was not mounted at {}", path.display()))
    }

    /// The path inside, made if missing. What is bound already may belong to the process, which
    /// could have put a link there that leads out: no link is followed.
    fn mount_point(&self, path: &Path, is_folder: bool) -> Result<PathBuf, HoldError> {
        let what = || format!("no mount point was made at {}", path.display());
        let mut point = self.root.to_owned();
        let mut parts = path.components().filter(|part| matches!(part, Component::Normal(_))).peekable();
        while let Some(part) = parts.next() {
            point.push(part);
            match point.symlink_metadata() {
                Ok(data) if data.is_symlink() => {
                    return Err(HoldError::new(format!("{}: a symbolic link is in the way", what())));
                }
                Ok(_) => {}
                Err(_) if parts.peek().is_some() || is_folder => make_folder(&point).attempt(what)?,
                Err(_) => File::create_new(&point).map(drop).attempt(what)?,
            }
        }
        Ok(point)
    }

    /// Makes the new root the only one.
    fn turn(&self) -> Result<(), HoldError> {
        let what = || "the root was not changed".into();
        chdir(self.root).attempt(what)?;
        pivot_root(".", ".").attempt(what)?;
        // the old root lies on top of the new one now
        umount2(".", MntFlags::MNT_DETACH).attempt(what)?;
        chdir("/").attempt(what)?;
        let flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY | MsFlags::MS_NODEV;
        mount(NONE, "/", NONE, flags, NONE).attempt(what)
    }
}

/// As overlay file systems read paths in their options.
fn escape(path: &Path) -> String {
    let mut escaped = String::new();
    for character in path.to_string_lossy().chars() {
        if matches!(character, '\\' | ',' | ':') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// Independent of the file mode mask.
fn make_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// Adds flags to a bind and all mounts below it; a bind takes none when it is made.
fn restrict(point: &Path, added: MsFlags) -> io::Result<()> {
    for mount_below in Mount::table()?.iter().filter(|mount| mount.is_at_or_below(point)) {
        let flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | mount_below.flags() | added;
        mount(NONE, &mount_below.point, NONE, flags, NONE)?;
    }
    Ok(())
}
