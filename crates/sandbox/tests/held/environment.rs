//! What a process is given: user, environment, descriptors.

use causeway_sandbox::{Sandbox, Spec};

use crate::bench::Bench;

#[tokio::test]
async fn runs_as_an_unknown_user_who_has_a_name_all_the_same() {
    let Some(bench) = Bench::new() else { return };
    let mut spec = bench.spec("id -u; id -g; id -G; id -un; echo ~causeway");
    spec.env.insert("HOME".into(), "/workspace".into());
    let (uid, gid) = (bench.user.uid.to_string(), bench.user.gid.to_string());
    assert_eq!(bench.output(&spec).await, [uid.as_str(), &gid, &gid, "causeway", "/workspace"]);
}

#[tokio::test]
async fn has_exactly_the_environment_it_was_given() {
    let Some(bench) = Bench::new() else { return };
    let mut spec = bench.spec("");
    spec.command = vec!["env".into()];
    spec.env.insert("ODD".into(), "a b\"'$c\nd".into());
    let path = spec.env["PATH"].clone();
    assert_eq!(bench.output(&spec).await, ["ODD=a b\"'$c", "d", &format!("PATH={path}")]);
}

#[tokio::test]
async fn inherits_no_descriptor_and_no_capability() {
    let Some(bench) = Bench::new() else { return };
    let spec = bench.spec("ls /proc/self/fd; grep -E 'CapEff|NoNewPrivs|SigBlk' /proc/self/status; cat; yes | head -n1; echo ${PIPESTATUS[0]}");
    let lines = bench.output(&spec).await;
    // 3 is the folder being listed; `cat` has nothing to read
    assert_eq!(
        lines,
        ["0", "1", "2", "3", "SigBlk:\t0000000000000000", "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "y", "141"]
    );
}

#[tokio::test]
async fn a_secret_is_in_no_argument_no_environment_of_ours_and_no_file() {
    let Some(bench) = Bench::new() else { return };
    let mut spec = bench.spec("echo ready; sleep 60");
    spec.env.insert("PASSWORD".into(), "s3cret-s3cret".into());
    let handle = bench.sandbox().start(&spec).await.unwrap();
    let holder = handle.identity().pid;
    for file in ["cmdline", "environ"] {
        let bytes = std::fs::read(format!("/proc/{holder}/{file}")).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("s3cret"), "in {file}");
    }
    for entry in std::fs::read_dir(bench.state()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("s3cret"), "in {}", path.display());
        }
    }
    handle.kill().await;
}

#[tokio::test]
async fn says_why_a_command_cannot_be_executed() {
    let Some(bench) = Bench::new() else { return };
    let start = async |spec: Spec| bench.sandbox().start(&spec).await.unwrap_err().to_string();
    let mut spec = bench.spec("");
    spec.command = vec!["no-such-program".into()];
    let error = start(spec.clone()).await;
    assert_eq!(
        error,
        "`test` was not started: `no-such-program` was not executed: No such file or directory (os error 2)"
    );
    spec.workdir = "/nowhere".into();
    let error = start(spec.clone()).await;
    assert!(error.contains("the folder /nowhere was not entered"), "{error}");
    spec.command.clear();
    let error = start(spec).await;
    assert!(error.contains("it has no command"), "{error}");
    assert!(!bench.state().join("hold.json").exists());
}

#[tokio::test]
async fn says_what_is_wrong_with_the_holder() {
    let Some(bench) = Bench::new() else { return };
    let start = async |exe: &str| {
        let error = Sandbox::new(exe).start(&bench.spec("true")).await.unwrap_err();
        format!("{error}: {}", std::error::Error::source(&error).unwrap())
    };
    let missing = "`test` was not started: /no/such/platform did not answer: No such file or directory (os error 2)";
    assert_eq!(start("/no/such/platform").await, missing);
    let other = start("/bin/ls").await;
    assert!(other.contains("/bin/ls did not answer") && other.contains("cannot access 'hold'"), "{other}");
}
