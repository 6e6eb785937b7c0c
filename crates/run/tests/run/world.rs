//! A store, an engine and an executor over the same folder, which can be left and entered again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use causeway_core::{Condition, Metadata, Object, Resource, condition};
use causeway_engine::{Backoff, Engine, EngineOptions};
use causeway_kinds::run::{Program as ProgramName, Run, RunSpec, RunStatus, Step, StepState, TemplateRun};
use causeway_resources::{Actor, Client, Registry, Resources, WriteOptions};
use causeway_run::{Executor, LogLimits, Program, Programs, RunLogs};
use causeway_store::sqlite::{Options, SqliteStore};
use serde_json::json;
use tokio_util::sync::CancellationToken;

pub(crate) struct World {
    pub(crate) resources: Arc<Resources>,
    pub(crate) engine: Engine,
    pub(crate) executor: Executor,
    pub(crate) stop: CancellationToken,
}

impl World {
    pub(crate) async fn enter(folder: &Path, program: Arc<dyn Program>) -> Self {
        let store = SqliteStore::open(folder, Options::default()).expect("the store opens");
        let registry = Registry::new(causeway_kinds::builtin(), Vec::new()).expect("the schemas compile");
        let resources = Resources::new(Arc::new(store), registry);
        let backoff = Backoff { first: Duration::from_millis(10), longest: Duration::from_millis(200) };
        let engine = Engine::new(Arc::clone(&resources), EngineOptions { backoff, ..EngineOptions::default() });
        let stop = CancellationToken::new();
        let logs = RunLogs::new(&folder.join("runs"), LogLimits::default());
        let executor = Executor::new(&resources, Programs::new(vec![program]), logs, stop.clone());
        let world = Self { resources, engine, executor, stop };
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}});
        let namespace = Object::from_value(namespace).expect("an object");
        let made = world.resources.create(&Actor::user("tester"), namespace, &WriteOptions::strict()).await;
        assert!(made.is_ok() || made.is_err_and(|e| e.is_exists()));
        world.engine.start(world.executor.clone());
        world
    }

    pub(crate) fn client(&self) -> Client {
        self.resources.client(Actor::user("tester"))
    }

    pub(crate) async fn create(&self, name: &str, spec: RunSpec) -> Run {
        self.client().create(&Resource::new(Metadata::named("default", name), spec)).await.expect("it is created")
    }

    pub(crate) fn run(&self, name: &str) -> Run {
        self.client().require::<RunSpec>("default", name).expect("it is there")
    }

    pub(crate) async fn cancel(&self, name: &str) {
        let cancelled = self.client().modify::<RunSpec>("default", name, |run| run.spec.cancel = true).await;
        cancelled.expect("it is written").expect("it is there");
    }

    /// The run once it has ended.
    pub(crate) async fn ended(&self, name: &str) -> Run {
        until(&format!("the run {name} ended"), || self.run(name).status.conclusion.is_some()).await;
        self.run(name)
    }

    pub(crate) fn log(&self, run: &Run) -> Vec<String> {
        let lines = self.executor.logs().read(&run.metadata.uid, 0, None, usize::MAX);
        lines.into_iter().map(|line| format!("{}: {}", line.step, line.text)).collect()
    }
}

pub(crate) fn spec() -> RunSpec {
    let template = Some(TemplateRun { r#ref: "template:default/any".into(), ..TemplateRun::default() });
    RunSpec { program: ProgramName::Template, template, ..RunSpec::default() }
}

pub(crate) fn step<'a>(status: &'a RunStatus, id: &str) -> &'a Step {
    status.steps.iter().find(|s| s.id == id).unwrap_or_else(|| panic!("there is a step {id}"))
}

pub(crate) fn states(run: &Run) -> Vec<(&str, StepState)> {
    run.status.steps.iter().map(|s| (s.id.as_str(), s.state)).collect()
}

pub(crate) fn ready(run: &Run) -> Condition {
    condition::find(&run.status.conditions, "Ready").cloned().unwrap_or_default()
}

/// Waits until something holds; names it where it never does.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited in vain until {what}");
}
