//! Reads operands: literals, names, what stands in brackets, and the members, indices, calls and filters after them.
//!
//! Invariant: an operand is complete in itself; how operands bind to each other is not decided here.

use std::sync::Arc;

use crate::error::{AtOffset, Fault, Offset};
use crate::regexp::{Flags, Pattern};
use crate::syntax::ast::{Access, AccessKind, Arguments, Expression, ExpressionKind, FilterCall};
use crate::syntax::lexer::{Token, TokenKind};
use crate::syntax::token_stream::{Parser, end_of_source};
use crate::value::Text;

impl<'s> Parser<'s> {
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

/// The key of a map or keyword argument: a name or a string.
fn key_name(key: Expression) -> Result<Text, Fault> {
    match key.kind {
        ExpressionKind::Name(name) | ExpressionKind::Text(name) => Ok(name),
        _ => Err(Fault::syntax("a key has to be a name or a string").at(key.at)),
    }
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
