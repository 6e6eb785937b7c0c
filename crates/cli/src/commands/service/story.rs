//! How far a new service is, told from its application and the runs and claims that belong to it.

use std::time::Duration;

use causeway_core::condition::find;
use causeway_core::{Condition, Timestamp};
use causeway_kinds::application::{Application, ApplicationSpec};
use causeway_kinds::claim::{Claim, ClaimSpec};
use causeway_kinds::deployment;
use causeway_kinds::run::{Conclusion, Program, Run, RunSpec, Step, StepState};

use super::{logs, of_application};
use crate::Failure;
use crate::client::{ApiError, Client};
use crate::commands::run::{label, tail};
use crate::progress::{Look, Row, State, Verdict};

/// How many lines of a log are repeated where something failed.
const LINES: usize = 15;

/// The stages, each with the condition that says how it stands.
const STAGES: &[(&str, &str)] = &[
    ("Planned", "Plan"),
    ("Scaffolded", "Repository"),
    ("Cataloged", "Catalog"),
    ("Released", "Pipeline and release"),
    ("Deployed", "Deployment"),
];

/// The command that tells more later.
pub(super) fn again(application: &Application) -> String {
    format!("platform wait application/{} --for=condition=Ready", application.name())
}

/// One look at everything that belongs to the application.
pub(super) async fn look(client: &Client, wanted: &Application) -> Result<Look, ApiError> {
    let (namespace, name) = (wanted.namespace(), wanted.name());
    let selector = of_application(name);
    let (application, runs, claims) = futures::try_join!(
        client.get::<ApplicationSpec>(namespace, name),
        client.list::<RunSpec>(namespace, &selector),
        client.list::<ClaimSpec>(namespace, &selector),
    )?;
    let Some(application) = application.filter(|a| a.metadata.uid == wanted.metadata.uid) else {
        let gone = Failure::failed(format!("{name} was deleted while it was being made"));
        return Ok(Look::failed(gone));
    };
    let since = application.metadata.creation_timestamp;
    let of_this = |run: &Run| since.is_none_or(|since| run.metadata.creation_timestamp.is_none_or(|at| at >= since));
    let runs: Vec<Run> = runs.into_iter().filter(of_this).collect();
    let verdict = match verdict(&application) {
        Verdict::Failed(failure) => Verdict::Failed(explain(client, &application, &runs, failure).await),
        verdict => verdict,
    };
    Ok(Look::of(rows(&application, &runs, &claims, Timestamp::now()), verdict))
}

fn verdict(application: &Application) -> Verdict {
    let current = application.status.observed_generation == application.metadata.generation;
    match find(&application.status.conditions, "Ready") {
        Some(ready) if ready.is_true() && current => Verdict::Done,
        Some(ready) if is_final(&ready.reason) => {
            Verdict::Failed(Failure::failed(format!("{} was not made: {}", application.name(), ready.message)))
        }
        _ => Verdict::Going,
    }
}

/// Whether a reason means that nothing more happens by itself.
pub(super) fn is_final(reason: &str) -> bool {
    reason.ends_with("Failed")
        || reason.starts_with("Cannot")
        || matches!(reason, "BadDocument" | "Invalid" | "NotSupported" | "Unreadable")
}

/// The rows: a stage for each condition, and under it what is at work for it.
fn rows(application: &Application, runs: &[Run], claims: &[Claim], now: Timestamp) -> Vec<Row> {
    let mut rows = Vec::new();
    for (kind, label) in STAGES.iter().filter(|(kind, _)| is_wanted(application, kind)) {
        rows.push(stage(kind, label, find(&application.status.conditions, kind)));
        match *kind {
            "Scaffolded" => rows.extend(parts(runs, Program::Template, now)),
            "Released" => rows.extend(parts(runs, Program::Pipeline, now)),
            "Deployed" => rows.extend(claims.iter().map(claim)),
            _ => {}
        }
    }
    rows
}

fn is_wanted(application: &Application, kind: &str) -> bool {
    let delivery = &application.spec.delivery;
    match kind {
        "Released" => delivery.ci,
        "Deployed" => delivery.ci && delivery.cd,
        _ => true,
    }
}

fn stage(kind: &str, label: &str, condition: Option<&Condition>) -> Row {
    match condition {
        None => Row::new(kind, label, State::Pending, ""),
        Some(condition) => Row::new(kind, label, state_of(condition), condition.message.clone()),
    }
}

/// How far a condition says that something is.
pub(super) fn state_of(condition: &Condition) -> State {
    match condition.reason.as_str() {
        _ if condition.is_true() => State::Done,
        reason if is_final(reason) => State::Failed,
        reason if reason.starts_with("Awaiting") || reason.starts_with("Waiting") => State::Waiting,
        _ => State::Active,
    }
}

/// The steps of the last run of a program.
fn parts(runs: &[Run], program: Program, now: Timestamp) -> Vec<Row> {
    let run = runs
        .iter()
        .filter(|run| run.spec.program == program)
        .max_by_key(|run| (run.metadata.creation_timestamp, run.name().to_owned()));
    run.into_iter().flat_map(|run| run.status.steps.iter().map(move |step| part(run, step, now))).collect()
}

fn part(run: &Run, step: &Step, now: Timestamp) -> Row {
    let state = match step.state {
        StepState::Pending => State::Pending,
        StepState::Running => State::Active,
        StepState::Waiting => State::Waiting,
        StepState::Succeeded => State::Done,
        StepState::Failed | StepState::Cancelled => State::Failed,
        StepState::Skipped => State::Skipped,
    };
    let took: Option<Duration> = step.started_at.map(|start| step.finished_at.unwrap_or(now).since(start));
    Row::new(format!("{}/{}", run.name(), step.id), label(step), state, step.message.clone()).part().took(took)
}

fn claim(claim: &Claim) -> Row {
    let ready = find(&claim.status.conditions, "Ready");
    let (state, detail) = ready.map_or((State::Active, String::new()), |c| (state_of(c), c.message.clone()));
    Row::new(format!("claim/{}", claim.name()), format!("{} {}", claim.spec.r#type, claim.name()), state, detail).part()
}

/// A failure with the step that failed, the last lines of its log, and what to try.
async fn explain(client: &Client, application: &Application, runs: &[Run], failure: Failure) -> Failure {
    let (name, environment) = (application.name(), &application.spec.environment);
    let in_vain = |run: &&Run| matches!(run.status.conclusion, Some(Conclusion::Failure | Conclusion::Cancelled));
    let failed = runs.iter().filter(in_vain);
    let Some(run) = failed.max_by_key(|run| (run.metadata.creation_timestamp, run.name().to_owned())) else {
        let deployment = deployment::name(name, environment);
        let lines = logs::tail(client, application.namespace(), &deployment, LINES).await.unwrap_or_default();
        let failure = lines.iter().fold(failure, |failure, line| failure.detail(format!("| {line}")));
        return failure.hint(format!("look closer with `platform describe deployment {deployment}` and `platform logs {name} --env {environment} --previous`"));
    };
    let failure =
        with_log(client, run, failure).await.hint(format!("read all of it with `platform run logs {}`", run.name()));
    match run.spec.program {
        Program::Pipeline => failure.hint(format!("put it right and push: git clone {}", application.status.remote_url)),
        Program::Template | Program::Action | Program::Runbook => failure.hint(format!(
            "try it again with `platform run retry {}`, or take away what was made with `platform delete service {name}`",
            run.name()
        )),
    }
}

async fn with_log(client: &Client, run: &Run, failure: Failure) -> Failure {
    let mut failure = failure;
    for step in run.status.steps.iter().filter(|step| step.state == StepState::Failed) {
        failure = failure.detail(format!("the step {:?} of {} failed: {}", label(step), run.name(), step.message));
        let lines = tail(client, run, &step.id).await.unwrap_or_default();
        failure = lines.iter().fold(failure, |failure, line| failure.detail(format!("| {line}")));
    }
    failure
}

#[cfg(test)]
mod tests {
    use causeway_core::{Condition, ConditionStatus, Metadata, Timestamp};
    use causeway_kinds::application::{Application, ApplicationSpec};
    use causeway_kinds::run::{Program, Run, RunSpec, Step, StepState};

    use super::{rows, verdict};
    use crate::progress::Verdict;

    fn condition(kind: &str, status: ConditionStatus, reason: &str, message: &str) -> Condition {
        Condition::new(kind, status, reason, message)
    }

    fn application(conditions: Vec<Condition>) -> Application {
        let mut application = Application::new(Metadata::named("default", "web"), ApplicationSpec::default());
        application.status.conditions = conditions;
        application
    }

    #[test]
    fn tells_each_stage_with_the_steps_at_work_for_it() {
        let application = application(vec![
            condition("Planned", ConditionStatus::True, "Planned", "The plan says what is done."),
            condition("Scaffolded", ConditionStatus::False, "Scaffolding", "The run web-1 is at work."),
            condition("Deployed", ConditionStatus::False, "AwaitingRelease", "web has no release yet."),
        ]);
        let mut run =
            Run::new(Metadata::named("default", "web-1"), RunSpec { program: Program::Template, ..RunSpec::default() });
        let at = Timestamp::from_second;
        run.status.steps = vec![
            Step {
                id: "fetch".into(),
                name: "Fetch".into(),
                state: StepState::Succeeded,
                started_at: Some(at(10)),
                finished_at: Some(at(12)),
                ..Step::default()
            },
            Step { id: "publish".into(), state: StepState::Running, started_at: Some(at(12)), ..Step::default() },
        ];
        let said: Vec<String> = rows(&application, &[run], &[], at(15))
            .iter()
            .map(|r| {
                format!(
                    "{}{} {}: {} {:?}",
                    if r.is_part { "  " } else { "" },
                    r.state.mark(),
                    r.label,
                    r.detail,
                    r.took.map(|t| t.as_secs())
                )
            })
            .collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        ✓ Plan: The plan says what is done. None
        … Repository: The run web-1 is at work. None
          ✓ Fetch:  Some(2)
          … publish:  Some(3)
          Catalog:  None
          Pipeline and release:  None
        ⧗ Deployment: web has no release yet. None
        ");
    }

    #[test]
    fn ends_when_it_is_ready_or_cannot_become_so() {
        let ready = |status, reason: &str| verdict(&application(vec![condition("Ready", status, reason, "said")]));
        assert!(matches!(ready(ConditionStatus::True, "Ready"), Verdict::Done));
        assert!(matches!(ready(ConditionStatus::False, "PipelineFailed"), Verdict::Failed(_)));
        assert!(matches!(ready(ConditionStatus::False, "CannotPlan"), Verdict::Failed(_)));
        assert!(matches!(ready(ConditionStatus::False, "WaitingForClaims"), Verdict::Going));
        let mut stale = application(vec![condition("Ready", ConditionStatus::True, "Ready", "said")]);
        stale.metadata.generation = 2;
        stale.status.observed_generation = 1;
        assert!(matches!(verdict(&stale), Verdict::Going));
    }
}
