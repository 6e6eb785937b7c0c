//! `platform get`: resources of any kind, one or many.

use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use super::table::Table;
use super::{scope, targets};
use crate::client::{Address, ApiError, Call, Client};
use crate::discovery::{KindOf, Kinds};
use crate::failure::Outcome;
use crate::output::{self, Format};
use crate::{Exit, Failure, Session};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
/// How many objects are asked for at a time.
const PAGE: &str = "500";

#[derive(Args, Debug)]
pub(crate) struct Get {
    /// Kind, or kinds with commas, and names; or kind/name
    #[arg(required = true, value_name = "KIND [NAME]")]
    what: Vec<String>,
    /// How they are printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// In all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// Label selector, such as app=web,tier!=test
    #[arg(short = 'l', long, value_name = "SELECTOR", default_value = "", hide_default_value = true)]
    selector: String,
    /// Field selector, such as spec.environment=dev
    #[arg(long, value_name = "SELECTOR", default_value = "", hide_default_value = true)]
    field_selector: String,
}

pub(crate) async fn run(args: Get, session: &Session) -> Outcome {
    let client = session.client()?;
    let kinds = Kinds::discover(&client).await?;
    if args.what.len() == 1 && !args.what[0].contains('/') {
        return list(&args, &kinds, &client, session).await;
    }
    if !args.selector.is_empty() {
        return Err(Failure::usage("a selector chooses among all, so it cannot stand beside names"));
    }
    let targets = targets(&kinds, &args.what)?;
    let mut objects = Vec::new();
    for (kind, name) in &targets {
        let address = kind.address(&session.namespace, name);
        if matches!(args.output, Format::Table | Format::Wide) {
            let table = client.value(Call::get(address).accept(TABLE)).await.map_err(|e| missing(e, kind, name))?;
            let table = Table::deserialize(table).unwrap_or_default();
            let prefix = if targets.len() > 1 { format!("{}/", kind.qualified()) } else { String::new() };
            session.printer.data(table.render(args.output == Format::Wide, false, &prefix));
        } else {
            objects.push((*kind, client.value(Call::get(address)).await.map_err(|e| missing(e, kind, name))?));
        }
    }
    match objects.as_slice() {
        [] => {}
        [(_, object)] if args.output != Format::Name => print_value(object, args.output, session),
        _ => print_all(objects, args.output, session),
    }
    Ok(Exit::Done)
}

fn missing(error: ApiError, kind: &KindOf, name: &str) -> Failure {
    let missing = error.is_not_found();
    let failure = Failure::from(error);
    if missing {
        failure.hint(format!(
            "`platform get {}` lists those that there are; {name:?} may be in another namespace",
            kind.plural
        ))
    } else {
        failure
    }
}

async fn list(args: &Get, kinds: &Kinds, client: &Client, session: &Session) -> Outcome {
    let kinds = kinds.find_all(&args.what[0])?;
    let namespace = scope(session, args.all_namespaces);
    let mut objects = Vec::new();
    let mut found = false;
    let mut printed = false;
    for kind in &kinds {
        let pages = Pages {
            client,
            address: kind.collection(namespace),
            selector: &args.selector,
            fields: &args.field_selector,
        };
        if !matches!(args.output, Format::Table | Format::Wide) {
            objects.extend(pages.objects(kind).await?.into_iter().map(|object| (*kind, object)));
            continue;
        }
        let table = pages.table().await?;
        if table.rows.is_empty() {
            continue;
        }
        found = true;
        let prefix = if kinds.len() > 1 { format!("{}/", kind.qualified()) } else { String::new() };
        let text = table.render(args.output == Format::Wide, args.all_namespaces && kind.is_namespaced, &prefix);
        session.printer.data(if std::mem::replace(&mut printed, true) { format!("\n{text}") } else { text });
    }
    if !matches!(args.output, Format::Table | Format::Wide) {
        print_all(objects, args.output, session);
    } else if !found {
        session.printer.say(match namespace {
            "" => "No resources found".to_owned(),
            _ if kinds.iter().all(|k| !k.is_namespaced) => "No resources found".to_owned(),
            namespace => format!("No resources found in {namespace} namespace."),
        });
    }
    Ok(Exit::Done)
}

/// All pages of a list.
struct Pages<'a> {
    client: &'a Client,
    address: Address,
    selector: &'a str,
    fields: &'a str,
}

impl Pages<'_> {
    fn call(&self, next: Option<&str>) -> Call {
        let mut call = Call::get(self.address.clone()).query("limit", PAGE);
        for (name, value) in
            [("labelSelector", self.selector), ("fieldSelector", self.fields), ("continue", next.unwrap_or_default())]
        {
            if !value.is_empty() {
                call = call.query(name, value);
            }
        }
        call
    }

    async fn table(&self) -> Result<Table, ApiError> {
        let mut whole = Table::default();
        let mut next: Option<String> = None;
        loop {
            let page = self.client.value(self.call(next.as_deref()).accept(TABLE)).await?;
            whole.extend(Table::deserialize(page).unwrap_or_default());
            next = whole.next().map(str::to_owned);
            if next.is_none() {
                return Ok(whole);
            }
        }
    }

    async fn objects(&self, kind: &KindOf) -> Result<Vec<Value>, ApiError> {
        let mut all = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let mut page = self.client.value(self.call(next.as_deref())).await?;
            if let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) {
                all.extend(items.into_iter().map(|item| named(item, kind)));
            }
            next =
                page.pointer("/metadata/continue").and_then(Value::as_str).filter(|n| !n.is_empty()).map(str::to_owned);
            if next.is_none() {
                return Ok(all);
            }
        }
    }
}

/// Items of a list may leave out their kind.
fn named(mut item: Value, kind: &KindOf) -> Value {
    if item.get("kind").is_none() {
        item["kind"] = kind.kind.as_str().into();
        item["apiVersion"] = kind.api_version().into();
    }
    item
}

fn print_all(objects: Vec<(&KindOf, Value)>, format: Format, session: &Session) {
    if format == Format::Name {
        for (kind, object) in &objects {
            let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
            session.printer.data(format!("{}/{name}", kind.qualified()));
        }
        return;
    }
    let items: Vec<Value> = objects.into_iter().map(|(_, object)| object).collect();
    print_value(
        &json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items}),
        format,
        session,
    );
}

fn print_value(value: &Value, format: Format, session: &Session) {
    session.printer.data(if format == Format::Yaml { output::yaml(value) } else { output::json(value) });
}
