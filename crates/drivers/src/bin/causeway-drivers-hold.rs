//! For this crate's tests only: `hold` as `platform` has it.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match arguments.next().as_deref().and_then(|argument| argument.to_str()) {
        Some("hold") => causeway_sandbox::hold_main(arguments),
        _ => ExitCode::FAILURE,
    }
}
