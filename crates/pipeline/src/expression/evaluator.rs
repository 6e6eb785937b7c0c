//! Syntax to values.
//!
//! Evaluation is bounded: the parser bounds depth, and the texts that functions make are counted against [`MAX_MEMORY`].

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use super::error::ExpressionError;
use super::function;
use super::syntax::{Comparison, Syntax};
use super::value::Value;

/// How many bytes the functions of one evaluation may produce together.
const MAX_MEMORY: usize = 10 * 1024 * 1024;

/// The values that an expression can name, found without case.
#[derive(Debug, Clone, Default)]
pub struct Contexts {
    values: HashMap<String, Value>,
}

impl Contexts {
    /// The value of a context; null when it is absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Value {
        self.values.get(&name.to_ascii_lowercase()).cloned().unwrap_or(Value::Null)
    }

    /// Sets a context.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.values.insert(name.to_ascii_lowercase(), value.into());
    }

    /// The same with one context set.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }
}

/// Answers the functions that depend on where an expression stands.
pub trait Functions {
    /// Calls `name` (in lower case); `None` if it is not among them.
    fn call(&self, name: &str, arguments: &[Value]) -> Option<Result<Value, ExpressionError>>;
}

/// No functions but the built-in ones.
#[derive(Debug, Clone, Copy)]
pub struct NoFunctions;

impl Functions for NoFunctions {
    fn call(&self, _name: &str, _arguments: &[Value]) -> Option<Result<Value, ExpressionError>> {
        None
    }
}

/// Evaluates `root`.
pub(super) fn evaluate(
    root: &Syntax,
    contexts: &Contexts,
    functions: &dyn Functions,
) -> Result<Value, ExpressionError> {
    let evaluator = Evaluator { contexts, functions, memory: Cell::new(0) };
    evaluator.evaluate(root)
}

struct Evaluator<'a> {
    contexts: &'a Contexts,
    functions: &'a dyn Functions,
    memory: Cell<usize>,
}

/// What an access works on: `a.*` makes a collection, and a member of a collection is that member of each of its elements.
enum Target {
    One(Value),
    Many(Vec<Value>),
}

impl Evaluator<'_> {
    fn evaluate(&self, node: &Syntax) -> Result<Value, ExpressionError> {
        Ok(match node {
            Syntax::Null => Value::Null,
            Syntax::Boolean(value) => Value::Boolean(*value),
            Syntax::Number(number) => Value::Number(*number),
            Syntax::String(text) => Value::from(text.as_str()),
            Syntax::Context(name) => self.contexts.get(name),
            Syntax::Call(name, arguments) => return self.call(name, arguments),
            Syntax::Index(..) | Syntax::Each(_) => match self.access(node)? {
                Target::One(value) => value,
                Target::Many(values) => Value::Array(Arc::new(values)),
            },
            Syntax::Not(operand) => Value::Boolean(!self.evaluate(operand)?.is_truthy()),
            Syntax::Compare(comparison, left, right) => {
                Value::Boolean(compare(*comparison, &self.evaluate(left)?, &self.evaluate(right)?))
            }
            Syntax::And(operands) => return self.first_or_last(operands, |value| !value.is_truthy()),
            Syntax::Or(operands) => return self.first_or_last(operands, Value::is_truthy),
        })
    }

    /// The first operand that decides, or the last.
    fn first_or_last(&self, operands: &[Syntax], decides: fn(&Value) -> bool) -> Result<Value, ExpressionError> {
        let mut result = Value::Null;
        for operand in operands {
            result = self.evaluate(operand)?;
            if decides(&result) {
                break;
            }
        }
        Ok(result)
    }

    fn call(&self, name: &str, arguments: &[Syntax]) -> Result<Value, ExpressionError> {
        let arguments = arguments.iter().map(|argument| self.evaluate(argument)).collect::<Result<Vec<_>, _>>()?;
        let result =
            self.functions.call(name, &arguments).or_else(|| function::call(name, &arguments)).unwrap_or_else(
                || Err(ExpressionError::evaluation(format!("The function '{name}' is not available here"))),
            )?;
        if let Value::String(text) = &result {
            self.count(text.len())?;
        }
        Ok(result)
    }

    fn count(&self, bytes: usize) -> Result<(), ExpressionError> {
        self.memory.set(self.memory.get().saturating_add(bytes));
        if self.memory.get() > MAX_MEMORY {
            return Err(ExpressionError::evaluation("The maximum allowed memory size was exceeded"));
        }
        Ok(())
    }

    fn access(&self, node: &Syntax) -> Result<Target, ExpressionError> {
        match node {
            Syntax::Each(base) => Ok(Target::Many(match self.access(base)? {
                Target::One(value) => elements(&value),
                Target::Many(values) => values.iter().flat_map(elements).collect(),
            })),
            Syntax::Index(base, index) => {
                let index = self.evaluate(index)?;
                Ok(match self.access(base)? {
                    Target::One(value) => Target::One(member(&value, &index).unwrap_or(Value::Null)),
                    Target::Many(values) => {
                        Target::Many(values.iter().filter_map(|value| member(value, &index)).collect())
                    }
                })
            }
            other => self.evaluate(other).map(Target::One),
        }
    }
}

fn elements(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.to_vec(),
        Value::Object(object) => object.entries().map(|(_, value)| value.clone()).collect(),
        _ => Vec::new(),
    }
}

fn member(value: &Value, index: &Value) -> Option<Value> {
    match value {
        Value::Array(items) => items.get(position(index.to_number())?).cloned(),
        Value::Object(object) if index.is_primitive() => object.get(&index.to_text()).cloned(),
        _ => None,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is finite and not negative; past the end of any array it saturates"
)]
fn position(number: f64) -> Option<usize> {
    (number.is_finite() && number >= 0.0).then_some(number.floor() as usize)
}

fn compare(comparison: Comparison, left: &Value, right: &Value) -> bool {
    match comparison {
        Comparison::Equal => left.equals(right),
        Comparison::NotEqual => !left.equals(right),
        Comparison::Less => left.is_less_than(right),
        Comparison::LessEqual => left.equals(right) || left.is_less_than(right),
        Comparison::Greater => right.is_less_than(left),
        Comparison::GreaterEqual => left.equals(right) || right.is_less_than(left),
    }
}
