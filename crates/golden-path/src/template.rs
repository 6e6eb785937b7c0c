//! A Backstage `Template`, as far as it is executed.

use causeway_core::Object;
use causeway_template::Engine;
use causeway_template::skeleton::{Options, RenderedTree, Skeleton, SkeletonError, Source};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A template that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It has no steps that can be read.
    #[error("the template {name} cannot be read: {why}")]
    Unreadable {
        /// Which.
        name: String,
        /// Why.
        why: String,
    },
    /// The input of `fetch:template` makes no sense.
    #[error("the input of fetch:template cannot be read: {0}")]
    BadInput(String),
    /// Rendering failed.
    #[error("the skeleton was not rendered")]
    Skeleton(#[source] Box<SkeletonError>),
    /// Its skeleton is not where it says.
    #[error("the template {name} has no folder {folder:?}")]
    NoSkeleton {
        /// Which template.
        name: String,
        /// Which folder.
        folder: String,
    },
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its id; `step-N` where none is given.
    pub id: String,
    /// What people call it; the action where nothing is given.
    pub name: String,
    /// What it does.
    pub action: String,
    /// With what; rendered when it runs.
    pub input: Value,
    /// Whether it runs at all.
    pub condition: Option<Value>,
    /// Over what it is repeated.
    pub each: Option<Value>,
}

/// A template, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its pages of parameters: JSON schemas.
    pub pages: Vec<Value>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// What it leaves behind; rendered at the end.
    pub output: Value,
    /// The object itself.
    pub object: Object,
}

#[derive(Deserialize)]
struct RawStep {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    action: String,
    #[serde(default)]
    input: Value,
    #[serde(default, rename = "if")]
    condition: Option<Value>,
    #[serde(default)]
    each: Option<Value>,
}

impl Template {
    /// Reads a template from its object.
    pub fn read(object: &Object) -> Result<Self, TemplateError> {
        let unreadable = |why: String| TemplateError::Unreadable { name: object.name().to_owned(), why };
        let steps = object
            .at(&["spec", "steps"])
            .and_then(Value::as_array)
            .ok_or_else(|| unreadable("it has no steps".into()))?;
        let steps = steps
            .iter()
            .enumerate()
            .map(|(i, step)| read_step(i, step).map_err(&unreadable))
            .collect::<Result<Vec<_>, _>>()?;
        let pages = match object.at(&["spec", "parameters"]) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(pages)) => pages.clone(),
            Some(page) => vec![page.clone()],
        };
        let namespace =
            if object.namespace().is_empty() { causeway_core::DEFAULT_NAMESPACE } else { object.namespace() };
        Ok(Self {
            name: object.name().to_owned(),
            namespace: namespace.to_owned(),
            pages,
            steps,
            output: object.at(&["spec", "output"]).cloned().unwrap_or(Value::Null),
            object: object.clone(),
        })
    }

    /// A built-in one, by name.
    pub fn built_in(name: &str) -> Option<Self> {
        let found = crate::built_in().into_iter().find(|t| t.name() == name)?;
        Self::read(&found).ok()
    }

    /// `template:<namespace>/<name>`.
    pub fn entity_ref(&self) -> String {
        format!("template:{}/{}", self.namespace, self.name)
    }
}

fn read_step(index: usize, step: &Value) -> Result<Step, String> {
    let raw = RawStep::deserialize(step).map_err(|e| format!("step {}: {e}", index + 1))?;
    let id = raw.id.unwrap_or_else(|| format!("step-{}", index + 1));
    let name = raw.name.unwrap_or_else(|| raw.action.clone());
    Ok(Step { id, name, action: raw.action, input: raw.input, condition: raw.condition, each: raw.each })
}

/// `fetch:template`: a skeleton rendered with the step's input, in memory.
pub fn fetch(source: &dyn Source, input: &Map<String, Value>) -> Result<RenderedTree, TemplateError> {
    let options =
        Options::deserialize(Value::Object(input.clone())).map_err(|e| TemplateError::BadInput(e.to_string()))?;
    let engine = if options.cookiecutter_compat { Engine::cookiecutter() } else { Engine::backstage() };
    let skeleton = Skeleton::new(&engine, &options).map_err(|e| TemplateError::Skeleton(Box::new(e)))?;
    skeleton.render(source).map_err(|e| TemplateError::Skeleton(Box::new(e)))
}
