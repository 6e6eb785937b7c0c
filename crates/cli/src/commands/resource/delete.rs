//! `platform delete`: services, databases and environments with everything that is theirs, and resources of any kind.

use clap::Args;

use super::{scope, targets, wait};
use crate::client::{Call, Client};
use crate::commands::{FollowArgs, claim, environment, service};
use crate::discovery::{KindOf, Kinds};
use crate::failure::Outcome;
use crate::manifest;
use crate::{Exit, Failure, Session};

#[derive(Args, Debug)]
pub(crate) struct Delete {
    /// `service NAME`, `database NAME`, `environment NAME`; or any kind and names; or kind/name
    #[arg(value_name = "KIND NAME", required_unless_present = "filename")]
    what: Vec<String>,
    /// What the resources of a file, folder or address name
    #[arg(short, long = "filename", value_name = "FILE", conflicts_with = "what")]
    filename: Vec<String>,
    /// Those with these labels
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    selector: Option<String>,
    /// Nothing is wrong if it is not there
    #[arg(long)]
    ignore_not_found: bool,
    #[command(flatten)]
    options: DeleteOptions,
}

/// How something is deleted.
#[derive(Args, Debug)]
pub(crate) struct DeleteOptions {
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Show what will vanish and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Keep the code of a service
    #[arg(long)]
    pub(crate) keep_repository: bool,
    /// The environment of a database, cache, queue or bucket
    #[arg(long, value_name = "ENVIRONMENT")]
    pub(crate) env: Option<String>,
    #[command(flatten)]
    pub(crate) follow: FollowArgs,
}

/// Whether somebody wants it deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    Given,
    Withheld,
}

impl DeleteOptions {
    /// Asks, unless `--yes` answers already; where there is nobody to ask, it is not done.
    pub(crate) fn consent(&self, session: &Session, question: &str) -> Result<Consent, Failure> {
        if self.yes {
            return Ok(Consent::Given);
        }
        if !session.printer.is_interactive() {
            let failure = Failure::failed("there is no terminal to ask on; nothing was deleted");
            return Err(failure.hint("add --yes to delete without being asked"));
        }
        Ok(if session.printer.confirm(question) { Consent::Given } else { Consent::Withheld })
    }
}

pub(crate) async fn run(args: Delete, session: &Session) -> Outcome {
    if !args.filename.is_empty() {
        return in_files(&args, session).await;
    }
    let [noun, names @ ..] = args.what.as_slice() else { return Err(Failure::usage("say what to delete")) };
    if args.options.keep_repository && !matches!(noun.as_str(), "service" | "services") {
        return Err(Failure::usage("--keep-repository is for services")
            .hint("write `platform delete service NAME --keep-repository`"));
    }
    if args.selector.is_none() && !noun.contains('/') {
        match noun.as_str() {
            "service" | "services" | "application" | "applications" | "app" => {
                return each(names, async |name: &str| service::delete::run(name, &args.options, session).await).await;
            }
            "database" | "cache" | "queue" | "bucket" => {
                return each(names, async |name: &str| claim::delete::run(name, &args.options, session).await).await;
            }
            "environment" | "environments" | "env" => {
                return each(names, async |name: &str| environment::delete::run(name, &args.options, session).await)
                    .await;
            }
            _ => {}
        }
    }
    let client = session.client()?;
    let kinds = Kinds::discover(&client).await?;
    for (kind, namespace, name) in chosen(&args, &kinds, &client, session).await? {
        one(&client, kind, &namespace, &name, &args, session).await?;
    }
    Ok(Exit::Done)
}

async fn each(names: &[String], mut delete: impl AsyncFnMut(&str) -> Outcome) -> Outcome {
    if names.is_empty() {
        return Err(Failure::usage("say which one to delete by its name"));
    }
    for name in names {
        delete(name).await?;
    }
    Ok(Exit::Done)
}

async fn chosen<'a>(
    args: &Delete,
    kinds: &'a Kinds,
    client: &Client,
    session: &Session,
) -> Result<Vec<(&'a KindOf, String, String)>, Failure> {
    let Some(selector) = &args.selector else {
        let found = targets(kinds, &args.what)?;
        return Ok(found.into_iter().map(|(kind, name)| (kind, session.namespace.clone(), name)).collect());
    };
    let [word] = args.what.as_slice() else {
        return Err(Failure::usage("a selector chooses among all of a kind, so names cannot stand beside it"));
    };
    let mut found = Vec::new();
    for kind in kinds.find_all(word)? {
        let list = client
            .value(Call::get(kind.collection(scope(session, false))).query("labelSelector", selector.as_str()))
            .await?;
        let items = list["items"].as_array().cloned().unwrap_or_default();
        let objects = items.into_iter().filter_map(causeway_core::Object::from_value);
        found.extend(objects.map(|o| (kind, o.namespace().to_owned(), o.name().to_owned())));
    }
    Ok(found)
}

async fn in_files(args: &Delete, session: &Session) -> Outcome {
    let mut manifests = manifest::read(&args.filename, false).await?;
    if let Some(failure) = manifests.failures.pop() {
        return Err(failure);
    }
    let client = session.client()?;
    let kinds = Kinds::discover(&client).await?;
    // what stands last was made for what stands first
    for manifest in manifests.read.iter().rev() {
        let kind = kinds.of(&manifest.object)?;
        let namespace =
            if manifest.object.namespace().is_empty() { &session.namespace } else { manifest.object.namespace() };
        one(&client, kind, namespace, manifest.object.name(), args, session).await?;
    }
    Ok(Exit::Done)
}

/// Deletes one object, and waits until it is gone.
async fn one(
    client: &Client,
    kind: &KindOf,
    namespace: &str,
    name: &str,
    args: &Delete,
    session: &Session,
) -> Result<(), Failure> {
    let address = kind.address(namespace, name);
    let what = format!("{}/{name}", kind.qualified());
    let found = client.find(address.clone()).await?.and_then(causeway_core::Object::from_value);
    let Some(object) = found else {
        if args.ignore_not_found {
            return Ok(());
        }
        let failure = Failure::failed(format!("{what} was not found"));
        return Err(failure.hint(format!("`platform get {}` lists those that there are", kind.plural)));
    };
    client.send(Call::delete(address.clone()).dry(args.options.dry_run)).await?;
    if args.options.dry_run {
        session.printer.data(format!("{what} deleted (dry run)"));
        return Ok(());
    }
    if !args.options.follow.no_wait && client.find(address.clone()).await?.is_some() {
        wait::until_gone(client, &what, address, object.uid(), args.options.follow.timeout, session).await?;
    }
    session.printer.data(format!("{what} deleted"));
    Ok(())
}
