//! Rendering of JSON values: the inputs, conditions and outputs of a template's steps.
//!
//! Invariant: as in Backstage's workflow runner, values are rendered and keys are not; a string that is one expression keeps its
//! type, another one becomes text; what renders to nothing is left out; a string that cannot be rendered stays as it stands, and
//! a [`Warning`] says why.

use serde_json::{Map, Value as Json};

use crate::engine::{Context, Engine, Template};
use crate::error::Error;
use crate::syntax::ast::Node;

/// A rendered value and what went wrong on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct RenderedValue {
    /// The value; null if the whole of it rendered to nothing.
    pub value: Json,
    /// Strings that were left as they stand.
    pub warnings: Vec<Warning>,
}

/// A string of a value that could not be rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct Warning {
    /// Where it is, as a JSON pointer.
    pub pointer: String,
    /// Why it was left as it stands.
    pub error: Error,
}

impl Engine {
    /// Renders every string inside `template` with the variables of `context`.
    ///
    /// A string that is exactly one `${{ expression }}` becomes the value of the expression. One that is exactly one block tag
    /// becomes the JSON value that its text spells, if it spells one. An entry of a map that renders to nothing (undefined, or a
    /// text of no characters) is left out, an item of a list becomes null; an expression whose value is the empty string keeps it.
    pub fn render_value(&self, template: &Json, context: &Json) -> RenderedValue {
        self.render_value_with(template, &Context::new(context))
    }

    /// The same with a prepared context.
    pub fn render_value_with(&self, template: &Json, context: &Context) -> RenderedValue {
        let mut renderer = ValueRenderer { engine: self, context, pointer: String::new(), warnings: Vec::new() };
        let value = renderer.render(template).unwrap_or_default();
        RenderedValue { value, warnings: renderer.warnings }
    }
}

struct ValueRenderer<'a> {
    engine: &'a Engine,
    context: &'a Context,
    pointer: String,
    warnings: Vec<Warning>,
}

impl ValueRenderer<'_> {
    fn render(&mut self, template: &Json) -> Option<Json> {
        match template {
            Json::String(text) => self.render_text(text),
            Json::Array(items) => {
                let rendered = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| self.below(&index.to_string(), item).unwrap_or_default());
                Some(Json::Array(rendered.collect()))
            }
            Json::Object(entries) => {
                let rendered = entries.iter().filter_map(|(key, entry)| Some((key.clone(), self.below(key, entry)?)));
                Some(Json::Object(rendered.collect::<Map<_, _>>()))
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => Some(template.clone()),
        }
    }

    fn below(&mut self, key: &str, template: &Json) -> Option<Json> {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
        let rendered = self.render(template);
        self.pointer.truncate(length);
        rendered
    }

    fn render_text(&mut self, text: &str) -> Option<Json> {
        if !self.engine.has_tags(text) {
            return Some(text).filter(|text| !text.is_empty()).map(Json::from);
        }
        match self.try_render(text) {
            Ok(rendered) => rendered,
            Err(error) => {
                self.warnings.push(Warning { pointer: self.pointer.clone(), error });
                Some(Json::from(text))
            }
        }
    }

    fn try_render(&self, text: &str) -> Result<Option<Json>, Error> {
        let name = if self.pointer.is_empty() { "/" } else { &self.pointer };
        let template = self.engine.compile(name, text)?;
        if let [Node::Output(expression)] = template.nodes()
            && !text[..expression.at as usize].contains("{%")
        {
            return self.engine.value_of(&template, expression, self.context);
        }
        let rendered = self.engine.render_template(&template, self.context)?;
        let json = if is_one_block(&template) { self.parse_block(text, &rendered) } else { None };
        Ok(json.or_else(|| Some(rendered).filter(|rendered| !rendered.is_empty()).map(Json::from)))
    }

    /// The value that a block's text spells. Backstage dumps the expression inside of it, so that it keeps its type.
    fn parse_block(&self, text: &str, rendered: &str) -> Option<Json> {
        let Some(dumping) = dump_expression(text) else {
            return serde_json::from_str(rendered).ok();
        };
        let template = self.engine.compile("", &dumping).ok()?;
        serde_json::from_str(&self.engine.render_template(&template, self.context).ok()?).ok()
    }
}

/// Whether a template is nothing but one tag.
fn is_one_block(template: &Template) -> bool {
    matches!(template.nodes(), [node] if !matches!(node, Node::Text(_)))
}

/// Rewrites what stands between the first `${{` and the last `}}` of a line as `( … ) | dump`.
fn dump_expression(text: &str) -> Option<String> {
    let start = text.find("${{")? + 3;
    let line = &text[start..text[start..].find('\n').map_or(text.len(), |end| start + end)];
    let end = start + line.rfind("}}")?;
    Some(format!("{}( {} ) | dump {}", &text[..start], &text[start..end], &text[end..]))
}
