//! The log: order, limits, rotation, following.

use causeway_sandbox::{Cause, Log, LogLimits, MAX_LINE};
use futures::{StreamExt, TryStreamExt};

use crate::bench::{Bench, lines, within};

#[tokio::test]
async fn both_outputs_come_in_the_order_of_writing() {
    let Some(bench) = Bench::new() else { return };
    let script = "for i in $(seq 200); do echo out $i; echo err $i >&2; done; printf 'no end'";
    let seen = bench.output(&bench.spec(script)).await;
    let expected = (1..=200).flat_map(|i| [format!("out {i}"), format!("err {i}")]);
    assert_eq!(seen, expected.chain(["no end".to_owned()]).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_endless_line_is_cut_and_says_so() {
    let Some(bench) = Bench::new() else { return };
    let script = "head -c 100000 /dev/zero | tr '\\0' x; echo; echo after; printf '\\377ok\\n'";
    let seen = bench.output(&bench.spec(script)).await;
    assert!(seen[0].starts_with("xxx"));
    assert!(seen[0].ends_with(&format!("x [{} more bytes cut]", 100_000 - MAX_LINE)));
    assert_eq!(seen[1..], ["after", "\u{fffd}ok"]);
}

#[tokio::test]
async fn old_lines_go_and_offsets_stay() {
    let Some(bench) = Bench::new() else { return };
    let mut spec = bench.spec("for i in $(seq 5000); do echo line $i; done");
    spec.log = LogLimits { segment_bytes: 10_000, segments: 3 };
    let seen = bench.output(&spec).await;
    let files = std::fs::read_dir(bench.state().join("log")).unwrap().count();
    assert_eq!(files, 3);
    let first: usize = seen[0].strip_prefix("line ").unwrap().parse().unwrap();
    assert!(first > 3500 && first < 4700, "{first}");
    let expected: Vec<_> = (first..=5000).map(|i| format!("line {i}")).collect();
    assert_eq!(seen, expected);
    let log = Log::of(bench.state());
    let last = log.tail(10).unwrap();
    assert_eq!(last.len(), 10);
    assert_eq!(log.read(last[3].next, 1).unwrap(), last[4..]);
    assert_eq!(log.end().unwrap(), last[9].next);
    // from what is gone, a reader goes on at the oldest line
    assert_eq!(log.read(0, usize::MAX).unwrap().len(), expected.len());
    assert_eq!(log.tail(0).unwrap(), []);
}

#[tokio::test]
async fn a_follower_gets_every_line_across_rotations_until_the_end() {
    let Some(bench) = Bench::new() else { return };
    let mut spec =
        bench.spec("for i in $(seq 300); do echo line $i; [ $((i % 100)) = 0 ] && sleep 0.1; done; printf end");
    spec.log = LogLimits { segment_bytes: 1000, segments: 50 };
    let handle = bench.sandbox().start(&spec).await.unwrap();
    let followed = within("the log's end", handle.log().follow(0).try_collect::<Vec<_>>()).await.unwrap();
    let expected: Vec<_> = (1..=300).map(|i| format!("line {i}")).chain(["end".into()]).collect();
    assert_eq!(followed.iter().map(|line| line.text.clone()).collect::<Vec<_>>(), expected);
    assert!(followed.is_sorted_by_key(|line| (line.at_ms, line.next)));
    let rest: Vec<_> = handle.log().follow(followed[199].next).try_collect().await.unwrap();
    assert_eq!(rest, followed[200..]);
}

#[tokio::test]
async fn a_line_is_seen_before_the_process_ends() {
    let Some(bench) = Bench::new() else { return };
    let handle = bench.sandbox().start(&bench.spec("echo first; sleep 60")).await.unwrap();
    let mut stream = std::pin::pin!(handle.log().follow(0));
    let line = within("a line", stream.next()).await.unwrap().unwrap();
    assert_eq!(line.text, "first");
    handle.kill().await;
    assert!(within("the end", stream.next()).await.is_none());
}

#[tokio::test]
async fn the_next_run_in_a_folder_goes_on_with_its_log() {
    let Some(bench) = Bench::new() else { return };
    bench.output(&bench.spec("echo one")).await;
    let end = Log::of(bench.state()).end().unwrap();
    let (exit, _) = bench.run(&bench.spec("echo two; exit 4")).await;
    assert_eq!((exit.cause, exit.code), (Cause::Itself, Some(4)));
    assert_eq!(lines(&Log::of(bench.state())), ["one", "two"]);
    assert_eq!(Log::of(bench.state()).read(end, 100).unwrap()[0].text, "two");
}
