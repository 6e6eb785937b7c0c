//! Methods of regular expressions, and those of strings that take one.
//!
//! Invariant: `g` and `y` keep their place in `lastIndex`, as in ECMAScript; every other use starts at 0.

use regex::Captures;

use crate::error::Fault;
use crate::invocation::Invocation;
use crate::limits::Meter;
use crate::regexp::{Flags, Pattern};
use crate::value::text::{byte_offset, length, units_before};
use crate::value::{Regexp, Value};

pub(super) fn property(regexp: &Regexp, name: &str) -> Option<Value> {
    let flags = &regexp.pattern.flags;
    Some(match name {
        "source" => Value::text(regexp.pattern.source.as_str()),
        "flags" => Value::text(flags.to_string()),
        "global" => Value::Bool(flags.global),
        "ignoreCase" => Value::Bool(flags.ignore_case),
        "multiline" => Value::Bool(flags.multiline),
        "sticky" => Value::Bool(flags.sticky),
        "lastIndex" => Value::from(regexp.last_index.get()),
        _ => return None,
    })
}

pub(super) fn invoke(regexp: &Regexp, call: &Invocation<'_>) -> Result<Value, Fault> {
    if call.name == "toString" {
        return Ok(Value::text(regexp.pattern.to_string()));
    }
    let text = call.text(0)?;
    call.meter.charge_text(text.len())?;
    let captures = execute(regexp, &text);
    if call.name == "test" {
        return Ok(Value::Bool(captures.is_some()));
    }
    Ok(captures.map_or(Value::Null, |captures| groups(&captures)))
}

/// `RegExp.prototype.exec`: the next match from `lastIndex` on.
fn execute<'t>(regexp: &Regexp, text: &'t str) -> Option<Captures<'t>> {
    let Flags { global, sticky, .. } = regexp.pattern.flags;
    let start = if global || sticky { regexp.last_index.get() } else { 0 };
    let captures =
        (start <= length(text)).then(|| captures_at(&regexp.pattern, text, byte_offset(text, start))).flatten();
    if global || sticky {
        let end = captures
            .as_ref()
            .and_then(|captures| captures.get(0))
            .map_or(0, |matched| units_before(text, matched.end()));
        regexp.last_index.set(end);
    }
    captures
}

/// The first match from the byte offset `start` on, or exactly there for a sticky pattern.
fn captures_at<'t>(pattern: &Pattern, text: &'t str, start: usize) -> Option<Captures<'t>> {
    let captures = pattern.regex.captures_at(text, start)?;
    let is_in_place = !pattern.flags.sticky || captures.get(0).is_some_and(|matched| matched.start() == start);
    is_in_place.then_some(captures)
}

/// The match and its groups.
fn groups(captures: &Captures<'_>) -> Value {
    Value::list(
        captures.iter().map(|group| group.map_or(Value::Undefined, |group| Value::from(group.as_str()))).collect(),
    )
}

/// All matches, or the first, as the flags say.
fn matches<'t>(pattern: &Pattern, text: &'t str, meter: &Meter) -> Result<Vec<Captures<'t>>, Fault> {
    if !pattern.flags.global {
        return Ok(captures_at(pattern, text, 0).into_iter().collect());
    }
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(captures) = captures_at(pattern, text, start) {
        charge_search(text, start, meter)?;
        let Some(matched) = captures.get(0) else { break };
        start = matched.end();
        if matched.is_empty() {
            start += text[start..].chars().next().map_or(1, char::len_utf8);
        }
        found.push(captures);
        if start > text.len() {
            break;
        }
    }
    Ok(found)
}

/// One search can go over the whole rest of the text, so many of them cost more than the text is long.
fn charge_search(text: &str, start: usize, meter: &Meter) -> Result<(), Fault> {
    meter.charge(1 + text.len().saturating_sub(start) as u64 / 1024)
}

/// `text.match(…)`: with `g` the matched texts, else the first match and its groups; null without a match.
pub(super) fn match_all(text: &str, call: &Invocation<'_>) -> Result<Value, Fault> {
    let pattern = pattern_of(call)?;
    let found = matches(&pattern, text, call.meter)?;
    call.meter.charge_items(found.len())?;
    if !pattern.flags.global {
        return Ok(found.first().map_or(Value::Null, groups));
    }
    let texts: Vec<Value> =
        found.iter().filter_map(|captures| captures.get(0)).map(|matched| Value::from(matched.as_str())).collect();
    Ok(if texts.is_empty() { Value::Null } else { Value::list(texts) })
}

pub(super) fn search(text: &str, call: &Invocation<'_>) -> Result<Value, Fault> {
    let pattern = pattern_of(call)?;
    let found = captures_at(&pattern, text, 0).and_then(|captures| captures.get(0).map(|matched| matched.start()));
    Ok(Value::Number(found.map_or(-1.0, |start| units_before(text, start) as f64)))
}

/// The first argument as a pattern; a string is one in source form.
fn pattern_of(call: &Invocation<'_>) -> Result<std::sync::Arc<Pattern>, Fault> {
    match call.argument(0) {
        Value::Regexp(regexp) => Ok(regexp.pattern.clone()),
        Value::Undefined => Ok(Pattern::new("", Flags::default())?.into()),
        _ => Ok(Pattern::new(&call.text(0)?, Flags::default())?.into()),
    }
}

/// `text.replace(pattern, replacement)`.
pub(crate) fn replace_matches(
    text: &str,
    pattern: &Pattern,
    replacement: &str,
    meter: &Meter,
) -> Result<String, Fault> {
    meter.charge_text(text.len())?;
    let mut out = String::new();
    let mut end = 0;
    for captures in matches(pattern, text, meter)? {
        let Some(matched) = captures.get(0) else { continue };
        meter.charge(1)?;
        out.push_str(&text[end..matched.start()]);
        expand(&mut out, replacement, text, (matched.start(), matched.as_str()), Some((pattern, &captures)));
        end = matched.end();
        meter.check_output(out.len())?;
    }
    out.push_str(&text[end..]);
    meter.charge_text(out.len())?;
    Ok(out)
}

/// Appends a replacement with its `$` patterns filled in (ECMA-262, GetSubstitution). `found` is offset and text of the match.
pub(super) fn expand(
    out: &mut String,
    replacement: &str,
    text: &str,
    found: (usize, &str),
    groups: Option<(&Pattern, &Captures<'_>)>,
) {
    let (start, matched) = found;
    let mut rest = replacement;
    while let Some(dollar) = rest.find('$') {
        out.push_str(&rest[..dollar]);
        rest = &rest[dollar + 1..];
        let used = match rest.as_bytes().first() {
            Some(b'$') => {
                out.push('$');
                1
            }
            Some(b'&') => {
                out.push_str(matched);
                1
            }
            Some(b'`') => {
                out.push_str(&text[..start]);
                1
            }
            Some(b'\'') => {
                out.push_str(&text[start + matched.len()..]);
                1
            }
            _ => expand_group(out, rest, groups),
        };
        if used == 0 {
            out.push('$');
        }
        rest = &rest[used..];
    }
    out.push_str(rest);
}

/// Appends the group that `rest` names by number or `<name>`; gives the bytes used, none if it names no group.
fn expand_group(out: &mut String, rest: &str, groups: Option<(&Pattern, &Captures<'_>)>) -> usize {
    let Some((pattern, captures)) = groups else { return 0 };
    if let Some(name) = rest.strip_prefix('<') {
        let Some(end) = name.find('>').filter(|_| pattern.has_names) else { return 0 };
        out.push_str(captures.name(&name[..end]).map_or("", |group| group.as_str()));
        return end + 2;
    }
    for digits in [2, 1] {
        let number = rest.get(..digits).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let group = number
            .and_then(|number| number.parse::<usize>().ok())
            .filter(|number| (1..captures.len()).contains(number));
        if let Some(group) = group {
            out.push_str(captures.get(group).map_or("", |group| group.as_str()));
            return digits;
        }
    }
    0
}

/// `text.split(pattern)`: groups of a separator become parts too.
pub(super) fn split_at_matches(text: &str, pattern: &Pattern, meter: &Meter) -> Result<Vec<Value>, Fault> {
    if text.is_empty() {
        return Ok(if pattern.regex.is_match(text) { Vec::new() } else { vec![Value::from(text)] });
    }
    let mut parts = Vec::new();
    let mut part_start = 0;
    let mut search = 0;
    while search < text.len() {
        charge_search(text, search, meter)?;
        let Some(captures) = pattern.regex.captures_at(text, search) else { break };
        let Some(matched) = captures.get(0).filter(|matched| matched.start() < text.len()) else { break };
        if matched.end() == part_start {
            search = matched.start().max(search);
            search += text[search..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        parts.push(Value::from(&text[part_start..matched.start()]));
        parts.extend(
            captures.iter().skip(1).map(|group| group.map_or(Value::Undefined, |group| Value::from(group.as_str()))),
        );
        part_start = matched.end();
        search = part_start;
    }
    parts.push(Value::from(&text[part_start..]));
    Ok(parts)
}
