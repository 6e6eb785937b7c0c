//! Field selectors: `metadata.name=x,status.phase!=Failed`.

use std::fmt;

use serde_json::Value;

use super::SelectorError;
use crate::Object;

/// One term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldTerm {
    /// Dotted path, such as `metadata.name`.
    pub field: String,
    /// What it is compared with.
    pub value: String,
    /// Whether the two must differ.
    pub negated: bool,
}

/// Terms which must all hold; none selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    /// The terms, in the order in which they were written.
    pub terms: Vec<FieldTerm>,
}

impl FieldSelector {
    /// Reads `field=value`, `field==value` and `field!=value`, joined by commas. `\`, `,` and `=` in a value are escaped
    /// by a backslash.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let terms = split_terms(text)
            .into_iter()
            .filter(|term| !term.is_empty())
            .map(|term| {
                read_term(term).ok_or_else(|| SelectorError::Field { selector: text.to_owned(), term: term.to_owned() })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { terms })
    }

    /// Whether it selects everything.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Refuses fields for which `supported` is false.
    pub fn check(&self, supported: impl Fn(&str) -> bool) -> Result<(), SelectorError> {
        match self.terms.iter().find(|term| !supported(&term.field)) {
            Some(term) => Err(SelectorError::Unsupported(term.field.clone())),
            None => Ok(()),
        }
    }

    /// The value that a field must have, where a term says so: `metadata.name=x` allows a direct read.
    pub fn exact(&self, field: &str) -> Option<&str> {
        self.terms.iter().find(|term| !term.negated && term.field == field).map(|term| term.value.as_str())
    }

    /// Whether all terms hold of an object. A field that is absent is the empty text.
    pub fn matches(&self, object: &Object) -> bool {
        self.terms.iter().all(|term| {
            let path: Vec<&str> = term.field.split('.').collect();
            let found = match object.at(&path) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            (found == term.value) != term.negated
        })
    }
}

impl fmt::Display for FieldSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, term) in self.terms.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            let sign = if term.negated { "!=" } else { "=" };
            let value = term.value.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=");
            write!(f, "{comma}{}{sign}{value}", term.field)?;
        }
        Ok(())
    }
}

/// At commas that are not escaped.
fn split_terms(text: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (i, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                terms.push(&text[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    terms.push(&text[start..]);
    terms
}

fn read_term(term: &str) -> Option<FieldTerm> {
    let sign = term.char_indices().find_map(|(i, _)| {
        let rest = &term[i..];
        ["!=", "==", "="].into_iter().find(|sign| rest.starts_with(sign)).map(|sign| (i, sign))
    });
    let (at, sign) = sign?;
    let value = unescape(&term[at + sign.len()..])?;
    Some(FieldTerm { field: term[..at].to_owned(), value, negated: sign == "!=" })
}

/// `None` for an escape that does not exist, and for an unescaped comma or equals sign.
fn unescape(value: &str) -> Option<String> {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(chars.next().filter(|c| matches!(c, '\\' | ',' | '='))?),
            ',' | '=' => return None,
            c => text.push(c),
        }
    }
    Some(text)
}
