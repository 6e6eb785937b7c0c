//! Where the parts of a value stand in their text.

use serde_json::Value;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The places of a value and of all within it, in the order of the value's own entries.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) at: (u32, u32),
    pub(super) inner: Vec<Place>,
}

impl Place {
    pub(super) fn start() -> Self {
        Self { at: (1, 1), inner: Vec::new() }
    }

    fn position(&self) -> Position {
        Position { line: self.at.0 as usize, column: self.at.1 as usize }
    }
}

/// The place of the field at a path, or of its nearest holder.
pub(super) fn locate(value: &Value, place: &Place, path: &str) -> Position {
    let (mut value, mut place) = (value, place);
    for segment in segments(path) {
        let found = match value {
            Value::Object(map) => map.keys().position(|key| key == segment).zip(map.get(segment)),
            Value::Array(list) => segment.parse().ok().and_then(|index: usize| Some((index, list.get(index)?))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        };
        match found.and_then(|(index, inner)| Some((inner, place.inner.get(index)?))) {
            Some(next) => (value, place) = next,
            None => break,
        }
    }
    place.position()
}

/// `a.b[c.d][0]` as `a`, `b`, `c.d`, `0`.
fn segments(path: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (segment, tail) = match rest.strip_prefix('[') {
            Some(inner) => inner.split_once(']').unwrap_or((inner, "")),
            None => rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len())),
        };
        found.push(segment);
        rest = tail.strip_prefix('.').unwrap_or(tail);
    }
    found
}
