//! A program whose steps do what a test says.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use causeway_kinds::run::{Program as ProgramName, Run, Step, StepState};
use causeway_resources::Client;
use causeway_run::{Advance, PrepareError, Program, StepContext, StepEnd, advance_in_order, advance_together};
use futures::future::BoxFuture;
use parking_lot::Mutex;
use serde_json::Map;

type Perform = Box<dyn Fn(StepContext) -> BoxFuture<'static, StepEnd> + Send + Sync>;

pub(crate) struct Script {
    steps: Mutex<Vec<Result<Vec<&'static str>, PrepareError>>>,
    together: bool,
    repeatable: bool,
    perform: Perform,
    /// How often each step was performed.
    pub(crate) performed: Mutex<HashMap<String, usize>>,
    /// How the runs ended that it was told of.
    pub(crate) ends: Mutex<Vec<String>>,
}

impl Script {
    pub(crate) fn new<F>(steps: &[&'static str], perform: impl Fn(StepContext) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = StepEnd> + Send + 'static,
    {
        Self {
            steps: Mutex::new(vec![Ok(steps.to_vec())]),
            together: false,
            repeatable: true,
            perform: Box::new(move |ctx| Box::pin(perform(ctx))),
            performed: Mutex::default(),
            ends: Mutex::default(),
        }
    }

    /// What it answers before it tells its steps.
    pub(crate) fn first(self, errors: Vec<PrepareError>) -> Self {
        self.steps.lock().splice(0..0, errors.into_iter().map(Err));
        self
    }

    pub(crate) fn together(self) -> Self {
        Self { together: true, ..self }
    }

    pub(crate) fn once_only(self) -> Self {
        Self { repeatable: false, ..self }
    }

    pub(crate) fn performed(&self, id: &str) -> usize {
        self.performed.lock().get(id).copied().unwrap_or(0)
    }

    pub(crate) fn shared(self) -> Arc<Self> {
        Arc::new(self)
    }
}

#[async_trait]
impl Program for Script {
    fn program(&self) -> ProgramName {
        ProgramName::Template
    }

    async fn steps(&self, _run: &Run, _client: &Client) -> Result<Vec<Step>, PrepareError> {
        let mut answers = self.steps.lock();
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        answer.map(|ids| ids.into_iter().map(|id| Step { id: id.into(), ..Step::default() }).collect())
    }

    fn advance(&self, run: &Run) -> Advance {
        if self.together { advance_together(run) } else { advance_in_order(run) }
    }

    fn is_repeatable(&self, _run: &Run, _step: &Step) -> bool {
        self.repeatable
    }

    async fn perform(&self, ctx: StepContext) -> StepEnd {
        *self.performed.lock().entry(ctx.step.id.clone()).or_default() += 1;
        // as programs that run in order do: what comes after a failure is not done
        if !self.together && ctx.run.status.steps.iter().any(|s| s.state == StepState::Failed) {
            return StepEnd::Skipped { message: "A step before it failed.".into() };
        }
        (self.perform)(ctx).await
    }

    async fn ended(&self, run: &Run, _client: &Client) -> causeway_resources::Result<()> {
        self.ends.lock().push(format!("{:?}", run.status.conclusion));
        Ok(())
    }
}

pub(crate) fn succeeded() -> StepEnd {
    StepEnd::Succeeded { outputs: Map::new() }
}

pub(crate) fn failed(message: &str) -> StepEnd {
    StepEnd::Failed { message: message.into(), outputs: Map::new() }
}
