//! What the jobs of one workflow see from outside, at the top of a run or within a call.

use serde_json::{Map, Value as Json, json};

use super::{Group, InstancePath, Library, Progress};
use crate::expression::{Contexts, Functions, NoFunctions, Value};
use crate::facts::{Facts, Secrets, WorkflowName};
use crate::workflow::{CallSecrets, CallWork, Input, InputKind, Workflow};

/// How deep workflows may call each other.
const MAX_CALLS: usize = 4;

/// A run as it was asked for.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The workflow files.
    pub library: &'a Library,
    /// The file that the event started.
    pub file: &'a str,
    /// What the run knows.
    pub facts: &'a Facts,
    /// Its secrets.
    pub secrets: &'a Secrets,
}

impl Plan<'_> {
    /// The name of the run's workflow: its own, or its file.
    #[must_use]
    pub fn workflow_name(&self) -> &str {
        self.library.find(self.file).ok().and_then(|workflow| workflow.name.as_deref()).unwrap_or(self.file)
    }

    /// The concurrency group of the whole run, if it has one: whoever starts runs keeps its members apart.
    ///
    /// # Errors
    /// The workflow is missing or invalid, or its `concurrency` has no value.
    pub fn group(&self) -> Result<Option<Group>, String> {
        let scope = Scope::top(self)?;
        let contexts = self.facts.contexts(self.identity(), self.secrets).with("inputs", &scope.inputs);
        Group::read(scope.workflow.concurrency.as_ref(), &contexts)
    }

    /// The name of the run, if the workflow gives it one.
    ///
    /// # Errors
    /// The workflow is missing or invalid, or its `run-name` has no value.
    pub fn run_name(&self) -> Result<Option<String>, String> {
        let scope = Scope::top(self)?;
        let contexts = self.facts.contexts(self.identity(), self.secrets).with("inputs", &scope.inputs);
        let name = scope.workflow.run_name.as_ref().map(|token| token.evaluate(&contexts, &NoFunctions)).transpose();
        let name = name.map_err(|error| format!("the name of the run has no value: {error}"))?;
        Ok(name.map(|name| name.to_text().to_string()).filter(|name| !name.trim().is_empty()))
    }

    pub(crate) fn identity(&self) -> WorkflowName<'_> {
        WorkflowName { name: self.workflow_name(), file: self.file }
    }
}

/// A workflow within a run.
pub(super) struct Scope<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) workflow: &'a Workflow,
    pub(super) file: String,
    pub(super) inputs: Json,
    pub(super) secrets: Secrets,
    /// The instances that call it; empty at the top.
    pub(super) path: InstancePath,
    /// `caller / `, for the names of its jobs.
    pub(super) prefix: String,
}

impl<'a> Scope<'a> {
    /// The scope at the top of a run.
    pub(super) fn top(plan: &'a Plan<'a>) -> Result<Self, String> {
        let workflow = plan.library.find(plan.file)?;
        let inputs = resolve_inputs(&workflow.dispatch_inputs, &plan.facts.event.inputs, &Contexts::default())?;
        Ok(Self {
            plan,
            workflow,
            file: plan.file.to_owned(),
            inputs,
            secrets: plan.secrets.clone(),
            path: InstancePath(Vec::new()),
            prefix: String::new(),
        })
    }

    /// The scope of a workflow that a job of this one calls.
    pub(super) fn call(
        &self,
        call: &CallWork,
        caller: InstancePath,
        name: &str,
        contexts: &Contexts,
    ) -> Result<Self, String> {
        let file = call.uses.strip_prefix("./").ok_or_else(|| {
            format!("the reusable workflow `{}` of another repository is not run by the built-in runner", call.uses)
        })?;
        if self.path.0.len() >= MAX_CALLS {
            return Err(format!("the reusable workflow `{file}` is called more than {MAX_CALLS} levels deep"));
        }
        let workflow = self.plan.library.find(file)?;
        let interface = workflow
            .interface
            .as_ref()
            .ok_or_else(|| format!("the workflow `{file}` is not reusable: it has no `on: workflow_call`"))?;
        let with = evaluate_object(call.with.as_ref(), contexts)?;
        if let Some(unknown) = with.keys().find(|name| !interface.inputs.contains_key(*name)) {
            return Err(format!("Invalid input, {unknown} is not defined in the referenced workflow."));
        }
        let inputs = resolve_inputs(&interface.inputs, &with, contexts)?;
        let secrets = match &call.secrets {
            CallSecrets::Inherited => self.secrets.clone(),
            CallSecrets::Named(named) => {
                let contexts = contexts.clone().with("secrets", self.secrets.to_value());
                let named = evaluate_object(named.as_ref(), &contexts)?;
                let missing =
                    interface.secrets.iter().find(|(name, required)| **required && !named.contains_key(*name));
                if let Some((name, _)) = missing {
                    return Err(format!("Secret {name} is required, but not provided while calling."));
                }
                Secrets::new(named.into_iter().map(|(name, value)| (name, Value::from(&value).to_text().to_string())))
            }
        };
        Ok(Self {
            plan: self.plan,
            workflow,
            file: file.to_owned(),
            inputs,
            secrets,
            path: caller,
            prefix: format!("{name} / "),
        })
    }

    /// The contexts of a job before it has a machine.
    pub(super) fn contexts(&self, progress: &Progress, id: &str) -> Contexts {
        self.plan
            .facts
            .contexts(self.plan.identity(), &self.secrets)
            .with("inputs", &self.inputs)
            .with("needs", &self.needs(progress, id))
    }

    /// The context `needs` of a job.
    pub(super) fn needs(&self, progress: &Progress, id: &str) -> Json {
        let needs = self.workflow.jobs.get(id).map(|job| job.needs.as_slice()).unwrap_or_default();
        Json::Object(needs.iter().map(|need| (need.clone(), describe(progress, need))).collect())
    }

    /// The outputs of the workflow as its caller sees them.
    pub(super) fn outputs(&self, progress: &Progress) -> Result<Vec<(String, String)>, String> {
        let Some(interface) = &self.workflow.interface else {
            return Ok(Vec::new());
        };
        let jobs: Map<String, Json> = progress.jobs.keys().map(|id| (id.clone(), describe(progress, id))).collect();
        let contexts = self
            .plan
            .facts
            .contexts(self.plan.identity(), &self.secrets)
            .with("inputs", &self.inputs)
            .with("jobs", &Json::Object(jobs));
        interface
            .outputs
            .iter()
            .map(|(name, token)| {
                let value = token
                    .evaluate(&contexts, &NoFunctions)
                    .map_err(|error| format!("the output `{name}` has no value: {error}"))?;
                Ok((name.clone(), value.to_text().to_string()))
            })
            .collect()
    }
}

fn describe(progress: &Progress, id: &str) -> Json {
    let job = progress.jobs.get(id);
    let result = job.and_then(|job| job.result).map_or("", super::Conclusion::as_str);
    json!({"result": result, "outputs": job.map(|job| &job.outputs)})
}

fn evaluate_object(token: Option<&crate::workflow::Token>, contexts: &Contexts) -> Result<Map<String, Json>, String> {
    let functions: &dyn Functions = &NoFunctions;
    match token
        .map(|token| token.evaluate(contexts, functions))
        .transpose()
        .map_err(|error| error.to_string())?
        .map(|value| value.to_json())
    {
        Some(Json::Object(object)) => Ok(object),
        _ => Ok(Map::new()),
    }
}

/// Given inputs and defaults, by the declared types.
fn resolve_inputs(
    declared: &indexmap::IndexMap<String, Input>,
    given: &Map<String, Json>,
    contexts: &Contexts,
) -> Result<Json, String> {
    let mut inputs = Map::new();
    for (name, input) in declared {
        let given = given.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| Value::from(value));
        let value = match (given, &input.default) {
            (Some(value), _) => value,
            (None, Some(default)) => default
                .evaluate(contexts, &NoFunctions)
                .map_err(|error| format!("the default of the input `{name}` has no value: {error}"))?,
            (None, None) if input.is_required => {
                return Err(format!("Input {name} is required, but not provided while calling."));
            }
            (None, None) => Value::Null,
        };
        inputs.insert(name.clone(), coerce(name, input, &value)?);
    }
    Ok(Json::Object(inputs))
}

fn coerce(name: &str, input: &Input, value: &Value) -> Result<Json, String> {
    let text = value.to_text();
    match input.kind {
        InputKind::Boolean => match (value, &*text) {
            (Value::Boolean(value), _) => Ok(Json::Bool(*value)),
            (Value::Null, _) | (_, "false") => Ok(Json::Bool(false)),
            (_, "true") => Ok(Json::Bool(true)),
            _ => Err(format!("the input `{name}` is `{text}`, and must be true or false")),
        },
        InputKind::Number if matches!(value, Value::Null) => Ok(json!(0)),
        InputKind::Number if value.to_number().is_nan() => {
            Err(format!("the input `{name}` is `{text}`, and must be a number"))
        }
        InputKind::Number => Ok(Value::Number(value.to_number()).to_json()),
        InputKind::Choice if !text.is_empty() && !input.options.iter().any(|option| **option == *text) => {
            Err(format!("the input `{name}` is `{text}`, and must be one of {}", input.options.join(", ")))
        }
        InputKind::String | InputKind::Environment | InputKind::Choice => Ok(Json::String(text.to_string())),
    }
}
