//! Text to tokens.
//!
//! A token that is not one is an error with its position; nothing is guessed. Where a dot stands decides whether it is a member
//! access or begins a number, and what follows a dot is a name even if it reads like a keyword (`a.true`).

use super::error::{ErrorKind, ExpressionError};
use super::{MAX_LENGTH, number};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TokenKind {
    LeftParen,
    RightParen,
    LeftBracket,
    RightBracket,
    Comma,
    Dot,
    Star,
    Not,
    NotEqual,
    Equal,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    And,
    Or,
    Number(f64),
    String,
    Identifier,
    True,
    False,
    Null,
    End,
}

/// A token with the text it was read from (the value, for a string) and where it begins, in characters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) text: String,
    pub(super) offset: usize,
}

/// Reads all of `text`; the last token is [`TokenKind::End`].
pub(super) fn lex(text: &str) -> Result<Vec<Token>, ExpressionError> {
    if text.encode_utf16().count() > MAX_LENGTH {
        return Err(ExpressionError::limit(ErrorKind::Lexing, format!("Exceeded max expression length {MAX_LENGTH}")));
    }
    let mut lexer = Lexer { text, chars: text.chars().collect(), start: 0, at: 0, tokens: Vec::new() };
    while lexer.at < lexer.chars.len() {
        lexer.start = lexer.at;
        lexer.read_token()?;
    }
    lexer.start = lexer.at;
    lexer.add(TokenKind::End);
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    text: &'a str,
    chars: Vec<char>,
    start: usize,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn read_token(&mut self) -> Result<(), ExpressionError> {
        let first = self.chars[self.at];
        self.at += 1;
        match first {
            ' ' | '\t' | '\r' | '\n' => {}
            '(' => self.add(TokenKind::LeftParen),
            ')' => self.add(TokenKind::RightParen),
            '[' => self.add(TokenKind::LeftBracket),
            ']' => self.add(TokenKind::RightBracket),
            ',' => self.add(TokenKind::Comma),
            '*' => self.add(TokenKind::Star),
            '.' if self.follows_operand() => self.add(TokenKind::Dot),
            '.' | '+' | '-' | '0'..='9' => return self.read_number(),
            '!' => self.add_either('=', TokenKind::NotEqual, TokenKind::Not),
            '<' => self.add_either('=', TokenKind::LessEqual, TokenKind::Less),
            '>' => self.add_either('=', TokenKind::GreaterEqual, TokenKind::Greater),
            '=' | '&' | '|' if self.take(first) => self.add(match first {
                '=' => TokenKind::Equal,
                '&' => TokenKind::And,
                _ => TokenKind::Or,
            }),
            '\'' => return self.read_string(),
            _ => return self.read_word(),
        }
        Ok(())
    }

    fn follows_operand(&self) -> bool {
        self.tokens.last().is_some_and(|last| {
            matches!(
                last.kind,
                TokenKind::Identifier | TokenKind::RightBracket | TokenKind::RightParen | TokenKind::Star
            )
        })
    }

    fn take(&mut self, wanted: char) -> bool {
        let taken = self.chars.get(self.at) == Some(&wanted);
        self.at += usize::from(taken);
        taken
    }

    fn add(&mut self, kind: TokenKind) {
        let text = self.lexeme();
        self.tokens.push(Token { kind, text, offset: self.start });
    }

    fn add_either(&mut self, second: char, both: TokenKind, one: TokenKind) {
        let kind = if self.take(second) { both } else { one };
        self.add(kind);
    }

    fn lexeme(&self) -> String {
        self.chars[self.start..self.at].iter().collect()
    }

    fn reject(&self) -> ExpressionError {
        ExpressionError::lexing(&self.lexeme(), self.start, self.text)
    }

    fn read_while(&mut self, continues: impl Fn(char) -> bool) {
        while self.chars.get(self.at).copied().is_some_and(&continues) {
            self.at += 1;
        }
    }

    fn read_number(&mut self) -> Result<(), ExpressionError> {
        self.read_while(|c| c == '.' || !is_boundary(c));
        let number = number::parse_number(&self.lexeme());
        if number.is_nan() {
            return Err(self.reject());
        }
        self.add(TokenKind::Number(number));
        Ok(())
    }

    fn read_string(&mut self) -> Result<(), ExpressionError> {
        let mut value = String::new();
        loop {
            match self.chars.get(self.at) {
                Some('\'') if self.chars.get(self.at + 1) == Some(&'\'') => {
                    value.push('\'');
                    self.at += 2;
                }
                Some('\'') => break,
                Some(&c) => {
                    value.push(c);
                    self.at += 1;
                }
                None => return Err(self.reject()),
            }
        }
        self.at += 1;
        self.tokens.push(Token { kind: TokenKind::String, text: value, offset: self.start });
        Ok(())
    }

    fn read_word(&mut self) -> Result<(), ExpressionError> {
        self.read_while(|c| !is_boundary(c));
        let word = self.lexeme();
        if !is_identifier(&word) {
            return Err(self.reject());
        }
        let is_member = self.tokens.last().is_some_and(|last| last.kind == TokenKind::Dot);
        self.add(match word.as_str() {
            _ if is_member => TokenKind::Identifier,
            "true" => TokenKind::True,
            "false" => TokenKind::False,
            "null" => TokenKind::Null,
            "NaN" => TokenKind::Number(f64::NAN),
            "Infinity" => TokenKind::Number(f64::INFINITY),
            _ => TokenKind::Identifier,
        });
        Ok(())
    }
}

fn is_boundary(c: char) -> bool {
    matches!(c, '(' | ')' | '[' | ']' | ',' | '.' | '!' | '<' | '>' | '=' | '&' | '|') || c.is_whitespace()
}

fn is_identifier(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}
