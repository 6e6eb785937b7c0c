//! `platform delete service`: shows what will vanish, asks, and then follows it going, in order.

use causeway_core::{Definition, Object, Spec as _};
use causeway_kinds::application::ApplicationSpec;
use causeway_kinds::plan::{Action, Plan, PlanOperation, PlanSpec};
use causeway_kinds::run::RunSpec;
use serde_json::json;

use crate::client::{Address, ApiError, Client};
use crate::commands::resource::delete::{Consent, DeleteOptions};
use crate::failure::Outcome;
use crate::progress::{Following, Look, Row, State, Verdict, follow};
use crate::{Exit, Failure, Session, plans};

pub(crate) async fn run(name: &str, options: &DeleteOptions, session: &Session) -> Outcome {
    let client = session.client()?;
    let spec = deletion(name, &session.namespace, options);
    let seen = plans::preview(&client, &session.namespace, spec.clone()).await.map_err(|error| {
        let missing = error.is_not_found();
        let failure = Failure::from(error);
        if missing { failure.hint("`platform get applications -A` lists those that there are") } else { failure }
    })?;
    if options.dry_run {
        session.printer.data(plans::render(&seen));
        return Ok(Exit::Done);
    }
    session.printer.section(plans::render(&seen));
    if let Some(failure) = plans::refusal(&seen, &format!("{name} cannot be deleted")) {
        return Err(failure);
    }
    match options.consent(session, &format!("Delete {name} and all of this?"))? {
        Consent::Given => {}
        Consent::Withheld => return Err(Failure::failed("nothing was deleted")),
    }
    let plan = plans::store(&client, &session.namespace, applied(spec)).await?;
    let plan = fingerprinted(&client, plan).await?;
    if plan.status.fingerprint != seen.status.fingerprint {
        let failure =
            Failure::failed(format!("what belongs to {name} has changed since you were shown it; nothing was deleted"));
        return Err(failure.hint("repeat the command and look again"));
    }
    plans::approve(&client, &plan, &seen.status.fingerprint).await?;
    if options.follow.no_wait {
        session.printer.say(format!("{name} is being deleted"));
        return Ok(Exit::Done);
    }
    let following = Following {
        missed: format!("{name} was not gone"),
        again: format!("platform wait application/{name} --for=delete"),
        timeout: options.follow.timeout,
        session,
    };
    let going = addresses(&plan);
    follow(&following, async || look(&client, &plan, &going).await).await?;
    session.printer.data(format!("{name} is gone; its runs and its audit trail are kept"));
    Ok(Exit::Done)
}

fn deletion(name: &str, namespace: &str, options: &DeleteOptions) -> PlanSpec {
    let mut wanted = serde_json::Map::new();
    if options.keep_repository {
        wanted.insert("keepRepository".into(), json!(true));
    }
    PlanSpec {
        subject: plans::subject(ApplicationSpec::KIND, namespace, name),
        operation: PlanOperation::Delete,
        options: wanted,
        ..PlanSpec::default()
    }
}

fn applied(mut spec: PlanSpec) -> PlanSpec {
    spec.options.insert("apply".into(), json!(true));
    spec
}

/// The plan once it says what it does; the server may take a moment over it.
async fn fingerprinted(client: &Client, plan: Plan) -> Result<Plan, Failure> {
    let mut plan = plan;
    for _ in 0..40 {
        if !plan.status.fingerprint.is_empty() {
            return Ok(plan);
        }
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        plan = client.get::<PlanSpec>(plan.namespace(), plan.name()).await?.unwrap_or(plan);
    }
    Err(Failure::timed_out(format!("the plan {} was not worked out; nothing was deleted", plan.name())))
}

/// Where each action's target lies; none where it is kept.
fn addresses(plan: &Plan) -> Vec<Option<Address>> {
    let kinds = causeway_kinds::builtin();
    let address = |action: &Action| {
        let target = &action.target;
        // runs are kept as a record
        let of_kind = |d: &&Definition| d.kind == target.kind && d.kind != RunSpec::KIND;
        let definition = kinds.iter().map(|kind| &kind.definition).find(of_kind)?;
        let api_version = definition.api_version(&definition.storage_version().name);
        Some(Address::collection(&api_version, &target.namespace, &definition.plural).then(&target.name))
    };
    plan.status.actions.iter().map(address).collect()
}

/// What is gone already and what is not, in the plan's order.
async fn look(client: &Client, plan: &Plan, going: &[Option<Address>]) -> Result<Look, ApiError> {
    let subject = &plan.spec.subject;
    let application = client.get::<ApplicationSpec>(&subject.namespace, &subject.name).await?;
    let is_there = application.is_some_and(|a| subject.uid.is_empty() || a.metadata.uid == subject.uid);
    let left = futures::future::try_join_all(going.iter().map(|address| find(client, address.clone()))).await?;
    let first = left.iter().position(Option::is_some);
    let row = |(index, (action, object)): (usize, (&Action, &Option<Object>))| {
        let state = match object {
            None => State::Done,
            Some(_) if first == Some(index) => State::Active,
            Some(_) => State::Pending,
        };
        let detail = object.as_ref().map(reason).unwrap_or_default();
        Row::new(action.id.clone(), format!("{} {}", action.target.kind, action.target.name), state, detail)
    };
    let rows = plan.status.actions.iter().zip(&left).enumerate().map(row).collect();
    Ok(Look::of(rows, if is_there || first.is_some() { Verdict::Going } else { Verdict::Done }))
}

/// Why something that is being deleted is still there, where it says so.
fn reason(object: &Object) -> String {
    let ready = object.condition("Ready").filter(|ready| object.is_deleting() && !ready.is_true());
    ready.map(|ready| ready.message).unwrap_or_default()
}

async fn find(client: &Client, address: Option<Address>) -> Result<Option<Object>, ApiError> {
    let Some(address) = address else { return Ok(None) };
    Ok(client.find(address).await?.and_then(Object::from_value))
}
