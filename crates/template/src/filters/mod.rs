//! The filters of Nunjucks and those that Backstage adds, and what the caller of the engine registered.
//!
//! Invariant: a registered filter or function hides a built-in one of the same name; an unknown filter is an error when it is
//! applied, not before.

mod backstage;
mod general;
mod markup;
mod number;
mod sequence;
mod text;

use std::collections::HashMap;
use std::rc::Rc;

use crate::engine::HostFunction;
use crate::error::Fault;
use crate::interpreter::function::Function;
use crate::invocation::Invocation;
use crate::limits::Meter;
use crate::random::Random;
use crate::value::{Text, Value, json};
pub use backstage::{RepositoryHost, RepositoryHosts};

/// What a template can name beside its context.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry {
    pub(crate) filters: HashMap<Text, HostFunction>,
    pub(crate) functions: HashMap<Text, HostFunction>,
    pub(crate) hosts: RepositoryHosts,
}

impl Registry {
    pub(crate) fn global(&self, name: &str) -> Option<Value> {
        let function = match (self.functions.get_key_value(name), name) {
            (Some((name, function)), _) => Function::Host { name: name.clone(), function: function.clone() },
            (None, "range") => Function::Range,
            (None, "cycler") => Function::Cycler,
            (None, "joiner") => Function::Joiner,
            (None, _) => return None,
        };
        Some(Value::Function(Rc::new(function)))
    }

    /// Applies a filter; the first argument is the filtered value.
    pub(crate) fn filter(
        &self,
        name: &str,
        arguments: &[Value],
        meter: &Meter,
        random: &Random<'_>,
    ) -> Result<Value, Fault> {
        if let Some(function) = self.filters.get(name) {
            let converted: Result<Vec<_>, Fault> =
                arguments.iter().map(|argument| Ok(json::to_json(argument, meter)?.unwrap_or_default())).collect();
            let result =
                function.call(&converted?).map_err(|error| Fault::render(format!("the filter `{name}`: {error}")))?;
            return Ok(json::from_json(&result));
        }
        let call = Invocation { name, arguments, meter };
        match name {
            "parseRepoUrl" | "parseEntityRef" | "pick" | "projectSlug" => backstage::apply(&call, &self.hosts),
            "default" | "d" | "dump" | "jsonify" | "string" | "length" => general::apply(&call),
            "abs" | "float" | "int" | "round" => number::apply(&call),
            "escape" | "e" | "safe" | "forceescape" | "nl2br" | "striptags" | "urlencode" | "urlize" => {
                markup::apply(&call)
            }
            "capitalize" | "center" | "indent" | "lower" | "replace" | "title" | "trim" | "truncate" | "upper"
            | "wordcount" => text::apply(&call),
            "batch" | "dictsort" | "first" | "groupby" | "join" | "last" | "list" | "reject" | "rejectattr"
            | "reverse" | "select" | "selectattr" | "slice" | "sort" | "sum" => sequence::apply(&call),
            "random" => sequence::pick_random(&call, random),
            _ => Err(Fault::render(format!("the filter `{name}` is not known")).hint(similar_filter(name))),
        }
    }
}

fn similar_filter(name: &str) -> &'static str {
    match name {
        "tojson" | "to_json" | "json" => "the filter is `dump`",
        "map" => "`selectattr`, `groupby` and `join(separator, attribute)` take attributes; Nunjucks has no `map`",
        "lowercase" | "downcase" => "the filter is `lower`",
        "uppercase" | "upcase" => "the filter is `upper`",
        "count" | "size" => "the filter is `length`",
        "split" => "strings have a method: `value.split(',')`",
        _ => "filters are those of Nunjucks 3.2, and parseRepoUrl, parseEntityRef, pick and projectSlug",
    }
}

/// The characters of the filtered value, which has to be a string.
fn string_subject<'a>(call: &Invocation<'a>) -> Result<&'a str, Fault> {
    let subject = call.arguments.first().unwrap_or(&Value::Undefined);
    let text = subject.as_str().ok_or_else(|| {
        Fault::render(format!("the filter `{}` takes a string, not {}", call.name, subject.kind()))
            .hint("give it a default, or convert it first: `value | default('')`, `value | string`")
    })?;
    call.meter.charge_text(text.len())?;
    Ok(text)
}

/// The same, with the empty string for null, undefined and false.
fn string_subject_or_empty<'a>(call: &Invocation<'a>) -> Result<&'a str, Fault> {
    match call.argument(0) {
        Value::Undefined | Value::Null | Value::Bool(false) => Ok(""),
        _ => string_subject(call),
    }
}

/// A result that is as safe as what it was made from.
fn as_safe_as(original: &Value, text: impl Into<Text>) -> Value {
    match original {
        Value::Safe(_) => Value::Safe(text.into()),
        _ => Value::Text(text.into()),
    }
}

/// The filtered value, which must not be undefined or null.
fn present<'a>(call: &Invocation<'a>) -> Result<&'a Value, Fault> {
    match call.arguments.first() {
        None | Some(Value::Undefined | Value::Null) => {
            Err(Fault::render(format!("the filter `{}` was applied to {}", call.name, call.argument(0).kind()))
                .hint("give it a default: `value | default([])`"))
        }
        Some(value) => Ok(value),
    }
}
