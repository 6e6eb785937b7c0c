//! `platform wait`: until a condition holds, or something is gone.

use std::time::{Duration, Instant};

use causeway_core::Object;
use clap::Args;

use super::{scope, targets};
use crate::client::{Address, Call, Client};
use crate::discovery::{KindOf, Kinds};
use crate::failure::Outcome;
use crate::progress::{Following, Look, Row, State, Verdict, follow};
use crate::{Exit, Failure, Session};

const EVERY: Duration = Duration::from_millis(250);

#[derive(Args, Debug)]
pub(crate) struct Wait {
    /// Kind and names; or kind/name
    #[arg(required = true, value_name = "KIND NAME")]
    what: Vec<String>,
    /// What to wait for: condition=Ready, condition=Ready=False, or delete
    #[arg(long = "for", value_name = "WHAT", value_parser = goal)]
    goal: Goal,
    /// How long to wait for each
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = causeway_core::duration::parse)]
    timeout: Duration,
    /// Those with these labels
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    selector: Option<String>,
    /// All of the kind
    #[arg(long, conflicts_with = "selector")]
    all: bool,
    /// In all namespaces
    #[arg(short = 'A', long)]
    all_namespaces: bool,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Goal {
    Condition { kind: String, status: String },
    Delete,
}

fn goal(text: &str) -> Result<Goal, String> {
    if text.eq_ignore_ascii_case("delete") {
        return Ok(Goal::Delete);
    }
    match text.strip_prefix("condition=") {
        Some(rest) if !rest.is_empty() => {
            let (kind, status) = rest.split_once('=').unwrap_or((rest, "True"));
            Ok(Goal::Condition { kind: kind.to_owned(), status: status.to_owned() })
        }
        _ => Err(format!("{text:?} is none of condition=TYPE, condition=TYPE=STATUS, delete")),
    }
}

pub(crate) async fn run(args: Wait, session: &Session) -> Outcome {
    let client = session.client()?;
    let kinds = Kinds::discover(&client).await?;
    for target in chosen(&args, &kinds, &client, session).await? {
        wait_for(&client, &target, &args, session).await?;
    }
    Ok(Exit::Done)
}

struct Chosen<'a> {
    kind: &'a KindOf,
    namespace: String,
    name: String,
}

async fn chosen<'a>(
    args: &Wait,
    kinds: &'a Kinds,
    client: &Client,
    session: &Session,
) -> Result<Vec<Chosen<'a>>, Failure> {
    if args.selector.is_none() && !args.all {
        let targets = targets(kinds, &args.what)?.into_iter();
        return Ok(targets.map(|(kind, name)| Chosen { kind, namespace: session.namespace.clone(), name }).collect());
    }
    let [word] = args.what.as_slice() else {
        return Err(Failure::usage("a selector chooses among all of a kind, so names cannot stand beside it"));
    };
    let kind = kinds.find(word)?;
    let selector = args.selector.clone().unwrap_or_default();
    let list = client
        .value(Call::get(kind.collection(scope(session, args.all_namespaces))).query("labelSelector", selector))
        .await?;
    let items = list["items"].as_array().cloned().unwrap_or_default();
    let objects = items.into_iter().filter_map(Object::from_value);
    let found: Vec<Chosen<'a>> =
        objects.map(|o| Chosen { kind, namespace: o.namespace().to_owned(), name: o.name().to_owned() }).collect();
    if found.is_empty() && args.goal != Goal::Delete {
        return Err(Failure::failed("no matching resources found"));
    }
    Ok(found)
}

async fn wait_for(client: &Client, target: &Chosen<'_>, args: &Wait, session: &Session) -> Result<(), Failure> {
    let name = format!("{}/{}", target.kind.qualified(), target.name);
    let address = target.kind.address(&target.namespace, &target.name);
    let until = Instant::now() + args.timeout;
    let first = client.find(address.clone()).await?.and_then(Object::from_value);
    let uid = first.as_ref().map(|o| o.uid().to_owned());
    loop {
        let found = match client.find(address.clone()).await {
            Ok(found) => found.and_then(Object::from_value),
            Err(error) if error.is_passing() && Instant::now() < until => {
                tokio::time::sleep(EVERY).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let (met, said) = check(&args.goal, found.as_ref(), uid.as_deref());
        if met {
            session
                .printer
                .data(format!("{name} {}", if args.goal == Goal::Delete { "deleted" } else { "condition met" }));
            return Ok(());
        }
        if Instant::now() >= until {
            let limit = causeway_core::duration::print(args.timeout);
            let failure = Failure::timed_out(format!("timed out after {limit} waiting for {name}"));
            return Err(said
                .into_iter()
                .fold(failure, Failure::detail)
                .hint(format!("`platform describe {name}` says more")));
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Whether it is so, and what is known otherwise. A condition counts only if it was said of the object as it is now.
fn check(goal: &Goal, found: Option<&Object>, uid: Option<&str>) -> (bool, Option<String>) {
    match (goal, found) {
        (Goal::Delete, None) => (true, None),
        (Goal::Delete, Some(object)) if uid.is_some_and(|uid| uid != object.uid()) => (true, None),
        (Goal::Delete, Some(object)) => {
            let why = object.condition("Ready").filter(|c| !c.is_true()).map(|c| c.message).filter(|m| !m.is_empty());
            (false, why.or_else(|| Some(format!("it waits for {}", object.finalizers().join(", ")))))
        }
        (Goal::Condition { .. }, None) => (false, Some("it does not exist".to_owned())),
        (Goal::Condition { kind, status }, Some(object)) => {
            let condition = object.conditions().into_iter().find(|c| c.kind.eq_ignore_ascii_case(kind));
            let Some(condition) = condition else { return (false, Some(format!("it has no condition {kind}"))) };
            let current = condition.observed_generation.is_none_or(|g| g == 0 || g >= object.generation());
            let is = format!("{:?}", condition.status).eq_ignore_ascii_case(status);
            (
                is && current,
                Some(format!("{kind} is {:?}: {}: {}", condition.status, condition.reason, condition.message)),
            )
        }
    }
}

/// Follows something that is being deleted until it is gone.
pub(crate) async fn until_gone(
    client: &Client,
    what: &str,
    address: Address,
    uid: &str,
    timeout: Duration,
    session: &Session,
) -> Result<(), Failure> {
    let following = Following {
        missed: format!("{what} was not gone"),
        again: format!("platform wait {what} --for=delete"),
        timeout,
        session,
    };
    follow(&following, async || {
        let found = client.find(address.clone()).await?.and_then(Object::from_value);
        let (gone, said) = check(&Goal::Delete, found.as_ref(), Some(uid));
        let state = if gone { State::Done } else { State::Active };
        let row = Row::new("gone", what, state, if gone { "gone".to_owned() } else { said.unwrap_or_default() });
        Ok(Look::of(vec![row], if gone { Verdict::Done } else { Verdict::Going }))
    })
    .await
}

#[cfg(test)]
mod tests {
    use causeway_core::Object;
    use serde_json::json;

    use super::{Goal, check, goal};

    #[test]
    fn reads_what_to_wait_for() {
        let condition = |kind: &str, status: &str| Ok(Goal::Condition { kind: kind.into(), status: status.into() });
        assert_eq!(goal("condition=Ready"), condition("Ready", "True"));
        assert_eq!(goal("condition=Ready=false"), condition("Ready", "false"));
        assert_eq!(goal("delete"), Ok(Goal::Delete));
        assert!(goal("ready").is_err());
    }

    #[test]
    fn believes_a_condition_only_of_the_generation_that_is_there() {
        let object = |observed: i64| {
            Object::from_value(json!({"metadata": {"uid": "u", "generation": 2}, "status": {"conditions": [
                {"type": "Ready", "status": "True", "reason": "Ready", "message": "", "observedGeneration": observed}]}})).unwrap()
        };
        let ready = goal("condition=ready").unwrap();
        assert!(check(&ready, Some(&object(2)), None).0);
        assert!(!check(&ready, Some(&object(1)), None).0);
        assert!(!check(&ready, None, None).0);
        assert!(check(&Goal::Delete, Some(&object(1)), Some("other")).0);
        assert!(!check(&Goal::Delete, Some(&object(1)), Some("u")).0);
    }
}
