//! One job, from a fresh workspace to its outputs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::annotation::Annotation;
use super::artifact;
use super::frame::Frame;
use super::process::Processes;
use super::result::{JobResult, StepResult};
use super::room::{Folder, Room};
use super::session::Session;
use super::settings::Settings;
use super::sink::Sink;
use super::source::Source;
use crate::expression::ExpressionError;
use crate::plan::{Assignment, Conclusion, Plan};
use crate::workflow::{StepsWork, Work};

/// How long a job may take if it does not say.
const DEFAULT_MINUTES: f64 = 360.0;

/// A job to run.
pub struct JobOrder<'a> {
    /// The run it belongs to.
    pub plan: &'a Plan<'a>,
    /// The job.
    pub assignment: &'a Assignment,
    /// Its folders; the workspace is kept afterwards, until the caller removes the room.
    pub room: &'a Room,
    /// Where its files come from.
    pub source: &'a Source,
    /// Where the artifacts of its run lie, on the host.
    pub artifacts: &'a Path,
    /// What the owner of the runner decides.
    pub settings: &'a Settings,
    /// How its processes start.
    pub processes: &'a dyn Processes,
    /// Who is told.
    pub sink: &'a dyn Sink,
    /// Stops it.
    pub stop: CancellationToken,
}

/// Runs a job. Whatever goes wrong is in the result.
pub async fn run_job(order: &JobOrder<'_>) -> JobResult {
    order.sink.job_started(order.assignment);
    let result = match find_work(order) {
        Ok((session, work)) => run_work(session, work).await,
        Err(error) => refuse(order, &error),
    };
    order.sink.job_ended(order.assignment, &result);
    result
}

fn find_work<'a>(order: &'a JobOrder<'a>) -> Result<(Session<'a>, &'a StepsWork), String> {
    let workflow = order.plan.library.find(&order.assignment.file)?;
    let job = workflow
        .jobs
        .get(&order.assignment.job)
        .ok_or_else(|| format!("the job `{}` is no longer in `{}`", order.assignment.job, order.assignment.file))?;
    match &job.work {
        Work::Steps(work) => Ok((Session::new(order, workflow, job, work), work)),
        Work::Call(_) => Err(format!("the job `{}` calls a workflow; its jobs run in its place", job.id)),
    }
}

/// A job that fails before its first step: a step of its own says why.
fn refuse(order: &JobOrder<'_>, error: &str) -> JobResult {
    let step = StepResult {
        id: "__setup".to_owned(),
        name: "Set up job".to_owned(),
        outcome: Conclusion::Failure,
        conclusion: Conclusion::Failure,
    };
    order.sink.step_started(order.assignment, 0, &step.name);
    order.sink.line(order.assignment, 0, &format!("Error: {error}"));
    order.sink.step_ended(order.assignment, 0, &step);
    JobResult {
        conclusion: Conclusion::Failure,
        outputs: BTreeMap::new(),
        steps: vec![step],
        annotations: vec![Annotation::error(error)],
        summary: String::new(),
        skipped_actions: Vec::new(),
    }
}

async fn run_work(mut session: Session<'_>, work: &StepsWork) -> JobResult {
    let order = session.order;
    if let Err(error) = set_up(&mut session, work).await {
        order.processes.clear(order.room).await;
        return refuse(order, &error);
    }
    let mut frame = Frame::of_job(order.assignment.inputs.clone());
    let minutes = read_minutes(&session, work, &frame);
    let expired = CancellationToken::new();
    let timer = tokio::spawn(expire(minutes, order.stop.clone(), expired.clone()));
    session.run_job_steps(&mut frame, &work.steps).await;
    timer.abort();
    let outputs = evaluate_outputs(&mut session, work, &frame);
    session.run_clean_ups(&frame, &work.steps).await;
    order.processes.clear(order.room).await;
    if expired.is_cancelled() {
        session
            .annotations
            .push(Annotation::error(format!("The job has exceeded the maximum execution time of {minutes} minutes")));
    }
    let (conclusion, outputs) = match outputs {
        Ok(outputs) => (frame.status, outputs),
        Err(error) => {
            session.annotations.push(Annotation::error(error));
            (Conclusion::Failure, BTreeMap::new())
        }
    };
    JobResult {
        conclusion,
        outputs,
        steps: session.results,
        annotations: session.annotations,
        summary: session.masker.mask(&session.summary),
        skipped_actions: session.skipped_actions,
    }
}

async fn expire(minutes: f64, stop: CancellationToken, expired: CancellationToken) {
    tokio::time::sleep(to_duration(minutes)).await;
    expired.cancel();
    stop.cancel();
}

/// Minutes as a duration; nonsense is the default of a job.
pub(super) fn to_duration(minutes: f64) -> Duration {
    Duration::try_from_secs_f64(minutes * 60.0).unwrap_or(Duration::from_secs(360 * 60))
}

fn read_minutes(session: &Session<'_>, work: &StepsWork, frame: &Frame) -> f64 {
    let contexts = session.contexts(frame, &session.env);
    let given = work.timeout_minutes.as_ref().and_then(|token| session.evaluate(token, &contexts, frame.status).ok());
    given.map(|value| value.to_number()).filter(|minutes| *minutes > 0.0).unwrap_or(DEFAULT_MINUTES)
}

async fn set_up(session: &mut Session<'_>, work: &StepsWork) -> Result<(), String> {
    if let Some(wish) = work.wants_containers {
        return Err(format!("`{wish}` is not run by the built-in runner"));
    }
    check_system(session, work)?;
    artifact::forget(session.order.artifacts, &session.order.assignment.path);
    prepare_room(session.order).await?;
    let frame = Frame::of_job(session.order.assignment.inputs.clone());
    for (owner, env) in [("workflow", &session.workflow.env), ("job", &work.env)] {
        let contexts = session.contexts(&frame, &session.env);
        let values = session
            .evaluate_texts(env.as_ref(), &contexts, frame.status)
            .map_err(|error| format!("the `env` of the {owner} has no value: {error}"))?;
        session.env.extend(values);
    }
    Ok(())
}

/// Refuses other operating systems by the labels that GitHub gives its machines.
fn check_system(session: &Session<'_>, work: &StepsWork) -> Result<(), String> {
    let frame = Frame::of_job(session.order.assignment.inputs.clone());
    let contexts = session.contexts(&frame, &session.env);
    let value = session
        .evaluate(&work.runs_on, &contexts, frame.status)
        .map_err(|error: ExpressionError| format!("`runs-on` has no value: {error}"))?;
    let labels = value.to_json().to_string().to_lowercase();
    match ["windows", "macos"].into_iter().find(|system| labels.contains(&format!("\"{system}"))) {
        Some(system) => Err(format!("`runs-on: {system}` is not run by the built-in runner: it has Linux only")),
        None => Ok(()),
    }
}

async fn prepare_room(order: &JobOrder<'_>) -> Result<(), String> {
    let room = order.room;
    let folders =
        [Some(&room.workspace), Some(&room.temp), Some(&room.commands), Some(&room.tools), room.home.as_ref()];
    for Folder { host, .. } in folders.into_iter().flatten() {
        std::fs::create_dir_all(host)
            .map_err(|error| format!("the folder {} was not made: {error}", host.display()))?;
    }
    let event = serde_json::to_string_pretty(&order.plan.facts.event.payload).unwrap_or_default();
    std::fs::write(room.commands.host.join("event.json"), event)
        .map_err(|error| format!("the event was not written: {error}"))?;
    order.source.fill(&room.workspace.host).await.map_err(|error| format!("the workspace was not filled: {error}"))?;
    order.processes.hand_over(room).await.map_err(|error| format!("the job's room was not handed over: {error}"))
}

/// The outputs of a job; one that contains a secret is left out, as outputs are stored and shown.
fn evaluate_outputs(
    session: &mut Session<'_>,
    work: &StepsWork,
    frame: &Frame,
) -> Result<BTreeMap<String, String>, String> {
    let contexts = session.contexts(frame, &session.env);
    let mut outputs = BTreeMap::new();
    for (name, token) in &work.outputs {
        let value = session
            .evaluate(token, &contexts, frame.status)
            .map_err(|error| format!("the output `{name}` has no value: {error}"))?
            .to_text();
        if session.masker.mask(&value) == *value {
            outputs.insert(name.clone(), value.to_string());
        } else {
            session.annotations.push(Annotation::warning(format!("Skip output '{name}' since it may contain secret.")));
        }
    }
    Ok(outputs)
}
