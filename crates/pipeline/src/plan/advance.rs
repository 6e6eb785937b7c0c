//! One step of the graph.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value as Json;

use super::group::Group;
use super::scope::{Plan, Scope};
use super::status::JobStatus;
use super::{Action, Assignment, Conclusion, Instance, InstancePath, JobProgress, Progress, State, Strategy};
use crate::expression::{Contexts, NoFunctions, Value};
use crate::matrix::{self, Combination};
use crate::workflow::{Job, Work};

/// Brings `progress` as far as it goes without running anything, and says what to start and what to stop.
///
/// # Errors
/// The run cannot begin at all: its workflow is missing or invalid, or an input of a dispatch is.
pub fn advance(plan: &Plan<'_>, progress: &mut Progress) -> Result<Vec<Action>, String> {
    let scope = Scope::top(plan)?;
    let mut step = Step { actions: Vec::new(), groups: HashMap::new() };
    step.collect_groups(progress, &scope.path);
    step.advance(&scope, progress);
    Ok(step.actions)
}

struct Step {
    actions: Vec<Action>,
    /// The running instance of each concurrency group.
    groups: HashMap<String, InstancePath>,
}

impl Step {
    fn collect_groups(&mut self, progress: &Progress, path: &InstancePath) {
        for (id, job) in &progress.jobs {
            for (index, instance) in job.instances.iter().enumerate() {
                let here = path.with(id, index);
                match &instance.state {
                    State::Calling(inner) => self.collect_groups(inner, &here),
                    State::Running => self.groups.extend(instance.group.clone().map(|group| (group, here))),
                    State::Queued | State::Ended(_) => {}
                }
            }
        }
    }

    /// Goes through the jobs until nothing changes: a skipped job can make the next one due.
    fn advance(&mut self, scope: &Scope<'_>, progress: &mut Progress) {
        loop {
            let ended = count_ended(progress);
            for job in scope.workflow.jobs.values() {
                self.advance_job(scope, progress, job);
            }
            if count_ended(progress) == ended {
                return;
            }
        }
    }

    fn advance_job(&mut self, scope: &Scope<'_>, progress: &mut Progress, job: &Job) {
        let is_due = job.needs.iter().all(|need| progress.jobs.get(need).is_some_and(|need| need.result.is_some()));
        let Some(state) = progress.jobs.get(&job.id) else {
            return;
        };
        if state.result.is_some() || !is_due {
            return;
        }
        let contexts = scope.contexts(progress, &job.id);
        let needs = scope.needs(progress, &job.id);
        let mut state = state.clone();
        if state.instances.is_empty() {
            begin(scope, progress, job, &contexts, &mut state);
        }
        if state.result.is_none() {
            let view = JobView { scope, job, contexts: &contexts, needs: &needs, is_cancelled: progress.is_cancelled };
            self.advance_instances(&view, &mut state);
            finish(&mut state);
        }
        progress.jobs.insert(job.id.clone(), state);
    }

    fn advance_instances(&mut self, view: &JobView<'_>, state: &mut JobProgress) {
        self.stop_instances(view, state);
        for index in 0..state.instances.len() {
            let running = state
                .instances
                .iter()
                .filter(|instance| matches!(instance.state, State::Running | State::Calling(_)))
                .count();
            match &state.instances[index].state {
                State::Queued if state.max_parallel.is_none_or(|most| running < most) => self.start(view, state, index),
                State::Calling(_) => self.advance_call(view, state, index),
                State::Queued | State::Running | State::Ended(_) => {}
            }
        }
    }

    /// After a failure that counts, or when the run was stopped, nothing more of the job starts.
    fn stop_instances(&mut self, view: &JobView<'_>, state: &mut JobProgress) {
        let has_failed = state
            .instances
            .iter()
            .any(|instance| instance.state == State::Ended(Conclusion::Failure) && !instance.tolerates_failure);
        let stops = (has_failed && state.fails_fast) || (view.is_cancelled && !view.job.condition.asks_status());
        if !stops {
            return;
        }
        for (index, instance) in state.instances.iter_mut().enumerate() {
            match &mut instance.state {
                State::Queued => instance.state = State::Ended(Conclusion::Cancelled),
                State::Running => self.actions.push(Action::Stop(view.path(index))),
                State::Calling(inner) => inner.cancel(),
                State::Ended(_) => {}
            }
        }
    }

    fn start(&mut self, view: &JobView<'_>, state: &mut JobProgress, index: usize) {
        let contexts = view.instance_contexts(state, index);
        match Group::read(view.job.concurrency.as_ref(), &contexts) {
            Err(error) => return state.end_with_error(error),
            Ok(Some(group)) if !self.take_group(&group, view.path(index)) => return,
            Ok(group) => state.instances[index].group = group.map(|group| group.name),
        }
        match &view.job.work {
            Work::Steps(_) => {
                state.instances[index].state = State::Running;
                self.actions.push(Action::Start(Box::new(view.assignment(state, index))));
            }
            Work::Call(call) => {
                match view.scope.call(call, view.path(index), &state.instances[index].name, &contexts) {
                    Ok(inner) => {
                        state.instances[index].state = State::Calling(Progress::new(inner.workflow));
                        self.advance_call(view, state, index);
                    }
                    Err(error) => {
                        state.instances[index].state = State::Ended(Conclusion::Failure);
                        state.error = Some(error);
                    }
                }
            }
        }
    }

    /// Whether the group is free; otherwise its holder is asked to stop if the group says so.
    fn take_group(&mut self, group: &Group, path: InstancePath) -> bool {
        if let Some(holder) = self.groups.get(&group.name) {
            if group.cancels_in_progress {
                self.actions.push(Action::Stop(holder.clone()));
            }
            return false;
        }
        self.groups.insert(group.name.clone(), path);
        true
    }

    fn advance_call(&mut self, view: &JobView<'_>, state: &mut JobProgress, index: usize) {
        let contexts = view.instance_contexts(state, index);
        let Work::Call(call) = &view.job.work else {
            return;
        };
        let Ok(scope) = view.scope.call(call, view.path(index), &state.instances[index].name, &contexts) else {
            return;
        };
        let State::Calling(inner) = &mut state.instances[index].state else {
            return;
        };
        self.advance(&scope, inner);
        let Some(conclusion) = inner.conclusion() else {
            return;
        };
        let (outputs, called) = (scope.outputs(inner), inner.clone());
        let instance = &mut state.instances[index];
        instance.called = Some(called);
        match outputs {
            Ok(outputs) => {
                instance.state = State::Ended(conclusion);
                state.add_outputs(&outputs.into_iter().collect::<BTreeMap<_, _>>());
            }
            Err(error) => {
                instance.state = State::Ended(Conclusion::Failure);
                state.error = Some(error);
            }
        }
    }
}

/// A job that is due, with what it sees.
struct JobView<'a> {
    scope: &'a Scope<'a>,
    job: &'a Job,
    contexts: &'a Contexts,
    needs: &'a Json,
    is_cancelled: bool,
}

impl JobView<'_> {
    fn path(&self, index: usize) -> InstancePath {
        self.scope.path.with(&self.job.id, index)
    }

    fn strategy(&self, state: &JobProgress, index: usize) -> Strategy {
        let job_total = state.instances.len();
        Strategy {
            fails_fast: state.fails_fast,
            job_index: index,
            job_total,
            max_parallel: state.max_parallel.unwrap_or(job_total),
        }
    }

    fn instance_contexts(&self, state: &JobProgress, index: usize) -> Contexts {
        let contexts = self.contexts.clone().with("strategy", &self.strategy(state, index).to_json());
        contexts.with("matrix", &to_json(state.instances[index].matrix.as_ref()))
    }

    fn assignment(&self, state: &JobProgress, index: usize) -> Assignment {
        let instance = &state.instances[index];
        Assignment {
            path: self.path(index),
            file: self.scope.file.clone(),
            job: self.job.id.clone(),
            name: instance.name.clone(),
            matrix: instance.matrix.clone(),
            strategy: self.strategy(state, index),
            needs: self.needs.clone(),
            inputs: self.scope.inputs.clone(),
            tolerates_failure: instance.tolerates_failure,
            secrets: self.scope.secrets.clone(),
        }
    }
}

fn to_json(matrix: Option<&Combination>) -> Json {
    matrix.map_or(Json::Null, |matrix| {
        Json::Object(matrix.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
    })
}

fn count_ended(progress: &Progress) -> usize {
    progress.jobs.values().filter(|job| job.result.is_some()).count()
}

/// A job that is due either ends here, skipped or in error, or gets its instances.
fn begin(scope: &Scope<'_>, progress: &Progress, job: &Job, contexts: &Contexts, state: &mut JobProgress) {
    let status = JobStatus::new(scope.workflow, progress, &job.id);
    match job.condition.holds(contexts, &status, status.is_success()) {
        Ok(true) => {
            if let Err(error) = expand(scope, job, contexts, state) {
                state.instances.clear();
                state.end_with_error(error);
            }
        }
        Ok(false) => {
            state.result = Some(if progress.is_cancelled { Conclusion::Cancelled } else { Conclusion::Skipped })
        }
        Err(error) => state.end_with_error(format!("the `if` of the job `{}` has no value: {error}", job.id)),
    }
}

fn expand(scope: &Scope<'_>, job: &Job, contexts: &Contexts, state: &mut JobProgress) -> Result<(), String> {
    let evaluate = |name: &str| {
        let token = job.strategy.as_ref().and_then(|strategy| strategy.get(name));
        token
            .map(|token| token.token.evaluate(contexts, &NoFunctions))
            .transpose()
            .map_err(|error| format!("the strategy of the job `{}` has no value: {error}", job.id))
    };
    state.fails_fast = evaluate("fail-fast")?.is_none_or(|value| value.says_true());
    state.max_parallel = evaluate("max-parallel")?.and_then(|value| read_count(&value));
    let combinations = match evaluate("matrix")? {
        None => vec![None],
        Some(matrix) => matrix::expand(&matrix)
            .map_err(|error| format!("the matrix of the job `{}` was not expanded: {error}", job.id))?
            .into_iter()
            .map(Some)
            .collect(),
    };
    let total = combinations.len();
    for (index, matrix) in combinations.into_iter().enumerate() {
        let strategy = Strategy {
            fails_fast: state.fails_fast,
            job_index: index,
            job_total: total,
            max_parallel: state.max_parallel.unwrap_or(total),
        };
        let contexts = contexts.clone().with("matrix", &to_json(matrix.as_ref())).with("strategy", &strategy.to_json());
        state.instances.push(Instance {
            name: format!("{}{}", scope.prefix, name_instance(job, matrix.as_ref(), &contexts)?),
            tolerates_failure: read_tolerance(job, &contexts)?,
            matrix,
            state: State::Queued,
            called: None,
            group: None,
        });
    }
    Ok(())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is at least one; more than any matrix has is as good as no limit"
)]
fn read_count(value: &Value) -> Option<usize> {
    Some(value.to_number()).filter(|number| *number >= 1.0).map(|number| number as usize)
}

fn name_instance(job: &Job, matrix: Option<&Combination>, contexts: &Contexts) -> Result<String, String> {
    let given = job.name.as_ref().map(|name| name.evaluate(contexts, &NoFunctions)).transpose();
    let given = given
        .map_err(|error| format!("the name of the job `{}` has no value: {error}", job.id))?
        .map(|name| name.to_text().to_string());
    Ok(given.filter(|name| !name.is_empty()).unwrap_or_else(|| {
        let mut values = Vec::new();
        matrix.into_iter().flat_map(|matrix| matrix.values()).for_each(|value| collect_leaves(value, &mut values));
        if values.is_empty() { job.id.clone() } else { format!("{} ({})", job.id, values.join(", ")) }
    }))
}

fn collect_leaves(value: &Json, leaves: &mut Vec<String>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| collect_leaves(item, leaves)),
        Json::Object(entries) => entries.values().for_each(|item| collect_leaves(item, leaves)),
        scalar => leaves.push(Value::from(scalar).to_text().to_string()),
    }
}

fn read_tolerance(job: &Job, contexts: &Contexts) -> Result<bool, String> {
    let Work::Steps(work) = &job.work else {
        return Ok(false);
    };
    let value = work.continue_on_error.as_ref().map(|token| token.evaluate(contexts, &NoFunctions)).transpose();
    Ok(value
        .map_err(|error| format!("`continue-on-error` of the job `{}` has no value: {error}", job.id))?
        .is_some_and(|value| value.says_true()))
}

/// Ends the job when all its instances have ended.
fn finish(state: &mut JobProgress) {
    let conclusions: Option<Vec<Conclusion>> = state
        .instances
        .iter()
        .map(|instance| match instance.state {
            State::Ended(Conclusion::Failure) if instance.tolerates_failure => Some(Conclusion::Success),
            State::Ended(conclusion) => Some(conclusion),
            State::Queued | State::Running | State::Calling(_) => None,
        })
        .collect();
    if state.result.is_none()
        && let Some(conclusions) = conclusions
    {
        state.result = Some(Conclusion::of_parts(conclusions));
    }
}
