//! The values of a workflow file after reading: plain, or with expressions still to be evaluated.

use std::sync::Arc;

use super::problem::Position;
use crate::expression::{Contexts, Expression, ExpressionError, Functions, Value, format_number};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub struct Located {
    /// Where it begins.
    pub position: Position,
    /// What it is.
    pub token: Token,
}

/// A value of a workflow file.
#[derive(Debug, Clone)]
pub enum Token {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A text without expressions.
    Text(String),
    /// A text with at least one expression.
    Template(Template),
    /// `${{ insert }}` as a key: the entries of its value are inserted here.
    Insert,
    /// A list.
    Sequence(Vec<Located>),
    /// Entries in order.
    Mapping(Vec<(Located, Located)>),
}

/// A text with expressions in it.
#[derive(Debug, Clone)]
pub struct Template {
    segments: Vec<Segment>,
}

#[derive(Debug, Clone)]
pub(super) enum Segment {
    Text(String),
    Expression(Arc<Expression>),
}

impl Template {
    pub(super) fn new(segments: Vec<Segment>) -> Self {
        Self { segments }
    }

    /// The one expression that it consists of, if it does.
    pub(super) fn sole_expression(&self) -> Option<&Arc<Expression>> {
        match self.segments.as_slice() {
            [Segment::Expression(expression)] => Some(expression),
            _ => None,
        }
    }

    /// Evaluates it: the value of a sole expression keeps its type, everything else becomes text.
    ///
    /// # Errors
    /// An expression has no value.
    pub fn evaluate(&self, contexts: &Contexts, functions: &dyn Functions) -> Result<Value, ExpressionError> {
        if let Some(expression) = self.sole_expression() {
            return expression.evaluate(contexts, functions);
        }
        let mut text = String::new();
        for segment in &self.segments {
            match segment {
                Segment::Text(part) => text.push_str(part),
                Segment::Expression(expression) => text.push_str(&expression.evaluate(contexts, functions)?.to_text()),
            }
        }
        Ok(Value::from(text))
    }

    pub(super) fn expressions(&self) -> impl Iterator<Item = &Arc<Expression>> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Expression(expression) => Some(expression),
            Segment::Text(_) => None,
        })
    }

    /// The text with its expressions as they were written.
    #[must_use]
    pub fn source(&self) -> String {
        self.segments
            .iter()
            .map(|segment| match segment {
                Segment::Text(text) => text.clone(),
                Segment::Expression(expression) => format!("${{{{ {} }}}}", expression.text()),
            })
            .collect()
    }
}

impl Token {
    /// The text of a plain scalar, as it would be written; `None` for collections and templates.
    #[must_use]
    pub fn plain_text(&self) -> Option<String> {
        match self {
            Self::Null => Some(String::new()),
            Self::Boolean(value) => Some(value.to_string()),
            Self::Number(number) => Some(format_number(*number)),
            Self::Text(text) => Some(text.clone()),
            Self::Template(_) | Self::Insert | Self::Sequence(_) | Self::Mapping(_) => None,
        }
    }

    /// Whether it, or anything in it, has an expression.
    #[must_use]
    pub fn has_expressions(&self) -> bool {
        match self {
            Self::Template(_) | Self::Insert => true,
            Self::Sequence(items) => items.iter().any(|item| item.token.has_expressions()),
            Self::Mapping(entries) => {
                entries.iter().any(|(key, value)| key.token.has_expressions() || value.token.has_expressions())
            }
            Self::Null | Self::Boolean(_) | Self::Number(_) | Self::Text(_) => false,
        }
    }

    /// The value of a plain key in a mapping.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Located> {
        self.entries().find_map(|(key, value)| matches!(&key.token, Token::Text(text) if text == name).then_some(value))
    }

    /// The entries of a mapping; none for everything else.
    pub fn entries(&self) -> impl Iterator<Item = &(Located, Located)> {
        match self {
            Self::Mapping(entries) => entries.as_slice(),
            _ => &[],
        }
        .iter()
    }

    /// Evaluates everything in it.
    ///
    /// # Errors
    /// An expression has no value, or inserts something that is no object.
    pub fn evaluate(&self, contexts: &Contexts, functions: &dyn Functions) -> Result<Value, ExpressionError> {
        Ok(match self {
            Self::Null | Self::Insert => Value::Null,
            Self::Boolean(value) => Value::Boolean(*value),
            Self::Number(number) => Value::Number(*number),
            Self::Text(text) => Value::from(text.as_str()),
            Self::Template(template) => return template.evaluate(contexts, functions),
            Self::Sequence(items) => Value::Array(Arc::new(
                items.iter().map(|item| item.token.evaluate(contexts, functions)).collect::<Result<_, _>>()?,
            )),
            Self::Mapping(entries) => Value::object(evaluate_entries(entries, contexts, functions)?),
        })
    }
}

fn evaluate_entries(
    entries: &[(Located, Located)],
    contexts: &Contexts,
    functions: &dyn Functions,
) -> Result<Vec<(String, Value)>, ExpressionError> {
    let mut values = Vec::new();
    for (key, value) in entries {
        let value = value.token.evaluate(contexts, functions)?;
        match (&key.token, value) {
            (Token::Insert, Value::Object(object)) => {
                values.extend(object.entries().map(|(name, value)| (name.to_owned(), value.clone())))
            }
            (Token::Insert, other) => {
                return Err(ExpressionError::evaluation(format!("`insert` needs an object; it got {}", other.kind())));
            }
            (key, value) => values.push((key.evaluate(contexts, functions)?.to_text().to_string(), value)),
        }
    }
    Ok(values)
}
