//! Runs of templates.

use std::sync::Arc;

use async_trait::async_trait;
use causeway_core::{Key, Spec as _};
use causeway_forge::Forge;
use causeway_golden_path::{Step as TemplateStep, Template, check};
use causeway_kinds::catalog::template::TemplateSpec;
use causeway_kinds::run::{Program as ProgramName, Run, Step, StepState};
use causeway_resources::{Actor, Client, Resources};
use causeway_run::{Advance, PrepareError, Program, StepContext, StepEnd, advance_in_order};
use causeway_template::Engine;
use serde_json::{Map, Value, json};

use crate::action::{ActionContext, ActionError, Actions};
use crate::condition::{Verdict, decide};

/// Executes the runs whose program is `template`.
pub struct TemplateProgram {
    actions: Actions,
    client: Client,
    forge: Forge,
}

impl TemplateProgram {
    /// With the actions of this server.
    pub fn new(resources: &Arc<Resources>, forge: Forge, actions: Actions) -> Self {
        Self { actions, client: resources.client(Actor::controller("scaffold")), forge }
    }

    /// The template of a run: one of the catalog, otherwise a built-in one.
    fn template(&self, run: &Run) -> Result<Template, String> {
        let Some(spec) = &run.spec.template else { return Err("the run names no template".into()) };
        let reference = causeway_core::reference::EntityRef::parse(&spec.r#ref, "template", run.namespace())
            .map_err(|e| format!("{:?} is not the reference of a template: {e}", spec.r#ref))?;
        let key = Key::new(TemplateSpec::resource(), reference.namespace.as_str(), reference.name.as_str());
        let stored = self.client.resources().find(&key).and_then(|r| r.object());
        match stored {
            Some(object) => Template::read(&object).map_err(|e| e.to_string()),
            None => Template::built_in(&reference.name).ok_or_else(|| format!("there is no template {}", spec.r#ref)),
        }
    }
}

fn values(run: &Run) -> Map<String, Value> {
    run.spec.template.as_ref().map(|t| t.values.clone()).unwrap_or_default()
}

/// What expressions may use: parameters, outputs of earlier steps, who runs it.
fn context(run: &Run, each: Option<&Value>) -> Value {
    let outputs: Map<String, Value> =
        run.status.steps.iter().map(|s| (s.id.clone(), json!({"output": Value::Object(s.outputs.clone())}))).collect();
    let mut context = json!({
        "parameters": values(run), "steps": outputs,
        "user": {"ref": run.spec.created_by}, "context": {"task": {"id": run.metadata.uid}},
    });
    if let Some(each) = each {
        context["each"] = each.clone();
    }
    context
}

/// The items over which a step is repeated.
fn items(step: &TemplateStep, context: &Value) -> Result<Option<Vec<Value>>, String> {
    let Some(each) = &step.each else { return Ok(None) };
    match Engine::backstage().render_value(each, context).value {
        Value::Array(list) => {
            Ok(Some(list.into_iter().enumerate().map(|(i, v)| json!({"key": i, "value": v})).collect()))
        }
        Value::Object(map) => Ok(Some(map.into_iter().map(|(k, v)| json!({"key": k, "value": v})).collect())),
        other => Err(format!("each is {other}, which is neither a list nor a map")),
    }
}

/// A step's input for one turn, and what could not be rendered in it.
fn rendered_input(step: &TemplateStep, context: &Value) -> (Map<String, Value>, Vec<String>) {
    let rendered = Engine::backstage().render_value(&step.input, context);
    let warnings = rendered.warnings.iter().map(|w| format!("{}: {}", w.pointer, w.error)).collect();
    match rendered.value {
        Value::Object(input) => (input, warnings),
        _ => (Map::new(), warnings),
    }
}

#[async_trait]
impl Program for TemplateProgram {
    fn program(&self) -> ProgramName {
        ProgramName::Template
    }

    async fn steps(&self, run: &Run, _client: &Client) -> Result<Vec<Step>, PrepareError> {
        let template = self.template(run).map_err(PrepareError::Refused)?;
        let wrong = check(&template, &values(run));
        if !wrong.is_empty() {
            let said = wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            return Err(PrepareError::Refused(format!("the parameters are not right: {said}")));
        }
        if let Some(unknown) = template.steps.iter().find(|s| self.actions.get(&s.action).is_none()) {
            let known = self.actions.all().iter().map(|a| a.id()).collect::<Vec<_>>().join(", ");
            let why = format!(
                "the step {:?} names the action {:?}, which this server does not have; it has {known}",
                unknown.id, unknown.action
            );
            return Err(PrepareError::Refused(why));
        }
        Ok(template.steps.into_iter().map(|s| Step { id: s.id, name: s.name, ..Step::default() }).collect())
    }

    fn advance(&self, run: &Run) -> Advance {
        let advance = advance_in_order(run);
        let Advance::Finished { conclusion, message, .. } = advance else { return advance };
        let output = self.template(run).map(|t| t.output).unwrap_or(Value::Null);
        let rendered = Engine::backstage().render_value(&output, &context(run, None)).value;
        Advance::Finished { conclusion, outputs: rendered.as_object().cloned().unwrap_or_default(), message }
    }

    fn is_repeatable(&self, _run: &Run, _step: &Step) -> bool {
        // every action finds what its first attempt made
        true
    }

    async fn perform(&self, ctx: StepContext) -> StepEnd {
        let failed = |message: String| StepEnd::Failed { message, outputs: Map::new() };
        let template = match self.template(&ctx.run) {
            Ok(template) => template,
            Err(why) => return failed(why),
        };
        let Some(step) = template.steps.iter().find(|s| s.id == ctx.step.id).cloned() else {
            return failed("the template changed while it ran: the step is gone".into());
        };
        let before = ctx.run.status.steps.iter().take_while(|s| s.id != step.id);
        let has_failed = before.clone().any(|s| s.state == StepState::Failed);
        match decide(step.condition.as_ref(), &context(&ctx.run, None), has_failed) {
            Verdict::Skip => return StepEnd::Skipped { message: "Its condition does not hold.".into() },
            Verdict::SkipAfterFailure => return StepEnd::Skipped { message: "A step before it failed.".into() },
            Verdict::Run => {}
        }
        match self.turns(&ctx, &template, &step).await {
            Ok(outputs) => StepEnd::Succeeded { outputs },
            Err(ActionError::Failed(message)) => failed(message),
            Err(ActionError::Waiting(reason, pause)) => StepEnd::Waiting { reason, pause },
        }
    }
}

impl TemplateProgram {
    /// The step once, or once for each item; with several turns every output is a list.
    async fn turns(
        &self,
        ctx: &StepContext,
        template: &Template,
        step: &TemplateStep,
    ) -> Result<Map<String, Value>, ActionError> {
        let Some(items) = items(step, &context(&ctx.run, None)).map_err(ActionError::Failed)? else {
            return self.turn(ctx, template, step, None).await;
        };
        let mut collected: Map<String, Value> = Map::new();
        for item in &items {
            for (key, value) in self.turn(ctx, template, step, Some(item)).await? {
                if let Value::Array(list) = collected.entry(key).or_insert_with(|| Value::Array(Vec::new())) {
                    list.push(value);
                }
            }
        }
        Ok(collected)
    }

    async fn turn(
        &self,
        ctx: &StepContext,
        template: &Template,
        step: &TemplateStep,
        each: Option<&Value>,
    ) -> Result<Map<String, Value>, ActionError> {
        let action = self
            .actions
            .get(&step.action)
            .ok_or_else(|| ActionError::Failed(format!("there is no action {:?}", step.action)))?;
        let (input, warnings) = rendered_input(step, &context(&ctx.run, each));
        warnings.iter().for_each(|w| ctx.log.line(&format!("warning: left as it stands: {w}")));
        let workspace = ctx.folder.join("workspace");
        std::fs::create_dir_all(&workspace)?;
        let perform = action.perform(ActionContext {
            run: ctx.run.clone(),
            template: template.clone(),
            input,
            workspace,
            log: ctx.log.clone(),
            client: self.client.clone(),
            forge: self.forge.clone(),
        });
        tokio::select! {
            done = perform => done,
            () = ctx.cancel.cancelled() => Err(ActionError::Failed("cancelled".into())),
        }
    }
}
