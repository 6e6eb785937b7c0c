//! `platform delete environment`: shows what runs in it, asks, deletes, and waits until it is gone.

use causeway_kinds::claim::ClaimSpec;
use causeway_kinds::deployment::DeploymentSpec;
use causeway_kinds::environment::EnvironmentSpec;

use crate::client::{Call, Client};
use crate::commands::claim::delete::finish;
use crate::commands::resource::delete::{Consent, DeleteOptions};
use crate::failure::Outcome;
use crate::{Exit, Failure, Session};

pub(crate) async fn run(name: &str, options: &DeleteOptions, session: &Session) -> Outcome {
    let client = session.client()?;
    let Some(environment) = client.get::<EnvironmentSpec>(&session.namespace, name).await? else {
        let failure = Failure::failed(format!("there is no environment {name:?} in {}", session.namespace));
        return Err(failure.hint("`platform get environments` lists those that there are"));
    };
    let what = vanishing(&client, &session.namespace, name).await?;
    if options.dry_run {
        session.printer.data(what);
        return Ok(Exit::Done);
    }
    session.printer.section(&what);
    match options.consent(session, &format!("Delete the environment {name}?"))? {
        Consent::Given => {}
        Consent::Withheld => return Err(Failure::failed("nothing was deleted")),
    }
    let address = crate::client::address_of::<EnvironmentSpec>(&session.namespace).then(name);
    client.send(Call::delete(address.clone())).await?;
    finish(&client, &format!("environment/{name}"), address, &environment.metadata.uid, options, session).await
}

/// What lives in the environment.
async fn vanishing(client: &Client, namespace: &str, name: &str) -> Result<String, Failure> {
    let (deployments, claims) =
        futures::try_join!(client.list::<DeploymentSpec>(namespace, ""), client.list::<ClaimSpec>(namespace, ""))?;
    let deployments = deployments.iter().filter(|d| d.spec.environment == name);
    let running = deployments.map(|d| format!("\n  - deployment {}: {} running replicas", d.name(), d.status.replicas));
    let claims = claims.iter().filter(|c| c.spec.environment == name);
    let claimed =
        claims.map(|c| format!("\n  - {} {}, with its secret {}", c.spec.r#type, c.name(), c.status.secret_name));
    let inside: String = running.chain(claimed).collect();
    let inside = if inside.is_empty() { "\n  nothing else; it is empty".to_owned() } else { inside };
    Ok(format!("Deleting the environment {name} takes away{inside}"))
}
