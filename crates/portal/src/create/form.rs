//! A form being filled in: the template's parts, what was answered, what is wrong, and what the catalog offers to pick.

use causeway_core::DEFAULT_NAMESPACE;
use causeway_golden_path::{ParameterError, Template, check, complete};
use serde_json::{Map, Value};

use super::field::{Field, Part, Widget, parts};
use super::input::{self, Wrong};
use super::offer::Offer;
use crate::catalog::entity::entities;
use crate::viewer::Viewer;

/// The form of one template.
pub(super) struct Form {
    pub(super) offer: Offer,
    pub(super) template: Template,
    pub(super) parts: Vec<Part>,
    /// With defaults where nothing was answered.
    pub(super) values: Map<String, Value>,
    /// What was typed, for fields whose answer cannot be read.
    pub(super) typed: Vec<(String, String)>,
    pub(super) wrong: Vec<Wrong>,
    /// References of entities, by kind, with what people call them.
    pub(super) picks: Vec<(String, String, String)>,
}

impl Form {
    /// A form with nothing but defaults.
    pub(super) async fn blank(viewer: &Viewer, offer: Offer, template: Template) -> Self {
        let parts = parts(&template.pages);
        let values = complete(&template, &Map::new());
        let picks = picks(viewer, &parts).await;
        Self { offer, template, parts, values, typed: Vec::new(), wrong: Vec::new(), picks }
    }

    /// A form with defaults and what an address says.
    pub(super) async fn prefilled(
        viewer: &Viewer,
        offer: Offer,
        template: Template,
        pairs: &[(String, String)],
    ) -> Self {
        let mut form = Self::blank(viewer, offer, template).await;
        let (mut given, _) = input::read(&form.parts, pairs);
        given.retain(|name, _| pairs.iter().any(|(n, _)| n == name));
        form.values.extend(given);
        form
    }

    /// A form as it was sent, checked against the template's pages.
    pub(super) async fn sent(viewer: &Viewer, offer: Offer, template: Template, pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::blank(viewer, offer, template).await;
        let (given, wrong) = input::read(&form.parts, &pairs);
        form.values = complete(&form.template, &given);
        form.wrong = wrong;
        let unread: Vec<String> = form.wrong.iter().map(|w| w.field.clone()).collect();
        for error in check(&form.template, &form.values) {
            form.add(error, &unread);
        }
        form.typed = pairs;
        form
    }

    fn add(&mut self, error: ParameterError, unread: &[String]) {
        let named = error.field.split('.').next().unwrap_or_default();
        // what a required field lacks is said of the page
        let missing = self
            .fields()
            .find(|f| named.is_empty() && error.message.starts_with(&format!("\"{}\" is a required", f.name)));
        let field = missing.map_or_else(|| named.to_owned(), |f| f.name.clone());
        if unread.contains(&field) {
            return;
        }
        let why = if missing_one(&error) { "This is needed.".to_owned() } else { sentence(&error.message) };
        self.wrong.push(Wrong { field, why });
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.parts.iter().flat_map(|p| &p.fields)
    }

    /// What is wrong with one field.
    pub(super) fn wrong_with(&self, field: &str) -> Option<&str> {
        self.wrong.iter().find(|w| w.field == field).map(|w| w.why.as_str())
    }

    /// What stands in a field: what was typed, or its value.
    pub(super) fn text(&self, field: &Field) -> String {
        if field.secret {
            return String::new();
        }
        let unreadable = self.wrong_with(&field.name).and_then(|_| self.typed.iter().find(|(n, _)| *n == field.name));
        if let Some((_, typed)) = unreadable {
            return typed.clone();
        }
        match (&field.widget, self.values.get(&field.name)) {
            (_, None) => String::new(),
            (Widget::Json, Some(value)) => serde_json::to_string_pretty(value).unwrap_or_default(),
            (Widget::Lines, Some(Value::Array(list))) => {
                list.iter().map(super::field::text_of).collect::<Vec<_>>().join("\n")
            }
            (_, Some(value)) => super::field::text_of(value),
        }
    }

    /// Whether the template asks for something that must be kept secret.
    pub(super) fn has_secrets(&self) -> bool {
        self.fields().any(|f| f.secret)
    }
}

fn missing_one(error: &ParameterError) -> bool {
    error.message.contains("is a required property")
}

/// A message of the schema as a sentence.
fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    let text = first + chars.as_str();
    if text.ends_with('.') { text } else { text + "." }
}

/// What can be picked: entities of the kinds that the form's pickers ask for.
async fn picks(viewer: &Viewer, parts: &[Part]) -> Vec<(String, String, String)> {
    let wanted: Vec<&String> = parts
        .iter()
        .flat_map(|p| &p.fields)
        .flat_map(|f| match &f.widget {
            Widget::Picker { kinds, .. } => kinds.as_slice(),
            _ => &[],
        })
        .collect();
    let any = parts
        .iter()
        .flat_map(|p| &p.fields)
        .any(|f| matches!(&f.widget, Widget::Picker { kinds, .. } if kinds.is_empty()));
    if wanted.is_empty() && !any {
        return Vec::new();
    }
    let all = entities(viewer).await.unwrap_or_default();
    let fits = |kind: &str| any || wanted.iter().any(|w| *w == kind);
    let mut picks: Vec<_> = all
        .iter()
        .map(|e| (e.kind().to_lowercase(), e.reference(), e.title().to_owned()))
        .filter(|(kind, ..)| fits(kind))
        .map(|(kind, reference, title)| {
            (kind, reference.canonical(), format!("{title}, {}", reference.humanise("", DEFAULT_NAMESPACE)))
        })
        .collect();
    picks.sort_by(|a, b| a.1.cmp(&b.1));
    picks
}
