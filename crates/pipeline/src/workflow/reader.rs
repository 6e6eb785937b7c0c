//! A YAML tree against the schema: tokens, and all that is wrong.
//!
//! Reading goes on after a problem, so that a file is mended in one round. What GitHub's parser refuses is refused, in its words.

use std::collections::{BTreeMap, HashSet};

use super::problem::Problem;
use super::schema::{Definition, Mapping, Place, Shape};
use super::template;
use super::token::{Located, Token};
use super::yaml::{Content, Node, Scalar};

/// Reads `node` as `definition` says; what is wrong is added to `problems`.
pub(super) fn read(node: &Node, definition: Definition, problems: &mut Vec<Problem>) -> Located {
    Reader { problems }.read_value(node, definition, Place::NONE)
}

const NOT_HERE: &str = "A template expression is not allowed in this context";

struct Reader<'a> {
    problems: &'a mut Vec<Problem>,
}

/// A mapping while it is read: which of its possible shapes still fit, and which keys were seen.
struct Progress {
    candidates: Vec<&'static Mapping>,
    others: Option<Definition>,
    seen: HashSet<String>,
    has_expression_key: bool,
    entries: Vec<(Located, Located)>,
}

impl Reader<'_> {
    fn report(&mut self, node: &Node, message: impl Into<String>) {
        self.problems.push(Problem::new(node.position, message));
    }

    fn read_value(&mut self, node: &Node, definition: Definition, surrounding: Place) -> Located {
        let place = definition.place.unwrap_or(surrounding);
        let token = match &node.content {
            Content::Scalar(scalar) => self.read_scalar(node, scalar, definition.shape, place),
            Content::Sequence(items) => self.read_sequence(node, items, definition.shape, place),
            Content::Mapping(entries) => self.read_mapping(node, entries, definition.shape, place),
        };
        Located { position: node.position, token }
    }

    fn read_sequence(&mut self, node: &Node, items: &[Node], shape: Shape, place: Place) -> Token {
        let Some(item) = shape.item() else {
            self.report(node, "A sequence was not expected");
            return Token::Sequence(Vec::new());
        };
        Token::Sequence(items.iter().map(|node| self.read_value(node, item, place)).collect())
    }

    fn parse_scalar(&mut self, node: &Node, scalar: &Scalar, place: Place) -> Token {
        match scalar {
            Scalar::Null => Token::Null,
            Scalar::Boolean(value) => Token::Boolean(*value),
            Scalar::Number(number) => Token::Number(*number),
            Scalar::Text(text) => template::read(text, node.position, &place, self.problems),
        }
    }

    fn read_scalar(&mut self, node: &Node, scalar: &Scalar, shape: Shape, place: Place) -> Token {
        let token = self.parse_scalar(node, scalar, place);
        match &token {
            Token::Template(_) => {
                if !place.allows_expressions() {
                    self.report(node, NOT_HERE);
                }
                token
            }
            Token::Insert => {
                self.report(node, "Unexpected value '${{ insert }}'");
                token
            }
            _ => self.fit(node, token, shape),
        }
    }

    /// The token as the shape has it: itself, or as text.
    fn fit(&mut self, node: &Node, token: Token, shape: Shape) -> Token {
        let shapes = shape.scalars();
        if shapes.iter().any(|shape| matches(*shape, &token)) {
            return token;
        }
        let text = token.plain_text().unwrap_or_default();
        let as_text = Token::Text(text.clone());
        if shapes.iter().any(|shape| matches(*shape, &as_text)) {
            return as_text;
        }
        self.report(node, format!("Unexpected value '{text}'"));
        token
    }

    fn read_mapping(&mut self, node: &Node, entries: &[(Node, Node)], shape: Shape, place: Place) -> Token {
        let candidates = shape.mappings();
        let Some(first) = candidates.first() else {
            self.report(node, "A mapping was not expected");
            return Token::Mapping(Vec::new());
        };
        let others = first.others;
        let mut progress = Progress {
            candidates,
            others,
            seen: HashSet::new(),
            has_expression_key: false,
            entries: Vec::with_capacity(entries.len()),
        };
        for (key, value) in entries {
            self.read_entry(key, value, place, &mut progress);
        }
        self.check_complete(node, &progress);
        Token::Mapping(progress.entries)
    }

    fn read_entry(&mut self, key: &Node, value: &Node, place: Place, progress: &mut Progress) {
        let Content::Scalar(scalar) = &key.content else {
            self.report(key, "A key must be a scalar value");
            return;
        };
        let token = self.parse_scalar(key, scalar, place);
        let Some(name) = token.plain_text() else {
            progress.has_expression_key = true;
            return self.read_expression_entry(key, token, value, place, progress);
        };
        if !name.is_empty() && !progress.seen.insert(name.to_uppercase()) {
            self.report(key, format!("'{name}' is already defined"));
            return;
        }
        let Some(definition) = self.find_definition(key, &name, progress) else {
            self.report(key, format!("Unexpected value '{name}'"));
            return;
        };
        let value = self.read_value(value, definition, place);
        progress.entries.push((Located { position: key.position, token: Token::Text(name) }, value));
    }

    fn read_expression_entry(&mut self, key: &Node, token: Token, value: &Node, place: Place, progress: &mut Progress) {
        if !place.allows_expressions() {
            self.report(key, NOT_HERE);
            return;
        }
        let is_open = progress.candidates.len() == 1 && progress.candidates[0].properties.is_empty();
        let definition = progress.others.filter(|_| is_open).unwrap_or(Definition::of(Shape::Any));
        let value = self.read_value(value, definition, place);
        progress.entries.push((Located { position: key.position, token }, value));
    }

    /// The definition of a key; the candidates that do not know it are dropped if another does.
    fn find_definition(&mut self, key: &Node, name: &str, progress: &mut Progress) -> Option<Definition> {
        let known = progress.candidates.iter().filter_map(|mapping| mapping.find(name)).next_back();
        if let Some(property) = known {
            progress.candidates.retain(|mapping| mapping.find(name).is_some());
            return Some(property.definition);
        }
        let others = progress.others?;
        if name.is_empty() {
            self.report(key, "Unexpected value ''");
        }
        Some(others)
    }

    fn check_complete(&mut self, node: &Node, progress: &Progress) {
        match progress.candidates.as_slice() {
            [mapping] if !progress.has_expression_key => {
                for property in mapping.properties.iter().filter(|property| property.is_required) {
                    if !progress.seen.contains(&property.name.to_uppercase()) {
                        self.report(node, format!("Required property is missing: {}", property.name));
                    }
                }
            }
            [_] => {}
            several => {
                let telling = telling_properties(several).join(", ");
                self.report(
                    node,
                    format!(
                        "There's not enough info to determine what you meant. Add one of these properties: {telling}"
                    ),
                );
            }
        }
    }
}

/// The properties that only one of the mappings has, sorted.
fn telling_properties(mappings: &[&'static Mapping]) -> Vec<&'static str> {
    let mut counts = BTreeMap::new();
    for property in mappings.iter().flat_map(|mapping| mapping.properties) {
        *counts.entry(property.name).or_insert(0_usize) += 1;
    }
    counts.into_iter().filter(|(_, count)| *count == 1).map(|(name, _)| name).collect()
}

fn matches(shape: Shape, token: &Token) -> bool {
    match (shape, token) {
        (Shape::Null, Token::Null)
        | (Shape::Boolean, Token::Boolean(_))
        | (Shape::Number, Token::Number(_))
        | (Shape::Text, Token::Text(_)) => true,
        (Shape::Filled, Token::Text(text)) => !text.is_empty(),
        (Shape::Words(words), Token::Text(text)) => words.contains(&text.as_str()),
        _ => false,
    }
}
