//! A golden path makes an `Application`, as the command line does: the template's parameters, said in the application's own fields.

use causeway_core::{DEFAULT_NAMESPACE, Metadata};
use causeway_kinds::application::{Application, ApplicationSpec, InfrastructureRequest};
use serde_json::{Map, Value};

use super::offer::Offer;

/// The application that an offer with these parameters asks for; none where the offer makes no applications.
pub(super) fn of(offer: &Offer, parameters: &Map<String, Value>) -> Option<Application> {
    let (language, framework) = offer.makes.clone()?;
    let mut rest = parameters.clone();
    let mut take = |name: &str| rest.shift_remove(name).filter(|v| !v.is_null());
    let text = |value: Option<Value>| value.and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    let mut spec = ApplicationSpec { language, framework, ..ApplicationSpec::default() };
    let name = text(take("name"));
    let namespace = text(take("namespace"));
    spec.description = text(take("description"));
    spec.owner = text(take("owner"));
    spec.system = text(take("system"));
    let environment = text(take("environment"));
    if !environment.is_empty() {
        spec.environment = environment;
    }
    let database = text(take("database"));
    if !database.is_empty() && database != "none" {
        spec.infrastructure.database =
            Some(InfrastructureRequest { r#type: database, ..InfrastructureRequest::default() });
    }
    if let Some(replicas) = take("replicas").and_then(|v| v.as_i64()) {
        spec.deployment.replicas = i32::try_from(replicas).unwrap_or(i32::MAX);
    }
    if let Some(ci) = take("ci").and_then(|v| v.as_bool()) {
        spec.delivery.ci = ci;
    }
    if let Some(cd) = take("cd").and_then(|v| v.as_bool()) {
        spec.delivery.cd = cd;
    }
    // `<language>-<framework>` is what the application finds by itself
    if offer.name != format!("{}-{}", spec.language, spec.framework) {
        spec.template.clone_from(&offer.name);
    }
    spec.parameters = rest;
    let namespace = if namespace.is_empty() { DEFAULT_NAMESPACE.to_owned() } else { namespace };
    Some(Application::new(Metadata::named(namespace, name), spec))
}

/// The parameter that a field of the application came from, for errors that name the field.
pub(super) fn parameter_of(path: &str) -> &str {
    match path {
        "metadata.name" => "name",
        "metadata.namespace" => "namespace",
        "spec.deployment.replicas" => "replicas",
        "spec.delivery.cd" => "cd",
        "spec.delivery.ci" => "ci",
        path if path.starts_with("spec.infrastructure.database") => "database",
        path => path.strip_prefix("spec.parameters.").or_else(|| path.strip_prefix("spec.")).unwrap_or(""),
    }
}

#[cfg(test)]
mod tests {
    use causeway_golden_path::{Template, complete};
    use serde_json::{Value, json};

    use super::super::offer::Offer;
    use super::of;

    #[test]
    fn says_the_parameters_of_a_golden_path_in_the_fields_of_an_application() {
        let template = Template::built_in("python-fastapi").expect("a built-in template");
        let Value::Object(given) =
            json!({"name": "orders", "owner": "group:default/team-a", "database": "postgres", "cd": false, "extra": 1})
        else {
            panic!("an object")
        };
        let offer = Offer {
            namespace: "default".into(),
            name: "python-fastapi".into(),
            title: String::new(),
            description: String::new(),
            owner: String::new(),
            tags: Vec::new(),
            makes: Some(("python".into(), "fastapi".into())),
            built_in: true,
        };
        let application = of(&offer, &complete(&template, &given)).expect("an application");
        assert_eq!(application.name(), "orders");
        assert_eq!(application.namespace(), "default");
        let spec = &application.spec;
        assert_eq!(
            (spec.language.as_str(), spec.framework.as_str(), spec.template.as_str()),
            ("python", "fastapi", "")
        );
        assert_eq!(spec.infrastructure.database.as_ref().map(|d| d.r#type.as_str()), Some("postgres"));
        assert!(spec.delivery.ci && !spec.delivery.cd);
        assert_eq!(Value::Object(spec.parameters.clone()), json!({"extra": 1}));
    }
}
