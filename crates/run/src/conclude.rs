//! What a run says of itself: its conditions follow from its steps.

use causeway_core::condition::{self, Condition, ConditionStatus};
use causeway_core::{Metadata, Timestamp};
use causeway_kinds::run::{Conclusion, Run, StepState};

/// Puts the condition `Ready` in line with what is recorded.
pub(crate) fn describe(run: &mut Run, now: Timestamp) {
    let Metadata { generation, .. } = run.metadata;
    let condition = match run.status.conclusion {
        None => under_way(run),
        Some(Conclusion::Success) => Condition::ready(ConditionStatus::True, "Succeeded", message(run, "All steps are done.")),
        Some(Conclusion::Skipped) => Condition::ready(ConditionStatus::True, "Skipped", "There was nothing to do."),
        Some(Conclusion::Failure) => Condition::ready(ConditionStatus::False, "Failed", failure(run)),
        Some(Conclusion::Cancelled) => Condition::ready(ConditionStatus::False, "Cancelled", "The run was cancelled."),
    };
    run.status.observed_generation = generation;
    condition::set(&mut run.status.conditions, condition, generation, now);
}

fn under_way(run: &Run) -> Condition {
    match run.status.steps.iter().find(|s| s.state == StepState::Waiting) {
        Some(step) => Condition::ready(ConditionStatus::False, "Waiting", step.message.clone()),
        None => Condition::ready(ConditionStatus::False, "Running", "The steps are being worked on."),
    }
}

fn failure(run: &Run) -> String {
    let failed = run.status.steps.iter().find(|s| s.state == StepState::Failed && s.job.is_empty());
    match failed {
        Some(step) if step.message.is_empty() => format!("The step {:?} failed.", name(&step.name, &step.id)),
        Some(step) => format!("The step {:?} failed: {}", name(&step.name, &step.id), step.message),
        None => message(run, "The run failed."),
    }
}

fn message(run: &Run, otherwise: &str) -> String {
    let said = condition::find(&run.status.conditions, "Ready").map(|c| c.message.as_str()).unwrap_or_default();
    if said.is_empty() || run.status.conclusion.is_some() { otherwise.to_owned() } else { said.to_owned() }
}

fn name<'a>(name: &'a str, id: &'a str) -> &'a str {
    if name.is_empty() { id } else { name }
}
