//! Scalars to tokens: where the `${{ }}` in a text are, and whether they may stand there.

use std::sync::Arc;

use super::problem::{Position, Problem};
use super::schema::Place;
use super::token::{Segment, Template, Token};
use crate::expression::Expression;

const OPEN: &str = "${{";
const CLOSE: &str = "}}";

/// Reads a text in a place: plain if it has no expressions, otherwise parsed. What is wrong is added to `problems`, and the text is
/// then taken as it is.
pub(super) fn read(text: &str, at: Position, place: &Place, problems: &mut Vec<Problem>) -> Token {
    match split(text) {
        Ok(parts) => parse(&parts, place).unwrap_or_else(|messages| {
            problems.extend(messages.into_iter().map(|message| Problem::new(at, message)));
            Token::Text(text.to_owned())
        }),
        Err(Unclosed) => {
            problems.push(Problem::new(at, "The expression is not closed. An unescaped ${{ sequence was found, but the closing }} sequence was not found."));
            Token::Text(text.to_owned())
        }
    }
}

enum Part<'a> {
    Text(&'a str),
    Expression(&'a str),
}

struct Unclosed;

fn split(text: &str) -> Result<Vec<Part<'_>>, Unclosed> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some(start) = rest.find(OPEN) {
        if start > 0 {
            parts.push(Part::Text(&rest[..start]));
        }
        let inner = &rest[start + OPEN.len()..];
        let end = find_close(inner).ok_or(Unclosed)?;
        parts.push(Part::Expression(inner[..end].trim()));
        rest = &inner[end + CLOSE.len()..];
    }
    if !rest.is_empty() || parts.is_empty() {
        parts.push(Part::Text(rest));
    }
    Ok(parts)
}

/// Where the first `}}` outside a string literal begins.
fn find_close(text: &str) -> Option<usize> {
    let mut in_string = false;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\'' => in_string = !in_string,
            b'}' if !in_string && at > 0 && bytes[at - 1] == b'}' => return Some(at - 1),
            _ => {}
        }
    }
    None
}

fn parse(parts: &[Part<'_>], place: &Place) -> Result<Token, Vec<String>> {
    let (mut segments, mut messages) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Part::Text(text) => segments.push(Segment::Text((*text).to_owned())),
            Part::Expression("") => messages.push("An expression was expected".to_owned()),
            Part::Expression(text) if is_insert(text) => {
                return read_insert(text, parts.len()).map_err(|message| vec![message]);
            }
            Part::Expression(text) => match Expression::parse(text, &place.names()) {
                Ok(expression) => segments.push(Segment::Expression(Arc::new(expression))),
                Err(error) => messages.push(error.to_string()),
            },
        }
    }
    if !messages.is_empty() {
        return Err(messages);
    }
    Ok(match segments.as_slice() {
        [Segment::Text(text)] => Token::Text(text.clone()),
        [Segment::Expression(expression)] => {
            literal(expression.text()).map_or_else(|| Token::Template(Template::new(segments.clone())), Token::Text)
        }
        _ => Token::Template(Template::new(segments)),
    })
}

fn is_insert(text: &str) -> bool {
    text.strip_prefix("insert").is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

fn read_insert(text: &str, parts: usize) -> Result<Token, String> {
    if text != "insert" {
        return Err("Exactly 0 parameter(s) were expected following the directive 'insert'".to_owned());
    }
    if parts > 1 {
        return Err("The directive 'insert' is not allowed in this context. Directives are only supported when the entire value is an expression.".to_owned());
    }
    Ok(Token::Insert)
}

/// The text of an expression that is one string literal: `${{ '${{ escaped }}' }}` is plain text, wherever it stands.
fn literal(expression: &str) -> Option<String> {
    let inner = expression.strip_prefix('\'')?.strip_suffix('\'')?;
    let is_one = !inner.replace("''", "").contains('\'');
    is_one.then(|| inner.replace("''", "'"))
}
