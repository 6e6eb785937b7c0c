//! A run as its page shows it.

use causeway_core::DEFAULT_NAMESPACE;
use causeway_core::Spec as _;
use causeway_core::reference::EntityRef;
use causeway_kinds::application::ApplicationSpec;
use causeway_kinds::run::{Program, Run, Step};
use serde_json::Value;

use crate::address;

/// What a run does, in words.
pub(crate) fn title(run: &Run) -> String {
    let subject = if run.spec.subject.name.is_empty() { run.name() } else { &run.spec.subject.name };
    match run.spec.program {
        Program::Template if run.spec.subject.kind == ApplicationSpec::KIND => format!("Create {subject}"),
        Program::Template => {
            let template = run.spec.template.as_ref().map(|t| t.r#ref.as_str()).unwrap_or_default();
            format!(
                "Template {}",
                EntityRef::parse(template, "template", DEFAULT_NAMESPACE)
                    .map_or_else(|_| template.to_owned(), |r| r.name)
            )
        }
        Program::Pipeline => match &run.spec.pipeline {
            Some(pipeline) => format!("Pipeline {} {}", pipeline.repository, short(&pipeline.commit)),
            None => format!("Pipeline {}", run.name()),
        },
        Program::Action => format!("Action {subject}"),
        Program::Runbook => format!("Runbook {subject}"),
    }
}

/// The first seven digits of a commit.
pub(super) fn short(commit: &str) -> &str {
    commit.get(..7).unwrap_or(commit)
}

/// The service that a run is about, and its page.
pub(super) fn service(run: &Run) -> Option<(String, String)> {
    let label = run.metadata.labels.get("platform.causeway.dev/application").cloned();
    let pipeline = run.spec.pipeline.as_ref().map(|p| p.repository.clone());
    let name = label.or(pipeline)?;
    let page = address::component(run.namespace(), &name);
    Some((name, page))
}

/// A stop on the line of a run.
pub(super) struct Stop<'a> {
    pub(super) step: &'a Step,
    /// The steps within it, in order.
    pub(super) within: Vec<&'a Step>,
}

/// The stops of a run: the jobs of a pipeline once they are known, otherwise the steps that are worked on by themselves.
pub(super) fn stops(run: &Run) -> Vec<Stop<'_>> {
    let mut stops = Vec::new();
    for unit in run.status.steps.iter().filter(|s| s.job.is_empty()) {
        let within = children(run, &unit.id);
        if run.spec.program == Program::Pipeline && !within.is_empty() {
            stops.extend(within.into_iter().map(|job| Stop { step: job, within: children(run, &job.id) }));
        } else {
            stops.push(Stop { step: unit, within });
        }
    }
    stops
}

fn children<'a>(run: &'a Run, id: &str) -> Vec<&'a Step> {
    run.status.steps.iter().filter(|s| !s.job.is_empty() && s.job == id).collect()
}

/// A step and all that is within it: whose lines belong to its log.
pub(super) fn family<'a>(run: &'a Run, id: &'a str) -> Vec<&'a str> {
    let mut found = vec![id];
    let mut next = 0;
    while let Some(parent) = found.get(next) {
        let below = children(run, parent);
        found.extend(below.iter().map(|s| s.id.as_str()));
        next += 1;
    }
    found
}

/// What people call a step; a pinned action goes by the first digits of its commit.
pub(super) fn name(step: &Step) -> &str {
    const COMMIT: usize = 40;
    let name = if step.name.is_empty() { &step.id } else { &step.name };
    match name.rsplit_once('@') {
        Some((_, commit)) if commit.len() == COMMIT && commit.bytes().all(|b| b.is_ascii_hexdigit()) => {
            name.get(..name.len() - COMMIT + 7).unwrap_or(name)
        }
        _ => name,
    }
}

/// Something that a run leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) text: String,
    /// Where it leads, where it leads anywhere.
    pub(super) href: Option<String>,
}

/// What a run has made so far: its links once it is done, and what its steps said before.
pub(super) fn outcomes(run: &Run) -> Vec<Outcome> {
    let mut found = Vec::new();
    for (name, value) in &run.status.outputs {
        match value {
            Value::Array(links) if name == "links" => found.extend(links.iter().filter_map(linked)),
            value => found.extend(scalar(name, value)),
        }
    }
    if found.is_empty() {
        for step in &run.status.steps {
            found.extend(
                step.outputs.iter().filter_map(|(key, value)| scalar(&format!("{}: {key}", name(step)), value)),
            );
        }
    }
    found
}

fn linked(link: &Value) -> Option<Outcome> {
    let text = |field: &str| link.get(field).and_then(Value::as_str).filter(|t| !t.is_empty());
    if let Some(reference) = text("entityRef") {
        let page = EntityRef::parse(reference, "component", DEFAULT_NAMESPACE).ok().map(|r| address::entity(&r));
        return Some(Outcome { name: text("title").unwrap_or("Entity").into(), text: reference.into(), href: page });
    }
    let url = text("url")?;
    Some(Outcome {
        name: text("title").unwrap_or("Link").into(),
        text: url.into(),
        href: address::outside(url).map(str::to_owned),
    })
}

fn scalar(name: &str, value: &Value) -> Option<Outcome> {
    let text = match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return None,
    };
    let href = address::outside(&text).map(str::to_owned);
    Some(Outcome { name: name.to_owned(), text, href })
}

#[cfg(test)]
mod tests {
    use causeway_core::Metadata;
    use causeway_kinds::run::{Program, Run, RunSpec, Step};
    use serde_json::{Value, json};

    use super::{family, name, outcomes, stops};

    fn step(id: &str, job: &str, name: &str) -> Step {
        Step { id: id.into(), job: job.into(), name: name.into(), ..Step::default() }
    }

    #[test]
    fn makes_the_jobs_of_a_pipeline_its_stops() {
        let mut run =
            Run::new(Metadata::named("default", "r"), RunSpec { program: Program::Pipeline, ..RunSpec::default() });
        run.status.steps = vec![step("workflow", "", "ci"), step("release", "", "Release")];
        let said = |run: &Run| -> Vec<String> {
            stops(run).iter().map(|s| format!("{} with {}", name(s.step), s.within.len())).collect()
        };
        assert_eq!(said(&run), ["ci with 0", "Release with 0"]);
        let commit = "d".repeat(40);
        run.status.steps.extend([
            step("test.0", "workflow", "test"),
            step("test.0/1", "test.0", &format!("Run actions/checkout@{commit}")),
            step("test.0/2", "test.0", "Test"),
            step("build.0", "workflow", "build"),
        ]);
        assert_eq!(said(&run), ["test with 2", "build with 0", "Release with 0"]);
        assert_eq!(name(&run.status.steps[3]), "Run actions/checkout@ddddddd");
        assert_eq!(family(&run, "workflow"), ["workflow", "test.0", "build.0", "test.0/1", "test.0/2"]);
    }

    #[test]
    fn links_what_a_run_leaves_behind_but_never_to_a_script() {
        let mut run = Run::new(Metadata::named("default", "r"), RunSpec::default());
        let Value::Object(outputs) = json!({"links": [
            {"title": "Repository", "url": "http://127.0.0.1:7007/git/a.git"},
            {"title": "Bad", "url": "javascript:alert(1)"},
            {"title": "Open in catalog", "entityRef": "component:default/a"},
        ]}) else {
            panic!("an object")
        };
        run.status.outputs = outputs;
        let hrefs: Vec<_> = outcomes(&run).into_iter().map(|o| o.href).collect();
        assert_eq!(
            hrefs,
            [Some("http://127.0.0.1:7007/git/a.git".to_owned()), None, Some("/catalog/default/component/a".to_owned())]
        );
    }
}
