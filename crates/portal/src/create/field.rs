//! The fields of a form, from the JSON schema of a template's page and its hints for forms.

use serde_json::{Map, Value};

/// How a value is asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Widget {
    /// One line; the type of the input, the pattern and the longest text.
    Line { kind: &'static str, longest: Option<u64> },
    /// Several lines.
    Area,
    /// A number with its bounds; whether it is a whole one.
    Number { whole: bool, least: Option<f64>, most: Option<f64> },
    /// Yes or no.
    Check,
    /// One of a few.
    Radio(Vec<Choice>),
    /// One of many.
    Select(Vec<Choice>),
    /// Several of a few.
    Checks(Vec<Choice>),
    /// A list of texts, one a line.
    Lines,
    /// An entity of these kinds, or a text that names one.
    Picker { kinds: Vec<String>, free: bool },
    /// Kept as it is.
    Hidden,
    /// Anything else, as JSON.
    Json,
}

/// A value that can be chosen, and what people call it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    pub(super) value: Value,
    pub(super) label: String,
}

impl Choice {
    /// As it stands in the form.
    pub(super) fn text(&self) -> String {
        text_of(&self.value)
    }
}

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) hint: String,
    pub(super) required: bool,
    /// Whether its value must not be shown or stored in the open.
    pub(super) secret: bool,
    pub(super) placeholder: String,
    pub(super) autofocus: bool,
    pub(super) widget: Widget,
}

/// A page of the template, as a part of the form.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    pub(super) title: String,
    pub(super) hint: String,
    pub(super) fields: Vec<Field>,
}

/// The form of a template.
pub(super) fn parts(pages: &[Value]) -> Vec<Part> {
    pages.iter().enumerate().map(|(index, page)| part(index, page)).collect()
}

fn part(index: usize, page: &Value) -> Part {
    let title = text(page, "title").map_or_else(|| format!("Step {}", index + 1), str::to_owned);
    let required: Vec<&str> =
        page.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut fields: Vec<Field> = Vec::new();
    for (properties, always) in properties(page) {
        for (name, schema) in properties {
            if !fields.iter().any(|f| f.name == *name) {
                fields.push(field(name, schema, always && required.contains(&name.as_str())));
            }
        }
    }
    let order: Vec<&str> =
        page.get("ui:order").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    if !order.is_empty() {
        fields.sort_by_key(|f| order.iter().position(|n| *n == f.name).unwrap_or(order.len()));
    }
    Part { title, hint: text(page, "description").unwrap_or_default().to_owned(), fields }
}

/// The properties of a page, and those that depend on the value of others: without script all are shown, and those are never required.
fn properties(page: &Value) -> Vec<(&Map<String, Value>, bool)> {
    let own = page.get("properties").and_then(Value::as_object).map(|p| (p, true));
    let conditional = page.get("dependencies").and_then(Value::as_object).into_iter().flat_map(|d| d.values());
    let branches = conditional
        .flat_map(|d| d.get("oneOf").and_then(Value::as_array).into_iter().flatten().chain(std::iter::once(d)));
    let then = page.get("allOf").and_then(Value::as_array).into_iter().flatten().chain(std::iter::once(page));
    let then = then.flat_map(|p| [p.get("then"), p.get("else")]).flatten();
    let more = branches.chain(then).filter_map(|b| b.get("properties").and_then(Value::as_object)).map(|p| (p, false));
    own.into_iter().chain(more).collect()
}

fn text<'a>(schema: &'a Value, field: &str) -> Option<&'a str> {
    schema.get(field).and_then(Value::as_str).filter(|t| !t.is_empty())
}

/// A hint for forms stands beside the schema as `ui:name`, or under `ui:options`.
fn hint<'a>(schema: &'a Value, name: &str) -> Option<&'a Value> {
    schema.get(format!("ui:{name}")).or_else(|| schema.get("ui:options")?.get(name))
}

fn field(name: &str, schema: &Value, required: bool) -> Field {
    let title = text(schema, "title").unwrap_or(name);
    let help = hint(schema, "help").and_then(Value::as_str).or_else(|| text(schema, "description"));
    let widget = widget(schema);
    Field {
        name: name.to_owned(),
        title: title.to_owned(),
        hint: help.unwrap_or_default().to_owned(),
        required,
        secret: is_secret(schema),
        placeholder: hint(schema, "placeholder").and_then(Value::as_str).unwrap_or_default().to_owned(),
        autofocus: hint(schema, "autofocus").and_then(Value::as_bool).unwrap_or(false),
        widget,
    }
}

fn is_secret(schema: &Value) -> bool {
    hint(schema, "widget").and_then(Value::as_str) == Some("password")
        || hint(schema, "field").and_then(Value::as_str) == Some("Secret")
}

fn widget(schema: &Value) -> Widget {
    let asked = hint(schema, "widget").and_then(Value::as_str).unwrap_or_default();
    if asked == "hidden" {
        return Widget::Hidden;
    }
    if let Some(picker) = picker(schema) {
        return picker;
    }
    let choices = choices(schema);
    if !choices.is_empty() {
        return if asked == "radio" || (choices.len() <= FEW && asked != "select") {
            Widget::Radio(choices)
        } else {
            Widget::Select(choices)
        };
    }
    match schema.get("type").and_then(Value::as_str).unwrap_or("string") {
        "boolean" => Widget::Check,
        kind @ ("integer" | "number") => {
            let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
            Widget::Number { whole: kind == "integer", least: bound("minimum"), most: bound("maximum") }
        }
        "array" => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            let choices = self::choices(items);
            if !choices.is_empty() {
                Widget::Checks(choices)
            } else if items.get("type").and_then(Value::as_str) == Some("object") {
                Widget::Json
            } else {
                Widget::Lines
            }
        }
        "object" => Widget::Json,
        _ if asked == "textarea" => Widget::Area,
        _ => Widget::Line { kind: line_kind(schema), longest: schema.get("maxLength").and_then(Value::as_u64) },
    }
}

/// More choices than this stand in a list that opens.
const FEW: usize = 4;

fn line_kind(schema: &Value) -> &'static str {
    match (is_secret(schema), text(schema, "format")) {
        (true, _) => "password",
        (false, Some("email")) => "email",
        (false, Some("uri" | "url")) => "url",
        (false, Some("date")) => "date",
        _ => "text",
    }
}

/// `enum` with `enumNames`, or `oneOf` with `const` and `title`.
fn choices(schema: &Value) -> Vec<Choice> {
    let names = schema.get("enumNames").or_else(|| hint(schema, "enumNames")).and_then(Value::as_array);
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        let label = |index: usize, value: &Value| {
            names.and_then(|n| n.get(index)).and_then(Value::as_str).map_or_else(|| text_of(value), str::to_owned)
        };
        return values
            .iter()
            .enumerate()
            .map(|(i, value)| Choice { value: value.clone(), label: label(i, value) })
            .collect();
    }
    let one_of = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let choice = |option: &Value| {
        let value = option.get("const")?.clone();
        Some(Choice { label: text(option, "title").map_or_else(|| text_of(&value), str::to_owned), value })
    };
    one_of.filter_map(choice).collect()
}

/// Fields that name an entity.
fn picker(schema: &Value) -> Option<Widget> {
    let usual: &[&str] = match hint(schema, "field")?.as_str()? {
        "OwnerPicker" => &["group", "user"],
        "EntityPicker" | "MultiEntityPicker" => &[],
        "MyGroupsPicker" => &["group"],
        _ => return None,
    };
    let filter = hint(schema, "catalogFilter");
    let filters: Vec<&Value> = match filter {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let mut kinds: Vec<String> = Vec::new();
    for kind in filters.iter().filter_map(|f| f.get("kind")).chain(hint(schema, "allowedKinds")) {
        match kind {
            Value::String(kind) => kinds.push(kind.to_lowercase()),
            Value::Array(list) => kinds.extend(list.iter().filter_map(Value::as_str).map(str::to_lowercase)),
            _ => {}
        }
    }
    if kinds.is_empty() {
        kinds = usual.iter().map(|k| (*k).to_owned()).collect();
    }
    let free = hint(schema, "allowArbitraryValues").and_then(Value::as_bool).unwrap_or(true);
    Some(Widget::Picker { kinds, free })
}

/// A value as a form holds it.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Widget, parts};

    #[test]
    fn asks_for_every_type_in_its_own_way() {
        let page = json!({"title": "T", "required": ["a"], "properties": {
            "a": {"type": "string", "maxLength": 9},
            "b": {"type": "string", "ui:widget": "textarea"},
            "c": {"type": "integer", "minimum": 1},
            "d": {"type": "boolean"},
            "e": {"type": "string", "enum": ["x", "y"], "enumNames": ["X", "Y"]},
            "f": {"type": "string", "enum": ["1", "2", "3", "4", "5"]},
            "g": {"type": "array", "items": {"type": "string", "enum": ["p", "q"]}},
            "h": {"type": "array", "items": {"type": "string"}},
            "i": {"type": "string", "ui:field": "OwnerPicker", "ui:options": {"catalogFilter": {"kind": "Group"}}},
            "j": {"type": "string", "ui:widget": "password"},
            "k": {"type": "object"},
            "l": {"type": "string", "default": "x", "ui:widget": "hidden"},
            "m": {"type": "string", "oneOf": [{"const": "s", "title": "Small"}]},
        }});
        let parts = parts(&[page]);
        let said: Vec<String> = parts[0]
            .fields
            .iter()
            .map(|f| {
                let widget = match &f.widget {
                    Widget::Line { kind, .. } => (*kind).to_owned(),
                    Widget::Radio(c) => format!("radio of {}", c[0].label),
                    Widget::Select(c) => format!("select of {}", c.len()),
                    Widget::Checks(c) => format!("checks of {}", c.len()),
                    Widget::Picker { kinds, .. } => format!("picker of {}", kinds.join(",")),
                    other => format!("{other:?}").split([' ', '(']).next().unwrap_or_default().to_lowercase(),
                };
                format!("{} {widget}{}", f.name, if f.required { " required" } else { "" })
            })
            .collect();
        let wanted = [
            "a text required",
            "b area",
            "c number",
            "d check",
            "e radio of X",
            "f select of 5",
            "g checks of 2",
            "h lines",
            "i picker of group",
            "j password",
            "k json",
            "l hidden",
            "m radio of Small",
        ];
        assert_eq!(said, wanted);
        assert!(parts[0].fields[9].secret);
    }

    #[test]
    fn shows_fields_that_depend_on_others_and_never_requires_them() {
        let page = json!({"properties": {"db": {"type": "boolean"}}, "required": ["db", "size"],
            "dependencies": {"db": {"oneOf": [{"properties": {"db": {"const": true}, "size": {"type": "string"}}}]}}});
        let names: Vec<_> = parts(&[page])[0].fields.iter().map(|f| (f.name.clone(), f.required)).collect();
        assert_eq!(names, [("db".to_owned(), true), ("size".to_owned(), false)]);
    }
}
