//! The `if` of a job or step.

use std::sync::Arc;

use super::problem::Problem;
use super::schema::Place;
use super::token::{Located, Template, Token};
use crate::expression::{Contexts, Expression, ExpressionError, Functions};

/// When something runs. Without a status function in it, it only ever runs after success.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    test: Test,
}

#[derive(Debug, Clone, Default)]
enum Test {
    /// No `if`, or an empty one.
    #[default]
    Success,
    Expression(Arc<Expression>),
    /// Text around expressions, which makes it a text: GitHub warns that it is always true, and so it is.
    Text(Template),
}

impl Condition {
    /// Reads the value of an `if`, with or without `${{ }}` around it.
    pub(super) fn read(value: &Located, place: &Place, problems: &mut Vec<Problem>) -> Self {
        let test = match &value.token {
            Token::Template(template) => template
                .sole_expression()
                .map_or_else(|| Test::Text(template.clone()), |expression| Test::Expression(Arc::clone(expression))),
            other => {
                let text = other.plain_text().unwrap_or_default();
                match text.trim() {
                    "" => Test::Success,
                    text => match Expression::parse(text, &place.names()) {
                        Ok(expression) => Test::Expression(Arc::new(expression)),
                        Err(error) => {
                            problems.push(Problem::new(value.position, error.to_string()));
                            Test::Success
                        }
                    },
                }
            }
        };
        Self { test }
    }

    /// Whether it asks for the status itself.
    #[must_use]
    pub fn asks_status(&self) -> bool {
        match &self.test {
            Test::Success => false,
            Test::Expression(expression) => expression.asks_status(),
            Test::Text(template) => template.expressions().any(|expression| expression.asks_status()),
        }
    }

    /// Whether it holds; `is_success` is what `success()` would say.
    ///
    /// # Errors
    /// The expression has no value.
    pub fn holds(
        &self,
        contexts: &Contexts,
        functions: &dyn Functions,
        is_success: bool,
    ) -> Result<bool, ExpressionError> {
        if !self.asks_status() && !is_success {
            return Ok(false);
        }
        Ok(match &self.test {
            Test::Success => true,
            Test::Expression(expression) => expression.evaluate(contexts, functions)?.is_truthy(),
            Test::Text(template) => template.evaluate(contexts, functions)?.is_truthy(),
        })
    }
}
