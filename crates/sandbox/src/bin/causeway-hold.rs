//! For this crate's tests only: `hold` as `platform` has it, and `start`, a server that starts
//! one process (its specification comes on standard input) and is gone.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use causeway_sandbox::{Sandbox, Spec, hold_main};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next().as_deref().and_then(|argument| argument.to_str()) {
        Some("hold") => hold_main(arguments),
        Some("start") => match start() {
            Ok(enforced) => say(&mut io::stdout(), &enforced, ExitCode::SUCCESS),
            Err(error) => say(&mut io::stderr(), &error.to_string(), ExitCode::FAILURE),
        },
        _ => say(&mut io::stderr(), "usage: causeway-hold hold|start", ExitCode::FAILURE),
    }
}

/// What is enforced, as JSON.
fn start() -> Result<String, Box<dyn std::error::Error>> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let spec: Spec = serde_json::from_str(&text)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let handle = runtime.block_on(Sandbox::of_this_binary().start(&spec))?;
    Ok(serde_json::to_string(handle.enforced())?)
}

fn say(to: &mut dyn Write, text: &str, code: ExitCode) -> ExitCode {
    match writeln!(to, "{text}") {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}
