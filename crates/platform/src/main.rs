//! Causeway in one binary: wiring only.

mod boot;
mod first_start;
mod logging;
mod serve;
mod settings;

use std::ffi::OsString;
use std::process::ExitCode;

use causeway_cli::Globals;
use clap::{CommandFactory as _, Parser, Subcommand};

use crate::settings::UpArguments;

#[derive(Parser)]
#[command(
    name = "platform",
    version,
    about = "An internal developer platform in one binary.",
    propagate_version = true
)]
struct Platform {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server and keep it running.
    Up(UpArguments),
    #[command(flatten)]
    Client(causeway_cli::Command),
}

fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    // a holder is single-threaded and knows nothing of the rest, so it comes before everything
    if arguments.nth(1) == Some(OsString::from("hold")) {
        return causeway_sandbox::hold_main(arguments);
    }
    // usage errors end here, with exit code 2
    let platform = Platform::parse();
    // the one cryptography of all TLS in this process; a second installation cannot happen
    let _ = rustls::crypto::ring::default_provider().install_default();
    match platform.command {
        Command::Up(arguments) => serve::up(&arguments),
        Command::Client(command) => client(command, &platform.globals),
    }
}

fn client(command: causeway_cli::Command, globals: &Globals) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => {
            ExitCode::from(runtime.block_on(causeway_cli::run(command, globals, Platform::command())).code())
        }
        Err(_) => ExitCode::FAILURE,
    }
}
