//! Evaluates expressions.
//!
//! Invariant: operands are evaluated from left to right and no more of them than in JavaScript; a failure carries the place of
//! the expression it happened in.

use std::rc::Rc;

use crate::error::{AtOffset, Fault};
use crate::interpreter::Interpreter;
use crate::interpreter::function::{Function, MacroFunction};
use crate::interpreter::operator::{apply, apply_unary, contains, power};
use crate::syntax::ast::{BinaryOperator, Conditional, Expression, ExpressionKind, FilterCall, UnaryOperator};
use crate::value::coerce::{is_truthy, to_number};
use crate::value::{Text, Value};

impl Interpreter<'_> {
    pub(super) fn evaluate(&mut self, expression: &Expression) -> Result<Value, Fault> {
        self.meter.charge(1).at(expression.at)?;
        match &expression.kind {
            ExpressionKind::Null => return Ok(Value::Null),
            ExpressionKind::Bool(truth) => return Ok(Value::Bool(*truth)),
            ExpressionKind::Number(number) => return Ok(Value::Number(*number)),
            ExpressionKind::Text(text) => return Ok(Value::Text(text.clone())),
            ExpressionKind::Regexp(pattern) => return Ok(Value::regexp(pattern.clone())),
            ExpressionKind::Name(name) => return Ok(self.lookup(name)),
            _ => {}
        }
        self.meter.enter().at(expression.at)?;
        let value = self.evaluate_compound(&expression.kind).at(expression.at);
        self.meter.leave();
        value
    }

    fn evaluate_compound(&mut self, kind: &ExpressionKind) -> Result<Value, Fault> {
        match kind {
            ExpressionKind::Access(target, accesses) => self.access(target, accesses),
            ExpressionKind::Filter(subject, filters) => self.filter(subject, filters),
            ExpressionKind::Group(items) => self.last_of(items),
            ExpressionKind::List(items) => self.list(items),
            ExpressionKind::Dict(entries) => Ok(Value::object(self.entries(entries)?)),
            ExpressionKind::Is { subject, test, arguments } => self.test(subject, test, arguments.as_ref()),
            ExpressionKind::In { needle, haystack } => {
                let needle = self.evaluate(needle)?;
                let haystack = self.evaluate(haystack)?;
                contains(&haystack, &needle, self.meter).map(Value::Bool)
            }
            ExpressionKind::Conditional(conditional) => self.conditional(conditional),
            ExpressionKind::Unary(operators, operand) => self.unary(operators, operand),
            ExpressionKind::Chain(first, rest) => self.chain(first, rest),
            ExpressionKind::And(operands) => self.first_where(operands, |value| !is_truthy(value)),
            ExpressionKind::Or(operands) => self.first_where(operands, is_truthy),
            ExpressionKind::Floor(quotient) => {
                let value = self.evaluate(quotient)?;
                Ok(Value::Number(to_number(&value, self.meter)?.floor()))
            }
            ExpressionKind::Power(base, exponents) => self.powers(base, exponents),
            ExpressionKind::Capture(body) => Ok(Value::text(self.capture(body)?)),
            ExpressionKind::Caller(definition) => {
                let captured = Some(self.scope.lexical_variables());
                let function = Function::Macro(MacroFunction { definition: definition.clone(), captured });
                Ok(Value::Function(Rc::new(function)))
            }
            // Handled before, without going deeper.
            ExpressionKind::Null
            | ExpressionKind::Bool(_)
            | ExpressionKind::Number(_)
            | ExpressionKind::Text(_)
            | ExpressionKind::Regexp(_)
            | ExpressionKind::Name(_) => Ok(Value::Undefined),
        }
    }

    fn lookup(&self, name: &str) -> Value {
        self.scope.lookup(name).or_else(|| self.registry.global(name)).unwrap_or_default()
    }

    fn last_of(&mut self, items: &[Expression]) -> Result<Value, Fault> {
        let mut last = Value::Undefined;
        for item in items {
            last = self.evaluate(item)?;
        }
        Ok(last)
    }

    fn list(&mut self, items: &[Expression]) -> Result<Value, Fault> {
        self.meter.charge_items(items.len())?;
        Ok(Value::list(items.iter().map(|item| self.evaluate(item)).collect::<Result<_, _>>()?))
    }

    pub(super) fn entries(&mut self, entries: &[(Text, Expression)]) -> Result<Vec<(Text, Value)>, Fault> {
        self.meter.charge_items(entries.len())?;
        entries.iter().map(|(key, value)| Ok((key.clone(), self.evaluate(value)?))).collect()
    }

    fn conditional(&mut self, conditional: &Conditional) -> Result<Value, Fault> {
        if is_truthy(&self.evaluate(&conditional.condition)?) {
            return self.evaluate(&conditional.then);
        }
        match &conditional.otherwise {
            Some(otherwise) => self.evaluate(otherwise),
            None => Ok(Value::from("")),
        }
    }

    fn unary(&mut self, operators: &[UnaryOperator], operand: &Expression) -> Result<Value, Fault> {
        let mut value = self.evaluate(operand)?;
        for operator in operators.iter().rev() {
            value = apply_unary(*operator, &value, self.meter)?;
        }
        Ok(value)
    }

    fn chain(&mut self, first: &Expression, rest: &[(BinaryOperator, Expression)]) -> Result<Value, Fault> {
        let mut value = self.evaluate(first)?;
        for (operator, operand) in rest {
            let right = self.evaluate(operand)?;
            value = apply(*operator, &value, &right, self.meter)?;
        }
        Ok(value)
    }

    /// The first operand that decides, or the last one.
    fn first_where(&mut self, operands: &[Expression], decides: fn(&Value) -> bool) -> Result<Value, Fault> {
        let mut value = Value::Undefined;
        for operand in operands {
            value = self.evaluate(operand)?;
            if decides(&value) {
                break;
            }
        }
        Ok(value)
    }

    fn powers(&mut self, base: &Expression, exponents: &[Expression]) -> Result<Value, Fault> {
        let mut value = self.evaluate(base)?;
        for exponent in exponents {
            let exponent = self.evaluate(exponent)?;
            value = Value::Number(power(to_number(&value, self.meter)?, to_number(&exponent, self.meter)?));
        }
        Ok(value)
    }

    fn filter(&mut self, subject: &Expression, filters: &[FilterCall]) -> Result<Value, Fault> {
        let mut value = self.evaluate(subject)?;
        for call in filters {
            let mut arguments = vec![value];
            self.append_arguments(&mut arguments, &call.arguments).at(call.at)?;
            self.meter.charge(1)?;
            value = self.registry.filter(&call.name, &arguments, self.meter, &self.random).at(call.at)?;
        }
        Ok(value)
    }

    fn test(
        &mut self,
        subject: &Expression,
        test: &str,
        arguments: Option<&crate::syntax::ast::Arguments>,
    ) -> Result<Value, Fault> {
        let mut values = vec![self.evaluate(subject)?];
        if let Some(arguments) = arguments {
            self.append_arguments(&mut values, arguments)?;
        }
        crate::predicates::test(test, &values, self.meter).map(Value::Bool)
    }
}
