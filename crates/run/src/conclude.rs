//! What a run says of itself: its conditions follow from its steps.

use causeway_core::condition::{self, Condition, ConditionStatus};
use causeway_core::{Metadata, Timestamp};
use causeway_kinds::run::{Conclusion, Run, StepState};

use crate::program::units;

/// Puts the condition `Ready` in line with what is recorded; `said` are a finished run's own words on it, where it has any.
pub(crate) fn describe(run: &mut Run, said: &str, now: Timestamp) {
    let Metadata { generation, .. } = run.metadata;
    let or = |otherwise: String| if said.is_empty() { otherwise } else { said.to_owned() };
    let condition = match run.status.conclusion {
        None => under_way(run),
        Some(Conclusion::Success) => {
            Condition::ready(ConditionStatus::True, "Succeeded", or("All steps are done.".into()))
        }
        Some(Conclusion::Skipped) => {
            Condition::ready(ConditionStatus::True, "Skipped", or("There was nothing to do.".into()))
        }
        Some(Conclusion::Failure) => Condition::ready(ConditionStatus::False, "Failed", or(failure(run))),
        Some(Conclusion::Cancelled) => {
            Condition::ready(ConditionStatus::False, "Cancelled", or("The run was cancelled.".into()))
        }
    };
    run.status.observed_generation = generation;
    condition::set(&mut run.status.conditions, condition, generation, now);
}

fn under_way(run: &Run) -> Condition {
    match units(run).find(|s| s.state == StepState::Waiting) {
        Some(step) => Condition::ready(ConditionStatus::False, "Waiting", step.message.clone()),
        None => Condition::ready(ConditionStatus::False, "Running", "The steps are being worked on."),
    }
}

fn failure(run: &Run) -> String {
    match units(run).find(|s| s.state == StepState::Failed) {
        Some(step) if step.message.is_empty() => format!("The step {:?} failed.", name(&step.name, &step.id)),
        Some(step) => format!("The step {:?} failed: {}", name(&step.name, &step.id), step.message),
        None => "The run failed.".into(),
    }
}

fn name<'a>(name: &'a str, id: &'a str) -> &'a str {
    if name.is_empty() { id } else { name }
}
