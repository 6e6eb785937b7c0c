//! What a process sees of the disk.

use std::os::unix::fs::{chown, symlink};
use std::path::Path;

use causeway_sandbox::Bind;

use crate::bench::Bench;

#[tokio::test]
async fn finds_its_folder_at_a_fixed_path_and_can_write_there() {
    let Some(bench) = Bench::new() else { return };
    let source = bench.folder("artifact");
    std::fs::write(source.join("name"), "causeway\n").unwrap();
    let mut spec = bench.spec("pwd; cat name /workspace/name; echo made > made");
    spec.binds = vec![Bind::writable(&source, "/workspace")];
    spec.workdir = "/workspace".into();
    assert_eq!(bench.output(&spec).await, ["/workspace", "causeway", "causeway"]);
    assert_eq!(std::fs::read_to_string(source.join("made")).unwrap(), "made\n");
    assert!(!Path::new("/workspace/made").exists());
}

#[tokio::test]
async fn sees_neither_the_data_folder_nor_any_place_it_was_not_given() {
    let Some(bench) = Bench::new() else { return };
    let elsewhere = tempfile::tempdir_in("/var/lib").unwrap();
    let open = elsewhere.path().join("open");
    std::fs::write(&open, "for everybody").unwrap();
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(elsewhere.path(), everybody).unwrap();
    let secret = bench.data().join("secret");
    std::fs::write(&secret, "for nobody").unwrap();
    let script = format!(
        "for path in {} {} /root /home /sys /proc/1/root/etc {}; do ls $path 2>/dev/null && echo $path; done; ls /",
        open.display(),
        secret.display(),
        bench.data().display(),
    );
    let seen = bench.output(&bench.spec(&script)).await;
    let whole = ["bin", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "tmp", "usr", "var"];
    assert_eq!(seen, whole);
}

#[tokio::test]
async fn writes_only_where_it_may() {
    let Some(bench) = Bench::new() else { return };
    let fixed = bench.folder("fixed");
    let mut spec = bench.spec(
        "for path in / /etc /usr /run /fixed /proc/sys/kernel /tmp /var/tmp /dev/shm; do \
           touch $path/x 2>/dev/null && echo $path; done; true",
    );
    spec.binds = vec![Bind::read_only(&fixed, "/fixed")];
    assert_eq!(bench.output(&spec).await, ["/tmp", "/var/tmp", "/dev/shm"]);
    assert!(!bench.state().join("tmp").exists(), "the private /tmp was left behind");
}

#[tokio::test]
async fn even_root_inside_cannot_change_what_is_read_only() {
    let Some(bench) = Bench::new() else { return };
    let fixed = bench.folder("fixed");
    let mut spec = bench.spec(
        "id -u; touch /fixed/x || mount -o remount,rw /fixed || mount -t tmpfs none /tmp || \
         touch /usr/x || touch /x || echo closed",
    );
    spec.user = None;
    spec.binds = vec![Bind::read_only(&fixed, "/fixed")];
    let lines = bench.output(&spec).await;
    assert_eq!((lines.first().unwrap().as_str(), lines.last().unwrap().as_str()), ("0", "closed"));
}

#[tokio::test]
async fn a_hidden_path_is_closed_unless_a_bind_opens_it_again() {
    let Some(bench) = Bench::new() else { return };
    let own = bench.folder("own");
    std::fs::write(own.join("x"), "").unwrap();
    let script = "ls /usr/share/own; ls /usr/share 2>&1; wc -c < /etc/passwd; \
                  touch /usr/share/y 2>/dev/null || echo closed";
    let mut spec = bench.spec(script);
    spec.hide = ["/usr/share", "/etc/passwd", "/not/there"].map(Into::into).to_vec();
    spec.binds = vec![Bind::read_only(&own, "/usr/share/own")];
    let denied = "ls: cannot open directory '/usr/share': Permission denied";
    assert_eq!(bench.output(&spec).await, ["x", denied, "0", "closed"]);
    // not even root sees more than the bind
    spec.user = None;
    let before = bench.output(&spec).await;
    assert_eq!(before[4..], ["x", "own", "0", "closed"]);
}

#[tokio::test]
async fn binds_may_lie_inside_each_other() {
    let Some(bench) = Bench::new() else { return };
    let (outer, inner) = (bench.folder("outer"), bench.folder("inner"));
    std::fs::write(inner.join("x"), "").unwrap();
    let mut spec =
        bench.spec("touch /workspace/a; touch /workspace/cache/b 2>/dev/null; ls /workspace /workspace/cache");
    spec.binds = vec![Bind::writable(&outer, "/workspace"), Bind::read_only(&inner, "/workspace/cache")];
    let expected = ["/workspace:", "a", "cache", "", "/workspace/cache:", "x"];
    assert_eq!(bench.output(&spec).await, expected);
}

#[tokio::test]
async fn a_layered_folder_takes_changes_without_being_changed() {
    let Some(bench) = Bench::new() else { return };
    let cache = bench.folder("cache: a,b");
    let old = cache.join("old");
    std::fs::write(&old, "old\n").unwrap();
    chown(&old, Some(bench.user.uid), None).unwrap();
    let changes = bench.data().join("changes");
    let mut spec = bench
        .spec("cat /cache/old; echo new > /cache/old; mkdir /cache/in; echo more > /cache/in/more; cat /cache/old");
    spec.binds = vec![Bind::layered(&cache, "/cache", &changes)];
    assert_eq!(bench.output(&spec).await, ["old", "new"]);
    let read = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap();
    assert_eq!(read(old), "old\n");
    assert!(!cache.join("in").exists());
    assert_eq!(read(changes.join("files/old")), "new\n");
    assert_eq!(read(changes.join("files/in/more")), "more\n");
}

#[tokio::test]
async fn a_link_planted_in_a_folder_is_not_followed() {
    let Some(bench) = Bench::new() else { return };
    let (outer, inner, target) = (bench.folder("outer"), bench.folder("inner"), bench.folder("target"));
    symlink(&target, outer.join("cache")).unwrap();
    let mut spec = bench.spec("true");
    spec.binds = vec![Bind::writable(&outer, "/workspace"), Bind::writable(&inner, "/workspace/cache/deep")];
    let error = bench.sandbox().start(&spec).await.unwrap_err().to_string();
    assert!(error.contains("a symbolic link is in the way"), "{error}");
    assert!(!target.join("deep").exists());
}

#[tokio::test]
async fn sees_only_its_own_processes() {
    let Some(bench) = Bench::new() else { return };
    let lines = bench.output(&bench.spec("echo /proc/[0-9]*; kill -9 1; echo here")).await;
    // init and the shell
    assert_eq!(lines.first().unwrap(), "/proc/1 /proc/2");
    assert_eq!(lines.last().unwrap(), "here");
}

#[tokio::test]
async fn the_tools_of_the_system_work() {
    let Some(bench) = Bench::new() else { return };
    let home = bench.folder("home");
    let mut spec = bench.spec(
        "set -e; git init -q repository; cd repository; git -c user.name=a -c user.email=b commit -q --allow-empty -m c; \
         git log --format=%s; getent hosts localhost | grep -o localhost | head -1; test -s /etc/ssl/certs/ca-certificates.crt; \
         echo a | tee /dev/stderr > /dev/null; \
         /usr/bin/python3 -c 'import multiprocessing, ssl; multiprocessing.Lock(); ssl.create_default_context(); print(\"python\")'",
    );
    spec.env.insert("HOME".into(), "/home/job".into());
    spec.binds = vec![Bind::writable(&home, "/home/job")];
    spec.workdir = "/home/job".into();
    assert_eq!(bench.output(&spec).await, ["c", "localhost", "a", "python"]);
}
