//! Templates as golden paths: where they are found, and what they would make.
//!
//! The built-in ones are compiled in and offered beside those of the catalog. Rendering here has no effect outside memory, so
//! that a plan can be made of what a template would do before anything is done.
#![warn(missing_docs)]

mod built_in;
mod dry_run;
mod parameters;
mod template;

pub use built_in::{built_in, built_in_golden_paths, skeleton};
pub use dry_run::{DryRun, dry_run};
pub use parameters::{ParameterError, check, complete};
pub use template::{Step, Template, TemplateError, fetch};
