//! From source to syntax tree.
//!
//! Invariant: a source is accepted, and its parts belong together, exactly as in Nunjucks 3.2.4, including that operators bind
//! as they do in the JavaScript text that Nunjucks writes (see [`precedence`]).

pub(crate) mod ast;
mod expression;
mod lexer;
mod operand;
mod precedence;
mod statement;
mod token_stream;

use std::sync::Arc;

use crate::error::Fault;
use crate::regexp::Pattern;
pub(crate) use lexer::Delimiters;

/// How a source is cut into text and code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Syntax {
    pub(crate) delimiters: Delimiters,
    /// Drop the first newline after a block tag.
    pub(crate) trim_blocks: bool,
    /// Drop white space between the start of a line and a block tag.
    pub(crate) lstrip_blocks: bool,
}

/// Reads a template. `max_depth` bounds how deep expressions and blocks may nest.
pub(crate) fn parse(source: &str, syntax: &Syntax, max_depth: usize) -> Result<ast::Tree, Fault> {
    if u32::try_from(source.len()).is_err() {
        return Err(Fault::unsupported("the template is larger than 4 GiB"));
    }
    token_stream::Parser::new(source, syntax, max_depth).parse_template()
}

/// Shared handle of a pattern in the tree.
pub(crate) type SharedPattern = Arc<Pattern>;
