//! What the statuses of reconciled kinds have in common.

/// Gives statuses access to their `conditions`, so that the engine can set them without knowing the kind.
macro_rules! with_conditions {
    ($($status:ty),+ $(,)?) => {$(
        impl causeway_core::resource::Conditions for $status {
            fn conditions(&self) -> &[causeway_core::Condition] {
                &self.conditions
            }
            fn conditions_mut(&mut self) -> &mut Vec<causeway_core::Condition> {
                &mut self.conditions
            }
        }
    )+};
}
pub(crate) use with_conditions;
