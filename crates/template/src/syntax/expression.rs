//! Reads expressions, after the grammar of Nunjucks.
//!
//! Invariant: every function that reads an operand appends to a flat sequence, and isolates (binds into one operand) exactly
//! what Nunjucks puts into parentheses or into the arguments of a call.

use crate::error::{AtOffset, Fault};
use crate::syntax::ast::{
    AccessKind, Arguments, BinaryOperator, Conditional, Expression, ExpressionKind, UnaryOperator,
};
use crate::syntax::lexer::TokenKind;
use crate::syntax::precedence::{Flat, bind};
use crate::syntax::token_stream::Parser;
use crate::value::{Text, number};

impl<'s> Parser<'s> {
    /// A whole expression: `a`, `a if b`, `a if b else c`.
    pub(super) fn parse_expression(&mut self) -> Result<Expression, Fault> {
        self.nested(|parser| {
            let then = parser.parse_or()?;
            if !parser.skip_symbol("if")? {
                return Ok(then);
            }
            let condition = parser.parse_or()?;
            let otherwise = if parser.skip_symbol("else")? { Some(parser.parse_or()?) } else { None };
            let at = then.at;
            let kind = ExpressionKind::Conditional(Box::new(Conditional { condition, then, otherwise }));
            Ok(Expression { at, kind })
        })
    }

    fn parse_or(&mut self) -> Result<Expression, Fault> {
        let at = self.offset()?;
        let mut pieces = Vec::new();
        loop {
            self.parse_not(&mut pieces)?;
            if self.skip_symbol("and")? {
                pieces.push(Flat::Binary(BinaryOperator::And));
            } else if self.skip_symbol("or")? {
                pieces.push(Flat::Binary(BinaryOperator::Or));
            } else {
                return bind(pieces).at(at);
            }
        }
    }

    fn parse_not(&mut self, pieces: &mut Vec<Flat>) -> Result<(), Fault> {
        while self.skip_symbol("not")? {
            pieces.push(Flat::Unary(UnaryOperator::Not));
        }
        let start = pieces.len();
        self.parse_is(pieces)?;
        let mut links = 0;
        loop {
            let at = self.offset()?;
            let is_inverted = self.skip_symbol("not")?;
            if !self.skip_symbol("in")? {
                return if is_inverted {
                    Err(Fault::syntax("`not` stands where an operator or the end should be").at(at))
                } else {
                    Ok(())
                };
            }
            links += 1;
            self.check_links(links)?;
            let needle = Box::new(bind(pieces.split_off(start)).at(at)?);
            let mut right = Vec::new();
            self.parse_is(&mut right)?;
            let haystack = Box::new(bind(right).at(at)?);
            if is_inverted {
                pieces.push(Flat::Unary(UnaryOperator::Not));
            }
            pieces.push(Flat::Operand(Expression { at, kind: ExpressionKind::In { needle, haystack } }));
        }
    }

    fn parse_is(&mut self, pieces: &mut Vec<Flat>) -> Result<(), Fault> {
        let start = pieces.len();
        self.parse_compare(pieces)?;
        let at = self.offset()?;
        if !self.skip_symbol("is")? {
            return Ok(());
        }
        let is_inverted = self.skip_symbol("not")?;
        let subject = Box::new(bind(pieces.split_off(start)).at(at)?);
        let mut right = Vec::new();
        self.parse_compare(&mut right)?;
        let (test, arguments) = read_test(bind(right).at(at)?)?;
        if is_inverted {
            pieces.push(Flat::Unary(UnaryOperator::Not));
        }
        pieces.push(Flat::Operand(Expression { at, kind: ExpressionKind::Is { subject, test, arguments } }));
        Ok(())
    }

    fn parse_compare(&mut self, pieces: &mut Vec<Flat>) -> Result<(), Fault> {
        loop {
            self.parse_arithmetic(pieces)?;
            let operator = match self.peek()?.map(|token| token.kind) {
                Some(TokenKind::Operator("==")) => BinaryOperator::Equal,
                Some(TokenKind::Operator("===")) => BinaryOperator::StrictlyEqual,
                Some(TokenKind::Operator("!=")) => BinaryOperator::NotEqual,
                Some(TokenKind::Operator("!==")) => BinaryOperator::StrictlyNotEqual,
                Some(TokenKind::Operator("<")) => BinaryOperator::Less,
                Some(TokenKind::Operator(">")) => BinaryOperator::Greater,
                Some(TokenKind::Operator("<=")) => BinaryOperator::LessOrEqual,
                Some(TokenKind::Operator(">=")) => BinaryOperator::GreaterOrEqual,
                _ => return Ok(()),
            };
            self.next()?;
            pieces.push(Flat::Binary(operator));
        }
    }

    /// `~ + - * / // % **` with their operands. `//` and `**` become calls in JavaScript, so they isolate their sides.
    fn parse_arithmetic(&mut self, pieces: &mut Vec<Flat>) -> Result<(), Fault> {
        let mut floors = 0;
        // Where the left side of a `//` starts, and whether the operand being read is the right side of one.
        let mut left = pieces.len();
        let mut is_divisor = false;
        loop {
            self.parse_power(pieces)?;
            let at = self.offset()?;
            if self.skip_operator("%")? {
                pieces.push(Flat::Binary(BinaryOperator::Remainder));
                continue;
            }
            if is_divisor {
                let quotient = Box::new(bind(pieces.split_off(left)).at(at)?);
                pieces.push(Flat::Operand(Expression { at, kind: ExpressionKind::Floor(quotient) }));
                is_divisor = false;
            }
            let operator = match self.peek()?.map(|token| token.kind) {
                Some(TokenKind::Tilde) => BinaryOperator::Concatenate,
                Some(TokenKind::Operator("+")) => BinaryOperator::Add,
                Some(TokenKind::Operator("-")) => BinaryOperator::Subtract,
                Some(TokenKind::Operator("*")) => BinaryOperator::Multiply,
                Some(TokenKind::Operator("/")) => BinaryOperator::Divide,
                Some(TokenKind::Operator("//")) => {
                    floors += 1;
                    self.check_links(floors)?;
                    is_divisor = true;
                    BinaryOperator::Divide
                }
                _ => return Ok(()),
            };
            self.next()?;
            pieces.push(Flat::Binary(operator));
            if !is_divisor {
                left = pieces.len();
            }
        }
    }

    fn parse_power(&mut self, pieces: &mut Vec<Flat>) -> Result<(), Fault> {
        let start = pieces.len();
        self.parse_unary(pieces)?;
        if !self.skip_operator("**")? {
            return Ok(());
        }
        let base = bind(pieces.split_off(start))?;
        let mut exponents = Vec::new();
        loop {
            let mut exponent = Vec::new();
            self.parse_unary(&mut exponent)?;
            exponents.push(bind(exponent)?);
            if !self.skip_operator("**")? {
                break;
            }
        }
        pieces.push(Flat::Operand(Expression { at: base.at, kind: ExpressionKind::Power(Box::new(base), exponents) }));
        Ok(())
    }

    /// Signs, a value, and the filters that apply to all of it.
    fn parse_unary(&mut self, pieces: &mut Vec<Flat>) -> Result<(), Fault> {
        let start = pieces.len();
        loop {
            if self.skip_operator("-")? {
                pieces.push(Flat::Unary(UnaryOperator::Negate));
            } else if self.skip_operator("+")? {
                pieces.push(Flat::Unary(UnaryOperator::Plus));
            } else {
                break;
            }
        }
        pieces.push(Flat::Operand(self.parse_primary()?));
        let mut filters = Vec::new();
        while self.skip(TokenKind::Pipe)? {
            filters.push(self.parse_filter_call()?);
        }
        if !filters.is_empty() {
            let filtered = bind(pieces.split_off(start))?;
            let at = filtered.at;
            pieces.push(Flat::Operand(Expression { at, kind: ExpressionKind::Filter(Box::new(filtered), filters) }));
        }
        Ok(())
    }
}

/// What stands after `is`. Nunjucks takes the name of whatever is there; for most things that is "undefined", which is a test.
fn read_test(right: Expression) -> Result<(Text, Option<Arguments>), Fault> {
    let undefined = || ("undefined".into(), None);
    Ok(match right.kind {
        ExpressionKind::Name(name) | ExpressionKind::Text(name) => (name, None),
        ExpressionKind::Null => ("null".into(), None),
        ExpressionKind::Number(number) => (number::to_text(number).into(), None),
        ExpressionKind::Bool(truth) => (if truth { "true" } else { "false" }.into(), None),
        // The name is then that of the filter.
        ExpressionKind::Filter(_, mut filters) => match filters.pop() {
            Some(filter) if filter.arguments.positional.is_empty() => (filter.name, None),
            _ => {
                let fault = Fault::syntax("a filter after a test applies to the test's name").at(right.at);
                return Err(fault.hint("put the test into parentheses: `(value is test) | filter`"));
            }
        },
        ExpressionKind::Access(target, mut accesses) => match (accesses.pop().map(|last| last.kind), target.kind) {
            (Some(AccessKind::Call(arguments)), ExpressionKind::Name(name)) if accesses.is_empty() => {
                if arguments.positional.len() + usize::from(!arguments.keywords.is_empty()) > 1 {
                    return Err(Fault::syntax("a test takes one argument").at(right.at));
                }
                (name, Some(arguments))
            }
            _ => undefined(),
        },
        _ => undefined(),
    })
}
