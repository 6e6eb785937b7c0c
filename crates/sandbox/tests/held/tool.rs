//! Trusted helpers that run to their end.

use std::time::{Duration, Instant};

use causeway_sandbox::{Tool, ToolError, User};

use crate::bench::{sleepers, until};

fn shell(script: &str) -> Tool {
    Tool::new("/bin/sh").args(["-c", script])
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn has_a_clean_environment_its_input_and_its_user() {
    if !nix::unistd::geteuid().is_root() {
        crate::bench::skip("only root can run tools as other users");
        return;
    }
    let user = User { uid: 65_534, gid: 65_534 };
    let tool = shell("id -u; id -G; cat; echo $A; pwd; echo ${CARGO_MANIFEST_DIR-none}");
    let output = tool.user(user).input("in\n").env("A", "b").workdir("/").check().await.unwrap();
    assert_eq!(text(&output.stdout), "65534\n65534\nin\nb\n/\nnone\n");
}

#[tokio::test]
async fn a_failure_says_what_the_program_said_but_not_its_arguments() {
    let error = shell("echo no way >&2; exit 3 # hunter2").check().await.unwrap_err();
    assert_eq!(error.to_string(), "`/bin/sh` failed (exit status: 3): no way");
    let missing = Tool::new("no-such-tool").run().await.unwrap_err();
    assert_eq!(missing.to_string(), "`no-such-tool` was not started");
}

#[tokio::test]
async fn output_is_bounded_without_blocking_the_program() {
    let tool = shell("head -c 1000000 /dev/zero; echo done >&2");
    let output = tool.max_output(1000).run().await.unwrap();
    assert_eq!((output.stdout.len(), output.is_cut), (1000, true));
    assert_eq!(text(&output.stderr), "done\n");
}

#[tokio::test]
async fn time_runs_out_for_its_children_too() {
    let begun = Instant::now();
    let tool = shell("sleep 4000017 & sleep 4000017").timeout(Duration::from_millis(200));
    let error = tool.run().await.unwrap_err();
    assert!(matches!(error, ToolError::TimedOut { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    until("no sleeper", || sleepers("4000017").is_empty()).await;
}
