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
use std::cell::Cell;
use std::rc::Rc;

use crate::error::Fault;
use crate::filters::Registry;
use crate::interpreter::frame::{Scope, Variables};
use crate::limits::Meter;
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
    /// State of the filter `random`, seeded by the source: the same template and values give the same text.
    random: Cell<u64>,
}

impl<'t> Interpreter<'t> {
    pub(crate) fn new(
        registry: &'t Registry,
        source: &'t str,
        tree: &Tree,
        context: Rc<Variables>,
        meter: &'t Meter,
    ) -> Self {
        let seed = source
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self {
            registry,
            source,
            meter,
            scope: Scope::new(context),
            out: String::new(),
            uses_loop: tree.uses_loop,
            random: Cell::new(seed),
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
