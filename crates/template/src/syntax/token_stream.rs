//! The parser's view of the tokens: one token of look-ahead, and the state that tags leave for what follows them.
//!
//! Invariant: at most one token is held back, so that `raw` can move the lexer when none is.

use crate::error::{Fault, Offset};
use crate::limits::LimitKind;
use crate::syntax::Syntax;
use crate::syntax::lexer::{Lexer, Token, TokenKind};

pub(super) struct Parser<'s> {
    pub(super) lexer: Lexer<'s>,
    peeked: Option<Token<'s>>,
    /// Set by a tag that ended in a dash: white space at the start of the next text goes.
    pub(super) drop_leading_whitespace: bool,
    /// Tags that end the block being read.
    pub(super) end_tags: &'static [&'static str],
    pub(super) block_names: Vec<&'s str>,
    pub(super) uses_loop: bool,
    depth: usize,
    max_depth: usize,
}

impl<'s> Parser<'s> {
    pub(super) fn new(source: &'s str, syntax: &Syntax, max_depth: usize) -> Self {
        Self {
            lexer: Lexer::new(source, syntax),
            peeked: None,
            drop_leading_whitespace: false,
            end_tags: &[],
            block_names: Vec::new(),
            uses_loop: false,
            depth: 0,
            max_depth,
        }
    }

    pub(super) fn next(&mut self) -> Result<Option<Token<'s>>, Fault> {
        match self.peeked.take() {
            Some(token) => Ok(Some(token)),
            None => self.lexer.next_token(),
        }
    }

    pub(super) fn peek(&mut self) -> Result<Option<Token<'s>>, Fault> {
        if self.peeked.is_none() {
            self.peeked = self.lexer.next_token()?;
        }
        Ok(self.peeked)
    }

    /// The next token's kind, without taking it; the end of the source is an error.
    pub(super) fn peek_kind(&mut self) -> Result<TokenKind<'s>, Fault> {
        let end = self.end();
        self.peek()?.map(|token| token.kind).ok_or_else(|| end_of_source().at(end))
    }

    /// Offset of the next token, or of the end.
    pub(super) fn offset(&mut self) -> Result<Offset, Fault> {
        let end = self.end();
        Ok(self.peek()?.map_or(end, |token| token.at))
    }

    pub(super) fn end(&self) -> Offset {
        self.lexer.source.len() as Offset
    }

    /// Takes the next token if it is of that kind.
    pub(super) fn skip(&mut self, kind: TokenKind<'_>) -> Result<bool, Fault> {
        let is_there = self.peek()?.is_some_and(|token| token.kind == kind);
        if is_there {
            self.peeked = None;
        }
        Ok(is_there)
    }

    pub(super) fn skip_symbol(&mut self, name: &str) -> Result<bool, Fault> {
        self.skip(TokenKind::Symbol(name))
    }

    pub(super) fn skip_operator(&mut self, operator: &str) -> Result<bool, Fault> {
        self.skip(TokenKind::Operator(operator))
    }

    /// Takes the name that has to come next.
    pub(super) fn expect_symbol(&mut self, wanted: &str) -> Result<(&'s str, Offset), Fault> {
        let at = self.offset()?;
        match self.next()?.map(|token| token.kind) {
            Some(TokenKind::Symbol(name)) => Ok((name, at)),
            Some(other) => Err(Fault::syntax(format!("{wanted} was expected, not {}", other.describe())).at(at)),
            None => Err(end_of_source().at(at)),
        }
    }

    /// Takes the `%}` of the tag `name`.
    pub(super) fn expect_block_end(&mut self, name: &str) -> Result<(), Fault> {
        let at = self.offset()?;
        match self.next()?.map(|token| token.kind) {
            Some(TokenKind::BlockEnd { dash }) => {
                self.drop_leading_whitespace |= dash;
                Ok(())
            }
            Some(other) => {
                let fault = Fault::syntax(format!(
                    "the tag `{name}` should end here with `%}}`, not with {}",
                    other.describe()
                ));
                Err(with_operator_hint(fault, &other).at(at))
            }
            None => Err(Fault::syntax(format!("the tag `{name}` is not closed with `%}}`")).at(at)),
        }
    }

    /// Takes a tag's name, whichever it is, and its `%}`.
    pub(super) fn expect_tag(&mut self) -> Result<(), Fault> {
        let end = self.end();
        if self.peek()?.is_none() {
            return Err(end_of_source().at(end));
        }
        let (name, _) = self.expect_symbol("a tag's name")?;
        self.expect_block_end(name)
    }

    /// Takes the mark that ends an expression put out.
    pub(super) fn expect_variable_end(&mut self) -> Result<(), Fault> {
        let at = self.offset()?;
        match self.next()?.map(|token| token.kind) {
            Some(TokenKind::VariableEnd { dash }) => {
                self.drop_leading_whitespace = dash;
                Ok(())
            }
            Some(other) => {
                let fault =
                    Fault::syntax(format!("the expression should end here with `}}}}`, not with {}", other.describe()));
                Err(with_operator_hint(fault, &other).at(at))
            }
            None => Err(Fault::syntax("the expression is not closed with `}}`").at(at)),
        }
    }

    /// Runs `parse` one level deeper.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        self.depth += 1;
        if self.depth > self.max_depth {
            return Err(self.too_deep());
        }
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Refuses a chain that builds a level of the tree per link.
    pub(super) fn check_links(&self, links: usize) -> Result<(), Fault> {
        if self.depth + links > self.max_depth { Err(self.too_deep()) } else { Ok(()) }
    }

    fn too_deep(&self) -> Fault {
        Fault::limit(LimitKind::Depth, format!("it reached the limit of {} for {}", self.max_depth, LimitKind::Depth))
            .at(self.lexer.position as Offset)
            .hint("use `set` to name parts of the expression")
    }
}

pub(super) fn end_of_source() -> Fault {
    Fault::syntax("the template ends in the middle of a tag or block").hint("look for a missing end tag, `}}` or `%}`")
}

/// Explains the operators that people bring from JavaScript.
fn with_operator_hint(fault: Fault, found: &TokenKind<'_>) -> Fault {
    match found {
        TokenKind::Symbol(name) if name.starts_with("&&") => fault.hint("the operator is `and`"),
        TokenKind::Symbol(name) if name.starts_with('?') => fault.hint("write `a if condition else b`"),
        TokenKind::Operator("=") => fault.hint("a comparison is `==` or `===`"),
        TokenKind::Operator("!") => fault.hint("the operator is `not`"),
        _ => fault,
    }
}
