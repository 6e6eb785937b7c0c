//! The catalog's files.

pub(crate) mod validate;

use clap::Subcommand;

use crate::Session;
use crate::failure::Outcome;

/// `platform catalog …`
#[derive(Subcommand, Debug)]
pub(crate) enum CatalogCommand {
    /// Check catalog files, without a server
    Validate(validate::Validate),
}

pub(crate) fn run(command: CatalogCommand, session: &Session) -> Outcome {
    match command {
        CatalogCommand::Validate(args) => validate::run(&args, session),
    }
}
