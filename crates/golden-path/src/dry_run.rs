//! What a template would make, without making it.

use causeway_core::{Object, yaml};
use causeway_template::Engine;
use serde_json::{Map, Value, json};

use crate::{Template, TemplateError, built_in, fetch};

/// The files that a template would write.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DryRun {
    /// Path and content, by path.
    pub files: Vec<(String, Vec<u8>)>,
    /// What could not be rendered, and was left as it stands.
    pub warnings: Vec<String>,
}

impl DryRun {
    /// A text file among them.
    pub fn text(&self, path: &str) -> Option<&str> {
        let (_, bytes) = self.files.iter().find(|(p, _)| p == path)?;
        std::str::from_utf8(bytes).ok()
    }

    /// The paths.
    pub fn paths(&self) -> Vec<String> {
        self.files.iter().map(|(path, _)| path.clone()).collect()
    }

    /// The documents of a YAML file among them; those that cannot be read are left out.
    pub fn documents(&self, path: &str) -> Vec<Object> {
        let text = self.text(path).unwrap_or_default();
        let documents = yaml::parse_each(text, &yaml::Options::core());
        documents.into_iter().filter_map(Result::ok).filter_map(|d| Object::from_value(d.value)).collect()
    }
}

/// Runs the steps of a built-in template that only fetch, with complete parameters; all others have effects and are passed over.
pub fn dry_run(template: &Template, parameters: &Map<String, Value>) -> Result<DryRun, TemplateError> {
    let engine = Engine::backstage();
    let context = json!({"parameters": parameters, "steps": {}});
    let mut result = DryRun::default();
    for step in template.steps.iter().filter(|s| s.action == "fetch:template") {
        let rendered = engine.render_value(&step.input, &context);
        result.warnings.extend(rendered.warnings.iter().map(|w| format!("{}{}: {}", step.id, w.pointer, w.error)));
        let Value::Object(input) = rendered.value else { continue };
        let folder = input.get("url").and_then(Value::as_str).unwrap_or_default();
        let missing = || TemplateError::NoSkeleton { name: template.name.clone(), folder: folder.to_owned() };
        let source = built_in::skeleton(&template.name, folder).ok_or_else(missing)?;
        let tree = fetch(&source, &input)?;
        result.files.extend(tree.files.into_iter().map(|f| (f.path, f.bytes)));
    }
    result.files.sort();
    Ok(result)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use crate::{Template, check, complete, dry_run};

    fn parameters(template: &Template, over: Value) -> Map<String, Value> {
        let Value::Object(map) = over else { panic!("parameters are a map") };
        complete(template, &map)
    }

    #[test]
    fn renders_both_paths_with_and_without_a_database() {
        for name in ["python-fastapi", "go-gin"] {
            let template = Template::built_in(name).expect("a built-in template");
            for database in ["none", "postgres"] {
                let given = json!({"name": "orders", "owner": "group:default/team-a", "database": database});
                let values = parameters(&template, given);
                assert_eq!(check(&template, &values), [], "{name}");
                let made = dry_run(&template, &values).expect("renders");
                assert!(made.warnings.is_empty(), "{:?}", made.warnings);
                for file in [
                    "README.md",
                    "Dockerfile",
                    "score.yaml",
                    "catalog-info.yaml",
                    "mkdocs.yml",
                    ".github/workflows/ci.yaml",
                ] {
                    assert!(made.text(file).is_some(), "{name} with {database} has {file}: {:?}", made.paths());
                }
                let score = made.documents("score.yaml").remove(0);
                assert_eq!(score.at(&["resources", "db"]).is_some(), database == "postgres", "{name} with {database}");
                assert!(made.documents("catalog-info.yaml").len() >= 2);
            }
        }
    }

    #[test]
    fn names_the_parameter_that_a_page_does_not_accept() {
        let template = Template::built_in("go-gin").expect("a built-in template");
        let wrong = check(&template, &parameters(&template, json!({"name": "Not A Name", "owner": "x"})));
        assert_eq!(wrong.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), ["name"]);
    }
}
