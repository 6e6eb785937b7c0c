//! Strings as ECMAScript counts them: by UTF-16 code unit.
//!
//! Invariant: positions that come from or go to a template are code units; half of a surrogate pair that is cut apart becomes
//! U+FFFD, since strings here are always valid Unicode.

use std::sync::Arc;

/// A shared immutable string.
pub(crate) type Text = Arc<str>;

/// White space and line terminators of ECMAScript (`\s`).
pub(crate) fn is_space(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}'
    )
}

/// `text.length`.
pub(crate) fn length(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.encode_utf16().count() }
}

/// Code units `from..to`; out-of-range bounds are cut to the text.
pub(crate) fn slice(text: &str, from: usize, to: usize) -> String {
    if from >= to {
        return String::new();
    }
    if text.is_ascii() {
        return text[from.min(text.len())..to.min(text.len())].to_owned();
    }
    let units: Vec<u16> = text.encode_utf16().skip(from).take(to - from).collect();
    String::from_utf16_lossy(&units)
}

/// The code unit at `index`, as a string.
pub(crate) fn unit_at(text: &str, index: usize) -> Option<String> {
    code_at(text, index).map(|unit| String::from_utf16_lossy(&[unit]))
}

/// The code unit at `index`.
pub(crate) fn code_at(text: &str, index: usize) -> Option<u16> {
    if text.is_ascii() {
        text.as_bytes().get(index).map(|byte| u16::from(*byte))
    } else {
        text.encode_utf16().nth(index)
    }
}

/// Code units before the byte offset `at`.
pub(crate) fn units_before(text: &str, at: usize) -> usize {
    length(&text[..at])
}

/// Byte offset of the code unit `index` (its character's start), or the end of the text.
pub(crate) fn byte_offset(text: &str, index: usize) -> usize {
    if text.is_ascii() {
        return index.min(text.len());
    }
    let mut units = 0;
    for (offset, character) in text.char_indices() {
        if units >= index {
            return offset;
        }
        units += character.len_utf16();
    }
    text.len()
}

/// Every code unit as a string of its own (`text.split('')`).
pub(crate) fn units(text: &str) -> Vec<String> {
    if text.is_ascii() {
        return text.chars().map(String::from).collect();
    }
    text.encode_utf16().map(|unit| String::from_utf16_lossy(&[unit])).collect()
}
