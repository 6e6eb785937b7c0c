//! Templates that can be used here: the built-in golden paths, and those of the catalog.

use causeway_core::{DEFAULT_NAMESPACE, GroupResource, Object, Spec as _};
use causeway_golden_path::Template;
use causeway_kinds::catalog::template::TemplateSpec;
use serde_json::Value;

use crate::address;
use crate::refusal::Refusal;
use crate::viewer::{Viewer, Wanted};

const LANGUAGE: &str = "platform.causeway.dev/language";
const FRAMEWORK: &str = "platform.causeway.dev/framework";

/// A template as it is offered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Offer {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) owner: String,
    pub(crate) tags: Vec<String>,
    /// Language and framework, where it makes applications.
    pub(crate) makes: Option<(String, String)>,
    pub(crate) built_in: bool,
}

impl Offer {
    fn of(object: &Object, built_in: bool) -> Self {
        let namespace = if object.namespace().is_empty() { DEFAULT_NAMESPACE } else { object.namespace() };
        let title = object.text(&["metadata", "title"]);
        let tags = object.at(&["metadata", "tags"]).and_then(Value::as_array).into_iter().flatten();
        Self {
            namespace: namespace.to_owned(),
            name: object.name().to_owned(),
            title: if title.is_empty() { object.name().to_owned() } else { title.to_owned() },
            description: object.text(&["metadata", "description"]).to_owned(),
            owner: object.text(&["spec", "owner"]).to_owned(),
            tags: tags.filter_map(Value::as_str).map(str::to_owned).collect(),
            makes: object
                .annotation(LANGUAGE)
                .map(|language| (language.to_owned(), object.annotation(FRAMEWORK).unwrap_or_default().to_owned())),
            built_in,
        }
    }

    pub(crate) fn address(&self) -> String {
        address::template(&self.namespace, &self.name)
    }
}

fn resource() -> GroupResource {
    TemplateSpec::resource()
}

/// All that the viewer may use; one of the catalog goes before a built-in one of the same name.
pub(crate) async fn offers(viewer: &Viewer) -> Vec<Offer> {
    // who may not list templates still has the built-in ones
    let stored = viewer.objects(&resource(), Wanted::default()).await.unwrap_or_default();
    let mut offers: Vec<Offer> = stored.iter().map(|o| Offer::of(o, false)).collect();
    for object in causeway_golden_path::built_in() {
        let offer = Offer::of(&object, true);
        if !offers.iter().any(|o| o.name == offer.name && o.namespace == offer.namespace) {
            offers.push(offer);
        }
    }
    offers.sort_by_key(|o| (!o.tags.iter().any(|t| t == "recommended"), o.title.to_lowercase()));
    offers
}

/// A template with how it is offered.
pub(crate) async fn find(viewer: &Viewer, namespace: &str, name: &str) -> Result<(Offer, Template), Refusal> {
    let entry = viewer.entry(&resource())?;
    let stored = viewer.record(&entry, namespace, name).await.ok().and_then(|r| r.object());
    let (object, built_in) = match stored {
        Some(object) => (object, false),
        None => {
            let found = (namespace == DEFAULT_NAMESPACE).then(|| Template::built_in(name)).flatten();
            (found.ok_or_else(|| Refusal::not_found(format!("template {name}")))?.object, true)
        }
    };
    let template = Template::read(&object).map_err(|e| Refusal::refused(format!("{e}.")))?;
    Ok((Offer::of(&object, built_in), template))
}
