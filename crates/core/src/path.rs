//! Where something stands in a value: the JSON paths of printer columns, and the field paths of error messages.

use std::fmt;

use serde_json::Value;

/// Why a text is no JSON path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid JSON path {text:?} at character {at}: {message}")]
pub struct PathError {
    /// What was written.
    pub text: String,
    /// Where reading stopped, counted from 1.
    pub at: usize,
    /// What was expected.
    pub message: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    Index(i64),
    Slice(Option<i64>, Option<i64>),
    All,
    Descend(String),
    Filter(Filter),
}

/// `@.type=="Ready"`, or `@.type` for its mere presence.
#[derive(Clone, Debug, PartialEq)]
struct Filter {
    left: Vec<Step>,
    test: Option<(Comparison, Operand)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Literal(Value),
    Path(Vec<Step>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A JSON path as kubectl and `additionalPrinterColumns` write it: `.spec.x`, `{.items[*].metadata.name}`,
/// `.status.conditions[?(@.type=="Ready")].status`, `.metadata.labels['a.b/c']`, `.metadata.labels.a\.b`, `[0]`, `[-1]`,
/// `[0:2]`, `..name`.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    steps: Vec<Step>,
}

impl JsonPath {
    /// Reads a path, with or without braces and a leading `$`.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let inner = text.trim();
        let inner = inner.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(inner);
        let inner = inner.strip_prefix('$').unwrap_or(inner);
        let mut reader = Reader { text: inner.chars().collect(), at: 0 };
        let steps = reader.steps(false).and_then(|steps| match reader.peek() {
            None => Ok(steps),
            Some(c) => Err(format!("unexpected {c:?}")),
        });
        steps
            .map(|steps| Self { steps })
            .map_err(|message| PathError { text: text.to_owned(), at: reader.at + 1, message })
    }

    /// Every value that the path leads to, in order; none is no error.
    pub fn select<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        walk(&self.steps, value)
    }

    /// The first value that the path leads to.
    pub fn first<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.select(value).into_iter().next()
    }

    /// What a table shows of it: text as it is, numbers and booleans printed, the rest as JSON; several joined by `,`.
    pub fn text(&self, value: &Value) -> String {
        let found: Vec<String> = self.select(value).into_iter().filter(|v| !v.is_null()).map(show).collect();
        found.join(",")
    }

    /// The field names of a path that has nothing else, such as `.spec.replicas`; needed where something is written.
    pub fn fields(&self) -> Option<Vec<&str>> {
        self.steps
            .iter()
            .map(|step| match step {
                Step::Field(name) => Some(name.as_str()),
                Step::Index(_) | Step::Slice(..) | Step::All | Step::Descend(_) | Step::Filter(_) => None,
            })
            .collect()
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

struct Reader {
    text: Vec<char>,
    at: usize,
}

impl Reader {
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

fn walk<'a>(steps: &[Step], value: &'a Value) -> Vec<&'a Value> {
    let mut found = vec![value];
    for step in steps {
        let mut next = Vec::new();
        for value in found {
            advance(step, value, &mut next);
        }
        found = next;
    }
    found
}

fn advance<'a>(step: &Step, value: &'a Value, out: &mut Vec<&'a Value>) {
    match (step, value) {
        (Step::Field(name), _) => out.extend(value.get(name.as_str())),
        (Step::Index(index), Value::Array(list)) => out.extend(position(*index, list.len()).and_then(|i| list.get(i))),
        (Step::Slice(from, to), Value::Array(list)) => {
            let bound = |i: Option<i64>, none| i.map_or(none, |i| position(i, list.len()).unwrap_or(list.len()));
            let (from, to) = (bound(*from, 0), bound(*to, list.len()));
            out.extend(list.get(from..to).unwrap_or_default());
        }
        (Step::All, Value::Array(list)) => out.extend(list),
        (Step::All, Value::Object(map)) => out.extend(map.values()),
        (Step::Descend(name), _) => descend(name, value, out),
        (Step::Filter(filter), Value::Array(list)) => out.extend(list.iter().filter(|item| filter.accepts(item))),
        (Step::Filter(filter), Value::Object(map)) => out.extend(map.values().filter(|item| filter.accepts(item))),
        (Step::Index(_) | Step::Slice(..) | Step::All | Step::Filter(_), _) => {}
    }
}

/// A negative index counts from the end.
fn position(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let index = if index < 0 { index + length } else { index };
    usize::try_from(index).ok()
}

fn descend<'a>(name: &str, value: &'a Value, out: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                if key == name {
                    out.push(inner);
                }
                descend(name, inner, out);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| descend(name, inner, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl Filter {
    fn accepts(&self, item: &Value) -> bool {
        let left = walk(&self.left, item);
        let Some((comparison, operand)) = &self.test else { return !left.is_empty() };
        let Some(left) = left.first() else { return false };
        let right = match operand {
            Operand::Literal(value) => Some(value),
            Operand::Path(steps) => walk(steps, item).into_iter().next(),
        };
        right.is_some_and(|right| comparison.holds(left, right))
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        let order = match (left, right) {
            (Value::Number(a), Value::Number(b)) => a.as_f64().zip(b.as_f64()).and_then(|(a, b)| a.partial_cmp(&b)),
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            _ => None,
        };
        match self {
            Self::Equal => order.map_or_else(|| left == right, std::cmp::Ordering::is_eq),
            Self::NotEqual => order.map_or_else(|| left != right, std::cmp::Ordering::is_ne),
            Self::Less => order.is_some_and(std::cmp::Ordering::is_lt),
            Self::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
            Self::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual => order.is_some_and(std::cmp::Ordering::is_ge),
        }
    }
}

/// The path of a field in an error message, as Kubernetes writes it: `spec.containers[web].image`, `spec.tags[1]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath(String);

impl FieldPath {
    /// The object itself; printed as nothing.
    pub fn root() -> Self {
        Self::default()
    }

    /// A path of field names joined by dots, as it stands.
    pub fn new(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    /// A field of this.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        if self.0.is_empty() { Self(name.to_owned()) } else { Self(format!("{}.{name}", self.0)) }
    }

    /// An item of this list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// An entry of this map, or an item of this list by its key.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        Self(format!("{}[{key}]", self.0))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<FieldPath> for String {
    fn from(path: FieldPath) -> Self {
        path.0
    }
}
