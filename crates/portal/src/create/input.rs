//! What was sent, read back into the values that the template's schema knows.

use serde_json::{Map, Number, Value};

use super::field::{Field, Part, Widget};

/// A value that is wrong, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// Name of the field; empty for the form as a whole.
    pub(super) field: String,
    /// What is wrong, in a sentence.
    pub(super) why: String,
}

/// Reads the pairs of a form. What was left empty is left out; what cannot be read is among the second.
pub(super) fn read(parts: &[Part], pairs: &[(String, String)]) -> (Map<String, Value>, Vec<Wrong>) {
    let mut values = Map::new();
    let mut wrong = Vec::new();
    for field in parts.iter().flat_map(|p| &p.fields) {
        let given: Vec<&str> = pairs.iter().filter(|(name, _)| *name == field.name).map(|(_, v)| v.as_str()).collect();
        match value(field, &given) {
            Ok(Some(value)) => {
                values.insert(field.name.clone(), value);
            }
            Ok(None) => {}
            Err(why) => wrong.push(Wrong { field: field.name.clone(), why }),
        }
    }
    (values, wrong)
}

fn value(field: &Field, given: &[&str]) -> Result<Option<Value>, String> {
    let first = given.first().map(|t| t.trim()).unwrap_or_default();
    match &field.widget {
        // an unticked box sends nothing
        Widget::Check => Ok(Some(Value::Bool(!first.is_empty() && first != "false"))),
        Widget::Checks(choices) => {
            let chosen = choices.iter().filter(|c| given.contains(&c.text().as_str())).map(|c| c.value.clone());
            Ok(Some(Value::Array(chosen.collect())))
        }
        _ if first.is_empty() => Ok(None),
        Widget::Radio(choices) | Widget::Select(choices) => {
            let chosen = choices.iter().find(|c| c.text() == first);
            chosen.map(|c| Some(c.value.clone())).ok_or_else(|| format!("{first} is not one of the choices."))
        }
        Widget::Number { whole, .. } => number(first, *whole).map(Some),
        Widget::Lines => {
            Ok(Some(Value::Array(first.lines().map(str::trim).filter(|l| !l.is_empty()).map(Value::from).collect())))
        }
        Widget::Json => serde_json::from_str(first).map(Some).map_err(|e| format!("This is not JSON: {e}.")),
        Widget::Area => Ok(Some(first.replace("\r\n", "\n").into())),
        Widget::Line { .. } | Widget::Picker { .. } | Widget::Hidden => Ok(Some(first.into())),
    }
}

fn number(text: &str, whole: bool) -> Result<Value, String> {
    if let Ok(number) = text.parse::<i64>() {
        return Ok(number.into());
    }
    let number = text.replace(',', ".").parse::<f64>().ok().and_then(Number::from_f64);
    match (number, whole) {
        (Some(number), false) => Ok(Value::Number(number)),
        (_, true) => Err(format!("{text} is not a whole number.")),
        (None, false) => Err(format!("{text} is not a number.")),
    }
}

/// The values as pairs of a form, so that another form can carry them on.
pub(super) fn pairs(parts: &[Part], values: &Map<String, Value>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for field in parts.iter().flat_map(|p| &p.fields) {
        let Some(value) = values.get(&field.name) else { continue };
        match (&field.widget, value) {
            (Widget::Lines, Value::Array(list)) => {
                let lines: Vec<String> = list.iter().map(super::field::text_of).collect();
                pairs.push((field.name.clone(), lines.join("\n")));
            }
            (Widget::Checks(_), Value::Array(list)) => {
                pairs.extend(list.iter().map(|v| (field.name.clone(), super::field::text_of(v))))
            }
            (Widget::Check, Value::Bool(false)) => {}
            (_, value) => pairs.push((field.name.clone(), super::field::text_of(value))),
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::field::{Part, parts};
    use super::{pairs, read};

    fn form() -> Vec<Part> {
        parts(&[json!({"properties": {
            "name": {"type": "string"}, "replicas": {"type": "integer"}, "ci": {"type": "boolean"}, "cd": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}}, "size": {"enum": [1, 2]}, "more": {"type": "object"},
            "on": {"type": "array", "items": {"enum": ["a", "b"]}},
        }})])
    }

    fn sent(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn reads_texts_into_the_types_of_the_schema() {
        let given = [
            ("name", " pay "),
            ("replicas", "3"),
            ("ci", "true"),
            ("tags", "x\r\n\r\ny"),
            ("size", "2"),
            ("more", "{\"a\":1}"),
            ("on", "a"),
            ("on", "b"),
            ("other", "z"),
        ];
        let (values, wrong) = read(&form(), &sent(&given));
        assert_eq!(wrong, []);
        let wanted = json!({"name": "pay", "replicas": 3, "ci": true, "cd": false, "tags": ["x", "y"], "size": 2, "more": {"a": 1}, "on": ["a", "b"]});
        assert_eq!(Value::Object(values.clone()), wanted);
        let (again, _) = read(&form(), &pairs(&form(), &values));
        assert_eq!(Value::Object(again), wanted);
    }

    #[test]
    fn says_what_cannot_be_read_and_leaves_out_what_is_empty() {
        let (values, wrong) = read(&form(), &sent(&[("name", ""), ("replicas", "two"), ("size", "7"), ("more", "{")]));
        let fields: Vec<&str> = wrong.iter().map(|w| w.field.as_str()).collect();
        assert_eq!(fields, ["replicas", "size", "more"]);
        assert!(!values.contains_key("name"));
    }
}
