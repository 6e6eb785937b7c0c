//! The run that tells how the demo was loaded: a record of what was done, with its log, which the executor leaves alone.

use causeway_core::condition::{self, Condition, ConditionStatus};
use causeway_core::{Metadata, Timestamp};
use causeway_kinds::run::{Conclusion, Program, RECORD, Run, RunSpec, Step, StepState};
use causeway_resources::Client;
use causeway_run::RunLogs;

use crate::loader::Stage;
use crate::{DemoError, LABEL, NAMESPACE};

/// Name of the run that tells how the demo was loaded.
pub const RUN: &str = "load-demo";

/// Writes the run, unless an earlier loading did.
pub(crate) async fn keep(client: &Client, logs: &RunLogs, stages: &[Stage], now: Timestamp) -> Result<(), DemoError> {
    let run = match client.get::<RunSpec>(NAMESPACE, RUN).map_err(DemoError::Record)? {
        Some(run) if run.status.conclusion.is_some() => return Ok(()),
        Some(cut_off) => cut_off,
        None => client.create(&run(client)).await.map_err(DemoError::Record)?,
    };
    write_log(logs, &run.metadata.uid, stages).map_err(DemoError::Log)?;
    let written = client.modify_status::<RunSpec>(NAMESPACE, RUN, |run| conclude(run, stages, now)).await;
    written.map(drop).map_err(DemoError::Record)
}

fn run(client: &Client) -> Run {
    let mut metadata = Metadata::named(NAMESPACE, RUN);
    metadata.labels.insert(LABEL.into(), "true".into());
    metadata.annotations.insert(RECORD.into(), "true".into());
    let spec = RunSpec { program: Program::Action, created_by: client.actor().user.clone(), ..RunSpec::default() };
    Run::new(metadata, spec)
}

fn write_log(logs: &RunLogs, uid: &str, stages: &[Stage]) -> Result<(), causeway_run::LogError> {
    // lines of an attempt that was cut off would stand there twice
    logs.remove(uid)?;
    for stage in stages {
        let log = logs.writer(uid, stage.id)?;
        stage.lines.iter().for_each(|line| log.line(line));
        if stage.lines.is_empty() {
            log.line("nothing was missing");
        }
    }
    logs.close(uid);
    Ok(())
}

fn conclude(run: &mut Run, stages: &[Stage], now: Timestamp) {
    let step = |stage: &Stage| Step {
        id: stage.id.into(),
        name: stage.name.into(),
        state: StepState::Succeeded,
        started_at: Some(now),
        finished_at: Some(now),
        attempt: 1,
        ..Step::default()
    };
    let generation = run.metadata.generation;
    let status = &mut run.status;
    status.steps = stages.iter().map(step).collect();
    status.started_at = Some(now);
    status.finished_at = Some(now);
    status.conclusion = Some(Conclusion::Success);
    status.observed_generation = generation;
    let ready = Condition::ready(ConditionStatus::True, "Succeeded", "All steps are done.");
    condition::set(&mut status.conditions, ready, generation, now);
}
