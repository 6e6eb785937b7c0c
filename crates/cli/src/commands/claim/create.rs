//! `platform create database|cache|queue|bucket`: self-service resources.

use causeway_core::Metadata;
use causeway_core::condition::find;
use causeway_kinds::claim::{self, Claim, ClaimSpec};
use causeway_kinds::resource_type::ResourceClass;
use clap::Args;

use super::offer::{self, Wish};
use crate::client::{ApiError, Client};
use crate::commands::FollowArgs;
use crate::failure::Outcome;
use crate::output::{self, Style};
use crate::progress::{Following, Look, Row, State, Verdict, follow};
use crate::{Exit, Failure, Session};

#[derive(Args, Debug)]
// `--version` is that of the product here
#[command(disable_version_flag = true)]
pub(crate) struct CreateClaim {
    /// What it is called: lower-case letters, digits and hyphens
    name: String,
    /// A resource type of the platform, such as postgresql; `platform get resourcetypes` lists them
    #[arg(long, value_name = "TYPE")]
    r#type: String,
    /// One of the sizes of the type
    #[arg(long, value_name = "SIZE")]
    size: Option<String>,
    /// Version of the product
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// The environment that it lives in
    #[arg(long, value_name = "ENVIRONMENT", default_value = "dev")]
    env: String,
    /// The group that owns it
    #[arg(long, value_name = "GROUP")]
    owner: Option<String>,
    /// Check it and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    follow: FollowArgs,
    /// How the result is printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

pub(crate) async fn run(args: CreateClaim, class: ResourceClass, session: &Session) -> Outcome {
    let client = session.client()?;
    let wish = Wish { class, r#type: &args.r#type, size: args.size.as_deref(), version: args.version.as_deref() };
    let offered = offer::find(&client, &wish).await?;
    offer::check_environment(&client, &session.namespace, &args.env).await?;
    let name = claim::name(&offered.spec.secret_prefix, &args.name, &args.env);
    let spec = ClaimSpec {
        r#type: offered.name().to_owned(),
        size: args.size.clone().unwrap_or_default(),
        version: args.version.clone().unwrap_or_default(),
        environment: args.env.clone(),
        owner: args.owner.clone().unwrap_or_default(),
        ..ClaimSpec::default()
    };
    let claim = Claim::new(Metadata::named(session.namespace.as_str(), name), spec);
    let (stored, warnings) = client.create(&claim, args.dry_run).await?;
    warnings.iter().for_each(|warning| session.printer.warn(warning));
    if args.dry_run {
        session.printer.data(format!("claim/{} would be created", stored.name()));
        return Ok(Exit::Done);
    }
    if !args.follow.no_wait {
        let following = Following {
            missed: format!("{} was not ready", args.name),
            again: format!("platform wait claim/{} --for=condition=Ready", stored.name()),
            timeout: args.follow.timeout,
            session,
        };
        follow(&following, async || look(&client, &stored).await).await?;
    }
    let stored = client.get::<ClaimSpec>(&session.namespace, stored.name()).await?.unwrap_or(stored);
    match args.output {
        Style::Json => session.printer.data(output::json(&stored.to_object().into_value())),
        Style::Text => session.printer.data(describe(&stored)),
    }
    Ok(Exit::Done)
}

fn describe(claim: &Claim) -> String {
    let secret = &claim.status.secret_name;
    if secret.is_empty() {
        return format!("claim/{}", claim.name());
    }
    let environment = &claim.spec.environment;
    let rows = [["  claim", claim.name()], ["  type", &claim.spec.r#type], ["  secret", secret]]
        .map(|row| row.map(str::to_owned).to_vec());
    format!(
        "{} is ready\n{}\n  read it with `platform secret get {secret} --env {environment}`",
        claim.name(),
        output::columns(&rows)
    )
}

async fn look(client: &Client, wanted: &Claim) -> Result<Look, ApiError> {
    let Some(claim) = client.get::<ClaimSpec>(wanted.namespace(), wanted.name()).await? else {
        let gone = Failure::failed(format!("{} was deleted while it was being made", wanted.name()));
        return Ok(Look::failed(gone));
    };
    let current = claim.status.observed_generation == claim.metadata.generation;
    let ready = find(&claim.status.conditions, "Ready");
    let detail = ready.map(|c| c.message.clone()).unwrap_or_default();
    let (state, verdict) = match ready {
        Some(ready) if ready.is_true() && current => (State::Done, Verdict::Done),
        Some(ready) if matches!(ready.reason.as_str(), "TypeNotFound" | "DriverNotFound" | "NotSupported") => {
            let why = format!("{} cannot be made: {}", claim.name(), ready.message);
            (
                State::Failed,
                Verdict::Failed(
                    Failure::failed(why).hint(format!("take it back with `platform delete claim {}`", claim.name())),
                ),
            )
        }
        _ => (State::Active, Verdict::Going),
    };
    let row = Row::new("claim", format!("{} {}", claim.spec.r#type, claim.name()), state, detail);
    Ok(Look::of(vec![row], verdict))
}
