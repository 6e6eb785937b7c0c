//! Filters on strings.
//!
//! Invariant: null, undefined and false count as the empty string where Nunjucks says so, and a safe string stays safe where
//! Nunjucks keeps it so.

use crate::error::Fault;
use crate::filters::{as_safe_as, string_subject, string_subject_or_empty};
use crate::invocation::Invocation;
use crate::members::{self, replace_matches};
use crate::value::coerce::{is_truthy, to_number, to_text};
use crate::value::text::{byte_offset, is_space, length, slice, units_before};
use crate::value::{Text, Value, number};

pub(super) fn apply(call: &Invocation<'_>) -> Result<Value, Fault> {
    let value = call.argument(0);
    match call.name {
        "capitalize" => Ok(as_safe_as(value, capitalize(string_subject_or_empty(call)?))),
        "center" => center(call),
        "indent" => indent(call),
        "lower" => Ok(Value::text(string_subject_or_empty(call)?.to_lowercase())),
        "upper" => Ok(Value::text(string_subject_or_empty(call)?.to_uppercase())),
        "replace" => replace(call),
        "title" => {
            let words: Vec<String> = string_subject_or_empty(call)?.split(' ').map(capitalize).collect();
            Ok(as_safe_as(value, words.join(" ")))
        }
        "trim" => Ok(as_safe_as(value, string_subject(call)?.trim_matches(is_space))),
        "truncate" => truncate(call),
        _ if !is_truthy(value) => Ok(Value::Null),
        _ => {
            let text = string_subject(call)?;
            let words = text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
            let count = words.filter(|word| !word.is_empty()).count();
            Ok(if count == 0 { Value::Null } else { Value::from(count) })
        }
    }
}

/// The first character in upper case, the others in lower case.
fn capitalize(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut characters = lower.chars();
    match characters.next() {
        // Outside of the basic plane the first code unit is half a character and has no upper case.
        Some(first) if first.len_utf16() == 1 => first.to_uppercase().chain(characters).collect(),
        _ => lower,
    }
}

/// A number that an argument gives, or the default if it is missing or 0.
fn number_or(call: &Invocation<'_>, index: usize, default: f64) -> Result<f64, Fault> {
    if is_truthy(call.argument(index)) { to_number(call.argument(index), call.meter) } else { Ok(default) }
}

/// As many spaces as a loop counting up to `count` makes.
fn spaces(count: f64, call: &Invocation<'_>) -> Result<String, Fault> {
    let count = if count > 0.0 { count.ceil() as usize } else { 0 };
    call.meter.charge_text(count)?;
    Ok(" ".repeat(count))
}

/// The filtered value, with the empty string for null, undefined and false.
fn subject_or_empty(call: &Invocation<'_>) -> Value {
    match call.argument(0) {
        Value::Undefined | Value::Null | Value::Bool(false) => Value::from(""),
        value => value.clone(),
    }
}

/// The member `length` as a number; NaN where there is none.
fn length_of(value: &Value, call: &Invocation<'_>) -> Result<f64, Fault> {
    to_number(&members::lookup(value, &Value::from("length"), call.meter)?, call.meter)
}

fn center(call: &Invocation<'_>) -> Result<Value, Fault> {
    let subject = subject_or_empty(call);
    let width = number_or(call, 1, 80.0)?;
    let missing = width - length_of(&subject, call)?;
    if missing <= 0.0 {
        return Ok(subject);
    }
    let text = to_text(&subject, call.meter)?;
    let before = spaces(missing / 2.0 - missing % 2.0, call)?;
    let after = spaces(missing / 2.0, call)?;
    Ok(as_safe_as(call.argument(0), format!("{before}{text}{after}")))
}

fn indent(call: &Invocation<'_>) -> Result<Value, Fault> {
    let text = string_subject_or_empty(call)?;
    if text.is_empty() {
        return Ok(Value::from(""));
    }
    let indentation = spaces(number_or(call, 1, 4.0)?, call)?;
    let indents_first = is_truthy(call.argument(2));
    call.meter.charge_text(indentation.len().saturating_mul(text.matches('\n').count() + 1))?;
    let lines = text.split('\n').enumerate().map(|(index, line)| {
        if index == 0 && !indents_first { line.to_owned() } else { format!("{indentation}{line}") }
    });
    Ok(as_safe_as(call.argument(0), lines.collect::<Vec<_>>().join("\n")))
}

/// `replace(old, new, count)`; `old` is a string, a number or a regular expression.
fn replace(call: &Invocation<'_>) -> Result<Value, Fault> {
    let subject = call.argument(0);
    let new = call.text(2)?;
    let old: Text = match call.argument(1) {
        Value::Regexp(regexp) => {
            return Ok(Value::text(replace_matches(string_subject(call)?, &regexp.pattern, &new, call.meter)?));
        }
        Value::Number(number) => number::to_text(*number).into(),
        Value::Text(old) => old.clone(),
        _ => return Ok(subject.clone()),
    };
    let text = match subject {
        Value::Number(_) => to_text(subject, call.meter)?,
        Value::Text(text) | Value::Safe(text) => text.clone(),
        _ => return Ok(subject.clone()),
    };
    let limit = match call.argument(3) {
        Value::Undefined => -1.0,
        count => to_number(count, call.meter)?,
    };
    call.meter.charge_text(text.len())?;
    if old.is_empty() {
        let size = new.len().saturating_mul(length(&text) + 1).saturating_add(text.len());
        call.meter.charge_text(size)?;
        let units = crate::value::text::units(&text).join(&new);
        return Ok(as_safe_as(subject, format!("{new}{units}{new}")));
    }
    let limit = if limit == -1.0 { usize::MAX } else { limit.max(0.0).ceil() as usize };
    let count = text.matches(&*old).take(limit).count();
    if count == 0 {
        return Ok(if matches!(subject, Value::Number(_)) { Value::Text(text) } else { subject.clone() });
    }
    call.meter.charge_text(text.len().saturating_add(new.len().saturating_mul(count)))?;
    Ok(as_safe_as(subject, text.replacen(&*old, &new, limit)))
}

/// `truncate(length, killwords, end)`.
fn truncate(call: &Invocation<'_>) -> Result<Value, Fault> {
    let subject = subject_or_empty(call);
    let limit = number_or(call, 1, 255.0)?;
    if length_of(&subject, call)? <= limit {
        return Ok(subject);
    }
    let text = string_subject_or_empty(call)?;
    let limit = if limit > 0.0 { limit as usize } else { 0 };
    let mut end = limit;
    if !is_truthy(call.argument(2)) {
        let (before, after) = text.split_at(byte_offset(text, limit));
        let last_space = before.rfind(' ').filter(|_| !after.starts_with(' '));
        end = last_space.map_or(limit, |space| units_before(text, space));
    }
    let mut kept = slice(text, 0, end);
    kept.push_str(&if call.argument(3).is_nullish() { "...".into() } else { call.text(3)? });
    Ok(as_safe_as(call.argument(0), kept))
}
