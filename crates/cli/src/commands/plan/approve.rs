//! `platform approve`: an approval for a plan, exactly as it is shown.

use causeway_kinds::plan::{Plan, PlanSpec};
use causeway_kinds::run::RunSpec;
use clap::Args;

use crate::client::Client;
use crate::failure::Outcome;
use crate::{Exit, Failure, Session, plans};

#[derive(Args, Debug)]
pub(crate) struct Approve {
    /// Name of a plan, or of a run that waits for one
    #[arg(value_name = "PLAN|RUN")]
    name: String,
    /// Approve only if this is what the plan does: the beginning of its fingerprint
    #[arg(long, value_name = "FINGERPRINT")]
    fingerprint: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub(crate) async fn run(args: Approve, session: &Session) -> Outcome {
    let client = session.client()?;
    let plan = find(&client, &session.namespace, &args.name).await?;
    session.printer.say(plans::render(&plan));
    let fingerprint = plan.status.fingerprint.clone();
    if let Some(failure) = plans::refusal(&plan, &format!("{} cannot be approved", plan.name())) {
        return Err(failure);
    }
    if let Some(expected) =
        args.fingerprint.as_deref().filter(|expected| expected.is_empty() || !fingerprint.starts_with(expected))
    {
        let failure = Failure::failed(format!(
            "{} does something else by now: its fingerprint does not begin with {expected:?}",
            plan.name()
        ));
        return Err(failure.hint("look at the plan above, then approve that"));
    }
    if !args.yes && session.printer.is_interactive() && !session.printer.confirm("Approve this?") {
        return Err(Failure::failed("nothing was approved"));
    }
    plans::approve(&client, &plan, &fingerprint).await?;
    session.printer.data(format!("plan/{} approved", plan.name()));
    Ok(Exit::Done)
}

/// The plan of that name, or the one that a run of that name works under.
async fn find(client: &Client, namespace: &str, name: &str) -> Result<Plan, Failure> {
    if let Some(plan) = client.get::<PlanSpec>(namespace, name).await? {
        return Ok(plan);
    }
    let missing = || {
        Failure::failed(format!("there is no plan {name:?}, and no run that waits for one"))
            .hint("`platform plan` lists those that there are")
    };
    let run = client.get::<RunSpec>(namespace, name).await?.filter(|run| !run.spec.plan.is_empty());
    let plan = run.ok_or_else(missing)?.spec.plan;
    client.get::<PlanSpec>(namespace, &plan).await?.ok_or_else(missing)
}
