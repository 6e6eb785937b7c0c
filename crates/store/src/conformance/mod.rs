//! What every implementation of [`crate::Store`] has to pass.
