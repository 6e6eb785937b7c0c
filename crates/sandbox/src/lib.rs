//! How a foreign process is started, limited, watched and adopted again.
//!
//! Code that the platform did not write never runs in the server. It runs under a `hold` process
//! of the same binary (see [`hold_main`]), in namespaces of its own, on a root that holds the
//! system's programs and the folders it was given, as its own user, within limits. The holder
//! outlives the server: a successor finds it by its state folder and goes on watching.
//!
//! What a machine cannot enforce is never silently dropped: [`Enforced`] says it.
//!
//! ```no_run
//! # async fn example() -> Result<(), causeway_sandbox::SandboxError> {
//! use causeway_sandbox::{Bind, Sandbox, Spec};
//!
//! let spec = Spec {
//!     workdir: "/workspace".into(),
//!     binds: vec![Bind::writable("/srv/data/jobs/7", "/workspace")],
//!     ..Spec::new("job-7", "/srv/data/state/job-7", ["/bin/sh", "-c", "make test"])
//! };
//! let handle = Sandbox::of_this_binary().start(&spec).await?;
//! let exit = handle.wait().await;
//! # Ok(())
//! # }
//! ```

mod cgroup;
mod handle;
mod hold;
mod log;
mod mounts;
mod ports;
mod process;
mod record;
mod sandbox;
mod spec;
mod tool;

pub use handle::{Handle, Usage};
pub use hold::hold_main;
pub use log::{Log, LogLine, MAX_LINE};
pub use ports::{NoFreePort, Ports, free_port};
pub use record::{Cause, Enforced, Exit, Identity, Means};
pub use sandbox::{Found, Sandbox, SandboxError};
pub use spec::{Bind, Limits, LogLimits, Network, PortRule, Spec, Stop, StopSignal, User};
pub use tool::{Tool, ToolError, ToolOutput};
