//! Methods of strings.
//!
//! Invariant: positions and lengths are UTF-16 code units; a result's size is charged before it is made where a number decides it.

use crate::error::Fault;
use crate::invocation::Invocation;
use crate::members::regexp;
use crate::value::coerce::{append, to_number, to_text};
use crate::value::number::{relative_index, to_integer};
use crate::value::text::{self, byte_offset, code_at, is_space, length, slice, unit_at, units_before};
use crate::value::{Text, Value};

pub(super) const METHODS: &[&str] = &[
    "at",
    "charAt",
    "charCodeAt",
    "codePointAt",
    "concat",
    "endsWith",
    "includes",
    "indexOf",
    "lastIndexOf",
    "localeCompare",
    "match",
    "padEnd",
    "padStart",
    "repeat",
    "replace",
    "replaceAll",
    "search",
    "slice",
    "split",
    "startsWith",
    "substr",
    "substring",
    "toLocaleLowerCase",
    "toLocaleUpperCase",
    "toLowerCase",
    "toString",
    "toUpperCase",
    "trim",
    "trimEnd",
    "trimLeft",
    "trimRight",
    "trimStart",
    "valueOf",
];

pub(super) fn invoke(text: &Text, call: &Invocation<'_>) -> Result<Value, Fault> {
    call.meter.charge_text(text.len())?;
    match call.name {
        "concat" => {
            let mut out = text.to_string();
            for argument in call.arguments {
                append(&mut out, &Value::Text(to_text(argument, call.meter)?), call.meter, 0)?;
            }
            Ok(Value::text(out))
        }
        "localeCompare" => {
            let other = call.text(0)?;
            let order = text.to_lowercase().cmp(&other.to_lowercase()).then_with(|| other.cmp(text));
            Ok(Value::Number(f64::from(order as i8)))
        }
        "toLowerCase" | "toLocaleLowerCase" => Ok(Value::text(text.to_lowercase())),
        "toUpperCase" | "toLocaleUpperCase" => Ok(Value::text(text.to_uppercase())),
        "trim" => Ok(Value::text(text.trim_matches(is_space))),
        "trimStart" | "trimLeft" => Ok(Value::text(text.trim_start_matches(is_space))),
        "trimEnd" | "trimRight" => Ok(Value::text(text.trim_end_matches(is_space))),
        "padStart" | "padEnd" => pad(text, call),
        "repeat" => repeat(text, call),
        "match" => regexp::match_all(text, call),
        "search" => regexp::search(text, call),
        "replace" | "replaceAll" => replace(text, call),
        "split" => split(text, call),
        "slice" | "substr" | "substring" => cut(text, call),
        "toString" | "valueOf" => Ok(Value::Text(text.clone())),
        "at" | "charAt" | "charCodeAt" | "codePointAt" => character(text, call),
        _ => find(text, call),
    }
}

fn character(text: &str, call: &Invocation<'_>) -> Result<Value, Fault> {
    let mut index = call.integer(0, 0.0)?;
    if call.name == "at" && index < 0.0 {
        index += length(text) as f64;
    }
    let position = (index >= 0.0).then_some(index as usize);
    let unit = position.and_then(|position| unit_at(text, position));
    Ok(match call.name {
        "charAt" => Value::text(unit.unwrap_or_default()),
        "at" => unit.map_or(Value::Undefined, Value::from),
        "charCodeAt" => {
            Value::Number(position.and_then(|position| code_at(text, position)).map_or(f64::NAN, f64::from))
        }
        _ => match position.filter(|position| *position < length(text)) {
            Some(position) => text[byte_offset(text, position)..]
                .chars()
                .next()
                .map_or(Value::Undefined, |found| Value::Number(f64::from(u32::from(found)))),
            None => Value::Undefined,
        },
    })
}

/// The methods that look for a part of the string.
fn find(text: &str, call: &Invocation<'_>) -> Result<Value, Fault> {
    if matches!(call.name, "includes" | "startsWith" | "endsWith") && matches!(call.argument(0), Value::Regexp(_)) {
        return Err(Fault::render(format!("`{}` takes a string, not a regular expression", call.name)));
    }
    let wanted = call.text(0)?;
    let size = length(text);
    let from = || call.position(1, 0, size).map(|position| byte_offset(text, position));
    Ok(match call.name {
        "includes" => Value::Bool(text[from()?..].contains(&*wanted)),
        "startsWith" => Value::Bool(text[from()?..].starts_with(&*wanted)),
        "endsWith" => Value::Bool(text[..byte_offset(text, call.position(1, size, size)?)].ends_with(&*wanted)),
        "indexOf" => {
            let from = from()?;
            Value::Number(text[from..].find(&*wanted).map_or(-1.0, |found| units_before(text, from + found) as f64))
        }
        _ => {
            let last = match to_number(call.argument(1), call.meter)? {
                position if position.is_nan() => text.len(),
                position => byte_offset(text, position.clamp(0.0, size as f64) as usize),
            };
            let mut end = (last + wanted.len()).min(text.len());
            while !text.is_char_boundary(end) {
                end += 1;
            }
            Value::Number(text[..end].rfind(&*wanted).map_or(-1.0, |found| units_before(text, found) as f64))
        }
    })
}

fn cut(text: &str, call: &Invocation<'_>) -> Result<Value, Fault> {
    let size = length(text);
    let (from, to) = match call.name {
        "slice" => (relative_index(call.integer(0, 0.0)?, size), relative_index(call.integer(1, size as f64)?, size)),
        "substring" => {
            let (from, to) = (call.position(0, 0, size)?, call.position(1, size, size)?);
            (from.min(to), from.max(to))
        }
        _ => {
            let from = relative_index(call.integer(0, 0.0)?, size);
            let count = call.integer(1, size as f64)?.clamp(0.0, (size - from) as f64);
            (from, from + count as usize)
        }
    };
    Ok(Value::text(slice(text, from, to)))
}

fn pad(text: &str, call: &Invocation<'_>) -> Result<Value, Fault> {
    let wanted = call.integer(0, 0.0)?;
    let filler = if call.argument(1).is_undefined() { " ".into() } else { call.text(1)? };
    let missing = wanted - length(text) as f64;
    if missing < 1.0 || filler.is_empty() {
        return Ok(Value::text(text));
    }
    call.meter.charge_text(missing.min(usize::MAX as f64) as usize)?;
    let missing = missing as usize;
    let times = missing / length(&filler) + 1;
    let padding = slice(&filler.repeat(times), 0, missing);
    Ok(Value::text(if call.name == "padStart" { padding + text } else { format!("{text}{padding}") }))
}

fn repeat(text: &str, call: &Invocation<'_>) -> Result<Value, Fault> {
    let times = to_integer(call.integer(0, 0.0)?);
    if times < 0.0 || times.is_infinite() {
        return Err(Fault::render("`repeat` takes a count from 0"));
    }
    call.meter.charge_text((times * text.len() as f64) as usize)?;
    Ok(Value::text(text.repeat(if text.is_empty() { 0 } else { times as usize })))
}

fn replace(text: &str, call: &Invocation<'_>) -> Result<Value, Fault> {
    if matches!(call.argument(1), Value::Function(_)) {
        return Err(Fault::unsupported("`replace` with a function is not available")
            .hint("use $1, $2 … for the groups of the match"));
    }
    let replacement = call.text(1)?;
    if let Value::Regexp(regexp) = call.argument(0) {
        let pattern = &regexp.pattern;
        if call.name == "replaceAll" && !pattern.flags.global {
            return Err(Fault::render("`replaceAll` takes a regular expression with the flag g"));
        }
        return Ok(Value::text(regexp::replace_matches(text, pattern, &replacement, call.meter)?));
    }
    let wanted = call.text(0)?;
    let limit = if call.name == "replace" { 1 } else { usize::MAX };
    let mut out = String::new();
    let mut end = 0;
    for (found, matched) in text.match_indices(&*wanted).take(limit) {
        out.push_str(&text[end..found]);
        regexp::expand(&mut out, &replacement, text, (found, matched), None);
        end = found + matched.len();
        call.meter.charge(1)?;
        call.meter.check_output(out.len())?;
    }
    out.push_str(&text[end..]);
    call.meter.charge_text(out.len())?;
    Ok(Value::text(out))
}

fn split(text: &str, call: &Invocation<'_>) -> Result<Value, Fault> {
    let limit = match call.argument(1) {
        Value::Undefined => usize::MAX,
        // As an unsigned number of 32 bits, so that -1 is all.
        _ => call.integer(1, 0.0)?.rem_euclid(4_294_967_296.0) as usize,
    };
    call.meter.charge_items(text.len().min(limit))?;
    let mut parts: Vec<Value> = match call.argument(0) {
        Value::Undefined => vec![Value::text(text)],
        Value::Regexp(regexp) => regexp::split_at_matches(text, &regexp.pattern, call.meter)?,
        _ => {
            let separator = call.text(0)?;
            if separator.is_empty() {
                text::units(text).into_iter().map(Value::from).collect()
            } else {
                text.split(&*separator).map(Value::from).collect()
            }
        }
    };
    parts.truncate(limit);
    Ok(Value::list(parts))
}
