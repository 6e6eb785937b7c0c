//! The arguments of a built-in method or filter, coerced as ECMAScript coerces them.
//!
//! Invariant: a missing argument is undefined.

use crate::error::Fault;
use crate::limits::Meter;
use crate::value::coerce::{to_number, to_text};
use crate::value::number::to_integer;
use crate::value::{Text, Value};

/// One call of a built-in method or filter.
pub(crate) struct Invocation<'a> {
    pub(crate) name: &'a str,
    pub(crate) arguments: &'a [Value],
    pub(crate) meter: &'a Meter,
}

impl Invocation<'_> {
    pub(crate) fn argument(&self, index: usize) -> &Value {
        self.arguments.get(index).unwrap_or(&Value::Undefined)
    }

    pub(crate) fn text(&self, index: usize) -> Result<Text, Fault> {
        to_text(self.argument(index), self.meter)
    }

    /// As a whole number; `default` when undefined, 0 for NaN.
    pub(crate) fn integer(&self, index: usize, default: f64) -> Result<f64, Fault> {
        match self.argument(index) {
            Value::Undefined => Ok(default),
            value => Ok(to_integer(to_number(value, self.meter)?)),
        }
    }

    /// As a position in something of `length`, cut to it; negative numbers are 0.
    pub(crate) fn position(&self, index: usize, default: usize, length: usize) -> Result<usize, Fault> {
        Ok(self.integer(index, default as f64)?.clamp(0.0, length as f64) as usize)
    }
}
