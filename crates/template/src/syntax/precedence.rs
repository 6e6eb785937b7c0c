//! How operators bind.
//!
//! Nunjucks parses expressions with a grammar of its own, writes them out as JavaScript without parentheses and lets JavaScript
//! bind them again. So `1 ~ 2 + 3` is `1 + "" + 2 + 3`, which is `"123"`, and `not a == b` is `(!a) == b`. An expression is
//! therefore collected flat, as the JavaScript text would be, and bound here.
//!
//! Invariant: what is isolated in the JavaScript text (by parentheses or as the argument of a call) arrives as one operand.

use crate::error::Fault;
use crate::syntax::ast::{BinaryOperator, Expression, ExpressionKind, UnaryOperator};

/// A piece of the JavaScript text.
#[derive(Debug)]
pub(super) enum Flat {
    Operand(Expression),
    Unary(UnaryOperator),
    Binary(BinaryOperator),
}

/// Precedence levels of JavaScript, loosest first.
const LEVELS: usize = 6;

fn level(operator: BinaryOperator) -> usize {
    use BinaryOperator as Op;
    match operator {
        Op::Or => 0,
        Op::And => 1,
        Op::Equal | Op::NotEqual | Op::StrictlyEqual | Op::StrictlyNotEqual => 2,
        Op::Less | Op::Greater | Op::LessOrEqual | Op::GreaterOrEqual => 3,
        Op::Add | Op::Subtract | Op::Concatenate => 4,
        Op::Multiply | Op::Divide | Op::Remainder => 5,
    }
}

/// Binds a flat sequence: operands, each with unary operators before it, and a binary operator between two.
pub(super) fn bind(mut pieces: Vec<Flat>) -> Result<Expression, Fault> {
    if pieces.len() == 1
        && let Some(Flat::Operand(operand)) = pieces.pop_if(|piece| matches!(piece, Flat::Operand(_)))
    {
        return Ok(operand);
    }
    let mut pieces = pieces.into_iter().peekable();
    let bound = bind_level(&mut pieces, 0)?;
    match pieces.next() {
        None => Ok(bound),
        Some(_) => Err(Fault::syntax("an operator is missing between two values").at(bound.at)),
    }
}

type Pieces = std::iter::Peekable<std::vec::IntoIter<Flat>>;

fn bind_level(pieces: &mut Pieces, at_level: usize) -> Result<Expression, Fault> {
    if at_level == LEVELS {
        return bind_unary(pieces);
    }
    let first = bind_level(pieces, at_level + 1)?;
    let mut rest = Vec::new();
    while let Some(Flat::Binary(operator)) =
        pieces.next_if(|piece| matches!(piece, Flat::Binary(next) if level(*next) == at_level))
    {
        rest.push((operator, bind_level(pieces, at_level + 1)?));
    }
    if rest.is_empty() {
        return Ok(first);
    }
    let at = first.at;
    let operands = |first, rest: Vec<(BinaryOperator, Expression)>| {
        std::iter::once(first).chain(rest.into_iter().map(|(_, operand)| operand)).collect()
    };
    let kind = match at_level {
        0 => ExpressionKind::Or(operands(first, rest)),
        1 => ExpressionKind::And(operands(first, rest)),
        _ => ExpressionKind::Chain(Box::new(first), rest),
    };
    Ok(Expression { at, kind })
}

fn bind_unary(pieces: &mut Pieces) -> Result<Expression, Fault> {
    let mut operators = Vec::new();
    while let Some(Flat::Unary(operator)) = pieces.next_if(|piece| matches!(piece, Flat::Unary(_))) {
        if operator != UnaryOperator::Not && operators.last() == Some(&operator) {
            return Err(Fault::syntax("two signs in a row need parentheses between them"));
        }
        operators.push(operator);
    }
    match pieces.next() {
        Some(Flat::Operand(operand)) if operators.is_empty() => Ok(operand),
        Some(Flat::Operand(operand)) => {
            Ok(Expression { at: operand.at, kind: ExpressionKind::Unary(operators, Box::new(operand)) })
        }
        _ => Err(Fault::syntax("a value is missing beside an operator")),
    }
}
