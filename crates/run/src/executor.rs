//! Brings runs to their end: records, starts, awaits and records again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use causeway_core::{Timestamp, condition};
use causeway_engine::{Cleaned, Controller, Failure, Next, ObjectName, Recorder};
use causeway_kinds::run::{Conclusion, Program as ProgramName, RECORD, Run, RunSpec, Step, StepState};
use causeway_resources::{Actor, Client, Resources};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::conclude::describe;
use crate::program::units;
use crate::{Advance, PrepareError, Program, RunLogs};

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
pub(crate) type Slot = (String, String);

pub(crate) struct Shared {
    programs: Programs,
    pub(crate) client: Client,
    pub(crate) logs: RunLogs,
    recorder: Recorder,
    /// Steps at work in this process.
    pub(crate) working: Mutex<HashMap<Slot, CancellationToken>>,
    /// When steps that wait are looked at again. Not kept over a restart: then they are looked at at once.
    pub(crate) due: Mutex<HashMap<Slot, Instant>>,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    /// Tells the engine that a step ended, also where that left the record as it was.
    pub(crate) ended: UnboundedSender<ObjectName>,
    heard: Mutex<Option<UnboundedReceiver<ObjectName>>>,
}

/// How a run ends.
struct Ending {
    conclusion: Conclusion,
    outputs: Map<String, Value>,
    message: String,
}

impl Ending {
    fn bare(conclusion: Conclusion, message: &str) -> Self {
        Self { conclusion, outputs: Map::new(), message: message.to_owned() }
    }
}

/// A run that says nothing else is given up after this time.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(6 * 3600);
/// How often it is looked whether steps that were told to stop have done so.
const WHILE_STEPS_STOP: Duration = Duration::from_millis(100);

impl Executor {
    /// Executes the runs of `programs`; when `stop` is cancelled, no step starts any more and the ones at work are cut off, to
    /// be taken up again by the next start.
    pub fn new(resources: &Arc<Resources>, programs: Programs, logs: RunLogs, stop: CancellationToken) -> Self {
        let (ended, heard) = unbounded_channel();
        let shared = Shared {
            programs,
            client: resources.client(Actor::controller("run")),
            recorder: Recorder::new(Arc::clone(resources), "run"),
            logs,
            working: Mutex::default(),
            due: Mutex::default(),
            tasks: TaskTracker::new(),
            stop,
            ended,
            heard: Mutex::new(Some(heard)),
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

    fn nudges(&self) -> Option<BoxStream<'static, ObjectName>> {
        let heard = self.shared.heard.lock().take()?;
        Some(stream::unfold(heard, |mut heard| async move { heard.recv().await.map(|name| (name, heard)) }).boxed())
    }

    async fn apply(&self, run: Run) -> Result<Next, Failure> {
        let is_record = run.metadata.annotations.get(RECORD).is_some_and(|value| value == "true");
        if run.status.conclusion.is_some() || is_record || self.shared.stop.is_cancelled() {
            return Ok(Next::Resync);
        }
        let Some(program) = self.shared.programs.programs.get(&run.spec.program).cloned() else {
            let name = run.spec.program;
            return Err(Failure::terminal(
                "NotReconciledYet",
                format!("Runs of the program {name:?} are not executed yet."),
            ));
        };
        self.shared.step_on(program, run).await
    }

    async fn cleanup(&self, run: Run) -> Result<Cleaned, Failure> {
        self.shared.interrupt(&run.metadata.uid);
        if self.shared.is_working(&run.metadata.uid) {
            return Ok(Cleaned::Waiting(WHILE_STEPS_STOP));
        }
        self.shared.forget(&run.metadata.uid);
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
        for step in self.awake(&run) {
            self.launch(&program, &run, step)?;
        }
        match program.advance(&run) {
            Advance::Start(ids) => self.start(&program, run, &ids).await,
            Advance::Wait => Ok(self.next_look(&run)),
            Advance::Finished { conclusion, outputs, message } => {
                if !self.is_still(&run.metadata.uid) {
                    return Ok(Next::After(WHILE_STEPS_STOP));
                }
                self.finish(program.as_ref(), run, Ending { conclusion, outputs, message }).await
            }
        }
    }

    async fn begin(&self, program: &dyn Program, mut run: Run) -> Result<Next, Failure> {
        if run.spec.cancel {
            run.status.started_at = Some(Timestamp::now());
            return self.finish(program, run, Ending::bare(Conclusion::Cancelled, "")).await;
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
                return self.finish(program, run, Ending::bare(Conclusion::Failure, "")).await;
            }
        }
        run.status.started_at = Some(now);
        describe(&mut run, "", now);
        self.client.update_status(&run).await?;
        Ok(Next::Resync)
    }

    /// How a run ends whose steps are not done, if it does now.
    fn reason_to_end(&self, run: &Run) -> Option<Ending> {
        if run.spec.cancel {
            return Some(Ending::bare(Conclusion::Cancelled, "The run was cancelled."));
        }
        let has_run_out = Timestamp::now().since(run.status.started_at?) >= time_limit(run);
        has_run_out.then(|| Ending::bare(Conclusion::Failure, "The run was given up: its time ran out."))
    }

    /// Stops what is at work, then ends the run.
    async fn cut_short(&self, program: &dyn Program, mut run: Run, ending: Ending) -> Result<Next, Failure> {
        if !self.is_still(&run.metadata.uid) {
            return Ok(Next::After(WHILE_STEPS_STOP));
        }
        let now = Timestamp::now();
        for step in run.status.steps.iter_mut().filter(|s| !s.state.is_finished()) {
            step.state = StepState::Cancelled;
            step.message.clone_from(&ending.message);
            step.finished_at = Some(now);
        }
        self.finish(program, run, ending).await
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
            // details that are finished stay: what they tell of may not be done again
            run.status.steps.retain(|s| s.job != step.id || s.state.is_finished());
        }
        Ok(self.client.update_status(&run).await?)
    }

    async fn start(
        self: &Arc<Self>,
        program: &Arc<dyn Program>,
        mut run: Run,
        ids: &[String],
    ) -> Result<Next, Failure> {
        let now = Timestamp::now();
        let mut started = Vec::new();
        for step in run.status.steps.iter_mut().filter(|s| s.state == StepState::Pending && ids.contains(&s.id)) {
            step.attempt += 1;
            step.state = StepState::Running;
            step.started_at = step.started_at.or(Some(now));
            step.message = String::new();
            started.push(step.id.clone());
        }
        describe(&mut run, "", now);
        let run = self.client.update_status(&run).await?;
        for step in run.status.steps.iter().filter(|s| started.contains(&s.id)) {
            self.launch(program, &run, step.clone())?;
        }
        Ok(self.next_look(&run))
    }

    /// Steps that wait, and whose pause is over. They stay recorded as waiting while they are performed: looking again is no
    /// news, and no other attempt.
    fn awake(&self, run: &Run) -> Vec<Step> {
        let (due, now) = (self.due.lock(), Instant::now());
        let uid = &run.metadata.uid;
        let is_due = |s: &&Step| due.get(&(uid.clone(), s.id.clone())).is_none_or(|at| *at <= now);
        let waiting = units(run).filter(|s| s.state == StepState::Waiting && !self.is_at_work(uid, &s.id));
        waiting.filter(is_due).cloned().collect()
    }

    async fn finish(&self, program: &dyn Program, mut run: Run, ending: Ending) -> Result<Next, Failure> {
        let now = Timestamp::now();
        run.status.conclusion = Some(ending.conclusion);
        run.status.finished_at = Some(now);
        run.status.outputs = ending.outputs;
        run.status.waiting_for = String::new();
        describe(&mut run, &ending.message, now);
        // what follows from the end comes before the end is recorded, so that a crash between the two does it again
        program.ended(&run, &self.client).await?;
        let run = self.client.update_status(&run).await?;
        let _ = std::fs::remove_dir_all(self.logs.folder(&run.metadata.uid).join("work"));
        self.logs.close(&run.metadata.uid);
        self.forget(&run.metadata.uid);
        let ready = condition::find(&run.status.conditions, "Ready").cloned().unwrap_or_default();
        if ready.is_true() {
            self.recorder.normal(&run, &ready.reason, ready.message).await;
        } else {
            self.recorder.warning(&run, &ready.reason, ready.message).await;
        }
        Ok(Next::Resync)
    }

    /// When a waiting step or the time limit asks for the next look; the end of a step asks by itself.
    fn next_look(&self, run: &Run) -> Next {
        const LONGEST: Duration = Duration::from_secs(600);
        let elapsed = run.status.started_at.map_or(Duration::ZERO, |s| Timestamp::now().since(s));
        let left = time_limit(run).saturating_sub(elapsed).clamp(Duration::from_secs(1), LONGEST);
        let uid = &run.metadata.uid;
        let until_due = self.due.lock().iter().filter(|((of, _), _)| of == uid).map(|(_, at)| *at).min();
        let pause = until_due.map(|at| at.saturating_duration_since(Instant::now()) + Duration::from_millis(5));
        Next::After(pause.unwrap_or(LONGEST).min(left))
    }

    fn forget(&self, uid: &str) {
        self.due.lock().retain(|(of, _), _| of != uid);
    }

    /// Tells what is at work for a run to stop; answers whether nothing is (any more).
    fn is_still(&self, uid: &str) -> bool {
        self.interrupt(uid);
        !self.is_working(uid)
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

fn time_limit(run: &Run) -> Duration {
    run.spec.timeout_seconds.and_then(|s| u64::try_from(s).ok()).map_or(DEFAULT_TIMEOUT, Duration::from_secs)
}
