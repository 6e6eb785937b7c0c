//! What is left of it where the server is not root, or the kernel allows little.

use std::os::unix::fs::chown;
use std::process::Command;
use std::time::Duration;

use causeway_sandbox::{Bind, Cause, Found, Handle, Means, PortRule, Sandbox, Spec};

use crate::bench::{Bench, EXE, lines, sleepers, within};

impl Bench {
    /// The data folder belongs to the user, and so does the server.
    fn of_user() -> Option<Self> {
        let bench = Self::new()?;
        chown(bench.data(), Some(bench.user.uid), Some(bench.user.gid)).unwrap();
        Some(bench)
    }

    fn setpriv(&self) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", &self.user.uid.to_string(), "--regid", &self.user.gid.to_string()]).args([
            "--clear-groups",
            EXE,
            "start",
        ]);
        command
    }

    async fn adopted(&self) -> Handle {
        match Sandbox::adopt(self.state()).await.unwrap() {
            Found::Running(handle) => handle,
            other => panic!("not running: {other:?}"),
        }
    }
}

/// Root without its rights, in a user namespace that allows no other: no mounts at all.
fn powerless() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c"]).arg(format!(
        "echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all {EXE} start"
    ));
    command
}

#[tokio::test]
async fn a_user_namespace_gives_an_ordinary_user_nearly_the_same() {
    let Some(bench) = Bench::of_user() else { return };
    let artifact = bench.folder("artifact");
    std::fs::write(artifact.join("name"), "causeway\n").unwrap();
    let cache = bench.folder("cache");
    let mut spec = bench.spec(
        "touch /cache/x; id -u; pwd; cat name; ls /; ls /proc | grep -c '^[0-9]'; touch /usr/x || unshare -m true || echo closed; touch made; sleep 0.3",
    );
    spec.user = None;
    let changes = bench.folder("changes");
    spec.binds = vec![Bind::writable(&artifact, "/workspace"), Bind::layered(&cache, "/cache", &changes)];
    spec.workdir = "/workspace".into();
    spec.network.bind = PortRule::Only(vec![1]);
    spec.limits.cpu_millis = Some(500);
    spec.limits.processes = Some(50);
    let enforced = bench.start_elsewhere(&mut bench.setpriv(), &spec).unwrap();
    assert_eq!(enforced.filesystem, Means::OwnRootAndLandlock);
    assert_eq!((enforced.cpu, enforced.processes), (Means::Niceness, Means::ResourceLimit));
    assert_eq!(enforced.gaps().len(), 2, "{:?}", enforced.gaps());
    let exit = within("the end", bench.adopted().await.wait()).await;
    let lines = lines(&causeway_sandbox::Log::of(bench.state()));
    assert!(exit.is_success(), "{exit:?} {lines:#?}");
    assert_eq!(lines[..3], [bench.user.uid.to_string().as_str(), "/workspace", "causeway"]);
    assert!(!lines.contains(&"work".to_owned()) && lines.contains(&"workspace".to_owned()));
    assert!(lines.contains(&"closed".to_owned()), "{lines:#?}");
    assert!(artifact.join("made").exists());
    assert!(changes.join("files/x").exists() && !cache.join("x").exists());
}

#[tokio::test]
async fn without_a_cgroup_memory_is_watched() {
    let Some(bench) = Bench::of_user() else { return };
    let mut spec = bench.spec("/usr/bin/python3 -c 'x = bytearray(b\"1\" * (100 << 20)); import time; time.sleep(60)'");
    spec.user = None;
    spec.limits.memory_bytes = Some(64 << 20);
    let enforced = bench.start_elsewhere(&mut bench.setpriv(), &spec).unwrap();
    assert_eq!(enforced.memory, Means::Watched);
    let exit = within("the end", bench.adopted().await.wait()).await;
    assert_eq!(exit.cause, Cause::OutOfMemory);
}

#[tokio::test]
async fn an_ordinary_users_process_stops_with_its_descendants() {
    let Some(bench) = Bench::of_user() else { return };
    let marker = (2_000_000 + bench.user.uid).to_string();
    let spec = Spec { user: None, ..bench.spec(&format!("trap '' TERM; setsid sleep {marker} & sleep {marker}")) };
    bench.start_elsewhere(&mut bench.setpriv(), &spec).unwrap();
    let handle = bench.adopted().await;
    let exit = within("the end", handle.stop(Duration::from_millis(100))).await;
    assert_eq!(exit.cause, Cause::Stopped);
    assert_eq!(sleepers(&marker), Vec::<i32>::new());
}

#[tokio::test]
async fn where_nothing_can_be_mounted_landlock_closes_the_rest() {
    let Some(bench) = Bench::new() else { return };
    let artifact = bench.data().join("artifact");
    std::fs::create_dir(&artifact).unwrap();
    std::fs::write(bench.data().join("secret"), "hidden").unwrap();
    let marker = (3_000_000 + bench.user.uid).to_string();
    let mut spec = bench.spec(&format!(
        "pwd; touch made; touch $TMPDIR/x && echo temporary; cat {}/secret; setsid sleep {marker} & sleep {marker}",
        bench.data().display()
    ));
    spec.user = None;
    spec.binds = vec![Bind::writable(&artifact, "/workspace")];
    spec.workdir = "/workspace".into();
    let enforced = bench.start_elsewhere(&mut powerless(), &spec).unwrap();
    assert_eq!(enforced.filesystem, Means::Landlock);
    assert!(!enforced.fixed_paths);
    let handle = bench.adopted().await;
    crate::bench::until("both sleepers", || sleepers(&marker).len() >= 2).await;
    let exit = within("the end", handle.stop(Duration::from_secs(5))).await;
    assert_eq!(exit.cause, Cause::Stopped);
    assert_eq!(sleepers(&marker), Vec::<i32>::new());
    let lines = lines(&handle.log());
    assert_eq!(lines[..2], [artifact.to_str().unwrap(), "temporary"]);
    assert!(lines[2].ends_with("Permission denied"), "{lines:?}");
    assert!(artifact.join("made").exists());
}
