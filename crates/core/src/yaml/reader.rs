//! Events of the parser, made into values with their places.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};
use serde_json::{Map, Value};

use super::place::Place;
use super::{DEPTH_MAX, Dialect, Document, EXPANSION_MAX, Options, Position, YamlError, scalar};

/// What stops the reading of one document.
struct Problem {
    position: Position,
    message: String,
}

/// A value that an alias can repeat.
struct Anchored {
    value: Value,
    place: Place,
    weight: usize,
    height: usize,
}

/// A value on the way out of its reading.
struct Built {
    value: Value,
    place: Place,
    /// About how many bytes it is as JSON; only counted where an alias can ask for it.
    height: usize,
}

pub(super) fn read(text: &str, options: &Options) -> Vec<Result<Document, YamlError>> {
    let start = Position { line: 1, column: 1 };
    if text.len() > options.max_bytes {
        let message = format!("the text is {} bytes long; at most {} are allowed", text.len(), options.max_bytes);
        return vec![Err(YamlError::at("", options, start, message))];
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let limits = granit_parser::options! {
        emit_comments: false,
        // A bound of our own comes first and says what is allowed.
        flow_nesting_limit: DEPTH_MAX * 2,
        block_nesting_limit: DEPTH_MAX * 2
    };
    let mut reader = Reader {
        parser: Parser::new_from_str_with_options(text, limits),
        dialect: options.dialect,
        anchors: HashMap::new(),
        expanded: 0,
    };
    let mut documents = Vec::new();
    loop {
        match reader.document() {
            Ok(Some(document)) => {
                if !document.value.is_null() {
                    documents.push(Ok(document));
                }
            }
            Ok(None) => return documents,
            Err(problem) => {
                documents.push(Err(YamlError::at(text, options, problem.position, problem.message)));
                reader.anchors.clear();
                if !matches!(reader.parser.proceed_next_document(), Ok(true)) {
                    return documents;
                }
            }
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    dialect: Dialect,
    anchors: HashMap<usize, Anchored>,
    expanded: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Option<(Event<'t>, Span)>, Problem> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok(next)) => Ok(Some(next)),
            Some(Err(error)) => {
                let marker = error.marker();
                let position = Position { line: marker.line().max(1), column: marker.col() + 1 };
                Err(Problem { position, message: error.info() })
            }
        }
    }

    /// The next document, or `None` at the end of the text.
    fn document(&mut self) -> Result<Option<Document>, Problem> {
        loop {
            let Some((event, _)) = self.next()? else { return Ok(None) };
            if matches!(event, Event::DocumentStart(..)) {
                break;
            }
        }
        self.anchors.clear();
        let Some((event, span)) = self.next()? else { return Ok(None) };
        let line = span.start.line();
        let built = self.node(event, span, 0)?;
        self.next()?;
        Ok(Some(Document { value: built.value, line, place: built.place }))
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Built, Problem> {
        let position = position_of(&span);
        if depth > DEPTH_MAX {
            return Err(Problem { position, message: format!("nested deeper than {DEPTH_MAX} levels") });
        }
        let (anchor, built) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = self.scalar(text, style, tag.as_deref(), position)?;
                (anchor, Built { value, place: place_at(position), height: 0 })
            }
            Event::SequenceStart(_, anchor, _) => (anchor, self.sequence(position, depth)?),
            Event::MappingStart(_, anchor, _) => (anchor, self.mapping(position, depth)?),
            Event::Alias(id) => return self.alias(id, position, depth),
            _ => (0, Built { value: Value::Null, place: place_at(position), height: 0 }),
        };
        if anchor != 0 {
            let weight = weight(&built.value);
            let copy =
                Anchored { value: built.value.clone(), place: built.place.clone(), weight, height: built.height };
            self.spend(weight, position)?;
            self.anchors.insert(anchor, copy);
        }
        Ok(built)
    }

    fn sequence(&mut self, position: Position, depth: usize) -> Result<Built, Problem> {
        let mut list = Vec::new();
        let mut place = place_at(position);
        let mut height = 0;
        loop {
            let Some((event, span)) = self.next()? else { return Err(unfinished(position)) };
            if matches!(event, Event::SequenceEnd) {
                return Ok(Built { value: Value::Array(list), place, height });
            }
            let built = self.node(event, span, depth + 1)?;
            height = height.max(built.height + 1);
            place.inner.push(built.place);
            list.push(built.value);
        }
    }

    fn mapping(&mut self, position: Position, depth: usize) -> Result<Built, Problem> {
        let mut map = Map::new();
        let mut place = place_at(position);
        let mut merged: Vec<Built> = Vec::new();
        let mut height = 0;
        loop {
            let Some((event, span)) = self.next()? else { return Err(unfinished(position)) };
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let at = position_of(&span);
            let (key, is_plain) = self.key(event, at)?;
            let Some((event, span)) = self.next()? else { return Err(unfinished(position)) };
            let mut built = self.node(event, span, depth + 1)?;
            height = height.max(built.height + 1);
            if is_plain && key == "<<" && self.dialect == Dialect::Kubernetes {
                merged.push(built);
                continue;
            }
            if map.contains_key(&key) {
                return Err(Problem { position: at, message: format!("the key {key:?} is given twice") });
            }
            built.place.at = pair(at);
            place.inner.push(built.place);
            map.insert(key, built.value);
        }
        for built in merged {
            merge(&mut map, &mut place, built)?;
        }
        Ok(Built { value: Value::Object(map), place, height })
    }

    /// A key as text, and whether it was written plainly.
    fn key(&mut self, event: Event<'t>, position: Position) -> Result<(String, bool), Problem> {
        let problem = |what: &str| Problem { position, message: format!("a key must be text, not {what}") };
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let is_plain = style == ScalarStyle::Plain;
                if is_plain && matches!(&*text, "" | "~" | "null") {
                    return Err(problem("null"));
                }
                if anchor != 0 {
                    let copy = Anchored {
                        value: text.to_string().into(),
                        place: place_at(position),
                        weight: text.len(),
                        height: 0,
                    };
                    self.anchors.insert(anchor, copy);
                }
                Ok((text.into_owned(), is_plain))
            }
            Event::Alias(id) => match self.alias(id, position, 0)?.value {
                Value::String(text) => Ok((text, false)),
                Value::Bool(_) | Value::Number(_) | Value::Null | Value::Array(_) | Value::Object(_) => {
                    Err(problem("an alias of something else"))
                }
            },
            Event::MappingStart(..) => Err(problem("a map")),
            _ => Err(problem("a list")),
        }
    }

    fn alias(&mut self, id: usize, position: Position, depth: usize) -> Result<Built, Problem> {
        let Some(anchored) = self.anchors.get(&id) else {
            return Err(Problem { position, message: "the alias stands within what it repeats".into() });
        };
        if depth + anchored.height > DEPTH_MAX {
            return Err(Problem { position, message: format!("nested deeper than {DEPTH_MAX} levels") });
        }
        let weight = anchored.weight;
        let (value, place, height) = (anchored.value.clone(), anchored.place.clone(), anchored.height);
        self.spend(weight, position)?;
        Ok(Built { value, place, height })
    }

    fn spend(&mut self, weight: usize, position: Position) -> Result<(), Problem> {
        self.expanded += weight;
        if self.expanded > EXPANSION_MAX {
            let message = format!("the aliases expand to more than {EXPANSION_MAX} bytes");
            return Err(Problem { position, message });
        }
        Ok(())
    }

    fn scalar(
        &self,
        text: Cow<'t, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        position: Position,
    ) -> Result<Value, Problem> {
        if let Some(suffix) = tag.and_then(|tag| tag.suffix_in_namespace("tag:yaml.org,2002:")) {
            if suffix == "binary" {
                return Err(Problem { position, message: "!!binary is not read: write base64 as text".into() });
            }
            return scalar::tagged(&suffix, &text, self.dialect)
                .ok_or_else(|| Problem { position, message: format!("the value is no !!{suffix}") });
        }
        // A local tag, `!` included, means text as it is written.
        if style != ScalarStyle::Plain || tag.is_some() {
            return Ok(text.into_owned().into());
        }
        scalar::resolve(&text, self.dialect).map_err(|message| Problem { position, message })
    }
}

/// Adds what `<<` names: one map or a list of them, of which the earlier win; what the map itself says wins over all.
fn merge(map: &mut Map<String, Value>, place: &mut Place, source: Built) -> Result<(), Problem> {
    let wrong = || Problem {
        position: Position { line: source.place.at.0 as usize, column: source.place.at.1 as usize },
        message: "'<<' merges a map or a list of maps".into(),
    };
    let sources = match (&source.value, &source.place) {
        (Value::Object(inner), place) => vec![(inner, place)],
        (Value::Array(list), place) => list
            .iter()
            .zip(&place.inner)
            .map(|(item, place)| Some((item.as_object()?, place)))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(wrong)?,
        _ => return Err(wrong()),
    };
    for (inner, places) in sources {
        for ((key, value), at) in inner.iter().zip(&places.inner) {
            if !map.contains_key(key) {
                map.insert(key.clone(), value.clone());
                place.inner.push(at.clone());
            }
        }
    }
    Ok(())
}

fn weight(value: &Value) -> usize {
    // Every value costs more in memory than as text, so that a bomb of empty lists is counted as well.
    16 + match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(weight).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + weight(value)).sum(),
    }
}

fn unfinished(position: Position) -> Problem {
    Problem { position, message: "the text ends within this".into() }
}

fn position_of(span: &Span) -> Position {
    Position { line: span.start.line().max(1), column: span.start.col() + 1 }
}

fn pair(position: Position) -> (u32, u32) {
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    (small(position.line), small(position.column))
}

fn place_at(position: Position) -> Place {
    Place { at: pair(position), inner: Vec::new() }
}
