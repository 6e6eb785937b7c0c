use std::time::Duration;

use causeway_core::duration::{DurationError, parse, print};
use proptest::prelude::*;

#[test]
fn reads_what_go_reads_and_days() {
    let seconds = |text: &str| parse(text).unwrap().as_secs_f64();
    assert_eq!(seconds("4h"), 14_400.0);
    assert_eq!(seconds("1h30m"), 5_400.0);
    assert_eq!(seconds("1.5h"), 5_400.0);
    assert_eq!(seconds("30d"), 2_592_000.0);
    assert_eq!(seconds("2w"), 1_209_600.0);
    assert_eq!(seconds("0"), 0.0);
    assert_eq!(seconds("+.5s"), 0.5);
    assert_eq!(parse("300µs").unwrap(), Duration::from_micros(300));
}

#[test]
fn says_what_is_wrong() {
    assert!(matches!(parse("5"), Err(DurationError::NoUnit { .. })));
    assert!(matches!(parse("5y"), Err(DurationError::UnknownUnit { .. })));
    assert!(matches!(parse("-5m"), Err(DurationError::OutOfRange { .. })));
    assert!(matches!(parse("999999999d"), Err(DurationError::OutOfRange { .. })));
    for text in ["", "h", "1.2.3s", ".s", "1h m", "--1s", "-", "1 h", "99999999999999999999999s"] {
        assert!(parse(text).is_err(), "{text:?}");
    }
    let said = parse("5y").unwrap_err().to_string();
    assert_eq!(said, "unknown unit \"y\" in duration \"5y\": use ns, us, ms, s, m, h, d or w");
}

#[test]
fn prints_the_shortest_text() {
    for text in ["4h", "1h30m", "30d", "0s", "1d12h", "500ms", "1m1s"] {
        assert_eq!(print(parse(text).unwrap()), text);
    }
}

proptest! {
    #[test]
    fn reads_back_what_it_prints(nanos in 0..i64::MAX.unsigned_abs()) {
        let duration = Duration::from_nanos(nanos);
        prop_assert_eq!(parse(&print(duration)).unwrap(), duration);
    }

    #[test]
    fn never_panics(text in "[-+]{0,2}[0-9.]{0,30}[a-zµ]{0,2}[0-9.]{0,30}\\PC{0,3}") {
        let _ = parse(&text);
    }
}
