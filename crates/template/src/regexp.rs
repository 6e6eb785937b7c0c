//! ECMAScript regular expressions on an engine that runs in linear time.
//!
//! Invariant: a pattern either means here what it means in ECMAScript (without the `u` flag, ASCII classes), or is refused;
//! look-around and back-references are what the linear engine cannot do.

use std::fmt;

use regex::{Regex, RegexBuilder};

use crate::error::Fault;

/// Bytes a compiled pattern may take.
const SIZE_LIMIT: usize = 1024 * 1024;

/// A compiled pattern with its source and flags.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) regex: Regex,
    /// Whether it has groups with a name; only then `$<name>` means one.
    pub(crate) has_names: bool,
    pub(crate) source: String,
    pub(crate) flags: Flags,
}

/// The flags a literal can carry.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Flags {
    pub(crate) global: bool,
    pub(crate) ignore_case: bool,
    pub(crate) multiline: bool,
    pub(crate) sticky: bool,
}

impl Flags {
    /// From letters out of `gimy`; a letter twice is an error, as in ECMAScript.
    pub(crate) fn parse(letters: &str) -> Result<Self, Fault> {
        let mut flags = Self::default();
        for letter in letters.chars() {
            let flag = match letter {
                'g' => &mut flags.global,
                'i' => &mut flags.ignore_case,
                'm' => &mut flags.multiline,
                'y' => &mut flags.sticky,
                _ => {
                    return Err(Fault::unsupported(format!("the regular expression flag `{letter}` is not supported")));
                }
            };
            if std::mem::replace(flag, true) {
                return Err(Fault::syntax(format!("the regular expression flag `{letter}` is given twice")));
            }
        }
        Ok(flags)
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (is_set, letter) in [(self.global, "g"), (self.ignore_case, "i"), (self.multiline, "m"), (self.sticky, "y")]
        {
            if is_set {
                formatter.write_str(letter)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "/{}/{}", self.source, self.flags)
    }
}

impl Pattern {
    pub(crate) fn new(source: &str, flags: Flags) -> Result<Self, Fault> {
        let translated = Translator { rest: source, out: String::with_capacity(source.len() + 8) }.translate()?;
        let regex = RegexBuilder::new(&translated)
            .case_insensitive(flags.ignore_case)
            .multi_line(flags.multiline)
            .size_limit(SIZE_LIMIT)
            .nest_limit(64)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(bytes) => {
                    Fault::unsupported(format!("the regular expression needs more than {bytes} bytes once compiled"))
                }
                _ => Fault::syntax("the regular expression is not well-formed"),
            })?;
        let has_names = regex.capture_names().flatten().next().is_some();
        Ok(Self { regex, has_names, source: source.to_owned(), flags })
    }
}

/// What `.` does not match, the line terminators.
const NOT_LINE_END: &str = r"[^\n\r\u{2028}\u{2029}]";
const SPACE: &str = r"\t\n\x0B\x0C\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";
const NOT_SPACE: &str = r"\x00-\x08\x0E-\x1F!-\u{9f}\u{a1}-\u{167f}\u{1681}-\u{1fff}\u{200b}-\u{2027}\u{202a}-\u{202e}\u{2030}-\u{205e}\u{2060}-\u{2fff}\u{3001}-\u{fefe}\u{ff00}-\u{10ffff}";
const WORD: &str = "0-9A-Z_a-z";
const NOT_WORD: &str = r"\x00-/:-@\[-\^`\{-\u{10ffff}";
/// The same inside a class, where case may be folded: without the long s and the Kelvin sign, which fold to letters.
const NOT_WORD_IN_CLASS: &str = r"\x00-/:-@\[-\^`\{-\u{17e}\u{180}-\u{2129}\u{212b}-\u{10ffff}";
const NOT_DIGIT: &str = r"\x00-/:-\u{10ffff}";

/// Rewrites one pattern from ECMAScript's syntax to that of the `regex` crate.
struct Translator<'a> {
    rest: &'a str,
    out: String,
}

impl Translator<'_> {
    fn translate(mut self) -> Result<String, Fault> {
        while let Some(character) = self.next() {
            match character {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '.' => self.out.push_str(NOT_LINE_END),
                '(' => self.group()?,
                '{' if !self.is_counted_repetition() => self.out.push_str(r"\{"),
                '{' => self.counted_repetition(),
                ']' | '}' => self.literal(character),
                // Meaningful to neither engine outside the extended mode of the other one.
                _ => self.out.push(character),
            }
        }
        Ok(self.out)
    }

    fn next(&mut self) -> Option<char> {
        let character = self.rest.chars().next()?;
        self.rest = &self.rest[character.len_utf8()..];
        Some(character)
    }

    fn literal(&mut self, character: char) {
        let mut buffer = [0; 4];
        self.out.push_str(&regex::escape(character.encode_utf8(&mut buffer)));
    }

    fn group(&mut self) -> Result<(), Fault> {
        for (prefix, name) in
            [("?=", "look-ahead"), ("?!", "look-ahead"), ("?<=", "look-behind"), ("?<!", "look-behind")]
        {
            if self.rest.starts_with(prefix) {
                return Err(Fault::unsupported(format!("{name} in regular expressions is not supported"))
                    .hint("capture the context in a group and put it back with $1"));
            }
        }
        let is_known = !self.rest.starts_with('?') || self.rest.starts_with("?:") || self.rest.starts_with("?<");
        if !is_known {
            return Err(Fault::syntax("the regular expression has an invalid group"));
        }
        self.out.push('(');
        Ok(())
    }

    /// Whether what follows an opening brace makes it a repetition: `{2}`, `{2,}`, `{2,3}`.
    fn is_counted_repetition(&self) -> bool {
        let Some(end) = self.rest.find('}') else { return false };
        let (from, to) = self.rest[..end].split_once(',').unwrap_or((&self.rest[..end], ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        !from.is_empty() && is_number(from) && is_number(to)
    }

    fn counted_repetition(&mut self) {
        let end = self.rest.find('}').map_or(self.rest.len(), |brace| brace + 1);
        self.out.push('{');
        self.out.push_str(&self.rest[..end]);
        self.rest = &self.rest[end..];
    }

    fn class(&mut self) -> Result<(), Fault> {
        let is_negated = self.rest.starts_with('^');
        if is_negated {
            self.next();
        }
        if self.rest.starts_with(']') {
            self.next();
            self.out.push_str(if is_negated { r"[\x00-\u{10ffff}]" } else { r"[^\x00-\u{10ffff}]" });
            return Ok(());
        }
        self.out.push_str(if is_negated { "[^" } else { "[" });
        while let Some(character) = self.next() {
            match character {
                ']' => {
                    self.out.push(']');
                    return Ok(());
                }
                '\\' => self.escape(true)?,
                // A hyphen keeps its meaning; doubled, it would be a set operation of the other syntax.
                '-' if !self.rest.starts_with('-') && !self.out.ends_with('-') => self.out.push('-'),
                _ => self.literal(character),
            }
        }
        Err(Fault::syntax("the regular expression has an unterminated character class"))
    }

    fn escape(&mut self, in_class: bool) -> Result<(), Fault> {
        let Some(character) = self.next() else {
            return Err(Fault::syntax("the regular expression ends in a backslash"));
        };
        match character {
            'd' => self.set("0-9", in_class),
            'D' => self.set(NOT_DIGIT, in_class),
            'w' => self.set(WORD, in_class),
            'W' => self.set(if in_class { NOT_WORD_IN_CLASS } else { NOT_WORD }, in_class),
            's' => self.set(SPACE, in_class),
            'S' => self.set(NOT_SPACE, in_class),
            'b' if in_class => self.out.push_str(r"\x08"),
            'b' => self.out.push_str(r"(?-u:\b)"),
            'B' => self.out.push_str(r"\B"),
            't' | 'n' | 'r' => {
                self.out.push('\\');
                self.out.push(character);
            }
            'v' => self.out.push_str(r"\x0B"),
            'f' => self.out.push_str(r"\x0C"),
            '0' if !self.rest.starts_with(|next: char| next.is_ascii_digit()) => self.out.push_str(r"\x00"),
            '1'..='9' if !in_class => {
                return Err(Fault::unsupported("back-references in regular expressions are not supported"));
            }
            'k' if self.rest.starts_with('<') => {
                return Err(Fault::unsupported("back-references in regular expressions are not supported"));
            }
            'x' => self.code_point(2, character),
            'u' => self.code_point(4, character),
            'c' => {
                let control = self.next().filter(char::is_ascii_alphabetic);
                let Some(control) = control else {
                    return Err(Fault::syntax("the regular expression has an invalid escape"));
                };
                self.literal(char::from(control as u8 % 32));
            }
            _ => self.literal(character),
        }
        Ok(())
    }

    fn set(&mut self, members: &str, in_class: bool) {
        if in_class {
            self.out.push_str(members);
        } else {
            // Folding the case of a set would add the Kelvin sign and the long s to it, or `k` and `s` to its opposite.
            self.out.push_str("(?-i:[");
            self.out.push_str(members);
            self.out.push_str("])");
        }
    }

    /// `\xHH` or `\uHHHH`; without the digits, the letter itself.
    fn code_point(&mut self, digits: usize, letter: char) {
        let code = self.rest.get(..digits).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32) {
            Some(character) => {
                self.rest = &self.rest[digits..];
                self.literal(character);
            }
            None => self.literal(letter),
        }
    }
}
