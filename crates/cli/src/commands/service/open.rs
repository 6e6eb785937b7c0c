//! `platform open`: the address of a service, and a browser on it where there is one.

use causeway_kinds::application::ApplicationSpec;
use causeway_kinds::deployment::{self, DeploymentSpec};
use clap::Args;

use crate::client::Client;
use crate::commands::identity::browser;
use crate::failure::Outcome;
use crate::{Exit, Failure, Session};

#[derive(Args, Debug)]
pub(crate) struct Open {
    /// Name of the service
    service: String,
    /// The environment; where it was deployed first by default
    #[arg(long, value_name = "ENVIRONMENT")]
    env: Option<String>,
    /// Its page in the portal instead
    #[arg(long)]
    portal: bool,
}

pub(crate) async fn run(args: Open, session: &Session) -> Outcome {
    let client = session.client()?;
    let url = if args.portal {
        format!("{}/catalog/{}/component/{}", client.server(), session.namespace, args.service)
    } else {
        address(&args, &client, &session.namespace).await?
    };
    session.printer.data(&url);
    if session.printer.is_interactive() {
        browser::open(&url);
    }
    Ok(Exit::Done)
}

async fn address(args: &Open, client: &Client, namespace: &str) -> Result<String, Failure> {
    let service = &args.service;
    let environment = match &args.env {
        Some(environment) => environment.clone(),
        None => client
            .get::<ApplicationSpec>(namespace, service)
            .await?
            .map_or_else(|| "dev".to_owned(), |a| a.spec.environment),
    };
    let deployment = client.get::<DeploymentSpec>(namespace, &deployment::name(service, &environment)).await?;
    let Some(deployment) = deployment else {
        let failure = Failure::failed(format!("{service} is not deployed in {environment}"));
        return Err(failure.hint(format!("deploy it with `platform deploy {service} --env {environment}`")));
    };
    if deployment.status.url.is_empty() {
        return Err(Failure::failed(format!("{service} has no address in {environment} yet"))
            .hint(format!("`platform describe deployment {}` says why", deployment.name())));
    }
    Ok(deployment.status.url)
}
