//! Placeholders of catalog files: `{$text: ./openapi.yaml}` and the like stand for what lies elsewhere.
//!
//! The catalog reads it when it reads the entity. Here, what lies beside the file is looked for, and what lies behind an
//! address is taken to be there.

use std::path::Path;

use causeway_core::schema::FieldError;
use serde_json::Value;

/// The keys, and whether what they stand for is text.
const KEYS: &[(&str, bool)] =
    &[("$text", true), ("$openapi", true), ("$asyncapi", true), ("$json", false), ("$yaml", false)];

/// Puts something of the right type in place of every placeholder below `value`; what cannot be found is an error.
pub(super) fn resolve(value: &mut Value, file: &Path, path: &str) -> Vec<FieldError> {
    match value {
        Value::Array(list) => {
            list.iter_mut().enumerate().flat_map(|(i, item)| resolve(item, file, &format!("{path}[{i}]"))).collect()
        }
        Value::Object(map) => {
            let found = KEYS.iter().find_map(|(key, is_text)| Some((map.get(*key)?.clone(), *is_text, *key)));
            if let (Some((target, is_text, key)), 1) = (found, map.len()) {
                let missing =
                    missing(&target, file).map(|why| FieldError::invalid(format!("{path}.{key}"), &target, &why));
                *value = if is_text { "what it stands for".into() } else { serde_json::json!({}) };
                return missing.into_iter().collect();
            }
            map.iter_mut().flat_map(|(key, inner)| resolve(inner, file, &format!("{path}.{key}"))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn missing(target: &Value, file: &Path) -> Option<String> {
    let Some(target) = target.as_str() else { return Some("a placeholder names a file or an address".to_owned()) };
    let is_address = target.contains("://");
    let beside = file.parent().unwrap_or(Path::new("")).join(target);
    (!is_address && !beside.exists()).then(|| format!("there is no file {}", beside.display()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::resolve;

    #[test]
    fn takes_what_lies_beside_the_file_and_names_what_does_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("openapi.yaml"), "openapi: 3.0.0").unwrap();
        let file = folder.path().join("catalog-info.yaml");
        let mut spec = json!({"definition": {"$text": "./openapi.yaml"}, "other": {"$text": "https://example.test/x"}, "more": [{"$json": "gone.json"}], "a": {"b": 1}});
        let errors = resolve(&mut spec, &file, "spec");
        assert_eq!(errors.iter().map(|e| e.path.as_str()).collect::<Vec<_>>(), ["spec.more[0].$json"]);
        assert!(spec["definition"].is_string() && spec["other"].is_string() && spec["a"]["b"] == 1);
    }
}
