//! The order of jobs: every need exists, and none waits for itself.

use std::collections::HashSet;

use crate::workflow::model::by_name;
use crate::workflow::problem::Problem;
use crate::workflow::token::{Located, Token};

struct Waiting<'a> {
    name: &'a str,
    needs: Vec<(&'a Located, String)>,
}

/// Checks the `needs` of all jobs.
pub(super) fn check(jobs: &Located, problems: &mut Vec<Problem>) {
    let mut waiting: Vec<Waiting<'_>> =
        by_name(&jobs.token).map(|(name, job)| Waiting { name, needs: read_needs(job) }).collect();
    let known: HashSet<&str> = waiting.iter().map(|job| job.name).collect();
    if waiting.iter().all(|job| !job.needs.is_empty()) {
        problems.push(Problem::new(jobs.position, "The workflow must contain at least one job with no dependencies."));
    }
    let mut done: HashSet<&str> = HashSet::new();
    loop {
        let ready: Vec<&str> = waiting.iter().filter(|job| job.needs.is_empty()).map(|job| job.name).collect();
        if ready.is_empty() {
            break;
        }
        done.extend(ready);
        waiting.retain(|job| !done.contains(job.name));
        for job in &mut waiting {
            job.needs.retain(|(_, need)| !done.contains(need.as_str()));
        }
    }
    for job in &waiting {
        for (value, need) in &job.needs {
            let message = if known.contains(need.as_str()) {
                format!("Job '{}' depends on job '{need}' which creates a cycle in the dependency graph.", job.name)
            } else {
                format!("Job '{}' depends on unknown job '{need}'.", job.name)
            };
            problems.push(Problem::new(value.position, message));
        }
    }
}

fn read_needs(job: &Located) -> Vec<(&Located, String)> {
    let Some(needs) = job.token.get("needs") else {
        return Vec::new();
    };
    match &needs.token {
        Token::Sequence(items) => items.iter().filter_map(|item| Some((item, item.token.plain_text()?))).collect(),
        other => other.plain_text().map(|text| (needs, text)).into_iter().collect(),
    }
}
