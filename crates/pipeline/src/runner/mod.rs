//! Jobs, executed.
//!
//! [`run_job`] runs one job of a plan in a [`Room`] of its own and gives a [`JobResult`]; [`run_plan`] drives a whole plan. How a process
//! is started is behind [`Processes`], so that the same runner serves a developer's machine and the sandboxes of a server. Whatever the
//! code of a repository can write (its workspace, the files that steps hand over) is read without following a link.

mod action;
mod annotation;
mod artifact;
mod beneath;
mod cache;
mod checkout;
mod command;
mod composite;
mod drive;
mod environment;
mod frame;
mod hand_over;
mod hash;
mod job;
mod local;
mod mask;
mod parcel;
mod process;
mod result;
mod room;
mod sandboxed;
mod script;
mod session;
mod settings;
mod shell;
mod sink;
mod source;
mod step;
mod tool;
mod wildcard;

pub use annotation::{Annotation, Level};
pub use drive::{Journal, NoJournal, RunOrder, run_plan};
pub use environment::{base_environment, job_environment};
pub use job::{JobOrder, run_job};
pub use local::LocalProcesses;
pub use process::{Exit, ProcessError, Processes, Resource, StepProcess};
pub use result::{JobResult, StepResult};
pub use room::{Folder, Room};
pub use sandboxed::{JobLimits, SandboxedProcesses};
pub use settings::{Settings, UnknownActions};
pub use sink::{NoSink, Sink};
pub use source::{Source, SourceError};
