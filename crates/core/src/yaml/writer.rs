//! Values as YAML, in the form that kubectl prints: sorted keys, lists not indented, text of several lines as a block,
//! quotes only where they are needed. Every value reads back as itself in YAML 1.1 and 1.2.

use serde_json::{Map, Value};

use super::scalar::is_ambiguous;

/// A value as one document, ending in a line break.
pub fn to_yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => write_map(map, 0, &mut out),
        Value::Array(list) if !list.is_empty() => write_list(list, 0, &mut out),
        other => {
            write_scalar(other, 0, &mut out);
            end_line(&mut out);
        }
    }
    out
}

fn write_map(map: &Map<String, Value>, indent: usize, out: &mut String) {
    let mut entries: Vec<(&String, &Value)> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    for (i, (key, value)) in entries.into_iter().enumerate() {
        // The first entry of a map in a list stands beside the dash.
        if i > 0 || out.is_empty() || out.ends_with('\n') {
            pad(indent, out);
        }
        write_text(key, None, out);
        out.push(':');
        write_value(value, indent, out);
    }
}

fn write_list(list: &[Value], indent: usize, out: &mut String) {
    for (i, value) in list.iter().enumerate() {
        if i > 0 || out.is_empty() || out.ends_with('\n') {
            pad(indent, out);
        }
        out.push('-');
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push(' ');
                write_map(map, indent + 2, out);
            }
            Value::Array(inner) if !inner.is_empty() => {
                out.push(' ');
                write_list(inner, indent + 2, out);
            }
            other => {
                out.push(' ');
                write_scalar(other, indent, out);
                end_line(out);
            }
        }
    }
}

/// A value behind a key.
fn write_value(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            write_map(map, indent + 2, out);
        }
        Value::Array(list) if !list.is_empty() => {
            out.push('\n');
            write_list(list, indent, out);
        }
        other => {
            out.push(' ');
            write_scalar(other, indent, out);
            end_line(out);
        }
    }
}

fn write_scalar(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => write_text(text, Some(indent + 2), out),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
}

/// Text in the plainest style that keeps it; a block only where there is an indent for it (a key has none).
fn write_text(text: &str, block_indent: Option<usize>, out: &mut String) {
    match block_indent {
        Some(indent) if text.contains('\n') && is_blockable(text) => write_block(text, indent, out),
        _ if needs_escapes(text) => write_double(text, out),
        _ if text.is_empty() || is_ambiguous(text) => write_double(text, out),
        _ if is_plain(text) => out.push_str(text),
        _ => {
            out.push('\'');
            out.push_str(&text.replace('\'', "''"));
            out.push('\'');
        }
    }
}

/// A literal block keeps all but blanks before line breaks and characters that must be escaped.
fn is_blockable(text: &str) -> bool {
    let clean = |line: &str| !line.ends_with([' ', '\t']) && !line.starts_with('\t') && !needs_escapes(line);
    text.split('\n').all(clean) && text.chars().any(|c| c != '\n')
}

fn write_block(text: &str, indent: usize, out: &mut String) {
    out.push('|');
    // Readers take the indent from the first line with content: one that is indented or empty needs it said.
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    let body = match text.strip_suffix('\n') {
        None => {
            out.push('-');
            text
        }
        Some(body) if body.ends_with('\n') => {
            out.push('+');
            body
        }
        Some(body) => body,
    };
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(indent, out);
            out.push_str(line);
        }
    }
    if text.ends_with('\n') {
        out.push('\n');
    }
}

fn write_double(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_special(c) => {
                let code = u32::from(c);
                out.push_str(&if code > 0xffff { format!("\\U{code:08X}") } else { format!("\\u{code:04X}") });
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn needs_escapes(text: &str) -> bool {
    text.chars().any(|c| matches!(c, '\n' | '\t' | '\r') || is_special(c))
}

/// Characters that YAML does not print, or that break lines.
fn is_special(c: char) -> bool {
    matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\x7f'..='\u{a0}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a text may stand without quotes, in a block or within a flow.
fn is_plain(text: &str) -> bool {
    let first_safe = match text.as_bytes() {
        [b'-' | b'?' | b':', second, ..] => !matches!(second, b' ' | b',' | b'[' | b']' | b'{' | b'}'),
        [first, ..] => !matches!(
            first,
            b'-' | b'?'
                | b':'
                | b','
                | b'['
                | b']'
                | b'{'
                | b'}'
                | b'#'
                | b'&'
                | b'*'
                | b'!'
                | b'|'
                | b'>'
                | b'\''
                | b'"'
                | b'%'
                | b'@'
                | b'`'
                | b' '
        ),
        [] => false,
    };
    first_safe
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.starts_with("---")
        && !text.starts_with("...")
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// A block that keeps its line breaks has ended the line already.
fn end_line(out: &mut String) {
    if !out.ends_with('\n') {
        out.push('\n');
    }
}
