//! What an application amounts to: its golden path rendered without effects, and the plan that follows.

use causeway_core::Spec as _;
use causeway_core::resource::Conditions as _;
use causeway_golden_path::{DryRun, Template, check, complete, dry_run};
use causeway_kinds::application::Application;
use causeway_kinds::claim::ClaimSpec;
use causeway_kinds::deployment::{self, DeploymentSpec};
use causeway_kinds::environment::EnvironmentSpec;
use causeway_kinds::plan::Problem;
use causeway_kinds::recipe::RecipeSpec;
use causeway_kinds::repository::RepositorySpec;
use causeway_kinds::resource_type::{ResourceTypeSpec, normalise_type};
use causeway_plan::creation::{self, Rendered};
use causeway_plan::rollout::{Seen, Wanted};
use causeway_plan::{Outline, score};
use causeway_resources::{Client, Result};
use serde_json::{Map, Value, json};

/// A framework for those who name a language alone.
const USUAL: &[(&str, &str)] = &[("python", "fastapi"), ("go", "gin")];
/// Parts of an application that a golden path of this server can provide for.
const PROVIDED: &[&str] = &["database"];

/// Everything about an application that is known before anything of it exists.
pub(crate) struct Proposal {
    pub(crate) template: Option<Template>,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) outline: Outline,
}

/// Plans an application. What cannot be done as asked is among the outline's problems.
pub(crate) async fn propose(client: &Client, drivers: &[&str], application: &Application) -> Result<Proposal> {
    let mut outline = Outline::default();
    let template = find_template(application, &mut outline);
    refuse_what_nobody_provides(application, &mut outline);
    let Some(template) = template else { return Ok(Proposal { template: None, parameters: Map::new(), outline }) };
    let parameters = complete(&template, &parameters(application));
    for wrong in check(&template, &parameters) {
        problem(
            &mut outline,
            wrong.to_string(),
            &format!("correct it; the template {} says what it takes", template.name),
        );
    }
    check_names(client, application, &mut outline)?;
    let made = match dry_run(&template, &parameters) {
        Ok(made) => made,
        Err(error) => {
            problem(
                &mut outline,
                format!("the golden path {} could not be rendered: {error}", template.name),
                "report this to the platform team",
            );
            return Ok(Proposal { template: Some(template), parameters, outline });
        }
    };
    let planned = plan(client, drivers, application, &template, &made).await?;
    outline.actions = planned.actions;
    outline.warnings.extend(planned.warnings);
    outline.problems.extend(planned.problems);
    outline.needs.extend(planned.needs);
    Ok(Proposal { template: Some(template), parameters, outline })
}

fn problem(outline: &mut Outline, message: String, hint: &str) {
    outline.problems.push(Problem { message, hint: hint.into() });
}

fn find_template(application: &Application, outline: &mut Outline) -> Option<Template> {
    let spec = &application.spec;
    let name = if spec.template.is_empty() {
        let language = spec.language.to_lowercase();
        let usual = USUAL.iter().find(|(l, _)| *l == language).map(|(_, f)| (*f).to_owned());
        let framework =
            if spec.framework.is_empty() { usual.unwrap_or_default() } else { spec.framework.to_lowercase() };
        format!("{language}-{framework}")
    } else {
        spec.template.clone()
    };
    let found = Template::built_in(&name);
    if found.is_none() {
        let known: Vec<String> =
            causeway_golden_path::built_in().iter().map(|t| t.name().replacen('-', " with ", 1)).collect();
        let asked = if spec.template.is_empty() {
            format!("{} {}", spec.language, spec.framework)
        } else {
            spec.template.clone()
        };
        problem(
            outline,
            format!("there is no golden path for {}", asked.trim()),
            &format!("use one of: {}", known.join(", ")),
        );
    }
    found
}

fn refuse_what_nobody_provides(application: &Application, outline: &mut Outline) {
    for (field, request) in application.spec.infrastructure.requests() {
        let kind = normalise_type(&request.r#type);
        if !PROVIDED.contains(&field) {
            let message = format!("no golden path here sets up a {field} ({kind})");
            problem(outline, message, "leave it out, and add it to score.yaml once a recipe provides it");
        } else if kind != "postgres" {
            let message = format!("the golden path has no {field} of the type {kind:?}");
            problem(outline, message, "use postgresql, or leave it out");
        }
    }
}

/// The template's parameters from the application's fields; `spec.parameters` goes over them.
fn parameters(application: &Application) -> Map<String, Value> {
    let spec = &application.spec;
    let database = spec.infrastructure.database.as_ref().map_or("none", |d| normalise_type(&d.r#type));
    let owner = if spec.owner.is_empty() { "platform" } else { spec.owner.as_str() };
    let known = json!({
        "name": application.name(), "namespace": application.namespace(), "owner": owner,
        "environment": spec.environment, "database": database, "ci": spec.delivery.ci, "cd": spec.delivery.cd,
        "replicas": spec.deployment.replicas,
    });
    let mut parameters = known.as_object().cloned().unwrap_or_default();
    for (key, text) in [("description", &spec.description), ("system", &spec.system)] {
        if !text.is_empty() {
            parameters.insert(key.into(), text.as_str().into());
        }
    }
    parameters.extend(spec.parameters.clone());
    parameters
}

/// Names that somebody else has.
fn check_names(client: &Client, application: &Application, outline: &mut Outline) -> Result<()> {
    let (namespace, name) = (application.namespace(), application.name());
    let is_ours =
        |labels: &indexmap::IndexMap<String, String>| labels.get(crate::APPLICATION).is_some_and(|a| a == name);
    if let Some(found) = client.get::<RepositorySpec>(namespace, name)?
        && !is_ours(&found.metadata.labels)
    {
        problem(
            outline,
            format!("there is a repository {name} already"),
            "choose another name, or delete the repository",
        );
    }
    let deployment = deployment::name(name, &application.spec.environment);
    if let Some(found) = client.get::<DeploymentSpec>(namespace, &deployment)?
        && !is_ours(&found.metadata.labels)
    {
        problem(
            outline,
            format!("there is a deployment {deployment} already"),
            "choose another name, or delete the deployment",
        );
    }
    Ok(())
}

async fn plan(
    client: &Client,
    drivers: &[&str],
    application: &Application,
    template: &Template,
    made: &DryRun,
) -> Result<Outline> {
    let spec = &application.spec;
    let files = made.paths();
    let entities: Vec<String> = made
        .documents("catalog-info.yaml")
        .iter()
        .map(|e| format!("{}:{}/{}", e.kind().to_lowercase(), namespace_of(e), e.name()))
        .collect();
    let rendered = Rendered { template: &template.name, files: &files, entities: &entities };
    let mut outline = Outline::default();
    let Some(environment) = environment(client, application)? else {
        let mut names: Vec<String> = client
            .list::<EnvironmentSpec>(Some(application.namespace()))
            .await?
            .iter()
            .map(|e| e.name().to_owned())
            .collect();
        names.sort();
        problem(
            &mut outline,
            format!("there is no environment {:?}", spec.environment),
            &format!("use one of: {}", names.join(", ")),
        );
        return Ok(outline);
    };
    let document = match made.documents("score.yaml").first().map(|d| score::read(&Value::Object(d.0.clone()))) {
        Some(Ok(document)) => document,
        Some(Err(errors)) => {
            problem(
                &mut outline,
                format!("the golden path's score.yaml is wrong: {errors}"),
                "report this to the platform team",
            );
            return Ok(outline);
        }
        None => return Ok(creation::plan(application, &rendered, None)),
    };
    let types = client.list::<ResourceTypeSpec>(None).await?;
    let recipes = client.list::<RecipeSpec>(None).await?;
    let selector = format!("{}={},{}={}", crate::WORKLOAD, application.name(), crate::ENVIRONMENT, spec.environment);
    let claims = client.list_by::<ClaimSpec>(Some(application.namespace()), &selector).await?;
    let sizes: Vec<(String, String)> =
        spec.infrastructure.requests().map(|(_, r)| (r.r#type.clone(), r.size.clone())).collect();
    let wanted = Wanted {
        workload: application.name(),
        namespace: application.namespace(),
        environment: &environment,
        document: &document.spec,
        release: "",
        replicas: spec.deployment.replicas,
        sizes: &sizes,
    };
    let seen = Seen { types: &types, recipes: &recipes, drivers, claims: &claims, deployment: None };
    Ok(creation::plan(application, &rendered, Some((&wanted, &seen))))
}

fn namespace_of(entity: &causeway_core::Object) -> &str {
    if entity.namespace().is_empty() { causeway_core::DEFAULT_NAMESPACE } else { entity.namespace() }
}

fn environment(client: &Client, application: &Application) -> Result<Option<causeway_kinds::environment::Environment>> {
    let name = &application.spec.environment;
    let own = client.get::<EnvironmentSpec>(application.namespace(), name)?;
    if own.is_some() {
        return Ok(own);
    }
    client.get::<EnvironmentSpec>(causeway_core::DEFAULT_NAMESPACE, name)
}

/// Whether the plan of an application may be carried out: nothing speaks against it.
pub(crate) fn is_possible(outline: &Outline) -> bool {
    outline.problems.is_empty()
}

/// The reference of the component that the golden path registers.
pub(crate) fn component(application: &Application) -> String {
    format!("component:{}/{}", application.namespace(), application.name())
}

/// Whether a condition of a kind holds on something with conditions.
pub(crate) fn holds<S: causeway_core::Spec>(resource: &causeway_core::Resource<S>, kind: &str) -> bool
where
    S::Status: causeway_core::resource::Conditions,
{
    causeway_core::condition::find(resource.status.conditions(), kind).is_some_and(causeway_core::Condition::is_true)
}

/// The kind's resource, for those who only have names.
pub(crate) fn application_resource() -> causeway_core::GroupResource {
    causeway_kinds::application::ApplicationSpec::resource()
}
