//! `platform delete database|cache|queue|bucket`: shows what will vanish, asks, deletes, and waits until it is gone.

use causeway_kinds::claim::{Claim, ClaimSpec};
use causeway_kinds::resource_type::{DeletionPolicy, ResourceTypeSpec};

use crate::client::{Address, Call, Client};
use crate::commands::resource::delete::{Consent, DeleteOptions};
use crate::commands::resource::wait;
use crate::failure::Outcome;
use crate::{Exit, Failure, Session};

pub(crate) async fn run(name: &str, options: &DeleteOptions, session: &Session) -> Outcome {
    let client = session.client()?;
    let claim = find(&client, &session.namespace, name, options).await?;
    let what = vanishing(&client, &claim).await?;
    if options.dry_run {
        session.printer.data(what);
        return Ok(Exit::Done);
    }
    session.printer.section(&what);
    match options.consent(session, &format!("Delete {}?", claim.name()))? {
        Consent::Given => {}
        Consent::Withheld => return Err(Failure::failed("nothing was deleted")),
    }
    let address = crate::client::address_of::<ClaimSpec>(claim.namespace()).then(claim.name());
    client.send(Call::delete(address.clone())).await?;
    finish(&client, &format!("claim/{}", claim.name()), address, &claim.metadata.uid, options, session).await
}

/// Waits until an object is gone, and says so.
pub(crate) async fn finish(
    client: &Client,
    what: &str,
    address: Address,
    uid: &str,
    options: &DeleteOptions,
    session: &Session,
) -> Outcome {
    if options.follow.no_wait {
        session.printer.say(format!("{what} is being deleted"));
        return Ok(Exit::Done);
    }
    wait::until_gone(client, what, address, uid, options.follow.timeout, session).await?;
    session.printer.data(format!("{what} is gone"));
    Ok(Exit::Done)
}

/// The claim of a name: its whole name, or what it was called when it was made, with its environment.
async fn find(client: &Client, namespace: &str, name: &str, options: &DeleteOptions) -> Result<Claim, Failure> {
    if let Some(claim) = client.get::<ClaimSpec>(namespace, name).await? {
        return Ok(claim);
    }
    let claims = client.list::<ClaimSpec>(namespace, "").await?;
    let fits = |claim: &&Claim| {
        let environment = &claim.spec.environment;
        let bare = claim.name().strip_suffix(&format!(".{environment}")).and_then(|rest| rest.split_once('-'));
        bare.is_some_and(|(_, bare)| bare == name) && options.env.as_ref().is_none_or(|wanted| wanted == environment)
    };
    let found: Vec<&Claim> = claims.iter().filter(fits).collect();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(Failure::failed(format!("there is no claim {name:?} in {namespace}"))
            .hint("`platform get claims` lists those that there are")),
        several => {
            let names: Vec<&str> = several.iter().map(|c| c.name()).collect();
            Err(Failure::failed(format!("{name:?} may mean several claims: {}", names.join(", ")))
                .hint("give its whole name, or its environment with --env"))
        }
    }
}

async fn vanishing(client: &Client, claim: &Claim) -> Result<String, Failure> {
    let by_type = client.get::<ResourceTypeSpec>("", &claim.spec.r#type).await?.map(|t| t.spec.deletion_policy);
    let policy = claim.spec.deletion_policy.or(by_type).unwrap_or_default();
    let data = match policy {
        DeletionPolicy::Delete => "all its data, for good",
        DeletionPolicy::Retain => "the claim alone; its data is kept",
        DeletionPolicy::Snapshot => "its data, after a snapshot of it",
    };
    let mut text = format!("Deleting {} takes away\n  - {} {}: {data}", claim.name(), claim.spec.r#type, claim.name());
    if !claim.status.secret_name.is_empty() {
        text.push_str(&format!("\n  - the secret {} in {}", claim.status.secret_name, claim.spec.environment));
    }
    if !claim.spec.workload.is_empty() {
        text.push_str(&format!(
            "\n  warning: the workload {} uses it, and will ask for a new one",
            claim.spec.workload
        ));
    }
    Ok(text)
}
