//! From the files of a source to entities in the store.
//!
//! Reading ([`reader`]) and writing ([`sync`]) are apart: what was read is judged as a whole before anything is taken away, and
//! what could not be read takes nothing away.

mod controller;
mod descriptor;
mod origin;
mod place;
mod places;
mod preview;
mod reader;
mod substitution;
mod sync;

pub(crate) use controller::SourceController;
pub use preview::{Preview, PreviewError, preview};
pub(crate) use sync::reference;
