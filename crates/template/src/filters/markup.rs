//! Filters for HTML and URLs.
//!
//! Invariant: the escaping filters escape although output is not escaped here; patterns are fixed and linear.

use std::sync::LazyLock;

use regex::Regex;

use crate::error::Fault;
use crate::filters::{as_safe_as, string_subject, string_subject_or_empty};
use crate::invocation::Invocation;
use crate::members;
use crate::value::coerce::{is_truthy, to_text};
use crate::value::text::{is_space, slice};
use crate::value::{Text, Value};

pub(super) fn apply(call: &Invocation<'_>) -> Result<Value, Fault> {
    let value = call.argument(0);
    match call.name {
        "safe" => Ok(match value {
            Value::Safe(_) => value.clone(),
            _ => Value::Safe(text_or_empty(call)?),
        }),
        "escape" | "e" if matches!(value, Value::Safe(_)) => Ok(value.clone()),
        "escape" | "e" | "forceescape" => Ok(Value::Safe(escape(&text_or_empty(call)?, call)?.into())),
        "nl2br" => {
            if value.is_nullish() {
                return Ok(Value::from(""));
            }
            let text = string_subject(call)?.replace("\r\n", "\n").replace('\n', "<br />\n");
            call.meter.charge_text(text.len())?;
            Ok(as_safe_as(value, text))
        }
        "striptags" => Ok(as_safe_as(value, strip_tags(string_subject_or_empty(call)?, is_truthy(call.argument(1)))?)),
        "urlencode" => url_encode(call),
        _ => url_ize(call),
    }
}

fn text_or_empty(call: &Invocation<'_>) -> Result<Text, Fault> {
    if call.argument(0).is_nullish() { Ok("".into()) } else { to_text(call.argument(0), call.meter) }
}

fn escape(text: &str, call: &Invocation<'_>) -> Result<String, Fault> {
    call.meter.charge_text(text.len())?;
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' => escaped.push_str("&#92;"),
            _ => escaped.push(character),
        }
    }
    call.meter.check_output(escaped.len())?;
    Ok(escaped)
}

/// Compiles a pattern of this file; one that does not compile disables its filter with an error, and a test uses each.
fn fixed(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

static TAGS: LazyLock<Option<Regex>> =
    LazyLock::new(|| fixed(r"(?i)</?(?:[a-z][a-z0-9]*)(?-u:\b)[^>]*>|<!--(?s:.)*?-->"));
static LINE_EDGES: LazyLock<Option<Regex>> = LazyLock::new(|| fixed(r"(?m)^ +| +$"));
static SPACES: LazyLock<Option<Regex>> = LazyLock::new(|| fixed(" +"));
static BLANK_LINES: LazyLock<Option<Regex>> = LazyLock::new(|| fixed("\n\n\n+"));

fn replace_all(pattern: &LazyLock<Option<Regex>>, text: &str, with: &str) -> Result<String, Fault> {
    let regex = pattern.as_ref().ok_or_else(|| Fault::render("a built-in pattern is broken"))?;
    Ok(regex.replace_all(text, with).into_owned())
}

fn strip_tags(text: &str, preserves_linebreaks: bool) -> Result<String, Fault> {
    let stripped = replace_all(&TAGS, text, "")?;
    let trimmed = stripped.trim_matches(is_space);
    if preserves_linebreaks {
        let lines = replace_all(&LINE_EDGES, trimmed, "")?;
        let squashed = replace_all(&SPACES, &lines, " ")?.replace("\r\n", "\n");
        return replace_all(&BLANK_LINES, &squashed, "\n\n");
    }
    let words: Vec<&str> = trimmed.split(is_space).filter(|word| !word.is_empty()).collect();
    Ok(words.join(" "))
}

fn url_encode(call: &Invocation<'_>) -> Result<Value, Fault> {
    if let Value::Text(text) = call.argument(0) {
        call.meter.charge_text(text.len())?;
        return Ok(Value::text(encode_component(text)));
    }
    let pairs: Vec<(Text, Text)> = match call.argument(0) {
        Value::List(items) => {
            let part = |item: &Value, index: usize| match item {
                Value::Undefined | Value::Null => {
                    Err(Fault::render("the filter `urlencode` takes pairs of key and value"))
                }
                _ => to_text(&members::lookup(item, &Value::from(index), call.meter)?, call.meter),
            };
            items.borrow().iter().map(|item| Ok((part(item, 0)?, part(item, 1)?))).collect::<Result<_, Fault>>()?
        }
        other => other
            .entries()
            .into_iter()
            .map(|(key, value)| Ok((key, to_text(&value, call.meter)?)))
            .collect::<Result<_, Fault>>()?,
    };
    let encoded: Vec<String> =
        pairs.iter().map(|(key, value)| format!("{}={}", encode_component(key), encode_component(value))).collect();
    let joined = encoded.join("&");
    call.meter.charge_text(joined.len())?;
    Ok(Value::text(joined))
}

/// `encodeURIComponent`.
fn encode_component(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

static PUNCTUATION: LazyLock<Option<Regex>> = LazyLock::new(|| fixed(r"^(?:\(|<|&lt;)?(.*?)(?:\.|,|\)|\n|&gt;)?$"));
static EMAIL: LazyLock<Option<Regex>> =
    LazyLock::new(|| fixed(r"(?i)^[0-9A-Z_.!#$%&'*+\-/=?\^`{|}~]+@[a-z0-9\-]+(?:\.[a-z0-9\-]+)+$"));
static TOP_LEVEL_DOMAIN: LazyLock<Option<Regex>> = LazyLock::new(|| fixed(r"\.(?:org|net|com)(?::|/|$)"));

/// `urlize(length, nofollow)`: links around what looks like a URL or an e-mail address.
fn url_ize(call: &Invocation<'_>) -> Result<Value, Fault> {
    let text = string_subject(call)?;
    let limit = match call.argument(1) {
        Value::Undefined => usize::MAX,
        _ => call.integer(1, 0.0)?.max(0.0) as usize,
    };
    let attribute = if matches!(call.argument(2), Value::Bool(true)) { " rel=\"nofollow\"" } else { "" };
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let blank = rest.len() - rest.trim_start_matches(is_space).len();
        out.push_str(&rest[..blank]);
        rest = &rest[blank..];
        let end = rest.find(is_space).unwrap_or(rest.len());
        out.push_str(&link(&rest[..end], limit, attribute));
        rest = &rest[end..];
    }
    call.meter.charge_text(out.len())?;
    Ok(Value::text(out))
}

fn link(word: &str, limit: usize, attribute: &str) -> String {
    let captures = PUNCTUATION.as_ref().and_then(|pattern| pattern.captures(word));
    let url = captures.and_then(|captures| captures.get(1)).map_or(word, |group| group.as_str());
    let is_match = |pattern: &LazyLock<Option<Regex>>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(url));
    let short = slice(url, 0, limit);
    if url.starts_with("http://") || url.starts_with("https://") {
        format!("<a href=\"{url}\"{attribute}>{short}</a>")
    } else if url.starts_with("www.") {
        format!("<a href=\"http://{url}\"{attribute}>{short}</a>")
    } else if is_match(&EMAIL) {
        format!("<a href=\"mailto:{url}\">{url}</a>")
    } else if is_match(&TOP_LEVEL_DOMAIN) {
        format!("<a href=\"http://{url}\"{attribute}>{short}</a>")
    } else {
        word.to_owned()
    }
}
