//! What a plain scalar means: null, a boolean, a number, or just text.

use serde_json::{Number, Value};

use super::Dialect;

/// The value of a plain scalar without a tag. `Err` says why it has none: JSON knows no infinity.
pub(super) fn resolve(text: &str, dialect: Dialect) -> Result<Value, String> {
    if let Some(value) = null(text).or_else(|| boolean(text, dialect)) {
        return Ok(value);
    }
    // Every number begins with one of these, so that most texts are done here.
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return Ok(text.into());
    }
    if is_not_finite(text) {
        return Err(format!("{text} is no number that a resource can hold"));
    }
    Ok(integer(text, dialect).or_else(|| float(text, dialect)).unwrap_or_else(|| text.into()))
}

/// The value of a scalar with one of YAML's own tags; `None` where it is not of that type.
pub(super) fn tagged(suffix: &str, text: &str, dialect: Dialect) -> Option<Value> {
    match suffix {
        "null" => null(text),
        "bool" => boolean(text, dialect),
        "int" => integer(text, dialect),
        "float" => integer(text, dialect).or_else(|| float(text, dialect)),
        _ => Some(text.into()),
    }
}

/// Whether a text would mean something else than itself in either dialect, or in YAML 1.1 at large (`1:30` is 90 there).
pub(super) fn is_ambiguous(text: &str) -> bool {
    let other = |dialect| !matches!(resolve(text, dialect), Ok(Value::String(_)));
    matches!(text, "=" | "<<")
        || other(Dialect::Kubernetes)
        || other(Dialect::Core)
        || is_sexagesimal(text)
        || is_date(text)
}

fn null(text: &str) -> Option<Value> {
    matches!(text, "" | "~" | "null" | "Null" | "NULL").then_some(Value::Null)
}

fn boolean(text: &str, dialect: Dialect) -> Option<Value> {
    match text {
        "true" | "True" | "TRUE" => return Some(true.into()),
        "false" | "False" | "FALSE" => return Some(false.into()),
        _ if dialect == Dialect::Core => return None,
        _ => {}
    }
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true.into()),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false.into()),
        _ => None,
    }
}

fn is_not_finite(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

fn integer(text: &str, dialect: Dialect) -> Option<Value> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let plain;
    let unsigned = if dialect == Dialect::Kubernetes && unsigned.contains('_') {
        plain = unsigned.replace('_', "");
        plain.as_str()
    } else {
        unsigned
    };
    let old = dialect == Dialect::Kubernetes;
    let (radix, digits) = match unsigned.as_bytes() {
        [b'0', b'x', ..] => (16, &unsigned[2..]),
        [b'0', b'o', ..] => (8, &unsigned[2..]),
        [b'0', b'X', ..] if old => (16, &unsigned[2..]),
        [b'0', b'O', ..] if old => (8, &unsigned[2..]),
        [b'0', b'b' | b'B', ..] if old => (2, &unsigned[2..]),
        [b'0', _, ..] if old && unsigned.bytes().all(|b| matches!(b, b'0'..=b'7')) => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    if !digits.bytes().next()?.is_ascii_hexdigit() || digits.starts_with('+') {
        return None;
    }
    match i128::from_str_radix(digits, radix) {
        Ok(value) => Some(whole(if negative { -value } else { value })),
        // More digits than an i128 holds: a number all the same.
        Err(_) if radix == 10 && digits.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok().and_then(finite),
        Err(_) => None,
    }
}

fn whole(value: i128) -> Value {
    match (i64::try_from(value), u64::try_from(value)) {
        (Ok(value), _) => value.into(),
        (_, Ok(value)) => value.into(),
        #[expect(clippy::cast_precision_loss, reason = "a number this large is a float in JSON readers")]
        _ => finite(value as f64).unwrap_or(Value::Null),
    }
}

fn float(text: &str, dialect: Dialect) -> Option<Value> {
    let plain;
    let text = if dialect == Dialect::Kubernetes && text.contains('_') {
        plain = text.replace('_', "");
        plain.as_str()
    } else {
        text
    };
    let shaped = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'))
        && text.bytes().any(|b| b.is_ascii_digit());
    if !shaped { None } else { text.parse().ok().and_then(finite) }
}

/// A float as JSON writes it: without a fraction it is an integer.
fn finite(value: f64) -> Option<Value> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    let whole = || (value.fract() == 0.0 && value.abs() < EXACT).then(|| Value::from(value as i64));
    whole().or_else(|| Number::from_f64(value).map(Value::Number))
}

/// `2001-01-01` or `2001-1-1`, with or without a time.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut digits = |least: usize, most: usize| {
        let part = parts.next().unwrap_or_default();
        (least..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
    };
    digits(4, 4) && digits(1, 2) && parts.next().is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// `190:20:30`, a number to the base of 60 in YAML 1.1.
fn is_sexagesimal(text: &str) -> bool {
    let mut parts = text.strip_prefix(['-', '+']).unwrap_or(text).split(':');
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let leads = parts.next().is_some_and(|part| part.starts_with(|c: char| c.is_ascii_digit()) && digits(part));
    let mut rest = parts.peekable();
    leads
        && rest.peek().is_some()
        && rest.all(|part| {
            let (whole, fraction) = part.split_once('.').unwrap_or((part, ""));
            matches!(whole.len(), 1 | 2) && digits(whole) && digits(fraction)
        })
}
