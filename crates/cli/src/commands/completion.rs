//! `platform completion`: completion for shells.

use clap::{Args, ValueEnum};
use clap_complete::{Shell, generate};

use crate::failure::Outcome;
use crate::{Exit, Session};

#[derive(Args, Debug)]
pub(crate) struct Completion {
    /// The shell
    #[arg(value_enum)]
    shell: Kind,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Bash,
    Zsh,
    Fish,
}

pub(crate) fn run(args: &Completion, session: &Session, mut root: clap::Command) -> Outcome {
    let shell = match args.shell {
        Kind::Bash => Shell::Bash,
        Kind::Zsh => Shell::Zsh,
        Kind::Fish => Shell::Fish,
    };
    let name = root.get_name().to_owned();
    let mut script = Vec::new();
    generate(shell, &mut root, name, &mut script);
    session.printer.raw(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}
