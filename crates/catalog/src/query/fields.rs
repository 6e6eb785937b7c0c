//! The parts of an entity that are asked for: `metadata.name`, `metadata.annotations.backstage.io/techdocs-ref`.

use serde_json::{Map, Value};

use super::QueryError;

/// Paths; without any, the whole entity is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<String>);

impl Fields {
    /// From repeated, comma-separated texts.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, QueryError> {
        let all =
            texts.iter().flat_map(|text| text.as_ref().split(',')).map(str::trim).filter(|field| !field.is_empty());
        let fields: Vec<String> = all.map(str::to_owned).collect();
        match fields.iter().find(|field| field.contains('[')) {
            Some(field) => {
                Err(QueryError::new(format!("Invalid field {field:?}, array type fields are not supported")))
            }
            None => Ok(Self(fields)),
        }
    }

    /// What is asked for of an entity.
    pub fn project(&self, entity: Value) -> Value {
        if self.0.is_empty() {
            return entity;
        }
        let mut output = Value::Object(Map::new());
        for field in &self.0 {
            if let Some((path, value)) = find(&entity, field) {
                put(&mut output, &path, value.clone());
            }
        }
        output
    }
}

/// The value at a dotted path. Where a part is no key, it is taken together with the next, since keys may hold dots.
fn find<'a>(entity: &'a Value, field: &str) -> Option<(Vec<String>, &'a Value)> {
    let mut path = Vec::new();
    let mut value = entity;
    let mut key = String::new();
    for part in field.split('.') {
        if !key.is_empty() {
            key.push('.');
        }
        key.push_str(part);
        if let Some(inner) = value.get(key.as_str()) {
            value = inner;
            path.push(std::mem::take(&mut key));
        }
    }
    (key.is_empty() && !path.is_empty()).then_some((path, value))
}

fn put(output: &mut Value, path: &[String], value: Value) {
    let Some((last, parents)) = path.split_last() else { return };
    let mut at = output;
    for key in parents {
        if !at[key.as_str()].is_object() {
            at[key.as_str()] = Value::Object(Map::new());
        }
        at = &mut at[key.as_str()];
    }
    at[last.as_str()] = value;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Fields;

    #[test]
    fn keys_may_hold_dots_and_what_is_not_there_is_left_out() {
        let entity =
            json!({"kind": "API", "metadata": {"name": "a", "annotations": {"backstage.io/x": "1"}}, "spec": {"t": 1}});
        let fields = Fields::parse(&["kind,metadata.annotations.backstage.io/x", " spec.nothing "]).expect("fields");
        assert_eq!(
            fields.project(entity),
            json!({"kind": "API", "metadata": {"annotations": {"backstage.io/x": "1"}}})
        );
        assert!(Fields::parse(&["a[0]"]).is_err());
    }
}
