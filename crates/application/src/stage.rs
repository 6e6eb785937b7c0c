//! How far an application is, told from what is there: each stage is a condition, and the first that does not hold is what it waits for.

use causeway_core::condition::{Condition, ConditionStatus, find};
use causeway_kinds::application::Application;
use causeway_kinds::deployment::Deployment;
use causeway_kinds::release::Release;
use causeway_kinds::repository::Repository;
use causeway_kinds::run::{Conclusion, Run};
use causeway_kinds::source::Source;

use crate::proposal::{component, holds};

/// What there is of an application.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) template_run: Option<Run>,
    pub(crate) pipeline_run: Option<Run>,
    pub(crate) repository: Option<Repository>,
    pub(crate) source: Option<Source>,
    pub(crate) release: Option<Release>,
    pub(crate) deployment: Option<Deployment>,
}

fn condition(kind: &str, status: ConditionStatus, reason: &str, message: impl Into<String>) -> Condition {
    Condition::new(kind, status, reason, message)
}

/// The conditions in order; `Ready` is last.
pub(crate) fn conditions(application: &Application, seen: &Seen) -> Vec<Condition> {
    let delivery = &application.spec.delivery;
    let mut chain = vec![scaffolded(seen), cataloged(application, seen)];
    if delivery.ci {
        chain.push(released(seen));
    }
    if delivery.ci && delivery.cd {
        chain.push(deployed(seen));
    }
    let ready = match chain.iter().find(|c| !c.is_true()) {
        None => Condition::ready(ConditionStatus::True, "Ready", summary(application, seen)),
        Some(open) => Condition::ready(ConditionStatus::False, &open.reason, open.message.clone()),
    };
    chain.push(ready);
    chain
}

fn summary(application: &Application, seen: &Seen) -> String {
    match &seen.deployment {
        Some(deployment) if !deployment.status.url.is_empty() && application.spec.delivery.cd => {
            format!("{} answers at {}.", application.name(), deployment.status.url)
        }
        _ if application.spec.delivery.ci => {
            format!("{} is built; `platform deploy {}` runs it.", application.name(), application.name())
        }
        _ => format!("{} has its repository and its catalog entry.", application.name()),
    }
}

fn scaffolded(seen: &Seen) -> Condition {
    let kind = "Scaffolded";
    match seen.template_run.as_ref().map(|run| (run, run.status.conclusion)) {
        Some((_, Some(Conclusion::Success))) => {
            condition(kind, ConditionStatus::True, "Scaffolded", "The repository is made.")
        }
        Some((run, Some(_))) => {
            let why = find(&run.status.conditions, "Ready").map(|c| c.message.clone()).unwrap_or_default();
            let message = format!("The run {} of the golden path failed: {why}", run.name());
            condition(kind, ConditionStatus::False, "TemplateFailed", message)
        }
        Some((run, None)) => {
            condition(kind, ConditionStatus::False, "Scaffolding", format!("The run {} is at work.", run.name()))
        }
        None => condition(kind, ConditionStatus::False, "Scaffolding", "The run of the golden path is being started."),
    }
}

fn cataloged(application: &Application, seen: &Seen) -> Condition {
    let kind = "Cataloged";
    match &seen.source {
        Some(source) if holds(source, "Ready") => {
            condition(kind, ConditionStatus::True, "Cataloged", format!("The catalog has {}.", component(application)))
        }
        Some(source) => {
            let why = find(&source.status.conditions, "Ready").map(|c| c.message.clone()).unwrap_or_default();
            condition(
                kind,
                ConditionStatus::False,
                "Cataloging",
                format!("The catalog reads the repository. {why}").trim_end().to_owned(),
            )
        }
        None => condition(
            kind,
            ConditionStatus::False,
            "Cataloging",
            "The repository is not registered in the catalog yet.",
        ),
    }
}

fn released(seen: &Seen) -> Condition {
    let kind = "Released";
    if let Some(release) = &seen.release {
        return condition(kind, ConditionStatus::True, "Released", format!("{} is built.", release.name()));
    }
    match seen.pipeline_run.as_ref().map(|run| (run, run.status.conclusion)) {
        Some((run, Some(Conclusion::Success))) => condition(
            kind,
            ConditionStatus::False,
            "Releasing",
            format!("The pipeline {} is green; its release is being made.", run.name()),
        ),
        Some((run, Some(_))) => {
            let why = find(&run.status.conditions, "Ready").map(|c| c.message.clone()).unwrap_or_default();
            condition(
                kind,
                ConditionStatus::False,
                "PipelineFailed",
                format!("The pipeline {} failed: {why}", run.name()),
            )
        }
        Some((run, None)) => {
            condition(kind, ConditionStatus::False, "Building", format!("The pipeline {} is at work.", run.name()))
        }
        None => condition(kind, ConditionStatus::False, "Building", "The pipeline has not started yet."),
    }
}

fn deployed(seen: &Seen) -> Condition {
    let kind = "Deployed";
    let Some(deployment) = &seen.deployment else {
        return condition(kind, ConditionStatus::False, "Deploying", "The deployment is being made.");
    };
    match find(&deployment.status.conditions, "Ready") {
        Some(ready) if ready.is_true() => condition(kind, ConditionStatus::True, "Deployed", ready.message.clone()),
        Some(ready) => condition(kind, ConditionStatus::False, &ready.reason, ready.message.clone()),
        None => condition(kind, ConditionStatus::False, "Deploying", "The deployment is being looked at."),
    }
}
