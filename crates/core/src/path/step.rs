//! The steps of a JSON path, and where they lead.

use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Field(String),
    Index(i64),
    Slice(Option<i64>, Option<i64>),
    All,
    Descend(String),
    Filter(Filter),
}

/// `@.type=="Ready"`, or `@.type` for its mere presence.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Filter {
    pub(super) left: Vec<Step>,
    pub(super) test: Option<(Comparison, Operand)>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Literal(Value),
    Path(Vec<Step>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Every value that steps lead to, in order.
pub(super) fn walk<'a>(steps: &[Step], value: &'a Value) -> Vec<&'a Value> {
    let mut found = vec![value];
    for step in steps {
        let mut next = Vec::new();
        for value in found {
            advance(step, value, &mut next);
        }
        found = next;
    }
    found
}

fn advance<'a>(step: &Step, value: &'a Value, out: &mut Vec<&'a Value>) {
    match (step, value) {
        (Step::Field(name), _) => out.extend(value.get(name.as_str())),
        (Step::Index(index), Value::Array(list)) => out.extend(position(*index, list.len()).and_then(|i| list.get(i))),
        (Step::Slice(from, to), Value::Array(list)) => {
            let bound = |i: Option<i64>, none| i.map_or(none, |i| position(i, list.len()).unwrap_or(list.len()));
            let (from, to) = (bound(*from, 0), bound(*to, list.len()));
            out.extend(list.get(from..to).unwrap_or_default());
        }
        (Step::All, Value::Array(list)) => out.extend(list),
        (Step::All, Value::Object(map)) => out.extend(map.values()),
        (Step::Descend(name), _) => descend(name, value, out),
        (Step::Filter(filter), Value::Array(list)) => out.extend(list.iter().filter(|item| filter.accepts(item))),
        (Step::Filter(filter), Value::Object(map)) => out.extend(map.values().filter(|item| filter.accepts(item))),
        (Step::Index(_) | Step::Slice(..) | Step::All | Step::Filter(_), _) => {}
    }
}

/// A negative index counts from the end.
fn position(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let index = if index < 0 { index + length } else { index };
    usize::try_from(index).ok()
}

fn descend<'a>(name: &str, value: &'a Value, out: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                if key == name {
                    out.push(inner);
                }
                descend(name, inner, out);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| descend(name, inner, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl Filter {
    fn accepts(&self, item: &Value) -> bool {
        let left = walk(&self.left, item);
        let Some((comparison, operand)) = &self.test else { return !left.is_empty() };
        let Some(left) = left.first() else { return false };
        let right = match operand {
            Operand::Literal(value) => Some(value),
            Operand::Path(steps) => walk(steps, item).into_iter().next(),
        };
        right.is_some_and(|right| comparison.holds(left, right))
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        let order = match (left, right) {
            (Value::Number(a), Value::Number(b)) => a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b)),
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            _ => None,
        };
        match self {
            Self::Equal => order.map_or_else(|| left == right, std::cmp::Ordering::is_eq),
            Self::NotEqual => order.map_or_else(|| left != right, std::cmp::Ordering::is_ne),
            Self::Less => order.is_some_and(std::cmp::Ordering::is_lt),
            Self::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
            Self::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual => order.is_some_and(std::cmp::Ordering::is_ge),
        }
    }
}
