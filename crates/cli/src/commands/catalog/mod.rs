//! The catalog's files.

pub(crate) mod import;
mod placeholder;
pub(crate) mod validate;

use clap::Subcommand;

use crate::Session;
use crate::failure::Outcome;

/// `platform catalog …`
#[derive(Subcommand, Debug)]
pub(crate) enum CatalogCommand {
    /// Keep the catalog files of a place in sync with the catalog
    Import(import::Import),
    /// Check catalog files, without a server
    Validate(validate::Validate),
}

pub(crate) async fn run(command: CatalogCommand, session: &Session) -> Outcome {
    match command {
        CatalogCommand::Import(args) => import::run(args, session).await,
        CatalogCommand::Validate(args) => validate::run(&args, session),
    }
}
