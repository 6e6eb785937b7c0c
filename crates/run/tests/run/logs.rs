//! Logs of runs: masked, bounded, and readable while they grow.

use std::io::Write as _;
use std::time::Duration;

use causeway_run::{LogLimits, LogLine, RunLogs};

fn texts(lines: &[LogLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

fn all(logs: &RunLogs) -> Vec<LogLine> {
    logs.read("run", 0, None, usize::MAX)
}

#[test]
fn secrets_are_masked_in_every_form_by_whichever_step_says_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let logs = RunLogs::new(folder.path(), LogLimits::default());
    let one = logs.writer("run", "one").expect("it opens");
    one.mask("s3cr3t/pa ss");
    one.mask("s3cr3t/pa ss-and-more");
    one.mask("two\nlines of it");
    one.mask("abc");
    one.line("plain s3cr3t/pa ss here, longer s3cr3t/pa ss-and-more");
    one.line("url postgres://u:s3cr3t%2Fpa%20ss@h, base64 czNjcjN0L3BhIHNz");
    one.line("a line: lines of it");
    one.line("hidden s3cr3t/\u{1b}[2K\u{0}pa ss");
    one.line("too short to mask: abc");
    let two = logs.writer("run", "two").expect("it opens");
    two.line("another step: s3cr3t/pa ss");
    one.for_step("three").line("a third: s3cr3t/pa ss");
    let lines = all(&logs);
    let wanted = [
        "plain *** here, longer ***",
        "url postgres://u:***@h, base64 ***",
        "a line: ***",
        "hidden ***",
        "too short to mask: abc",
        "another step: ***",
        "a third: ***",
    ];
    assert_eq!(texts(&lines), wanted);
    assert_eq!(lines[6].step, "three");
    let file = std::fs::read_to_string(folder.path().join("run/log.jsonl")).expect("there is a file");
    assert!(!file.contains("s3cr3t"), "nor does the file hold them");
}

#[test]
fn lines_show_colours_but_cannot_rewrite_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let logs = RunLogs::new(folder.path(), LogLimits::default());
    let log = logs.writer("run", "one").expect("it opens");
    let cases = [
        ("\u{1b}[1;31mred\u{1b}[0m", "\u{1b}[1;31mred\u{1b}[0m"),
        ("up\u{1b}[1A\u{1b}[2Kdown", "updown"),
        ("\u{1b}]0;title\u{7}a\u{1b}]52;c;cm0gLXJm\u{1b}\\b", "ab"),
        ("\u{1b}cafter a reset", "after a reset"),
        ("10%\r55%\r100%", "100%"),
        ("windows\r", "windows"),
        ("tab\tand\u{8}bell\u{7}", "tab\tandbell"),
        ("cut \u{1b}[", "cut "),
        ("cut \u{1b}", "cut "),
        ("zwölf €", "zwölf €"),
    ];
    for (said, _) in cases {
        log.line(said);
    }
    log.line("two\nlines\n");
    let mut wanted: Vec<&str> = cases.iter().map(|(_, shown)| *shown).collect();
    wanted.extend(["two", "lines"]);
    assert_eq!(texts(&all(&logs)), wanted);
}

#[test]
fn a_long_line_is_cut_between_characters_and_marked() {
    let folder = tempfile::tempdir().expect("a folder");
    let logs = RunLogs::new(folder.path(), LogLimits { line: 10, ..LogLimits::default() });
    logs.writer("run", "one").expect("it opens").line("äöüäöüäöü");
    assert_eq!(texts(&all(&logs)), ["äöüäö … (cut)"]);
    let folder = tempfile::tempdir().expect("a folder");
    let logs = RunLogs::new(folder.path(), LogLimits { line: 9, ..LogLimits::default() });
    logs.writer("run", "one").expect("it opens").line("äöüäöüäöü");
    assert_eq!(texts(&all(&logs)), ["äöüä … (cut)"]);
}

#[test]
fn beyond_its_limit_a_log_keeps_its_beginning_and_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let limits = LogLimits { total: 16 << 10, ..LogLimits::default() };
    let logs = RunLogs::new(folder.path(), limits);
    let log = logs.writer("run", "one").expect("it opens");
    for i in 1..=2000 {
        log.line(&format!("line {i}"));
    }
    let numbers: Vec<u64> = all(&logs).iter().map(|line| line.number).collect();
    assert_eq!((numbers[0], numbers[1]), (1, 2));
    assert_eq!(numbers.last(), Some(&2000));
    assert!(numbers.is_sorted() && numbers.len() < 1000, "{} lines are left", numbers.len());
    let gaps = numbers.windows(2).filter(|w| w[1] != w[0] + 1).count();
    assert_eq!(gaps, 1, "one piece is missing in the middle");
    let bytes: u64 = ["log.jsonl", "tail.jsonl", "tail.1.jsonl"]
        .iter()
        .filter_map(|name| std::fs::metadata(folder.path().join("run").join(name)).ok())
        .map(|m| m.len())
        .sum();
    assert!(bytes <= limits.total, "{bytes} bytes");
    // and it goes on so after a restart
    drop((log, logs));
    let logs = RunLogs::new(folder.path(), limits);
    logs.writer("run", "one").expect("it opens").line("after");
    assert_eq!(all(&logs).last().map(|line| line.number), Some(2001));
}

#[test]
fn reading_on_finds_its_place_in_a_long_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let logs = RunLogs::new(folder.path(), LogLimits::default());
    let (one, two) = (logs.writer("run", "one").expect("it opens"), logs.writer("run", "two").expect("it opens"));
    for i in 1..=10_000_u64 {
        let log = if i % 2 == 0 { &two } else { &one };
        log.line(&format!("{i} {}", "x".repeat((i % 97) as usize)));
    }
    for after in [0, 1, 2, 499, 5000, 9998, 9999, 10_000, 20_000] {
        let numbers: Vec<u64> = logs.read("run", after, None, 3).iter().map(|line| line.number).collect();
        let wanted: Vec<u64> = (after + 1..=10_000).take(3).collect();
        assert_eq!(numbers, wanted, "after {after}");
    }
    let of_two: Vec<u64> = logs.read("run", 5001, Some("two"), 2).iter().map(|line| line.number).collect();
    assert_eq!(of_two, [5002, 5004]);
}

#[test]
fn a_line_that_a_crash_cut_short_spoils_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let logs = RunLogs::new(folder.path(), LogLimits::default());
    logs.writer("run", "one").expect("it opens").line("before");
    drop(logs);
    let file = folder.path().join("run/log.jsonl");
    let mut file = std::fs::OpenOptions::new().append(true).open(file).expect("it opens");
    file.write_all(br#"{"n":2,"t":1,"s":"one","l":"half"#).expect("it is written");
    drop(file);
    let logs = RunLogs::new(folder.path(), LogLimits::default());
    logs.writer("run", "one").expect("it opens").line("after");
    let lines = all(&logs);
    assert_eq!(texts(&lines), ["before", "after"]);
    assert_eq!(lines[1].number, 2);
}

#[tokio::test]
async fn whoever_follows_is_told_of_each_new_line_and_of_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let logs = RunLogs::new(folder.path(), LogLimits::default());
    assert!(logs.watch("run").is_none(), "nobody writes to it yet");
    let log = logs.writer("run", "one").expect("it opens");
    let mut watch = logs.watch("run").expect("it is open");
    let following = tokio::spawn(async move { while watch.changed().await.is_ok() {} });
    log.line("first");
    assert_eq!(logs.read("run", 0, None, 10).len(), 1);
    assert_eq!(*logs.watch("run").expect("it is open").borrow(), 1);
    drop(log);
    logs.close("run");
    tokio::time::timeout(Duration::from_secs(10), following).await.expect("the end is told").expect("no panic");
    assert!(logs.watch("run").is_none());
    logs.remove("run").expect("it is removed");
    assert!(logs.read("run", 0, None, 10).is_empty() && !logs.folder("run").exists());
    logs.remove("run").expect("removing it again is fine");
}
