//! Cuts a source into tokens.
//!
//! Invariant: the same tokens as Nunjucks makes, on demand: whether a character is text or code depends on the tags before it,
//! and `raw` moves the position from outside.

use crate::error::{Fault, Offset};
use crate::value::text::is_space;

/// The marks around code. A `-` inside them trims white space.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delimiters {
    pub(crate) variable_start: &'static str,
}

const VARIABLE_END: &str = "}}";
const BLOCK_START: &str = "{%";
const BLOCK_END: &str = "%}";
const COMMENT_START: &str = "{#";
const COMMENT_END: &str = "#}";

#[derive(Debug, Clone, Copy)]
pub(crate) struct Token<'s> {
    pub(crate) at: Offset,
    pub(crate) kind: TokenKind<'s>,
}

/// `dash` says that white space on the outer side of the tag goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum TokenKind<'s> {
    /// Text, with the byte offset where it ends.
    Data {
        end: usize,
    },
    Comment {
        dash_before: bool,
        dash_after: bool,
    },
    BlockStart {
        dash: bool,
    },
    BlockEnd {
        dash: bool,
    },
    VariableStart {
        dash: bool,
    },
    VariableEnd {
        dash: bool,
    },
    /// The text between the quotes, escapes as they stand.
    String(&'s str),
    Number(f64),
    Bool(bool),
    None,
    Symbol(&'s str),
    Regexp {
        body: &'s str,
        flags: &'s str,
    },
    Operator(&'s str),
    LeftParenthesis,
    RightParenthesis,
    LeftBracket,
    RightBracket,
    LeftBrace,
    RightBrace,
    Comma,
    Colon,
    Tilde,
    Pipe,
}

impl TokenKind<'_> {
    /// A name for messages.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Data { .. } => "text".to_owned(),
            Self::Comment { .. } => "a comment".to_owned(),
            Self::BlockStart { .. } => "the start of a block".to_owned(),
            Self::BlockEnd { .. } => "the end of the block".to_owned(),
            Self::VariableStart { .. } => "the start of an expression".to_owned(),
            Self::VariableEnd { .. } => "the end of the expression".to_owned(),
            Self::String(_) => "a string".to_owned(),
            Self::Number(_) => "a number".to_owned(),
            Self::Bool(truth) => format!("`{truth}`"),
            Self::None => "`none`".to_owned(),
            Self::Symbol(name) => format!("`{name}`"),
            Self::Regexp { .. } => "a regular expression".to_owned(),
            Self::Operator(operator) => format!("`{operator}`"),
            Self::LeftParenthesis => "`(`".to_owned(),
            Self::RightParenthesis => "`)`".to_owned(),
            Self::LeftBracket => "`[`".to_owned(),
            Self::RightBracket => "`]`".to_owned(),
            Self::LeftBrace => "`{`".to_owned(),
            Self::RightBrace => "`}`".to_owned(),
            Self::Comma => "`,`".to_owned(),
            Self::Colon => "`:`".to_owned(),
            Self::Tilde => "`~`".to_owned(),
            Self::Pipe => "`|`".to_owned(),
        }
    }
}

pub(crate) struct Lexer<'s> {
    pub(crate) source: &'s str,
    pub(crate) position: usize,
    in_code: bool,
    variable_start: &'static str,
    trim_blocks: bool,
    lstrip_blocks: bool,
}

impl<'s> Lexer<'s> {
    pub(crate) fn new(source: &'s str, syntax: &super::Syntax) -> Self {
        Self {
            source,
            position: 0,
            in_code: false,
            variable_start: syntax.delimiters.variable_start,
            trim_blocks: syntax.trim_blocks,
            lstrip_blocks: syntax.lstrip_blocks,
        }
    }

    /// The next token, white space inside code left out; none at the end of the source.
    pub(crate) fn next_token(&mut self) -> Result<Option<Token<'s>>, Fault> {
        if self.in_code {
            self.position = self.source.len() - self.rest().trim_start_matches(is_blank).len();
        }
        if self.position >= self.source.len() {
            return Ok(None);
        }
        let at = self.position as Offset;
        let kind = if self.in_code { self.code() } else { self.text() };
        kind.map(|kind| Some(Token { at, kind })).map_err(|fault| fault.at(at))
    }

    fn rest(&self) -> &'s str {
        &self.source[self.position..]
    }

    fn skip(&mut self, expected: &str) -> bool {
        let is_there = self.rest().starts_with(expected);
        if is_there {
            self.position += expected.len();
        }
        is_there
    }

    /// Skips a start tag, and says whether a dash followed it.
    fn skip_start(&mut self, tag: &str) -> Option<bool> {
        self.skip(tag).then(|| {
            self.in_code = true;
            self.skip("-")
        })
    }

    /// Skips an end tag, and says whether a dash stood before it.
    fn skip_end(&mut self, tag: &str) -> Option<bool> {
        let dash = self.rest().strip_prefix('-').is_some_and(|rest| rest.starts_with(tag));
        if !dash && !self.rest().starts_with(tag) {
            return None;
        }
        self.position += tag.len() + usize::from(dash);
        self.in_code = false;
        Some(dash)
    }

    fn text(&mut self) -> Result<TokenKind<'s>, Fault> {
        if let Some(dash) = self.skip_start(BLOCK_START) {
            return Ok(TokenKind::BlockStart { dash });
        }
        if let Some(dash) = self.skip_start(self.variable_start) {
            return Ok(TokenKind::VariableStart { dash });
        }
        if self.rest().starts_with(COMMENT_START) { self.comment() } else { self.data() }
    }

    fn comment(&mut self) -> Result<TokenKind<'s>, Fault> {
        let rest = self.rest();
        let Some(end) = rest[COMMENT_START.len()..].find(COMMENT_END) else {
            return Err(Fault::syntax("a comment starts here with `{#` and does not end")
                .hint("text that has to contain `{#` belongs between {% raw %} and {% endraw %}"));
        };
        let length = COMMENT_START.len() + end + COMMENT_END.len();
        self.position += length;
        let inside = &rest[COMMENT_START.len()..length - COMMENT_END.len()];
        Ok(TokenKind::Comment { dash_before: inside.starts_with('-'), dash_after: inside.ends_with('-') })
    }

    fn data(&mut self) -> Result<TokenKind<'s>, Fault> {
        let start = self.position;
        let first = self.variable_start.as_bytes()[0];
        let bytes = self.source.as_bytes();
        while self.position < bytes.len() {
            let Some(next) =
                bytes[self.position..].iter().position(|byte| matches!(byte, b'{' | b'#') || *byte == first)
            else {
                self.position = bytes.len();
                break;
            };
            self.position += next;
            let rest = self.rest();
            if rest.starts_with(BLOCK_START) {
                return Ok(self.data_before_block(start));
            }
            if rest.starts_with(self.variable_start) || rest.starts_with(COMMENT_START) {
                break;
            }
            if rest.starts_with(COMMENT_END) {
                return Err(Fault::syntax("a comment ends here with `#}` and did not start")
                    .at(self.position as Offset)
                    .hint("text that has to contain `#}` belongs between {% raw %} and {% endraw %}"));
            }
            self.position += 1;
        }
        Ok(TokenKind::Data { end: self.position })
    }

    /// The text up to a block tag, less the indentation of the tag where that is to go.
    fn data_before_block(&mut self, start: usize) -> TokenKind<'s> {
        if !self.lstrip_blocks {
            return TokenKind::Data { end: self.position };
        }
        let line_start = self.source[..self.position].rfind('\n').map_or(0, |newline| newline + 1);
        let indentation = &self.source[line_start..self.position];
        if line_start < start || indentation.is_empty() || !indentation.chars().all(is_space) {
            return TokenKind::Data { end: self.position };
        }
        if line_start > start {
            return TokenKind::Data { end: line_start };
        }
        let dash = self.skip_start(BLOCK_START).unwrap_or(false);
        TokenKind::BlockStart { dash }
    }

    fn code(&mut self) -> Result<TokenKind<'s>, Fault> {
        let rest = self.rest();
        if let Some(quote) = rest.chars().next().filter(|first| matches!(first, '"' | '\'')) {
            return Ok(self.string(quote));
        }
        if let Some(dash) = self.skip_end(BLOCK_END) {
            if self.trim_blocks && !self.skip("\n") {
                self.skip("\r\n");
            }
            return Ok(TokenKind::BlockEnd { dash });
        }
        if let Some(dash) = self.skip_end(VARIABLE_END) {
            return Ok(TokenKind::VariableEnd { dash });
        }
        if rest.starts_with("r/") {
            return Ok(self.regexp());
        }
        if rest.starts_with(is_delimiter) { Ok(self.operator()) } else { self.word() }
    }

    fn string(&mut self, quote: char) -> TokenKind<'s> {
        let start = self.position + 1;
        let mut is_escaped = false;
        for (offset, character) in self.source[start..].char_indices() {
            if is_escaped {
                is_escaped = false;
            } else if character == '\\' {
                is_escaped = true;
            } else if character == quote {
                self.position = start + offset + 1;
                return TokenKind::String(&self.source[start..start + offset]);
            }
        }
        // Nunjucks lets the end of the source end a string; the missing end tag is what it then reports.
        self.position = self.source.len();
        TokenKind::String(&self.source[start..])
    }

    fn regexp(&mut self) -> TokenKind<'s> {
        let start = self.position + 2;
        let bytes = self.source.as_bytes();
        let mut end = start;
        while end < bytes.len() && !(bytes[end] == b'/' && bytes[end - 1] != b'\\') {
            end += 1;
        }
        let body = &self.source[start..end];
        let flags_start = (end + 1).min(bytes.len());
        let after = &self.source[flags_start..];
        let flags = &after[..after.len() - after.trim_start_matches(['g', 'i', 'm', 'y']).len()];
        self.position = flags_start + flags.len();
        TokenKind::Regexp { body, flags }
    }

    fn operator(&mut self) -> TokenKind<'s> {
        let rest = self.rest();
        let length = match () {
            () if rest.starts_with("===") || rest.starts_with("!==") => 3,
            () if ["==", "!=", "<=", ">=", "//", "**"].iter().any(|operator| rest.starts_with(operator)) => 2,
            () => 1,
        };
        self.position += length;
        match &rest[..length] {
            "(" => TokenKind::LeftParenthesis,
            ")" => TokenKind::RightParenthesis,
            "[" => TokenKind::LeftBracket,
            "]" => TokenKind::RightBracket,
            "{" => TokenKind::LeftBrace,
            "}" => TokenKind::RightBrace,
            "," => TokenKind::Comma,
            ":" => TokenKind::Colon,
            "~" => TokenKind::Tilde,
            "|" => TokenKind::Pipe,
            operator => TokenKind::Operator(operator),
        }
    }

    fn word(&mut self) -> Result<TokenKind<'s>, Fault> {
        let rest = self.rest();
        let is_end = |character| is_blank(character) || is_delimiter(character);
        let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        self.position += word.len();
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(self.number(word));
        }
        match word {
            "true" => Ok(TokenKind::Bool(true)),
            "false" => Ok(TokenKind::Bool(false)),
            "none" | "null" => Ok(TokenKind::None),
            _ if word.contains(['"', '\'', '\\']) => Err(Fault::syntax(format!("`{word}` is not a name"))
                .hint("is a comma, an operator or a closing quote missing?")),
            _ => Ok(TokenKind::Symbol(word)),
        }
    }

    fn number(&mut self, whole: &str) -> TokenKind<'s> {
        let mut text = whole.to_owned();
        if self.skip(".") {
            let rest = self.rest();
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            self.position += digits;
            if digits > 0 {
                text = format!("{whole}.{}", &rest[..digits]);
            }
        }
        TokenKind::Number(text.parse().unwrap_or(f64::INFINITY))
    }
}

/// Code is broken at these, beside white space.
fn is_delimiter(character: char) -> bool {
    matches!(
        character,
        '(' | ')'
            | '['
            | ']'
            | '{'
            | '}'
            | '%'
            | '*'
            | '-'
            | '+'
            | '~'
            | '/'
            | '#'
            | ','
            | ':'
            | '|'
            | '.'
            | '<'
            | '>'
            | '='
            | '!'
    )
}

/// White space inside code.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\n' | '\t' | '\r' | '\u{a0}')
}
