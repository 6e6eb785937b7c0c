//! Secrets of environments.

pub(crate) mod get;
pub(crate) mod list;
pub(crate) mod set;

use causeway_core::{PLATFORM_API_VERSION, Spec as _};
use causeway_kinds::environment::EnvironmentSpec;
use clap::Subcommand;

use crate::Session;
use crate::client::Address;
use crate::failure::Outcome;

/// `platform secret …`
#[derive(Subcommand, Debug)]
pub(crate) enum SecretCommand {
    /// Read a secret; this is noted in the audit trail
    Get(get::GetSecret),
    /// Set values of a secret
    Set(set::SetSecret),
    /// The secrets of an environment, without their values
    List(list::ListSecrets),
}

pub(crate) async fn run(command: SecretCommand, session: &Session) -> Outcome {
    match command {
        SecretCommand::Get(args) => get::run(args, session).await,
        SecretCommand::Set(args) => set::run(args, session).await,
        SecretCommand::List(args) => list::run(args, session).await,
    }
}

/// All secrets of an environment.
fn secrets_of(session: &Session, environment: &str) -> Address {
    Address::collection(PLATFORM_API_VERSION, &session.namespace, EnvironmentSpec::PLURAL)
        .then(environment)
        .then("secrets")
}
