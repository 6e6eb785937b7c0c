//! Score's placeholders: `${resources.db.uri}`, `${metadata.name}`, `$$` for a dollar sign. A result is never expanded again.

use serde_json::Value;

/// A placeholder that cannot be resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("${{{reference}}}: {why}")]
pub struct PlaceholderError {
    /// What stood between the braces.
    pub reference: String,
    /// Why it has no value.
    pub why: String,
}

/// Replaces every placeholder of a text by what `lookup` answers for its parts.
pub fn expand(text: &str, lookup: &dyn Fn(&[String]) -> Result<Value, String>) -> Result<String, PlaceholderError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            // `$$` is a dollar sign, and takes the braces after it as they stand
            out.push('$');
            rest = after;
            if let Some(end) = rest.strip_prefix('{').and_then(|r| r.find('}')) {
                out.push_str(&rest[..end + 2]);
                rest = &rest[end + 2..];
            }
        } else if let Some(inner) = rest.strip_prefix('{').and_then(|r| r.find('}').map(|end| &r[..end])) {
            let value = lookup(&parts(inner)).map_err(|why| PlaceholderError { reference: inner.to_owned(), why })?;
            out.push_str(&shown(&value));
            rest = &rest[inner.len() + 2..];
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// The references of a text, each in its parts.
pub fn references(text: &str) -> Vec<Vec<String>> {
    let found = std::cell::RefCell::new(Vec::new());
    let note = |reference: &[String]| {
        found.borrow_mut().push(reference.to_vec());
        Ok(Value::Null)
    };
    let _ = expand(text, &note);
    found.into_inner()
}

/// Parts between dots; `\.` is a dot within one.
fn parts(reference: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = reference.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'.') => {
                chars.next();
                push(&mut parts, '.');
            }
            '.' => parts.push(String::new()),
            c => push(&mut parts, c),
        }
    }
    parts
}

fn push(parts: &mut [String], c: char) {
    if let Some(last) = parts.last_mut() {
        last.push(c);
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{expand, references};

    #[test]
    fn expands_once_and_leaves_escapes() {
        let lookup = |parts: &[String]| match parts.join("/").as_str() {
            "a/b" => Ok(json!("${x.y}")),
            "n/n" => Ok(json!({"k": 1})),
            other => Err(format!("key '{other}' not found")),
        };
        let cases = [
            ("plain", "plain"),
            ("$${a.b}", "${a.b}"),
            ("${a.b}", "${x.y}"),
            ("$$${a.b}", "$${x.y}"),
            ("$abc", "$abc"),
            ("$$", "$"),
            ("${n.n}!", "{\"k\":1}!"),
            ("${", "${"),
            ("$$$${a.b}", "$${a.b}"),
        ];
        for (text, wanted) in cases {
            assert_eq!(expand(text, &lookup).as_deref(), Ok(wanted), "{text}");
        }
        assert!(expand("${no.such}", &lookup).is_err());
    }

    #[test]
    fn finds_references_with_escaped_dots() {
        assert_eq!(
            references(r"x ${metadata.annotations.key\.com/foo} $${no}"),
            [["metadata", "annotations", "key.com/foo"]]
        );
    }
}
