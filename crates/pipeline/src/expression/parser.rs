//! Tokens to syntax.
//!
//! Recursive descent; each nesting that GitHub counts counts here too, so that an expression is refused at the same depth.

use super::error::{ErrorKind, ExpressionError};
use super::lexer::{Token, TokenKind};
use super::syntax::{Comparison, Syntax};
use super::{MAX_DEPTH, function};

/// A function by name, with how many arguments it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// The name as it is written in documentation.
    pub name: &'static str,
    /// Fewest arguments.
    pub least: usize,
    /// Most arguments.
    pub most: usize,
}

/// What an expression may name, beside the built-in functions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names<'a> {
    /// Contexts, compared without case.
    pub contexts: &'a [&'a str],
    /// Functions that the caller answers, compared without case.
    pub functions: &'a [Signature],
}

impl Names<'_> {
    fn has_context(&self, name: &str) -> bool {
        self.contexts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    fn find_function(&self, name: &str) -> Option<Signature> {
        let matches = |known: &&Signature| known.name.eq_ignore_ascii_case(name);
        function::BUILT_IN.iter().find(matches).or_else(|| self.functions.iter().find(matches)).copied()
    }
}

/// Parses all of `tokens` (which end with [`TokenKind::End`]), read from `text`.
pub(super) fn parse(text: &str, tokens: &[Token], names: &Names<'_>) -> Result<Option<Syntax>, ExpressionError> {
    let mut parser = Parser { text, tokens, at: 0, depth: 0, names };
    if parser.peek().kind == TokenKind::End {
        return Ok(None);
    }
    let root = parser.read_expression()?;
    if parser.peek().kind != TokenKind::End {
        return Err(parser.unexpected());
    }
    Ok(Some(root))
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    names: &'a Names<'a>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a Token {
        &self.tokens[self.at]
    }

    fn take(&mut self) -> &'a Token {
        let token = self.peek();
        self.at += usize::from(token.kind != TokenKind::End);
        token
    }

    fn take_if(&mut self, kind: TokenKind) -> bool {
        let matches = self.peek().kind == kind;
        if matches {
            self.take();
        }
        matches
    }

    fn expect(&mut self, kind: TokenKind) -> Result<(), ExpressionError> {
        if self.take_if(kind) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn unexpected(&self) -> ExpressionError {
        let token = self.peek();
        match (token.kind, self.at.checked_sub(1).map(|at| &self.tokens[at])) {
            (TokenKind::End, Some(last)) => self.reject("Unexpected end of expression", last),
            _ => self.reject("Unexpected symbol", token),
        }
    }

    fn reject(&self, what: &str, token: &Token) -> ExpressionError {
        ExpressionError::parsing(what, &token.text, token.offset, self.text)
    }

    fn descend(&mut self) -> Result<(), ExpressionError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ExpressionError::limit(
                ErrorKind::Parsing,
                format!("Exceeded max expression depth {MAX_DEPTH}"),
            ));
        }
        Ok(())
    }

    fn read_expression(&mut self) -> Result<Syntax, ExpressionError> {
        self.descend()?;
        let expression = self.read_or()?;
        self.depth -= 1;
        Ok(expression)
    }

    fn read_or(&mut self) -> Result<Syntax, ExpressionError> {
        self.read_chain(TokenKind::Or, Self::read_and, Syntax::Or)
    }

    fn read_and(&mut self) -> Result<Syntax, ExpressionError> {
        self.read_chain(TokenKind::And, Self::read_equality, Syntax::And)
    }

    /// A chain of one logical operator counts as one level, however long it is.
    fn read_chain(
        &mut self,
        operator: TokenKind,
        read_operand: fn(&mut Self) -> Result<Syntax, ExpressionError>,
        build: fn(Vec<Syntax>) -> Syntax,
    ) -> Result<Syntax, ExpressionError> {
        let first = read_operand(self)?;
        if self.peek().kind != operator {
            return Ok(first);
        }
        self.descend()?;
        let mut operands = vec![first];
        while self.take_if(operator) {
            operands.push(read_operand(self)?);
        }
        self.depth -= 1;
        Ok(build(operands))
    }

    fn read_equality(&mut self) -> Result<Syntax, ExpressionError> {
        let mut left = self.read_order()?;
        loop {
            let comparison = match self.peek().kind {
                TokenKind::Equal => Comparison::Equal,
                TokenKind::NotEqual => Comparison::NotEqual,
                _ => return Ok(left),
            };
            self.take();
            left = Syntax::Compare(comparison, Box::new(left), Box::new(self.read_order()?));
        }
    }

    fn read_order(&mut self) -> Result<Syntax, ExpressionError> {
        let mut left = self.read_not()?;
        loop {
            let comparison = match self.peek().kind {
                TokenKind::Less => Comparison::Less,
                TokenKind::LessEqual => Comparison::LessEqual,
                TokenKind::Greater => Comparison::Greater,
                TokenKind::GreaterEqual => Comparison::GreaterEqual,
                _ => return Ok(left),
            };
            self.take();
            left = Syntax::Compare(comparison, Box::new(left), Box::new(self.read_not()?));
        }
    }

    fn read_not(&mut self) -> Result<Syntax, ExpressionError> {
        if !self.take_if(TokenKind::Not) {
            return self.read_access();
        }
        self.descend()?;
        let operand = self.read_not()?;
        self.depth -= 1;
        Ok(Syntax::Not(Box::new(operand)))
    }

    fn read_access(&mut self) -> Result<Syntax, ExpressionError> {
        let is_grouped = self.peek().kind == TokenKind::LeftParen;
        let mut base = self.read_operand()?;
        if !is_grouped && !matches!(base, Syntax::Call(..) | Syntax::Context(_)) {
            return Ok(base);
        }
        let mut levels = 0;
        loop {
            base = if self.take_if(TokenKind::LeftBracket) {
                let next = self.read_index(base)?;
                self.expect(TokenKind::RightBracket)?;
                next
            } else if self.take_if(TokenKind::Dot) {
                self.read_member(base)?
            } else {
                break;
            };
            self.descend()?;
            levels += 1;
        }
        self.depth -= levels;
        Ok(base)
    }

    fn read_index(&mut self, base: Syntax) -> Result<Syntax, ExpressionError> {
        if self.take_if(TokenKind::Star) {
            return Ok(Syntax::Each(Box::new(base)));
        }
        Ok(Syntax::Index(Box::new(base), Box::new(self.read_expression()?)))
    }

    fn read_member(&mut self, base: Syntax) -> Result<Syntax, ExpressionError> {
        let token = self.peek();
        match token.kind {
            TokenKind::Star => {
                self.take();
                Ok(Syntax::Each(Box::new(base)))
            }
            TokenKind::Identifier => {
                self.take();
                Ok(Syntax::Index(Box::new(base), Box::new(Syntax::String(token.text.clone()))))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn read_operand(&mut self) -> Result<Syntax, ExpressionError> {
        let token = self.peek();
        let operand = match token.kind {
            TokenKind::Identifier => return self.read_name(),
            TokenKind::LeftParen => {
                self.take();
                let inner = self.read_expression()?;
                self.expect(TokenKind::RightParen)?;
                return Ok(inner);
            }
            TokenKind::True => Syntax::Boolean(true),
            TokenKind::False => Syntax::Boolean(false),
            TokenKind::Null => Syntax::Null,
            TokenKind::Number(number) => Syntax::Number(number),
            TokenKind::String => Syntax::String(token.text.clone()),
            _ => return Err(self.unexpected()),
        };
        self.take();
        Ok(operand)
    }

    fn read_name(&mut self) -> Result<Syntax, ExpressionError> {
        let name = self.take();
        if !self.take_if(TokenKind::LeftParen) {
            if !self.names.has_context(&name.text) {
                return Err(self.reject("Unrecognized named-value", name));
            }
            return Ok(Syntax::Context(name.text.clone()));
        }
        let arguments = self.read_arguments()?;
        self.check_call(name, arguments.len())?;
        Ok(Syntax::Call(name.text.to_ascii_lowercase(), arguments))
    }

    fn read_arguments(&mut self) -> Result<Vec<Syntax>, ExpressionError> {
        let mut arguments = Vec::new();
        if self.take_if(TokenKind::RightParen) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.read_expression()?);
            if self.take_if(TokenKind::RightParen) {
                return Ok(arguments);
            }
            self.expect(TokenKind::Comma)?;
        }
    }

    fn check_call(&self, name: &Token, count: usize) -> Result<(), ExpressionError> {
        let Some(signature) = self.names.find_function(&name.text) else {
            return Err(self.reject("Unrecognized function", name));
        };
        if count < signature.least {
            return Err(self.reject("Too few parameters supplied", name));
        }
        if count > signature.most {
            return Err(self.reject("Too many parameters supplied", name));
        }
        if signature.name == "case" && count.is_multiple_of(2) {
            return Err(self.reject("Even number of parameters supplied, requires an odd number of parameters", name));
        }
        Ok(())
    }
}
