//! Reads expressions, after the grammar of Nunjucks.
//!
//! Invariant: every function that reads an operand appends to a flat sequence, and isolates (binds into one operand) exactly
//! what Nunjucks puts into parentheses or into the arguments of a call.

use std::sync::Arc;

use crate::error::{AtOffset, Fault, Offset};
use crate::regexp::{Flags, Pattern};
use crate::syntax::ast::{
    Access, AccessKind, Arguments, BinaryOperator, Conditional, Expression, ExpressionKind, FilterCall, UnaryOperator,
};
use crate::syntax::lexer::{Token, TokenKind};
use crate::syntax::precedence::{Flat, bind};
use crate::syntax::token_stream::{Parser, end_of_source};
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
            let kind = ExpressionKind::Filter(Box::new(filtered), filters);
            pieces.push(Flat::Operand(Expression { at: pieces_offset(&kind), kind }));
        }
        Ok(())
    }

    /// A filter's name and arguments.
    pub(super) fn parse_filter_call(&mut self) -> Result<FilterCall, Fault> {
        let or_hint = |fault: Fault, next: TokenKind<'_>| match next {
            TokenKind::Pipe => fault.hint("the operator is `or`"),
            _ => fault,
        };
        let next = self.peek_kind()?;
        let (first, at) = self.expect_symbol("a filter's name").map_err(|fault| or_hint(fault, next))?;
        let mut name = first.to_owned();
        while self.skip_operator(".")? {
            name.push('.');
            name.push_str(self.expect_symbol("a filter's name")?.0);
        }
        let mut arguments = Arguments::default();
        if self.peek_kind()? == TokenKind::LeftParenthesis {
            arguments = self.parse_signature()?;
            if let TokenKind::Operator(".") | TokenKind::LeftBracket | TokenKind::LeftParenthesis = self.peek_kind()? {
                return Err(Fault::syntax("a filter's result has no members here")
                    .at(at)
                    .hint("put parentheses around the value and its filter: `(value | filter(…)).member`"));
            }
        }
        Ok(FilterCall { at, name: name.into(), arguments })
    }

    /// A literal, a name, or something in brackets, with the members, indices and calls after it.
    pub(super) fn parse_primary(&mut self) -> Result<Expression, Fault> {
        let value = self.parse_operand()?;
        let mut accesses = Vec::new();
        while let Some(access) = self.parse_access()? {
            accesses.push(access);
        }
        if accesses.is_empty() {
            return Ok(value);
        }
        Ok(Expression { at: value.at, kind: ExpressionKind::Access(Box::new(value), accesses) })
    }

    fn parse_operand(&mut self) -> Result<Expression, Fault> {
        let end = self.end();
        let Some(Token { at, kind }) = self.next()? else {
            return Err(end_of_source().at(end));
        };
        let kind = match kind {
            TokenKind::String(raw) => ExpressionKind::Text(unescape(raw)),
            TokenKind::Number(number) => ExpressionKind::Number(number),
            TokenKind::Bool(truth) => ExpressionKind::Bool(truth),
            TokenKind::None => ExpressionKind::Null,
            TokenKind::Regexp { body, flags } => {
                let pattern = Flags::parse(flags).and_then(|flags| Pattern::new(body, flags)).at(at)?;
                ExpressionKind::Regexp(Arc::new(pattern))
            }
            TokenKind::Symbol(name) => {
                self.uses_loop |= name == "loop";
                ExpressionKind::Name(name.into())
            }
            TokenKind::LeftParenthesis => {
                let items = self.parse_items(at)?;
                if items.is_empty() {
                    return Err(Fault::syntax("the parentheses are empty").at(at));
                }
                ExpressionKind::Group(items)
            }
            TokenKind::LeftBracket => ExpressionKind::List(self.parse_items(at)?),
            TokenKind::LeftBrace => ExpressionKind::Dict(self.parse_dict(at)?),
            other => {
                let fault = Fault::syntax(format!("a value was expected, not {}", other.describe())).at(at);
                return Err(if other == TokenKind::Operator("!") {
                    fault.hint("the operator is `not`")
                } else {
                    fault
                });
            }
        };
        Ok(Expression { at, kind })
    }

    fn parse_access(&mut self) -> Result<Option<Access>, Fault> {
        let Some(Token { at, kind }) = self.peek()? else { return Ok(None) };
        let kind = match kind {
            TokenKind::LeftParenthesis => AccessKind::Call(self.parse_signature()?),
            TokenKind::LeftBracket => {
                self.next()?;
                let mut items = self.parse_items(at)?;
                match (items.pop(), items.is_empty()) {
                    (Some(index), true) => AccessKind::Index(index),
                    _ => {
                        return Err(Fault::syntax("an index is one value")
                            .at(at)
                            .hint("slices are `list.slice(from, to)`"));
                    }
                }
            }
            TokenKind::Operator(".") => {
                self.next()?;
                AccessKind::Member(self.expect_symbol("a member's name")?.0.into())
            }
            _ => return Ok(None),
        };
        Ok(Some(Access { at, kind }))
    }

    /// Takes a closing bracket of any kind: Nunjucks does not check that it is the one that was opened.
    fn skip_closing(&mut self) -> Result<bool, Fault> {
        let is_closing =
            matches!(self.peek_kind()?, TokenKind::RightParenthesis | TokenKind::RightBracket | TokenKind::RightBrace);
        if is_closing {
            self.next()?;
        }
        Ok(is_closing)
    }

    fn parse_items(&mut self, at: Offset) -> Result<Vec<Expression>, Fault> {
        let mut items = Vec::new();
        while !self.skip_closing()? {
            self.expect_comma(!items.is_empty(), at)?;
            items.push(self.parse_expression()?);
        }
        Ok(items)
    }

    fn expect_comma(&mut self, is_wanted: bool, at: Offset) -> Result<(), Fault> {
        if is_wanted && !self.skip(TokenKind::Comma)? {
            return Err(Fault::syntax("a comma or the closing bracket is missing in the list that starts here").at(at));
        }
        Ok(())
    }

    fn parse_dict(&mut self, at: Offset) -> Result<Vec<(Text, Expression)>, Fault> {
        let mut entries = Vec::new();
        while !self.skip_closing()? {
            self.expect_comma(!entries.is_empty(), at)?;
            let key = self.nested(Self::parse_primary)?;
            if !self.skip(TokenKind::Colon)? {
                return Err(Fault::syntax("a colon is missing after a key of the map that starts here").at(at));
            }
            let value = self.parse_expression()?;
            entries.push((key_name(key)?, value));
        }
        Ok(entries)
    }

    /// Arguments in parentheses; those with `=` come last, whatever their place.
    pub(super) fn parse_signature(&mut self) -> Result<Arguments, Fault> {
        let at = self.offset()?;
        if !self.skip(TokenKind::LeftParenthesis)? {
            return Err(Fault::syntax("arguments in parentheses are missing").at(at));
        }
        let mut arguments = Arguments::default();
        let mut is_first = true;
        while !self.skip_right_parenthesis()? {
            self.expect_comma(!is_first, at)?;
            is_first = false;
            let argument = self.parse_expression()?;
            if self.skip_operator("=")? {
                let value = self.parse_expression()?;
                arguments.keywords.push((key_name(argument)?, value));
            } else {
                arguments.positional.push(argument);
            }
        }
        Ok(arguments)
    }

    fn skip_right_parenthesis(&mut self) -> Result<bool, Fault> {
        let end = self.end();
        if self.peek()?.is_none() {
            return Err(end_of_source().at(end));
        }
        self.skip(TokenKind::RightParenthesis)
    }
}

fn pieces_offset(kind: &ExpressionKind) -> Offset {
    match kind {
        ExpressionKind::Filter(subject, _) => subject.at,
        _ => 0,
    }
}

/// The key of a map or keyword argument: a name or a string.
fn key_name(key: Expression) -> Result<Text, Fault> {
    match key.kind {
        ExpressionKind::Name(name) | ExpressionKind::Text(name) => Ok(name),
        _ => Err(Fault::syntax("a key has to be a name or a string").at(key.at)),
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

/// Resolves `\n`, `\t`, `\r`; a backslash before anything else goes.
fn unescape(raw: &str) -> Text {
    if !raw.contains('\\') {
        return raw.into();
    }
    let mut text = String::with_capacity(raw.len());
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some(other) => text.push(other),
            None => {}
        }
    }
    text.into()
}
