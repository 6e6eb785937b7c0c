//! `platform events`: what happened, the latest last.

use causeway_core::{Object, Timestamp};
use causeway_kinds::reference::ObjectReference;
use clap::Args;
use serde::Deserialize;
use serde_json::Value;

use super::{scope, targets};
use crate::client::{Address, ApiError, Call, Client};
use crate::discovery::Kinds;
use crate::failure::Outcome;
use crate::output::{self, Style, columns, elapsed};
use crate::{Exit, Session};

#[derive(Args, Debug)]
pub(crate) struct Events {
    /// About one object only: kind/name
    #[arg(value_name = "KIND/NAME")]
    about: Option<String>,
    /// In all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
    /// How they are printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

/// Something that happened.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Event {
    involved_object: ObjectReference,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) r#type: String,
    count: i64,
    first_timestamp: Option<Timestamp>,
    last_timestamp: Option<Timestamp>,
    event_time: Option<String>,
}

impl Event {
    fn at(&self) -> Option<Timestamp> {
        self.last_timestamp.or_else(|| Timestamp::parse(self.event_time.as_deref()?)).or(self.first_timestamp)
    }

    /// How long ago, and how often.
    pub(crate) fn age(&self, now: Timestamp) -> String {
        let age = self.at().map_or_else(|| "?".to_owned(), |at| elapsed(now.since(at)));
        if self.count > 1 { format!("{age} (×{})", self.count) } else { age }
    }
}

pub(crate) async fn run(args: Events, session: &Session) -> Outcome {
    let client = session.client()?;
    let mut namespace = scope(session, args.all_namespaces);
    let mut fields = String::new();
    if let Some(about) = &args.about {
        let kinds = Kinds::discover(&client).await?;
        let targets = targets(&kinds, std::slice::from_ref(about))?;
        if let Some((kind, name)) = targets.first() {
            fields = format!("involvedObject.kind={},involvedObject.name={name}", kind.kind);
            // events about what lives in no namespace lie in the default one
            namespace = if kind.is_namespaced { namespace } else { causeway_core::DEFAULT_NAMESPACE };
        }
    }
    let (events, list) = read(&client, namespace, &fields).await?;
    if args.output == Style::Json {
        session.printer.data(output::json(&list));
        return Ok(Exit::Done);
    }
    if events.is_empty() {
        session.printer.say("nothing happened lately");
        return Ok(Exit::Done);
    }
    let now = Timestamp::now();
    let heading = ["AGE", "TYPE", "REASON", "OBJECT", "MESSAGE"].map(str::to_owned).to_vec();
    let lines = events.iter().map(|e| {
        let object = format!("{}/{}", e.involved_object.kind.to_lowercase(), e.involved_object.name);
        vec![e.age(now), e.r#type.clone(), e.reason.clone(), object, e.message.clone()]
    });
    session.printer.data(columns(&std::iter::once(heading).chain(lines).collect::<Vec<_>>()));
    Ok(Exit::Done)
}

/// Events about an object, the latest last.
pub(crate) async fn about(client: &Client, object: &Object) -> Result<Vec<Event>, ApiError> {
    let namespace = if object.namespace().is_empty() { causeway_core::DEFAULT_NAMESPACE } else { object.namespace() };
    let fields = format!("involvedObject.uid={}", object.uid());
    match read(client, namespace, &fields).await {
        Ok((events, _)) => Ok(events),
        // an object may be read by those who may not read events
        Err(error) if error.status().is_some_and(|s| s.code == 403) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn read(client: &Client, namespace: &str, fields: &str) -> Result<(Vec<Event>, Value), ApiError> {
    let call = Call::get(Address::collection("v1", namespace, "events"));
    let list = client.value(if fields.is_empty() { call } else { call.query("fieldSelector", fields) }).await?;
    let items = list.get("items").and_then(Value::as_array);
    let mut events: Vec<Event> = items.into_iter().flatten().filter_map(|item| Event::deserialize(item).ok()).collect();
    events.sort_by_key(Event::at);
    Ok((events, list))
}
