//! The commands: what a person or a script does with a platform, over its API alone.
//!
//! There is no private door: whatever a command does, any other client can do too. Commands get resolved settings and a
//! [`Printer`]; data goes to stdout, talk to stderr, and nothing else in here touches either.

mod client;
mod command;
mod commands;
pub mod contexts;
mod discovery;
mod failure;
mod manifest;
mod output;
mod plans;
mod printer;
mod progress;
mod schemas;
mod session;

pub use command::Command;
pub use failure::{Exit, Failure};
pub use printer::Printer;
pub use session::{Globals, Session};

/// Does what was asked and says how it went. `root` is the whole command line, for `completion`.
pub async fn run(command: Command, globals: &Globals, root: clap::Command) -> Exit {
    run_with(command, globals, root, Printer::standard()).await
}

/// The same, printed elsewhere.
pub async fn run_with(command: Command, globals: &Globals, root: clap::Command, printer: Printer) -> Exit {
    let outcome = match Session::open(globals, printer.clone()) {
        Ok(session) => command::dispatch(command, &session, root).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(exit) => exit,
        Err(failure) => {
            printer.failure(&failure);
            failure.exit
        }
    }
}
