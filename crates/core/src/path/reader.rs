//! The grammar of JSON paths.

use serde_json::Value;

use super::step::{Comparison, Filter, Operand, Step};

/// What is left of a path.
pub(super) struct Reader {
    text: Vec<char>,
    /// How many characters were read.
    pub(super) at: usize,
}

impl Reader {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.chars().collect(), at: 0 }
    }

    /// The whole path.
    pub(super) fn path(&mut self) -> Result<Vec<Step>, String> {
        let steps = self.steps(false)?;
        match self.peek() {
            None => Ok(steps),
            Some(c) => Err(format!("unexpected {c:?}")),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = wanted.chars().enumerate().all(|(i, c)| self.text.get(self.at + i) == Some(&c));
        if found {
            self.at += wanted.chars().count();
        }
        found
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Steps up to the end, or inside a filter up to what cannot continue a path.
    fn steps(&mut self, in_filter: bool) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            match self.peek() {
                None => return Ok(steps),
                Some('.') if self.take("..") => steps.push(Step::Descend(self.name(in_filter)?)),
                Some('.') => {
                    self.at += 1;
                    match self.peek() {
                        // `.[0]` and a lone `.` are written by some.
                        Some('[') => {}
                        None if steps.is_empty() => {}
                        Some('*') => {
                            self.at += 1;
                            steps.push(Step::All);
                        }
                        _ => steps.push(Step::Field(self.name(in_filter)?)),
                    }
                }
                Some('[') => {
                    self.at += 1;
                    steps.push(self.bracket()?);
                }
                Some(_) if in_filter => return Ok(steps),
                Some(_) if steps.is_empty() => steps.push(Step::Field(self.name(in_filter)?)),
                Some(c) => return Err(format!("unexpected {c:?}")),
            }
        }
    }

    fn name(&mut self, in_filter: bool) -> Result<String, String> {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            match c {
                '\\' => {
                    self.at += 1;
                    name.push(self.peek().ok_or("nothing follows the backslash")?);
                }
                '.' | '[' | ']' => break,
                '=' | '!' | '<' | '>' | ')' | ' ' if in_filter => break,
                other => name.push(other),
            }
            self.at += 1;
        }
        if name.is_empty() { Err("a field name is missing".into()) } else { Ok(name) }
    }

    fn bracket(&mut self) -> Result<Step, String> {
        self.skip_blanks();
        let step = match self.peek() {
            Some('\'' | '"') => Step::Field(self.quoted()?),
            Some('*') => {
                self.at += 1;
                Step::All
            }
            Some('?') => {
                self.at += 1;
                Step::Filter(self.filter()?)
            }
            _ => self.index()?,
        };
        self.skip_blanks();
        if self.take("]") { Ok(step) } else { Err("']' is missing".into()) }
    }

    fn index(&mut self) -> Result<Step, String> {
        let from = self.number();
        if self.take(":") {
            let to = self.number();
            return Ok(Step::Slice(from, to));
        }
        from.map(Step::Index).ok_or_else(|| "an index, a quoted name, '*' or a filter is missing".into())
    }

    fn number(&mut self) -> Option<i64> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit() || (c == '-' && self.at == start)) {
            self.at += 1;
        }
        self.text[start..self.at].iter().collect::<String>().parse().ok()
    }

    fn quoted(&mut self) -> Result<String, String> {
        let quote = self.peek();
        let mut text = String::new();
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err("the quote is not closed".into()),
                c if c == quote => {
                    self.at += 1;
                    return Ok(text);
                }
                Some('\\') => {
                    self.at += 1;
                    text.push(self.peek().ok_or("nothing follows the backslash")?);
                }
                Some(c) => text.push(c),
            }
            self.at += 1;
        }
    }

    fn filter(&mut self) -> Result<Filter, String> {
        if !self.take("(") {
            return Err("'(' is missing after '?'".into());
        }
        self.skip_blanks();
        if !self.take("@") {
            return Err("a filter begins with '@'".into());
        }
        let left = self.steps(true)?;
        self.skip_blanks();
        let comparison = self.comparison();
        let test = match comparison {
            Some(comparison) => {
                self.skip_blanks();
                Some((comparison, self.operand()?))
            }
            None => None,
        };
        self.skip_blanks();
        if self.take(")") { Ok(Filter { left, test }) } else { Err("')' is missing".into()) }
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let table = [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        table.into_iter().find(|(sign, _)| self.take(sign)).map(|(_, comparison)| comparison)
    }

    fn operand(&mut self) -> Result<Operand, String> {
        match self.peek() {
            Some('\'' | '"') => Ok(Operand::Literal(Value::String(self.quoted()?))),
            Some('@') => {
                self.at += 1;
                Ok(Operand::Path(self.steps(true)?))
            }
            _ => {
                let start = self.at;
                while self.peek().is_some_and(|c| c != ')' && !c.is_whitespace()) {
                    self.at += 1;
                }
                let word: String = self.text[start..self.at].iter().collect();
                serde_json::from_str(&word).map(Operand::Literal).map_err(|_| format!("{word:?} is no literal"))
            }
        }
    }
}
