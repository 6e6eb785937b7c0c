//! YAML to a tree with positions.
//!
//! YAML 1.2, core schema, as GitHub reads workflow files: `on` and `yes` are text, `3.10` is a number, aliases are expanded. The tree
//! is bounded in depth and in nodes, so that an alias bomb is an error and not a full memory.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::problem::{Position, Problem};

/// Deepest nesting of a file.
const MAX_DEPTH: usize = 64;
/// Most nodes of a file, after aliases are expanded.
const MAX_NODES: usize = 100_000;

/// A node and where it begins.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) position: Position,
    pub(super) content: Content,
    /// How many nodes it is, itself included.
    weight: usize,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<(Node, Node)>),
}

/// A scalar of the core schema.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Null,
    Boolean(bool),
    Number(f64),
    Text(String),
}

/// Reads the one document of `text`.
pub(super) fn read(text: &str) -> Result<Node, Problem> {
    let mut options = granit_parser::Options::default();
    options.emit_comments = false;
    options.simple_key_max_lookahead = 64 * 1024;
    let mut reader =
        Reader { parser: Parser::new_from_str_with_options(text, options), anchors: HashMap::new(), nodes: 0 };
    let (mut root, mut documents) = (None, 0);
    while let Some((event, span)) = reader.next()? {
        match event {
            Event::DocumentStart(..) if documents > 0 => {
                return Err(Problem::new(
                    position(&span),
                    "Source contains multiple documents; a workflow file is one",
                ));
            }
            Event::DocumentStart(..) => documents += 1,
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            event => root = Some(reader.read_node(event, &span, 0)?),
        }
    }
    root.ok_or_else(|| {
        Problem::new(Position::START, "Expected a scalar value, a sequence, or a mapping: the file is empty")
    })
}

fn position(span: &Span) -> Position {
    Position { line: span.start.line(), column: span.start.col() + 1 }
}

fn explain(error: &ScanError) -> Problem {
    let mark = error.marker();
    Problem::new(
        Position { line: mark.line(), column: mark.col() + 1 },
        format!("The file is not valid YAML: {}", error.info()),
    )
}

struct Reader<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    /// Finished anchored nodes by the parser's number of their anchor.
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, Problem> {
        self.parser.next_event().transpose().map_err(|error| explain(&error))
    }

    fn count(&mut self, nodes: usize, at: Position) -> Result<(), Problem> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return Err(Problem::new(at, format!("The file has more than {MAX_NODES} values")));
        }
        Ok(())
    }

    fn read_node(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Node, Problem> {
        let at = position(span);
        if depth > MAX_DEPTH {
            return Err(Problem::new(at, format!("The file is nested more than {MAX_DEPTH} levels deep")));
        }
        let before = self.nodes;
        self.count(1, at)?;
        let anchor = event.anchor_id();
        let content = match event {
            Event::Alias(target) => return self.expand_alias(target, at),
            Event::Scalar(text, style, _, tag) => Content::Scalar(resolve(&text, style, tag.as_deref())),
            Event::SequenceStart(..) => Content::Sequence(self.read_sequence(depth)?),
            Event::MappingStart(..) => Content::Mapping(self.read_mapping(depth)?),
            other => return Err(Problem::new(at, format!("Unexpected YAML structure: {other:?}"))),
        };
        let node = Node { position: at, content, weight: self.nodes - before };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn expand_alias(&mut self, target: usize, at: Position) -> Result<Node, Problem> {
        let node = self
            .anchors
            .get(&target)
            .cloned()
            .ok_or_else(|| Problem::new(at, "An alias may not refer to the value that it is part of"))?;
        self.count(node.weight, at)?;
        Ok(node)
    }

    fn read_sequence(&mut self, depth: usize) -> Result<Vec<Node>, Problem> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            items.push(self.read_node(event, &span, depth + 1)?);
        }
        Ok(items)
    }

    fn read_mapping(&mut self, depth: usize) -> Result<Vec<(Node, Node)>, Problem> {
        let mut entries = Vec::new();
        while let Some((event, span)) = self.next()? {
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key = self.read_node(event, &span, depth + 1)?;
            let Some((event, span)) = self.next()? else { break };
            entries.push((key, self.read_node(event, &span, depth + 1)?));
        }
        Ok(entries)
    }
}

fn resolve(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Scalar {
    match tag.and_then(Tag::core_suffix) {
        Some("str") => return Scalar::Text(text.to_owned()),
        Some("null") => return Scalar::Null,
        Some("bool" | "int" | "float") => return resolve_plain(text),
        _ => {}
    }
    if style == ScalarStyle::Plain && tag.is_none() { resolve_plain(text) } else { Scalar::Text(text.to_owned()) }
}

/// The core schema (YAML 1.2.2, section 10.3.2).
fn resolve_plain(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Boolean(true),
        "false" | "False" | "FALSE" => return Scalar::Boolean(false),
        ".nan" | ".NaN" | ".NAN" => return Scalar::Number(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Scalar::Number(sign * f64::INFINITY);
    }
    let looks_numeric =
        unsigned.starts_with(|c: char| c.is_ascii_digit()) || (unsigned.starts_with('.') && unsigned.len() > 1);
    let is_prefixed = text.starts_with("0x") || text.starts_with("0o");
    let is_decimal =
        unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    let number = crate::expression::parse_number(text);
    if looks_numeric && (is_prefixed || is_decimal) && !number.is_nan() {
        Scalar::Number(number)
    } else {
        Scalar::Text(text.to_owned())
    }
}
