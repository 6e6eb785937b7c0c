//! Evaluates a syntax tree.
//!
//! Invariant: an interpreter reaches its context, the registered filters and functions, and nothing else; every step is metered.

pub(crate) mod call;
mod expression;
pub(crate) mod frame;
pub(crate) mod function;
mod operator;
mod statement;

pub(crate) use call::assign_arguments;
use std::rc::Rc;

use crate::error::Fault;
use crate::filters::Registry;
use crate::interpreter::frame::{Scope, Variables};
use crate::limits::Meter;
use crate::random::Random;
use crate::syntax::ast::{Body, Expression, Tree};
use crate::value::Value;

/// One rendering in progress.
pub(crate) struct Interpreter<'t> {
    registry: &'t Registry,
    source: &'t str,
    meter: &'t Meter,
    scope: Scope,
    out: String,
    uses_loop: bool,
    random: Random<'t>,
}

impl<'t> Interpreter<'t> {
    pub(crate) fn new(
        registry: &'t Registry,
        source: &'t str,
        tree: &Tree,
        context: Rc<Variables>,
        meter: &'t Meter,
    ) -> Self {
        Self {
            registry,
            source,
            meter,
            scope: Scope::new(context),
            out: String::new(),
            uses_loop: tree.uses_loop,
            random: Random::new(source),
        }
    }

    /// The text of the whole template.
    pub(crate) fn render(mut self, tree: &Tree) -> Result<String, Fault> {
        self.out.reserve(self.source.len());
        self.run(&tree.body)?;
        Ok(self.out)
    }

    /// The value of one expression.
    pub(crate) fn value_of(mut self, expression: &Expression) -> Result<Value, Fault> {
        self.evaluate(expression)
    }

    /// The text that a body puts out, apart from the text so far.
    fn capture(&mut self, body: &Body) -> Result<String, Fault> {
        let outer = std::mem::take(&mut self.out);
        let ran = self.run(body);
        let text = std::mem::replace(&mut self.out, outer);
        ran.map(|()| text)
    }
}
