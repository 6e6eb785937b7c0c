//! `platform demo remove`: takes the demonstration away again.

use std::collections::HashSet;

use causeway_core::Object;
use causeway_kinds::deployment::{Deployment, DeploymentSpec};
use causeway_kinds::environment::EnvironmentSpec;
use clap::Subcommand;
use serde_json::Value;

use crate::client::{Call, Client};
use crate::discovery::{KindOf, Kinds};
use crate::failure::Outcome;
use crate::{Exit, Failure, Session};

/// Label: the object belongs to the demonstration.
const DEMO: &str = "platform.causeway.dev/demo=true";
/// Kinds that others hang on go first, so that each goes in its own order.
const FIRST: &[&str] =
    &["Application", "Deployment", "Plan", "Claim", "Release", "Workload", "Source", "Environment", "Run"];

/// `platform demo …`
#[derive(Subcommand, Debug)]
pub(crate) enum DemoCommand {
    /// Remove everything that `platform up --demo` made
    Remove,
}

pub(crate) async fn run(command: DemoCommand, session: &Session) -> Outcome {
    let DemoCommand::Remove = command;
    let client = session.client()?;
    refuse_while_used(&client).await?;
    let kinds = Kinds::discover(&client).await?;
    let mut removed = 0;
    for kind in in_order(&kinds) {
        removed += remove(&client, kind, session).await?;
    }
    session.printer.data(match removed {
        0 => "there is no demonstration here".to_owned(),
        1 => "1 object of the demonstration removed".to_owned(),
        count => format!("{count} objects of the demonstration removed"),
    });
    Ok(Exit::Done)
}

/// An environment of the demonstration in which somebody's own service runs is not taken away beneath it.
async fn refuse_while_used(client: &Client) -> Result<(), Failure> {
    let environments = client.list::<EnvironmentSpec>("", DEMO).await?;
    let deployments = client.list::<DeploymentSpec>("", "").await?;
    let of_demo: HashSet<_> = environments.iter().map(|e| (e.namespace(), e.name())).collect();
    let is_demo = |d: &Deployment| d.metadata.labels.get("platform.causeway.dev/demo").is_some_and(|v| v == "true");
    let used =
        deployments.iter().filter(|d| !is_demo(d) && of_demo.contains(&(d.namespace(), d.spec.environment.as_str())));
    let used: Vec<String> = used.map(|d| format!("{} runs in {}", d.spec.workload, d.spec.environment)).collect();
    if used.is_empty() {
        return Ok(());
    }
    let failure = Failure::failed("the demonstration is in use; nothing was removed");
    Err(used
        .into_iter()
        .fold(failure, Failure::detail)
        .hint("delete these deployments first, or deploy them elsewhere"))
}

fn in_order(kinds: &Kinds) -> Vec<&KindOf> {
    let mut seen = HashSet::new();
    let mut all: Vec<&KindOf> = kinds
        .all()
        .iter()
        .filter(|k| k.plural != "events" && seen.insert((k.kind.clone(), k.plural.clone())))
        .collect();
    all.sort_by_key(|kind| FIRST.iter().position(|first| *first == kind.kind).unwrap_or(FIRST.len()));
    all
}

async fn remove(client: &Client, kind: &KindOf, session: &Session) -> Result<usize, Failure> {
    let list = match client.value(Call::get(kind.collection("")).query("labelSelector", DEMO)).await {
        Ok(list) => list,
        // what cannot be listed holds nothing of the demonstration
        Err(error) if error.status().is_some_and(|s| matches!(s.code, 404 | 405)) => return Ok(0),
        Err(error) => return Err(error.into()),
    };
    let items = list.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let objects: Vec<Object> = items.into_iter().filter_map(Object::from_value).collect();
    for object in &objects {
        match client.send(Call::delete(kind.address(object.namespace(), object.name()))).await {
            Ok(_) => session.printer.say(format!("{}/{}", kind.singular, object.name())),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
    }
    for object in &objects {
        let address = kind.address(object.namespace(), object.name());
        if client.find(address.clone()).await?.is_some() {
            let what = format!("{}/{}", kind.singular, object.name());
            super::resource::wait::until_gone(
                client,
                &what,
                address,
                object.uid(),
                std::time::Duration::from_secs(300),
                session,
            )
            .await?;
        }
    }
    Ok(objects.len())
}
