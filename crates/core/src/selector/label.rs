//! Label selectors: `app=web,tier in (a,b),!legacy`, and their structured form with `matchLabels` and `matchExpressions`.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::SelectorError;
use crate::{Object, name};

/// How a label is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal to one of the values.
    In,
    /// Absent, or equal to none of the values.
    NotIn,
    /// Present.
    Exists,
    /// Absent.
    DoesNotExist,
    /// A whole number greater than the value.
    GreaterThan,
    /// A whole number less than the value.
    LessThan,
}

/// One requirement on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Label key.
    pub key: String,
    /// The test.
    pub operator: Operator,
    /// Values, sorted; empty for tests of presence.
    pub values: BTreeSet<String>,
}

/// Requirements which must all hold; none selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    /// The requirements, in the order in which they were written.
    pub requirements: Vec<Requirement>,
}

impl Requirement {
    /// A checked requirement.
    pub fn new(
        key: impl Into<String>,
        operator: Operator,
        values: impl IntoIterator<Item = String>,
    ) -> Result<Self, SelectorError> {
        let requirement = Self { key: key.into(), operator, values: values.into_iter().collect() };
        match requirement.problems() {
            problems if problems.is_empty() => Ok(requirement),
            problems => Err(SelectorError::Requirement(problems)),
        }
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if let Err(message) = name::check_label_key(&self.key) {
            problems.push(format!("key: Invalid value: {:?}: {message}", self.key));
        }
        let listed: Vec<&str> = self.values.iter().map(String::as_str).collect();
        let wrong = |what: &str| format!("values: Invalid value: {listed:?}: {what}");
        match self.operator {
            Operator::In | Operator::NotIn if listed.is_empty() => {
                problems.push(wrong("for 'in', 'notin' operators, values set can't be empty"));
            }
            Operator::Exists | Operator::DoesNotExist if !listed.is_empty() => {
                problems.push(wrong("values set must be empty for exists and does not exist"));
            }
            Operator::GreaterThan | Operator::LessThan if listed.len() != 1 => {
                problems.push(wrong("for 'Gt', 'Lt' operators, exactly one value is required"));
            }
            Operator::GreaterThan | Operator::LessThan if listed.iter().any(|v| v.parse::<i64>().is_err()) => {
                problems.push(wrong("for 'Gt', 'Lt' operators, the value must be an integer"));
            }
            _ => {}
        }
        for (i, value) in listed.iter().enumerate() {
            if let Err(message) = name::check_label_value(value) {
                problems.push(format!("values[{i}][{}]: Invalid value: {value:?}: {message}", self.key));
            }
        }
        problems
    }

    fn accepts(&self, label: Option<&str>) -> bool {
        let number = |text: Option<&str>| text.and_then(|t| t.parse::<i64>().ok());
        let bound = || number(self.values.first().map(String::as_str));
        match self.operator {
            Operator::In => label.is_some_and(|value| self.values.contains(value)),
            Operator::NotIn => label.is_none_or(|value| !self.values.contains(value)),
            Operator::Exists => label.is_some(),
            Operator::DoesNotExist => label.is_none(),
            Operator::GreaterThan => number(label).zip(bound()).is_some_and(|(value, bound)| value > bound),
            Operator::LessThan => number(label).zip(bound()).is_some_and(|(value, bound)| value < bound),
        }
    }
}

impl LabelSelector {
    /// Reads the text form: `a=b`, `a==b`, `a!=b`, `a`, `!a`, `a in (b,c)`, `a notin (b)`, `a>1`, `a<2`, joined by commas.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let mut reader = Reader { tokens: tokens(text), at: 0 };
        Ok(Self { requirements: reader.requirements()? })
    }

    /// Reads the structured form: `{matchLabels: {…}, matchExpressions: [{key, operator, values}]}`. Null selects nothing
    /// in Kubernetes; what absence means is for the caller to say, here it is everything.
    pub fn from_value(value: &Value) -> Result<Self, SelectorError> {
        let shape = |field: &str, message: &str| SelectorError::Shape { field: field.into(), message: message.into() };
        let mut requirements = Vec::new();
        if let Some(labels) = value.get("matchLabels").filter(|v| !v.is_null()) {
            let labels = labels.as_object().ok_or_else(|| shape("matchLabels", "must be an object"))?;
            for (key, value) in labels {
                let value = value.as_str().ok_or_else(|| shape("matchLabels", "values must be strings"))?;
                requirements.push(Requirement::new(key, Operator::In, [value.to_owned()])?);
            }
        }
        if let Some(list) = value.get("matchExpressions").filter(|v| !v.is_null()) {
            let list = list.as_array().ok_or_else(|| shape("matchExpressions", "must be a list"))?;
            for (i, item) in list.iter().enumerate() {
                requirements.push(expression(item, &format!("matchExpressions[{i}]"))?);
            }
        }
        Ok(Self { requirements })
    }

    /// Whether it selects everything.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether all requirements hold of an object's labels.
    pub fn matches(&self, object: &Object) -> bool {
        self.accepts(|key| object.label(key))
    }

    /// Whether all requirements hold of labels that `label` looks up.
    pub fn accepts<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        self.requirements.iter().all(|requirement| requirement.accepts(label(&requirement.key)))
    }
}

fn expression(item: &Value, field: &str) -> Result<Requirement, SelectorError> {
    let key = item.get("key").and_then(Value::as_str).unwrap_or_default();
    let values = item.get("values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let values = values.iter().filter_map(|v| v.as_str().map(str::to_owned));
    let operator = match item.get("operator").and_then(Value::as_str).unwrap_or_default() {
        "In" => Operator::In,
        "NotIn" => Operator::NotIn,
        "Exists" => Operator::Exists,
        "DoesNotExist" => Operator::DoesNotExist,
        other => {
            return Err(SelectorError::Shape {
                field: format!("{field}.operator"),
                message: format!("{other:?}: not a valid selector operator"),
            });
        }
    };
    Requirement::new(key, operator, values)
}

impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, requirement) in self.requirements.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(f, "{comma}{requirement}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        let values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        match (self.operator, values.as_slice()) {
            (Operator::Exists, _) => f.write_str(key),
            (Operator::DoesNotExist, _) => write!(f, "!{key}"),
            (Operator::In, [one]) => write!(f, "{key}={one}"),
            (Operator::NotIn, [one]) => write!(f, "{key}!={one}"),
            (Operator::In, _) => write!(f, "{key} in ({})", values.join(",")),
            (Operator::NotIn, _) => write!(f, "{key} notin ({})", values.join(",")),
            (Operator::GreaterThan, _) => write!(f, "{key}>{}", values.join(",")),
            (Operator::LessThan, _) => write!(f, "{key}<{}", values.join(",")),
        }
    }
}

/// A symbol, or a word between symbols.
fn tokens(text: &str) -> Vec<String> {
    let special = |c: char| matches!(c, '=' | '!' | '(' | ')' | ',' | '>' | '<');
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = if special(first) {
            ["==", "!="].iter().find(|sign| rest.starts_with(**sign)).map_or(first.len_utf8(), |sign| sign.len())
        } else {
            rest.find(|c: char| special(c) || c.is_whitespace()).unwrap_or(rest.len())
        };
        tokens.push(rest[..end].to_owned());
        rest = rest[end..].trim_start();
    }
    tokens
}

struct Reader {
    tokens: Vec<String>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        let token = self.peek().to_owned();
        self.at += 1;
        token
    }

    fn requirements(&mut self) -> Result<Vec<Requirement>, SelectorError> {
        let mut requirements = Vec::new();
        if self.peek().is_empty() {
            return Ok(requirements);
        }
        loop {
            requirements.push(self.requirement()?);
            match self.next().as_str() {
                "" => return Ok(requirements),
                "," if matches!(self.peek(), "" | ",") => {
                    return Err(SelectorError::Grammar(format!(
                        "found '{}', expected: identifier after ','",
                        self.peek()
                    )));
                }
                "," => {}
                other => {
                    return Err(SelectorError::Grammar(format!("found '{other}', expected: ',' or 'end of string'")));
                }
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, SelectorError> {
        let negated = self.peek() == "!";
        if negated {
            self.at += 1;
        }
        let key = self.next();
        if is_symbol(&key) || key.is_empty() {
            return Err(SelectorError::Grammar(format!("found '{key}', expected: !, identifier, or 'end of string'")));
        }
        if negated {
            return Requirement::new(key, Operator::DoesNotExist, []);
        }
        if matches!(self.peek(), "" | ",") {
            return Requirement::new(key, Operator::Exists, []);
        }
        let operator = match self.next().as_str() {
            "=" | "==" | "in" => Operator::In,
            "!=" | "notin" => Operator::NotIn,
            ">" | "gt" => Operator::GreaterThan,
            "<" | "lt" => Operator::LessThan,
            other => {
                let message = format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt");
                return Err(SelectorError::Grammar(message));
            }
        };
        let many = matches!(self.tokens[self.at - 1].as_str(), "in" | "notin");
        let values = if many { self.list()? } else { vec![self.value()?] };
        Requirement::new(key, operator, values)
    }

    /// One value, which may be empty: `a=` and `a=,b`.
    fn value(&mut self) -> Result<String, SelectorError> {
        match self.peek() {
            "" | "," => Ok(String::new()),
            token if is_symbol(token) => Err(SelectorError::Grammar(format!("found '{token}', expected: identifier"))),
            _ => Ok(self.next()),
        }
    }

    fn list(&mut self) -> Result<Vec<String>, SelectorError> {
        match self.next().as_str() {
            "(" => {}
            other => return Err(SelectorError::Grammar(format!("found '{other}' expected: '('"))),
        }
        let mut values = Vec::new();
        loop {
            // Two commas, or a comma beside a bracket, hold an empty value between them.
            values.push(match self.peek() {
                "," | ")" => String::new(),
                token if is_symbol(token) || token.is_empty() => {
                    return Err(SelectorError::Grammar(format!("found '{token}', expected: ',', ')' or identifier")));
                }
                _ => self.next(),
            });
            match self.next().as_str() {
                "," => {}
                ")" => return Ok(values),
                other => return Err(SelectorError::Grammar(format!("found '{other}', expected: ',' or ')'"))),
            }
        }
    }
}

fn is_symbol(token: &str) -> bool {
    matches!(token, "=" | "==" | "!" | "!=" | "(" | ")" | "," | ">" | "<")
}
