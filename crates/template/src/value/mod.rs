//! The values a template works on: JSON, and what ECMAScript has beside it.
//!
//! Invariant: a value reaches nothing outside the rendering. There are no prototypes and no reflection: a member is an own
//! entry of a map, or one of the methods listed in [`crate::members`], and everything else is undefined.

pub(crate) mod coerce;
pub(crate) mod json;
pub(crate) mod number;
pub(crate) mod object;
pub(crate) mod text;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use crate::interpreter::function::Function;
use crate::regexp::Pattern;
pub(crate) use object::Object;
pub(crate) use text::Text;

/// A value of the template language.
#[derive(Debug, Clone, Default)]
pub(crate) enum Value {
    #[default]
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Text),
    /// A string marked as safe (`safe`, `escape`, a macro's result): an object to `typeof`, `===` and `dump`.
    Safe(Text),
    /// Lists are shared and can change (`push`), as in ECMAScript.
    List(Rc<RefCell<Vec<Value>>>),
    Object(Rc<Object>),
    Regexp(Rc<Regexp>),
    Cycler(Rc<Cycler>),
    Function(Rc<Function>),
}

/// A regular expression with its place for `g` and `y`.
#[derive(Debug)]
pub(crate) struct Regexp {
    pub(crate) pattern: Arc<Pattern>,
    /// In code units.
    pub(crate) last_index: Cell<usize>,
}

/// What the global `cycler` makes.
#[derive(Debug)]
pub(crate) struct Cycler {
    pub(crate) items: Vec<Value>,
    /// How many times `next` was called since the last reset, wrapped to the items.
    pub(crate) next: Cell<usize>,
    pub(crate) current: RefCell<Value>,
}

impl Cycler {
    pub(crate) fn advance(&self) -> Value {
        let index = if self.next.get() >= self.items.len() { 0 } else { self.next.get() };
        self.next.set(index + 1);
        let item = self.items.get(index).cloned().unwrap_or_default();
        *self.current.borrow_mut() = item.clone();
        item
    }

    pub(crate) fn reset(&self) {
        self.next.set(0);
        *self.current.borrow_mut() = Value::Null;
    }
}

impl Value {
    pub(crate) fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn list(items: Vec<Value>) -> Self {
        Self::List(Rc::new(RefCell::new(items)))
    }

    pub(crate) fn object(entries: impl IntoIterator<Item = (Text, Value)>) -> Self {
        Self::Object(Rc::new(Object::new(entries)))
    }

    pub(crate) fn regexp(pattern: Arc<Pattern>) -> Self {
        Self::Regexp(Rc::new(Regexp { pattern, last_index: Cell::new(0) }))
    }

    pub(crate) fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined)
    }

    pub(crate) fn is_nullish(&self) -> bool {
        matches!(self, Self::Undefined | Self::Null)
    }

    /// Characters of a string, safe or not.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Safe(text) => Some(text),
            _ => None,
        }
    }

    /// `Object.prototype.toString` says `[object Object]`: maps, and safe strings, which are wrappers.
    pub(crate) fn is_plain_object(&self) -> bool {
        matches!(self, Self::Object(_) | Self::Safe(_) | Self::Cycler(_))
    }

    /// Own enumerable entries, as `for … in` and `Object.keys` see them.
    pub(crate) fn entries(&self) -> Vec<(Text, Value)> {
        match self {
            Self::Object(object) => object.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            Self::Safe(safe) => {
                vec![
                    ("val".into(), Self::Text(safe.clone())),
                    ("length".into(), Self::Number(text::length(safe) as f64)),
                ]
            }
            Self::Text(text) => text::units(text)
                .into_iter()
                .enumerate()
                .map(|(index, unit)| (index.to_string().into(), Self::text(unit)))
                .collect(),
            Self::List(items) => items
                .borrow()
                .iter()
                .enumerate()
                .map(|(index, item)| (index.to_string().into(), item.clone()))
                .collect(),
            Self::Cycler(cycler) => vec![("current".into(), cycler.current.borrow().clone())],
            Self::Undefined | Self::Null | Self::Bool(_) | Self::Number(_) | Self::Regexp(_) | Self::Function(_) => {
                Vec::new()
            }
        }
    }

    /// A name for messages; never the content.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) | Self::Safe(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) | Self::Cycler(_) => "an object",
            Self::Regexp(_) => "a regular expression",
            Self::Function(_) => "a function",
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Number(value as f64)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::text(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::text(value)
    }
}
