//! Workflows, run on this machine through the command that developers use.
#![allow(clippy::unwrap_used, reason = "a test stops where it cannot go on")]

mod support;

use causeway_pipeline::runner::{Source, UnknownActions};
use support::{Answer, Repository, arguments, run, try_run};

#[test]
fn a_failure_or_a_skip_holds_for_the_whole_chain_unless_a_job_asks_for_the_status() {
    let answer = run(r#"
on: push
jobs:
  fails: {runs-on: x, steps: [{run: exit 1}]}
  skipped: {needs: fails, runs-on: x, steps: [{run: echo "R no"}]}
  asks: {needs: skipped, if: failure(), runs-on: x, steps: [{run: 'echo "R ${{ needs.skipped.result }}"'}]}
  chained: {needs: asks, runs-on: x, steps: [{run: echo "R no"}]}
  always: {needs: [fails, skipped], if: always(), runs-on: x, steps: [{run: "echo 'R ${{ join(needs.*.result) }}'"}]}
"#);
    assert_eq!(answer.conclusion(), "failure");
    let conclusion = |id: &str| answer.conclusions(id).join(",");
    assert_eq!(
        ["fails", "skipped", "asks", "chained", "always"].map(conclusion),
        ["failure", "skipped", "success", "skipped", "success"]
    );
    assert_eq!(
        (answer.lines("asks"), answer.lines("always")),
        (vec!["skipped".to_owned()], vec!["failure,skipped".to_owned()])
    );
}

#[test]
fn a_matrix_can_come_from_an_output_and_stops_at_its_first_failure() {
    let answer = run(r#"
on: push
jobs:
  prepare:
    runs-on: x
    outputs: {m: "${{ steps.s.outputs.m }}"}
    steps: [{id: s, run: "echo 'm={\"n\":[1,2,3]}' >> $GITHUB_OUTPUT"}]
  fast:
    needs: prepare
    runs-on: x
    strategy: {max-parallel: 1, matrix: "${{ fromJSON(needs.prepare.outputs.m) }}"}
    steps: [{run: 'echo "R ${{ matrix.n }} ${{ strategy.job-index }}/${{ strategy.job-total }}"; test ${{ matrix.n }} -ne 2'}]
  slow:
    runs-on: x
    strategy: {fail-fast: false, max-parallel: 1, matrix: {n: [1, 2, 3]}}
    continue-on-error: ${{ matrix.n == 2 }}
    steps: [{run: "test ${{ matrix.n }} -ne 2"}]
  after: {needs: slow, runs-on: x, steps: [{run: 'echo "R ${{ needs.slow.result }}"'}]}
  empty:
    runs-on: x
    strategy: {matrix: {n: "${{ fromJSON('[]') }}"}}
    steps: [{run: echo "R no"}]
"#);
    assert_eq!(answer.conclusions("fast"), ["cancelled", "failure", "success"]);
    assert_eq!(answer.lines("fast"), ["1 0/3", "2 1/3"]);
    assert_eq!(answer.conclusions("slow"), ["failure", "success", "success"]);
    assert_eq!(answer.lines("after"), ["success"]);
    assert!(answer.log("empty").contains("Matrix vector 'n' does not contain any values"), "{}", answer.log("empty"));
}

#[test]
fn commands_in_the_output_are_obeyed_and_secrets_masked() {
    let answer = run(r#"
on: push
jobs:
  a:
    runs-on: x
    env: {SECRET: hunter2}
    steps:
      - id: s
        run: |
          echo "::add-mask::$SECRET"
          echo "R has $SECRET inside"
          echo "::warning file=a.py,line=1::careful"
          echo "::stop-commands::token"
          echo "::add-mask::R"
          echo "::token::"
          echo "::set-output name=old::v1"
          echo "R on stderr" >&2
          printf 'R without end'
      - run: 'echo "R [${{ steps.s.outputs.old }}] $SECRET"'
      - {id: bad, continue-on-error: true, run: echo "no pair" >> "$GITHUB_OUTPUT"}
      - {id: late, continue-on-error: true, timeout-minutes: 0.005, run: sleep 20}
      - run: 'echo "R ${{ steps.bad.outcome }}/${{ steps.bad.conclusion }} ${{ steps.late.outcome }}"'
      - run: 'echo "::set-env name=A::b"'
"#);
    assert_eq!(
        answer.lines("a"),
        ["[v1] ***", "failure/success failure", "has *** inside", "on stderr", "without end"]
    );
    let log = answer.log("a");
    assert!(
        log.contains("Warning: careful")
            && log.contains("::add-mask::R")
            && log.contains("timed out")
            && !log.contains("hunter2"),
        "{log}"
    );
    assert_eq!(answer.conclusion(), "failure", "set-env is switched off");
}

const ACTION: &str = r#"
name: greet
description: greets
inputs:
  who: {description: w, required: true}
  from: {description: f, default: "${{ github.event_name }}"}
outputs:
  said: {description: s, value: "${{ steps.say.outputs.said }}"}
runs:
  using: composite
  steps:
    - id: say
      shell: bash
      run: |
        echo "R ${{ inputs.who }} ${{ inputs.from }} $OUTER [${{ steps.before.outputs.x }}] $(basename "$GITHUB_ACTION_PATH")"
        echo "said=hello ${{ inputs.who }}" >> "$GITHUB_OUTPUT"
        echo "LEFT=behind" >> "$GITHUB_ENV"
    - {shell: sh, if: inputs.who == 'nobody', run: echo "R no"}
    - {shell: bash, run: exit 3, continue-on-error: true}
    - {shell: bash, if: "inputs.who == 'fail'", run: exit 4}
    - {shell: bash, run: echo "R end"}
"#;

#[test]
fn a_local_action_has_its_own_steps_and_inputs() {
    let workflow = r#"
on: push
jobs:
  a:
    runs-on: x
    steps:
      - uses: actions/checkout@v4
      - {id: before, run: echo "x=1" >> "$GITHUB_OUTPUT"}
      - {id: greet, uses: ./tools/greet, with: {WHO: me}, env: {OUTER: outer}}
      - run: 'echo "R ${{ steps.greet.outputs.said }} $LEFT [$OUTER] [${{ steps.say.outputs.said }}]"'
      - {uses: ./tools/greet, with: {who: fail}}
      - {if: failure(), run: echo "R failed"}
      - {if: always(), uses: ./tools/missing}
"#;
    let repository = Repository::new(&[(".github/workflows/ci.yml", workflow), ("tools/greet/action.yml", ACTION)]);
    let answer = Answer::of(&try_run(&arguments(repository.path())));
    assert_eq!(
        answer.lines("a"),
        ["end", "fail push  [] greet", "failed", "hello me behind [] []", "me push outer [] greet"]
    );
    assert!(answer.log("a").contains("Can't find 'action.yml'"));
}

#[test]
fn what_does_not_run_here_fails_by_name_or_is_skipped_and_never_passes() {
    let workflow = r#"
on: push
jobs:
  action: {runs-on: x, steps: [{id: a, uses: foo/bar@v1}, {if: always(), run: 'echo "R ${{ steps.a.outcome }}"'}]}
  container: {runs-on: x, container: node:20, steps: [{run: echo "R no"}]}
  system: {runs-on: windows-latest, steps: [{run: echo "R no"}]}
  folder: {runs-on: x, steps: [{run: echo "R no", working-directory: nope}]}
  shell: {runs-on: x, steps: [{run: echo "R no", shell: nope}]}
  call: {uses: o/r/.github/workflows/x.yml@v1}
"#;
    let repository = Repository::with_workflow(workflow);
    let answer = Answer::of(&try_run(&arguments(repository.path())));
    for (job, word) in [
        ("action", "`foo/bar@v1` is not run by the built-in runner"),
        ("container", "`container` is not run by the built-in runner"),
        ("system", "Linux only"),
        ("folder", "does not exist"),
        ("shell", "Invalid shell option"),
        ("call", "not run by the built-in runner"),
    ] {
        assert_eq!(answer.conclusions(job), ["failure"], "{job}");
        assert!(answer.log(job).contains(word), "{job}: {}", answer.log(job));
    }
    assert_eq!(answer.lines("action"), ["failure"]);
    let mut skipping = arguments(repository.path());
    skipping.settings.unknown_actions = UnknownActions::Skip;
    let answer = Answer::of(&try_run(&skipping));
    assert_eq!(
        (answer.conclusions("action"), answer.lines("action")),
        (vec!["success".to_owned()], vec!["skipped".to_owned()])
    );
}

#[test]
fn a_reusable_workflow_of_the_repository_gets_inputs_and_gives_outputs() {
    let caller = r#"
on: push
jobs:
  one: {runs-on: x, outputs: {v: "4${{ '2' }}"}, steps: [{run: "true"}]}
  call:
    needs: one
    uses: ./.github/workflows/called.yml
    with: {number: "${{ needs.one.outputs.v }}"}
  after: {needs: call, runs-on: x, steps: [{run: 'echo "R ${{ needs.call.outputs.result }} ${{ needs.call.result }}"'}]}
  wrong: {uses: ./.github/workflows/called.yml, with: {nope: 1}}
"#;
    let called = r#"
on:
  workflow_call:
    inputs: {number: {type: number, required: true}, word: {type: string, default: d}}
    outputs: {result: {value: "${{ jobs.inner.outputs.r }}"}}
jobs:
  inner:
    runs-on: x
    outputs: {r: "${{ steps.s.outputs.r }}"}
    steps: [{id: s, run: 'echo "R ${{ inputs.number }} ${{ inputs.word }} ${{ inputs.number + 0 == 0 }}"; echo "r=done" >> "$GITHUB_OUTPUT"'}]
"#;
    let called = called.replace(" ${{ inputs.number + 0 == 0 }}", "");
    let repository =
        Repository::new(&[(".github/workflows/ci.yml", caller), (".github/workflows/called.yml", &called)]);
    let answer = Answer::of(&try_run(&arguments(repository.path())));
    assert_eq!(
        (answer.lines("call/inner"), answer.lines("after")),
        (vec!["42 d".to_owned()], vec!["done success".to_owned()])
    );
    assert!(answer.log("wrong").contains("Invalid input, nope"), "{}", answer.log("wrong"));
}

#[test]
fn artifacts_and_caches_go_from_job_to_job() {
    let answer = run(r#"
on: push
jobs:
  a:
    runs-on: x
    steps:
      - uses: actions/checkout@v4
      - {id: c, uses: actions/cache@v4, with: {path: kept, key: "k-${{ hashFiles('README.md') }}"}}
      - run: 'echo "R [${{ steps.c.outputs.cache-hit }}]"; mkdir -p out/deep kept; echo 1 > out/deep/1; echo 2 > out/2; echo k > kept/k; ln -s /etc/passwd out/link'
      - {uses: actions/upload-artifact@v4, with: {name: all, path: out}}
      - {uses: actions/upload-artifact@v4, with: {name: some, path: "out/**/1\nREADME.md"}}
      - {uses: actions/upload-artifact@v4, with: {path: nothing}}
  b:
    needs: a
    runs-on: x
    steps:
      - {uses: actions/download-artifact@v4, with: {name: all, path: one}}
      - {uses: actions/download-artifact@v4, with: {path: many}}
      - {id: c, uses: actions/cache@v4, with: {path: kept, key: "k-${{ hashFiles('README.md') }}"}}
      - run: 'echo "R $(find one many -type f -o -type l | sort | xargs)"; echo "R $(cat kept/k) ${{ steps.c.outputs.cache-hit }}"'
      - {uses: actions/download-artifact@v4, with: {name: absent}}
"#);
    assert_eq!(answer.lines("a"), ["[]"]);
    assert_eq!(
        answer.lines("b"),
        ["k true", "many/all/2 many/all/deep/1 many/some/README.md many/some/out/deep/1 one/2 one/deep/1"]
    );
    assert!(answer.log("b").contains("Artifact not found for name: absent"));
}

#[test]
fn checkouts_honour_path_reference_and_depth_and_clean_what_steps_left() {
    let repository = Repository::with_workflow(
        r#"
on: push
jobs:
  a:
    runs-on: x
    steps:
      - {uses: actions/checkout@v4}
      - run: 'echo "R $(git rev-list --count HEAD) $(git rev-parse HEAD) ${{ github.sha }}" | sed "s/$(git rev-parse HEAD)/same/g"; touch junk; echo y >> README.md'
      - {uses: actions/checkout@v4, with: {fetch-depth: 0}}
      - run: 'echo "R $(git rev-list --count HEAD) [$(git status --porcelain)] $(git branch --show-current)"'
      - {uses: actions/checkout@v4, with: {path: old, ref: v1}}
      - run: 'echo "R $(cat old/version) $(cat version)"'
      - {uses: actions/checkout@v4, with: {ref: absent}}
"#,
    );
    repository.commit(&[("version", "1\n")]);
    repository.git(&["tag", "v1"]);
    repository.commit(&[("version", "2\n")]);
    let answer = Answer::of(&try_run(&arguments(repository.path())));
    assert_eq!(answer.lines("a"), ["1 2", "1 same same", "3 [] main"]);
    assert!(answer.log("a").contains("the reference 'absent' is not in this repository"), "{}", answer.log("a"));
}

#[test]
fn what_is_not_committed_yet_is_tried_too() {
    let repository = Repository::with_workflow(
        "on: {push: {paths: [new.txt]}}\njobs: {a: {runs-on: x, steps: [{run: 'echo \"R $(cat new.txt) $(test -e ignored || echo clean) ${{ github.sha }}\" | sed \"s/$(git rev-parse HEAD)/head/\"'}]}}",
    );
    assert_eq!(Answer::of(&try_run(&arguments(repository.path()))).0["triggered"], false);
    repository.write(&[("new.txt", "fresh"), (".gitignore", "ignored\n"), ("ignored", "")]);
    let head = repository.git(&["rev-parse", "HEAD"]);
    assert_eq!(Answer::of(&try_run(&arguments(repository.path()))).lines("a"), ["fresh clean head"]);
    assert_eq!(repository.git(&["rev-parse", "HEAD"]), head, "the developer's repository is left alone");
    assert!(repository.git(&["status", "--porcelain"]).contains("?? new.txt"));
}

#[test]
fn an_asked_tool_is_here_or_the_step_says_what_is() {
    let answer = run(r#"
on: push
jobs:
  a:
    runs-on: x
    steps:
      - {id: p, uses: actions/setup-python@v5, with: {python-version: "3.x"}}
      - run: 'python --version | grep -q "${{ steps.p.outputs.python-version }}" && echo "R python"'
      - {uses: actions/setup-python@v5, with: {python-version: "2.7"}}
"#);
    assert_eq!(answer.lines("a"), ["python"]);
    assert!(answer.log("a").contains("Python 2.7 is not on this runner; here: 3."), "{}", answer.log("a"));
}

#[test]
fn a_broken_file_refuses_the_run_and_says_where() {
    let repository = Repository::with_workflow("on: push\njobs:\n  a:\n    needs: missing\n    runs-on: x\n");
    let output = try_run(&arguments(repository.path()));
    assert_eq!(output.code, 1);
    assert!(
        output.stderr.contains(".github/workflows/ci.yml")
            && output.stderr.contains("4:12")
            && output.stderr.contains("missing"),
        "{}",
        output.stderr
    );
}

#[test]
fn what_a_step_leaves_running_does_not_hold_it_up() {
    let answer = run(r#"
on: push
jobs:
  a:
    runs-on: x
    outputs: {safe: "${{ steps.s.outputs.safe }}", leak: "${{ steps.s.outputs.leak }}"}
    steps:
      - run: |
          (while :; do echo noise; sleep 0.01; done) &
          echo "R end"
      - {id: s, run: 'echo "::add-mask::topsecret"; echo "safe=1" >> "$GITHUB_OUTPUT"; echo "leak=topsecret" >> "$GITHUB_OUTPUT"'}
  b: {needs: a, runs-on: x, steps: [{run: 'echo "R [${{ needs.a.outputs.safe }}] [${{ needs.a.outputs.leak }}]"'}]}
"#);
    assert_eq!((answer.lines("a"), answer.lines("b")), (vec!["end".to_owned()], vec!["[1] []".to_owned()]));
}

#[test]
fn jobs_of_one_concurrency_group_run_one_after_the_other() {
    let answer = run(r#"
on: push
jobs:
  a: {runs-on: x, concurrency: "g-${{ github.ref }}", steps: [{run: "sleep 0.4; echo \"R $(date +%s%N)\""}]}
  b: {runs-on: x, concurrency: {group: "G-${{ github.ref }}"}, steps: [{run: 'echo "R $(date +%s%N)"'}]}
"#);
    assert_eq!(answer.conclusion(), "success");
    assert!(answer.lines("a") < answer.lines("b"), "{answer:?}");
}

#[tokio::test]
async fn a_push_of_several_commits_has_changed_what_all_of_them_did() {
    let repository = Repository::with_workflow("on: push\njobs: {a: {runs-on: x}}\n");
    let before = repository.git(&["rev-parse", "HEAD"]);
    repository.commit(&[("one", "1")]);
    repository.commit(&[("zwei ü", "2")]);
    let folder = tempfile::tempdir().unwrap();
    let source = Source::from_folder(repository.path(), folder.path().join("source.git"), "main").await.unwrap();
    assert_eq!(source.changed_since(&before).await.unwrap(), ["one", "zwei ü"]);
    assert_eq!(source.changed_since(&"0".repeat(40)).await.unwrap(), ["zwei ü"]);
}
