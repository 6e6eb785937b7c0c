//! Brings runs to their end: records, starts, awaits and records again.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use causeway_core::Timestamp;
use causeway_engine::{Cleaned, Controller, Failure, Next, Recorder};
use causeway_kinds::run::{Conclusion, Program as ProgramName, Run, RunSpec, Step, StepState};
use causeway_resources::{Actor, Client, Resources};
use futures::FutureExt;
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::conclude::describe;
use crate::program::units;
use crate::{Advance, PrepareError, Program, RunLogs, StepContext, StepEnd};

/// Who knows which runs.
pub struct Programs {
    programs: HashMap<ProgramName, Arc<dyn Program>>,
}

impl Programs {
    /// From a list; two programs for the same runs are a mistake in the wiring.
    ///
    /// # Panics
    ///
    /// Where two programs claim the same runs.
    pub fn new(list: Vec<Arc<dyn Program>>) -> Self {
        let mut programs = HashMap::new();
        for program in list {
            let name = program.program();
            assert!(programs.insert(name, program).is_none(), "two programs claim the runs {name:?}");
        }
        Self { programs }
    }
}

/// The controller of runs.
#[derive(Clone)]
pub struct Executor {
    shared: Arc<Shared>,
}

/// A step, by run uid and step id.
type Slot = (String, String);

struct Shared {
    programs: Programs,
    client: Client,
    logs: RunLogs,
    recorder: Recorder,
    /// Steps at work in this process.
    working: Mutex<HashMap<Slot, CancellationToken>>,
    /// When steps that wait are looked at again. Not kept over a restart: then they are looked at at once.
    due: Mutex<HashMap<Slot, Instant>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// A run that says nothing else is given up after this time.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(6 * 3600);

impl Executor {
    /// Executes the runs of `programs`; when `stop` is cancelled, no step starts any more and the ones at work are cut off, to
    /// be taken up again by the next start.
    pub fn new(resources: &Arc<Resources>, programs: Programs, logs: RunLogs, stop: CancellationToken) -> Self {
        let shared = Shared {
            programs,
            client: resources.client(Actor::controller("run")),
            recorder: Recorder::new(Arc::clone(resources), "run"),
            logs,
            working: Mutex::default(),
            due: Mutex::default(),
            tasks: TaskTracker::new(),
            stop,
        };
        Self { shared: Arc::new(shared) }
    }

    /// The logs of runs.
    pub fn logs(&self) -> &RunLogs {
        &self.shared.logs
    }

    /// Waits for the steps that are at work; after `stop` was cancelled they end soon.
    pub async fn wait(&self) {
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }
}

#[async_trait]
impl Controller for Executor {
    type Spec = RunSpec;
    const NAME: &'static str = "run";
    const FINALIZER: Option<&'static str> = Some("platform.causeway.dev/run");
    const CONCURRENCY: usize = 8;

    async fn apply(&self, run: Run) -> Result<Next, Failure> {
        if run.status.conclusion.is_some() || self.shared.stop.is_cancelled() {
            return Ok(Next::Resync);
        }
        let Some(program) = self.shared.programs.programs.get(&run.spec.program).cloned() else {
            let name = run.spec.program;
            return Err(Failure::terminal("NotReconciledYet", format!("Runs of the program {name:?} are not executed yet.")));
        };
        self.shared.step_on(program, run).await
    }

    async fn cleanup(&self, run: Run) -> Result<Cleaned, Failure> {
        self.shared.interrupt(&run.metadata.uid);
        if self.shared.is_working(&run.metadata.uid) {
            return Ok(Cleaned::Waiting(Duration::from_millis(100)));
        }
        self.shared.logs.remove(&run.metadata.uid).map_err(|e| Failure::from_error("LogNotRemoved", &e))?;
        Ok(Cleaned::Done)
    }
}

impl Shared {
    async fn step_on(self: &Arc<Self>, program: Arc<dyn Program>, run: Run) -> Result<Next, Failure> {
        if run.status.started_at.is_none() {
            return self.begin(program.as_ref(), run).await;
        }
        if let Some(reason) = self.reason_to_end(&run) {
            return self.cut_short(program.as_ref(), run, reason).await;
        }
        let run = self.recover(program.as_ref(), run).await?;
        let awake = self.awake(&run);
        if !awake.is_empty() {
            return self.start(&program, run, &awake).await;
        }
        match program.advance(&run) {
            Advance::Start(ids) => self.start(&program, run, &ids).await,
            Advance::Wait => Ok(self.next_look(&run)),
            Advance::Finished { conclusion, outputs, .. } => {
                self.finish(program.as_ref(), run, conclusion, outputs).await?;
                Ok(Next::Resync)
            }
        }
    }

    async fn begin(&self, program: &dyn Program, mut run: Run) -> Result<Next, Failure> {
        if run.spec.cancel {
            run.status.started_at = Some(Timestamp::now());
            self.finish(program, run, Conclusion::Cancelled, serde_json::Map::new()).await?;
            return Ok(Next::Resync);
        }
        let now = Timestamp::now();
        match program.steps(&run, &self.client).await {
            Ok(steps) => run.status.steps = steps,
            Err(PrepareError::Later(why)) => return Err(Failure::transient("NotPrepared", why)),
            Err(PrepareError::Refused(why)) => {
                run.status.steps = vec![Step {
                    id: "prepare".into(),
                    name: "Prepare".into(),
                    state: StepState::Failed,
                    message: why,
                    ..Step::default()
                }];
                run.status.started_at = Some(now);
                self.finish(program, run, Conclusion::Failure, serde_json::Map::new()).await?;
                return Ok(Next::Resync);
            }
        }
        run.status.started_at = Some(now);
        describe(&mut run, now);
        self.client.update_status(&run).await?;
        Ok(Next::Resync)
    }

    fn reason_to_end(&self, run: &Run) -> Option<&'static str> {
        if run.spec.cancel {
            return Some("cancelled");
        }
        let limit = run.spec.timeout_seconds.and_then(|s| u64::try_from(s).ok()).map_or(DEFAULT_TIMEOUT, Duration::from_secs);
        let started = run.status.started_at?;
        (Timestamp::now().since(started) >= limit).then_some("given up: its time ran out")
    }

    /// Stops what is at work, then ends the run.
    async fn cut_short(&self, program: &dyn Program, mut run: Run, reason: &'static str) -> Result<Next, Failure> {
        self.interrupt(&run.metadata.uid);
        if self.is_working(&run.metadata.uid) {
            return Ok(Next::After(Duration::from_millis(100)));
        }
        let now = Timestamp::now();
        for step in run.status.steps.iter_mut().filter(|s| !s.state.is_finished()) {
            step.state = StepState::Cancelled;
            step.message = format!("The run was {reason}.");
            step.finished_at = Some(now);
        }
        let conclusion = if run.spec.cancel { Conclusion::Cancelled } else { Conclusion::Failure };
        self.finish(program, run, conclusion, serde_json::Map::new()).await?;
        Ok(Next::Resync)
    }

    /// Steps that are recorded as running but that nobody works on were cut off by the end of an earlier process.
    async fn recover(&self, program: &dyn Program, mut run: Run) -> Result<Run, Failure> {
        let uid = run.metadata.uid.clone();
        let is_lost = |s: &Step| s.job.is_empty() && s.state == StepState::Running && !self.is_at_work(&uid, &s.id);
        let lost: Vec<Step> = run.status.steps.iter().filter(|s| is_lost(s)).cloned().collect();
        if lost.is_empty() {
            return Ok(run);
        }
        for step in lost {
            let repeatable = program.is_repeatable(&run, &step);
            let Some(found) = run.status.steps.iter_mut().find(|s| s.id == step.id) else { continue };
            if repeatable {
                found.state = StepState::Pending;
                found.message = "It was cut off by a restart and is done again.".into();
            } else {
                found.state = StepState::Failed;
                found.message = "It was cut off by a restart and cannot be done twice.".into();
                found.finished_at = Some(Timestamp::now());
            }
            run.status.steps.retain(|s| s.job != step.id || s.state.is_finished() && !repeatable);
        }
        Ok(self.client.update_status(&run).await?)
    }

    async fn start(self: &Arc<Self>, program: &Arc<dyn Program>, mut run: Run, ids: &[String]) -> Result<Next, Failure> {
        let now = Timestamp::now();
        for step in run.status.steps.iter_mut().filter(|s| ids.contains(&s.id)) {
            // looking again at what a step waits for is not another attempt
            step.attempt += i32::from(step.state == StepState::Pending);
            step.state = StepState::Running;
            step.started_at = step.started_at.or(Some(now));
            step.message = String::new();
        }
        describe(&mut run, now);
        let run = self.client.update_status(&run).await?;
        for step in run.status.steps.iter().filter(|s| ids.contains(&s.id)) {
            self.launch(Arc::clone(program), run.clone(), step.clone())?;
        }
        Ok(self.next_look(&run))
    }

    fn launch(self: &Arc<Self>, program: Arc<dyn Program>, run: Run, step: Step) -> Result<(), Failure> {
        let uid = run.metadata.uid.clone();
        let log = self.logs.writer(&uid, &step.id).map_err(|e| Failure::from_error("LogNotOpened", &e))?;
        let folder = self.logs.folder(&uid).join("work");
        std::fs::create_dir_all(&folder).map_err(|e| Failure::from_error("FolderNotMade", &e))?;
        let cancel = self.stop.child_token();
        let slot = (uid, step.id.clone());
        self.working.lock().insert(slot.clone(), cancel.clone());
        let shared = Arc::clone(self);
        self.tasks.spawn(async move {
            let client = shared.client.clone();
            let ctx = StepContext { run: run.clone(), step: step.clone(), client, log: log.clone(), cancel: cancel.clone(), folder };
            let end = AssertUnwindSafe(program.perform(ctx)).catch_unwind().await.unwrap_or_else(|_| StepEnd::Failed {
                message: "The step hit a defect in the platform.".into(),
                outputs: serde_json::Map::new(),
            });
            if let StepEnd::Failed { message, .. } = &end {
                log.line(&format!("error: {message}"));
            }
            // cut off by the end of this process: the record stays as it is, and the next start takes the step up again
            if !shared.stop.is_cancelled() {
                shared.record(&run, &step.id, end).await;
            }
            shared.working.lock().remove(&slot);
        });
        Ok(())
    }

    /// Steps that wait, and whose pause is over.
    fn awake(&self, run: &Run) -> Vec<String> {
        let (due, now) = (self.due.lock(), Instant::now());
        let is_due = |s: &&Step| due.get(&(run.metadata.uid.clone(), s.id.clone())).is_none_or(|at| *at <= now);
        units(run).filter(|s| s.state == StepState::Waiting).filter(is_due).map(|s| s.id.clone()).collect()
    }

    async fn record(&self, run: &Run, id: &str, end: StepEnd) {
        let now = Timestamp::now();
        let slot = (run.metadata.uid.clone(), id.to_owned());
        match &end {
            StepEnd::Waiting { pause, .. } => self.due.lock().insert(slot, Instant::now() + *pause),
            StepEnd::Succeeded { .. } | StepEnd::Skipped { .. } | StepEnd::Failed { .. } => self.due.lock().remove(&slot),
        };
        let done = self
            .client
            .modify_status::<RunSpec>(run.namespace(), run.name(), |run| {
                if let Some(step) = run.status.steps.iter_mut().find(|s| s.id == id) {
                    settle(step, &end, now);
                }
                run.status.waiting_for = waiting_for(run);
                describe(run, now);
            })
            .await;
        if let Err(error) = done {
            tracing::error!(%error, run = run.name(), step = id, "the end of a step was not recorded");
        }
    }

    async fn finish(
        &self,
        program: &dyn Program,
        mut run: Run,
        conclusion: Conclusion,
        outputs: serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), Failure> {
        let now = Timestamp::now();
        run.status.conclusion = Some(conclusion);
        run.status.finished_at = Some(now);
        run.status.outputs = outputs;
        run.status.waiting_for = String::new();
        describe(&mut run, now);
        // what follows from the end comes before the end is recorded, so that a crash between the two does it again
        program.ended(&run, &self.client).await?;
        let run = self.client.update_status(&run).await?;
        let _ = std::fs::remove_dir_all(self.logs.folder(&run.metadata.uid).join("work"));
        self.logs.close(&run.metadata.uid);
        self.due.lock().retain(|(uid, _), _| *uid != run.metadata.uid);
        let ready = causeway_core::condition::find(&run.status.conditions, "Ready").cloned().unwrap_or_default();
        if ready.is_true() {
            self.recorder.normal(&run, &ready.reason, ready.message).await;
        } else {
            self.recorder.warning(&run, &ready.reason, ready.message).await;
        }
        Ok(())
    }

    fn next_look(&self, run: &Run) -> Next {
        let limit = run.spec.timeout_seconds.and_then(|s| u64::try_from(s).ok()).unwrap_or(DEFAULT_TIMEOUT.as_secs());
        let left = run.status.started_at.map_or(limit, |s| limit.saturating_sub(Timestamp::now().since(s).as_secs()));
        let until_due = self.due.lock().iter().filter(|((uid, _), _)| *uid == run.metadata.uid).map(|(_, at)| *at).min();
        let pause = until_due.map(|at| at.saturating_duration_since(Instant::now()) + Duration::from_millis(5));
        Next::After(pause.unwrap_or(Duration::MAX).min(Duration::from_secs(left.clamp(1, 600))))
    }

    fn is_working(&self, uid: &str) -> bool {
        self.working.lock().keys().any(|(run, _)| run == uid)
    }

    fn is_at_work(&self, uid: &str, step: &str) -> bool {
        self.working.lock().contains_key(&(uid.to_owned(), step.to_owned()))
    }

    fn interrupt(&self, uid: &str) {
        self.working.lock().iter().filter(|((run, _), _)| run == uid).for_each(|(_, cancel)| cancel.cancel());
    }
}

fn settle(step: &mut Step, end: &StepEnd, now: Timestamp) {
    step.finished_at = Some(now);
    match end {
        StepEnd::Succeeded { outputs } => {
            step.state = StepState::Succeeded;
            step.outputs.clone_from(outputs);
            step.message = String::new();
        }
        StepEnd::Skipped { message } => {
            step.state = StepState::Skipped;
            step.message.clone_from(message);
        }
        StepEnd::Failed { message, outputs } => {
            step.state = StepState::Failed;
            step.outputs.clone_from(outputs);
            step.message.clone_from(message);
        }
        StepEnd::Waiting { reason, .. } => {
            step.state = StepState::Waiting;
            step.message.clone_from(reason);
            step.finished_at = None;
        }
    }
}

fn waiting_for(run: &Run) -> String {
    units(run).find(|s| s.state == StepState::Waiting).map(|s| s.message.clone()).unwrap_or_default()
}
