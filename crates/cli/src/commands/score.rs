//! Score files, checked without a server.

use std::path::PathBuf;

use causeway_core::yaml;
use clap::{Args, Subcommand};

use crate::failure::Outcome;
use crate::{Exit, Failure, Session, manifest};

/// `platform score …`
#[derive(Subcommand, Debug)]
pub(crate) enum ScoreCommand {
    /// Check a Score file
    Validate(Validate),
}

#[derive(Args, Debug)]
pub(crate) struct Validate {
    /// The Score file
    file: PathBuf,
}

pub(crate) fn run(command: ScoreCommand, session: &Session) -> Outcome {
    let ScoreCommand::Validate(args) = command;
    let name = args.file.display().to_string();
    let text = std::fs::read_to_string(&args.file)
        .map_err(|e| Failure::failed(format!("{name} could not be read")).because(e))?;
    let document = yaml::parse_one(&text, &yaml::Options::core().named(&name));
    let document = document.map_err(|e| e.snippet().lines().fold(Failure::failed(e.to_string()), Failure::detail))?;
    match causeway_plan::score::read(&document.value) {
        Ok(score) => {
            session.printer.data(format!("{name}: {} is a valid workload", score.name));
            Ok(Exit::Done)
        }
        Err(errors) => Err(manifest::in_file(&name, &document, &errors.0)),
    }
}
