//! Durations as people write them in resources and on the command line: Go's `1h30m`, with `d` and `w` besides.

use std::time::Duration;

/// Why a text is no duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Neither a number with a unit nor several of them.
    #[error("invalid duration {text:?}: it is written like \"30s\", \"1h30m\" or \"7d\"")]
    Malformed {
        /// What was written.
        text: String,
    },
    /// A number without its unit.
    #[error("missing unit in duration {text:?}: use ns, us, ms, s, m, h, d or w")]
    NoUnit {
        /// What was written.
        text: String,
    },
    /// A unit that does not exist.
    #[error("unknown unit {unit:?} in duration {text:?}: use ns, us, ms, s, m, h, d or w")]
    UnknownUnit {
        /// What was written.
        text: String,
        /// The unit.
        unit: String,
    },
    /// More than 292 years, or less than nothing.
    #[error("duration {text:?} is out of range")]
    OutOfRange {
        /// What was written.
        text: String,
    },
}

const SECOND: u128 = 1_000_000_000;

/// Units from the largest on, in nanoseconds; the first that fits is printed.
const PRINTED: [(&str, u128); 7] = [
    ("d", 86_400 * SECOND),
    ("h", 3_600 * SECOND),
    ("m", 60 * SECOND),
    ("s", SECOND),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// Reads `4h`, `1h30m`, `1.5h`, `30d`, `0`. A negative duration is out of range.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let malformed = || DurationError::Malformed { text: text.to_owned() };
    let out_of_range = || DurationError::OutOfRange { text: text.to_owned() };
    if let Some(positive) = text.strip_prefix('-') {
        let reads = !positive.starts_with(['-', '+']) && parse(positive).is_ok();
        return Err(if reads { out_of_range() } else { malformed() });
    }
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(malformed());
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        if number.is_empty() {
            return Err(malformed());
        }
        if unit.is_empty() {
            return Err(DurationError::NoUnit { text: text.to_owned() });
        }
        let scale = scale_of(unit)
            .ok_or_else(|| DurationError::UnknownUnit { text: text.to_owned(), unit: unit.to_owned() })?;
        let nanos = scaled(number, scale).ok_or_else(malformed)?;
        total = total.checked_add(nanos).ok_or_else(out_of_range)?;
        rest = tail;
    }
    // The range of Go's time.Duration, so that what is written here can be read by its tools.
    let nanos = u64::try_from(total).ok().filter(|n| i64::try_from(*n).is_ok()).ok_or_else(out_of_range)?;
    Ok(Duration::from_nanos(nanos))
}

/// Prints the shortest text that [`parse`] reads back: `1h30m`, `4h`, `30d`, `0s`.
pub fn print(duration: Duration) -> String {
    let mut rest = duration.as_nanos();
    if rest == 0 {
        return "0s".into();
    }
    let mut text = String::new();
    for (unit, scale) in PRINTED {
        let count = rest / scale;
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
            rest %= scale;
        }
    }
    text
}

fn scale_of(unit: &str) -> Option<u128> {
    match unit {
        "µs" | "μs" => Some(1_000),
        "w" => Some(7 * 86_400 * SECOND),
        _ => PRINTED.iter().find(|(name, _)| *name == unit).map(|(_, scale)| *scale),
    }
}

/// `number` with an optional fraction, times `scale`; `None` for two dots, none but a dot, or too many digits.
fn scaled(number: &str, scale: u128) -> Option<u128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) || whole.len() > 19 {
        return None;
    }
    let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let digits = &fraction[..fraction.len().min(15)];
    let part: u128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let divisor = 10_u128.pow(u32::try_from(digits.len()).ok()?);
    Some(whole * scale + part * scale / divisor)
}
