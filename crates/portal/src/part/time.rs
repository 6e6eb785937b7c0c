//! Instants and durations as people read them. The exact instant is always in `datetime`.

use std::time::Duration;

use causeway_core::Timestamp;
use maud::{Markup, html};

const DAY: u64 = 86_400;
/// From this age on the date says more.
const RELATIVE_FOR: u64 = 30 * DAY;

/// How long ago something was; the script keeps it going.
pub(crate) fn age(at: Option<Timestamp>, now: Timestamp) -> Markup {
    let Some(at) = at else { return html! { span.mute { "—" } } };
    let seconds = now.since(at).as_secs();
    if seconds >= RELATIVE_FOR {
        let date = at.to_string();
        return html! { time datetime=(at) { (date.get(..10).unwrap_or(&date)) } };
    }
    html! { time datetime=(at) data-age title=(at) { (rough(seconds)) } }
}

/// One unit is enough for an age.
fn rough(seconds: u64) -> String {
    match seconds {
        s if s >= DAY => format!("{} d", s / DAY),
        s if s >= 3600 => format!("{} h", s / 3600),
        s if s >= 60 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// A duration, two units at most.
pub(crate) fn elapsed(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let two = |big: u64, unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{big} {unit}"),
        small => format!("{big} {unit} {small} {small_unit}"),
    };
    match seconds {
        s if s >= DAY => two(s / DAY, "d", s % DAY / 3600, "h"),
        s if s >= 3600 => two(s / 3600, "h", s % 3600 / 60, "min"),
        s if s >= 60 => two(s / 60, "min", s % 60, "s"),
        s => format!("{s} s"),
    }
}

/// How long something took, or takes so far.
pub(crate) fn span_between(start: Option<Timestamp>, end: Option<Timestamp>, now: Timestamp) -> Option<String> {
    start.map(|start| elapsed(end.unwrap_or(now).since(start)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use causeway_core::Timestamp;

    use super::{age, elapsed};

    #[test]
    fn says_durations_in_two_units_at_most() {
        for (seconds, said) in
            [(0, "0 s"), (59, "59 s"), (72, "1 min 12 s"), (3600, "1 h"), (11_400, "3 h 10 min"), (90_000, "1 d 1 h")]
        {
            assert_eq!(elapsed(Duration::from_secs(seconds)), said);
        }
    }

    #[test]
    fn says_dates_once_ages_mean_little() {
        let at = Timestamp::parse("2026-10-01T08:00:00Z");
        let later = |text: &str| age(at, Timestamp::parse(text).expect("an instant")).into_string();
        assert!(later("2026-10-01T08:41:30Z").contains(">41 min<"));
        assert!(later("2026-12-01T08:00:00Z").contains(">2026-10-01<"));
        assert!(age(None, Timestamp::from_second(0)).into_string().contains('—'));
    }
}
