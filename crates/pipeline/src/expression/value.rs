//! Values of expressions, and how they are coerced and compared.
//!
//! Arrays and objects are shared, and equal only to themselves; strings compare without case; between different types everything is
//! compared as numbers.

use std::collections::HashMap;
use std::sync::Arc;

use super::number::{format_number, parse_number};

/// A value of an expression.
#[derive(Debug, Clone)]
pub enum Value {
    /// `null`, and everything that is absent.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A double.
    Number(f64),
    /// A text.
    String(Arc<str>),
    /// An array.
    Array(Arc<Vec<Value>>),
    /// An object.
    Object(Arc<Object>),
}

/// An object: its entries in order, found by name without case (an exact match wins).
#[derive(Debug, Default)]
pub struct Object {
    entries: Vec<(String, Value)>,
    exact: HashMap<String, usize>,
    folded: HashMap<String, usize>,
}

impl Object {
    /// Entries that differ only in case are one: the first.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = (String, Value)>) -> Self {
        let mut object = Self::default();
        for (name, value) in entries {
            if !object.folded.contains_key(&name.to_lowercase()) {
                object.push(name, value);
            }
        }
        object
    }

    /// Entries that differ only in case are kept apart, as in an environment.
    #[must_use]
    pub fn with_exact_names(entries: impl IntoIterator<Item = (String, Value)>) -> Self {
        let mut object = Self::default();
        entries.into_iter().for_each(|(name, value)| object.push(name, value));
        object
    }

    fn push(&mut self, name: String, value: Value) {
        let at = self.entries.len();
        self.exact.insert(name.clone(), at);
        self.folded.entry(name.to_lowercase()).or_insert(at);
        self.entries.push((name, value));
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let at = self.exact.get(name).or_else(|| self.folded.get(&name.to_lowercase()))?;
        self.entries.get(*at).map(|(_, value)| value)
    }

    /// All entries, in order.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl Value {
    /// The name of its type: `Null`, `Boolean`, `Number`, `String`, `Array` or `Object`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "Null",
            Self::Boolean(_) => "Boolean",
            Self::Number(_) => "Number",
            Self::String(_) => "String",
            Self::Array(_) => "Array",
            Self::Object(_) => "Object",
        }
    }

    /// Everything but `false`, zero, `NaN`, the empty string and null.
    #[must_use]
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Boolean(value) => *value,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::String(text) => !text.is_empty(),
            Self::Array(_) | Self::Object(_) => true,
        }
    }

    /// `true`, or the text `true`: how a setting that may be an expression is read.
    #[must_use]
    pub fn says_true(&self) -> bool {
        matches!(self, Self::Boolean(true)) || matches!(self, Self::String(text) if &**text == "true")
    }

    /// Neither an array nor an object.
    #[must_use]
    pub const fn is_primitive(&self) -> bool {
        !matches!(self, Self::Array(_) | Self::Object(_))
    }

    /// As a number: null and `false` are 0, `true` is 1, a string what it reads as; otherwise `NaN`.
    #[must_use]
    pub fn to_number(&self) -> f64 {
        match self {
            Self::Null => 0.0,
            Self::Boolean(value) => f64::from(u8::from(*value)),
            Self::Number(number) => *number,
            Self::String(text) => parse_number(text),
            Self::Array(_) | Self::Object(_) => f64::NAN,
        }
    }

    /// As text: null is empty, arrays and objects are the name of their type.
    #[must_use]
    pub fn to_text(&self) -> Arc<str> {
        match self {
            Self::Null => "".into(),
            Self::Boolean(true) => "true".into(),
            Self::Boolean(false) => "false".into(),
            Self::Number(number) => format_number(*number).into(),
            Self::String(text) => Arc::clone(text),
            Self::Array(_) => "Array".into(),
            Self::Object(_) => "Object".into(),
        }
    }

    /// `==`.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Boolean(left), Self::Boolean(right)) => left == right,
            (Self::String(left), Self::String(right)) => fold(left) == fold(right),
            (Self::Array(left), Self::Array(right)) => Arc::ptr_eq(left, right),
            (Self::Object(left), Self::Object(right)) => Arc::ptr_eq(left, right),
            (left, right) => left.to_number() == right.to_number(),
        }
    }

    /// `<`.
    #[must_use]
    pub fn is_less_than(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::String(left), Self::String(right)) => utf16(&fold(left)).lt(utf16(&fold(right))),
            (Self::Array(_) | Self::Object(_), _) | (_, Self::Array(_) | Self::Object(_)) => false,
            (left, right) => left.to_number() < right.to_number(),
        }
    }

    /// An object of string values.
    #[must_use]
    pub fn from_texts<'a>(entries: impl IntoIterator<Item = (&'a String, &'a String)>) -> Self {
        let entries = entries.into_iter().map(|(name, text)| (name.clone(), Self::from(text.as_str())));
        Self::Object(Arc::new(Object::with_exact_names(entries)))
    }

    /// An object of the given entries.
    #[must_use]
    pub fn object(entries: impl IntoIterator<Item = (String, Value)>) -> Self {
        Self::Object(Arc::new(Object::new(entries)))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

fn utf16(text: &str) -> impl Iterator<Item = u16> {
    text.encode_utf16()
}

/// Folds case for comparison: upper case, except that the dotless `ı` stays itself.
pub(super) fn fold(text: &str) -> String {
    text.chars().flat_map(|c| if c == 'ı' { Fold::Same(Some(c)) } else { Fold::Upper(c.to_uppercase()) }).collect()
}

enum Fold {
    Same(Option<char>),
    Upper(std::char::ToUppercase),
}

impl Iterator for Fold {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::Same(c) => c.take(),
            Self::Upper(upper) => upper.next(),
        }
    }
}
