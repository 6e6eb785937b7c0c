//! Rules of strings and numbers.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::super::FieldError;
use super::super::node::{Bound, Rules};
use super::super::spot::Spot;
use super::Named;

pub(super) fn check_text(rules: &Rules, text: &str, value: &Value, spot: &Spot<'_>, errors: &mut Vec<FieldError>) {
    if rules.max_length.is_some() || rules.min_length.is_some() {
        let length = text.chars().count() as u64;
        if let Some(max) = rules.max_length.filter(|max| length > *max) {
            errors.push(FieldError::too_long(spot.to_string(), max));
        }
        if let Some(min) = rules.min_length.filter(|min| length < *min) {
            let detail = format!("{} in body should be at least {min} chars long", Named(spot));
            errors.push(FieldError::invalid(spot.to_string(), value, &detail));
        }
    }
    if let Some(pattern) = rules.pattern.as_ref().filter(|pattern| !pattern.is_match(text)) {
        let detail = format!("{} in body should match '{pattern}'", Named(spot));
        errors.push(FieldError::invalid(spot.to_string(), value, &detail));
    }
    check_format(rules, value, spot, errors);
}

pub(super) fn check_number(
    rules: &Rules,
    number: &Number,
    value: &Value,
    spot: &Spot<'_>,
    errors: &mut Vec<FieldError>,
) {
    let mut refuse = |what: String| {
        let detail = format!("{} in body should be {what}", Named(spot));
        errors.push(FieldError::invalid(spot.to_string(), value, &detail));
    };
    if let Some(Bound { limit, exclusive }) = &rules.maximum {
        match order(number, limit) {
            Ordering::Greater if !exclusive => refuse(format!("less than or equal to {}", Shown(limit))),
            Ordering::Greater | Ordering::Equal if *exclusive => refuse(format!("less than {}", Shown(limit))),
            _ => {}
        }
    }
    if let Some(Bound { limit, exclusive }) = &rules.minimum {
        match order(number, limit) {
            Ordering::Less if !exclusive => refuse(format!("greater than or equal to {}", Shown(limit))),
            Ordering::Less | Ordering::Equal if *exclusive => refuse(format!("greater than {}", Shown(limit))),
            _ => {}
        }
    }
    if let Some(factor) = rules.multiple_of {
        let quotient = number.as_f64().unwrap_or(0.0) / factor;
        if (quotient - quotient.round()).abs() > 1e-9 {
            refuse(format!("a multiple of {factor}"));
        }
    }
    check_format(rules, value, spot, errors);
}

fn check_format(rules: &Rules, value: &Value, spot: &Spot<'_>, errors: &mut Vec<FieldError>) {
    let Some(format) = rules.format.filter(|format| !format.accepts(value)) else { return };
    let detail = format!("{} in body must be of type {}: {value}", Named(spot), format.name());
    errors.push(FieldError::type_invalid(spot.to_string(), value, &detail));
}

fn order(one: &Number, other: &Number) -> Ordering {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => one.as_f64().partial_cmp(&other.as_f64()).unwrap_or(Ordering::Equal),
    }
}

/// A limit without a needless fraction.
struct Shown<'a>(&'a Number);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.as_f64() {
            Some(float) if self.0.is_f64() => write!(f, "{float}"),
            _ => write!(f, "{}", self.0),
        }
    }
}
