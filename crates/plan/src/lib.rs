//! What a change will do, decided without doing it.
//!
//! Everything here is a function of what is wanted and what is there: no I/O, no clock. The same inputs give the same actions
//! and the same fingerprint, which is what an approval binds to.
#![warn(missing_docs)]

pub mod creation;
pub mod deletion;
mod fingerprint;
pub mod placeholder;
mod recipe;
pub mod rollout;
pub mod score;

use causeway_kinds::plan::{Action, Need, PlanStatus, Problem};

pub use fingerprint::{covers, fingerprint};
pub use recipe::{Choice, choose, resource_type};

/// The outcome of planning.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// What will be done, in order.
    pub actions: Vec<Action>,
    /// Why it cannot be done as asked; with any of these nothing is done at all.
    pub problems: Vec<Problem>,
    /// What somebody has to approve first.
    pub needs: Vec<Need>,
    /// What the reader should know.
    pub warnings: Vec<String>,
}

impl Outline {
    /// As it is stored on a Plan, fingerprint included.
    pub fn into_status(self) -> PlanStatus {
        let needs = self.destruction().into_iter().chain(self.needs).collect();
        PlanStatus {
            fingerprint: fingerprint(&self.actions),
            actions: self.actions,
            problems: self.problems,
            warnings: self.warnings,
            needs,
            ..PlanStatus::default()
        }
    }

    /// What destroys data needs an approval, whatever else is decided.
    fn destruction(&self) -> Option<Need> {
        let actions: Vec<String> = self.actions.iter().filter(|a| a.destructive).map(|a| a.id.clone()).collect();
        (!actions.is_empty()).then(|| Need { reason: "It destroys data that cannot be brought back.".into(), actions })
    }

    pub(crate) fn problem(&mut self, message: impl Into<String>, hint: impl Into<String>) {
        self.problems.push(Problem { message: message.into(), hint: hint.into() });
    }
}
