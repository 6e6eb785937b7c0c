//! Jobs.

use indexmap::IndexMap;

use super::{convert_defaults, step, texts, tokens};
use crate::workflow::condition::Condition;
use crate::workflow::identifier::Identifiers;
use crate::workflow::model::{CallSecrets, CallWork, Job, StepsWork, Work};
use crate::workflow::problem::Problem;
use crate::workflow::schema::JOB_IF;
use crate::workflow::token::{Located, Token};

/// All jobs by id.
pub(super) fn convert_jobs(jobs: &Located, problems: &mut Vec<Problem>) -> IndexMap<String, Job> {
    let mut converted = IndexMap::new();
    for (key, value) in jobs.token.entries() {
        let id = key.token.plain_text().unwrap_or_default();
        if let Err(message) = Identifiers::default().take(&id) {
            problems.push(Problem::new(key.position, message));
        }
        converted.insert(id.clone(), convert_job(id, key, value, problems));
    }
    converted
}

fn convert_job(id: String, key: &Located, job: &Located, problems: &mut Vec<Problem>) -> Job {
    let token = |name: &str| job.token.get(name).map(|value| value.token.clone());
    check_concurrency(job.token.get("concurrency"), problems);
    let condition = job.token.get("if").map(|value| Condition::read(value, &JOB_IF, problems)).unwrap_or_default();
    let work = match job.token.get("uses") {
        Some(uses) => Work::Call(convert_call(uses, job)),
        None => Work::Steps(Box::new(convert_steps_work(job, problems))),
    };
    Job {
        id,
        position: key.position,
        name: token("name"),
        needs: job.token.get("needs").map(texts).unwrap_or_default(),
        condition,
        strategy: token("strategy"),
        concurrency: token("concurrency"),
        work,
    }
}

fn convert_call(uses: &Located, job: &Located) -> CallWork {
    let secrets = job.token.get("secrets");
    CallWork {
        uses: uses.token.plain_text().unwrap_or_default(),
        with: job.token.get("with").map(|with| with.token.clone()),
        secrets: match secrets.map(|secrets| &secrets.token) {
            Some(Token::Text(_)) => CallSecrets::Inherited,
            named => CallSecrets::Named(named.cloned()),
        },
    }
}

fn convert_steps_work(job: &Located, problems: &mut Vec<Problem>) -> StepsWork {
    let token = |name: &str| job.token.get(name).map(|value| value.token.clone());
    let container = job.token.get("container");
    check_image(container, problems);
    for (_, service) in job.token.get("services").into_iter().flat_map(|services| services.token.entries()) {
        check_image(Some(service), problems);
    }
    check_runner_group(job.token.get("runs-on"), problems);
    step::check_mapping(job.token.get("env"), "job env", problems);
    StepsWork {
        runs_on: token("runs-on").unwrap_or(Token::Null),
        env: token("env"),
        defaults: convert_defaults(&job.token),
        timeout_minutes: token("timeout-minutes"),
        continue_on_error: token("continue-on-error"),
        outputs: tokens(job.token.get("outputs")),
        wants_containers: find_container_wish(job),
        environment: token("environment"),
        steps: job.token.get("steps").map(|steps| step::convert_steps(steps, problems)).unwrap_or_default(),
    }
}

fn find_container_wish(job: &Located) -> Option<&'static str> {
    let is_wanted = |name: &str| {
        job.token.get(name).is_some_and(|value| {
            !matches!(&value.token, Token::Null) && value.token.plain_text().as_deref() != Some("")
        })
    };
    ["container", "services"].into_iter().find(|name| is_wanted(name))
}

fn check_image(container: Option<&Located>, problems: &mut Vec<Problem>) {
    if let Some(container) = container
        && matches!(container.token, Token::Mapping(_))
        && !container.token.has_expressions()
        && container.token.get("image").is_none()
    {
        problems.push(Problem::new(container.position, "Container image cannot be empty"));
    }
}

fn check_concurrency(concurrency: Option<&Located>, problems: &mut Vec<Problem>) {
    for (key, _) in concurrency.into_iter().flat_map(|value| value.token.entries()) {
        if key.token.plain_text().is_none() {
            problems.push(Problem::new(key.position, "A concurrency group has no keys made of expressions"));
        }
    }
}

fn check_runner_group(runs_on: Option<&Located>, problems: &mut Vec<Problem>) {
    let Some(group) = runs_on.and_then(|runs_on| runs_on.token.get("group")) else {
        return;
    };
    let Some(name) = group.token.plain_text() else {
        return;
    };
    let parts: Vec<&str> = name.split('/').collect();
    match parts.as_slice() {
        [_] => {}
        ["org" | "organization" | "ent" | "enterprise", ""] => problems.push(Problem::new(group.position, format!("Invalid runs-on group name '{name}'."))),
        ["org" | "organization" | "ent" | "enterprise", _] => {}
        _ => problems.push(Problem::new(
            group.position,
            format!("Invalid runs-on group name '{name}'. Please use 'organization/' or 'enterprise/' prefix to target a single runner group."),
        )),
    }
}
