//! Nunjucks rendering, bounded in time and output.
//!
//! Backstage's software templates are written for Nunjucks 3.2.4: JavaScript values, truth and operators inside a Jinja-like
//! syntax. This crate is an interpreter of that language with nothing behind it: no host objects, no reflection, no loaders, and
//! [`Limits`] on everything a template can do.
//!
//! - [`Engine`] renders one template.
//! - [`Engine::render_value`] renders the input of a step, where a string that is one expression keeps its type.
//! - [`skeleton`] renders a tree of files, paths included.
//!
//! Invariant: the result depends on the template, the context and the registered functions alone.

mod engine;
mod error;
mod filters;
mod input;
mod interpreter;
mod invocation;
mod limits;
mod members;
mod predicates;
mod random;
mod regexp;
pub mod skeleton;
mod sorting;
mod syntax;
mod value;

pub use engine::{Context, Engine, Template};
pub use error::{Error, ErrorKind};
pub use filters::{RepositoryHost, RepositoryHosts};
pub use input::{RenderedValue, Warning};
pub use limits::{LimitKind, Limits};
