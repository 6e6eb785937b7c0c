//! `platform create environment`: a place to run, perhaps for a few hours only.

use causeway_core::condition::find;
use causeway_core::{Metadata, duration};
use causeway_kinds::environment::{Environment, EnvironmentSpec};
use clap::Args;

use crate::client::{ApiError, Client};
use crate::commands::FollowArgs;
use crate::failure::Outcome;
use crate::output::{self, Style};
use crate::progress::{Following, Look, Row, State, Verdict, follow};
use crate::{Exit, Failure, Session};

#[derive(Args, Debug)]
pub(crate) struct CreateEnvironment {
    /// What it is called: lower-case letters, digits and hyphens
    name: String,
    /// The environment that it is made like
    #[arg(long, value_name = "ENVIRONMENT")]
    from: Option<String>,
    /// How long it lives, such as 4h or 7d; for ever by default
    #[arg(long, value_name = "DURATION", value_parser = lifetime)]
    ttl: Option<String>,
    /// What it is for, such as dev, staging or production
    #[arg(long, value_name = "TYPE")]
    r#type: Option<String>,
    /// The cluster where its deployments land
    #[arg(long, value_name = "CLUSTER")]
    cluster: Option<String>,
    /// Check it and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    follow: FollowArgs,
    /// How the result is printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

fn lifetime(text: &str) -> Result<String, String> {
    duration::parse(text).map(|_| text.to_owned()).map_err(|e| e.to_string())
}

pub(crate) async fn run(args: CreateEnvironment, session: &Session) -> Outcome {
    let client = session.client()?;
    let spec = like(&args, &client, &session.namespace).await?;
    let environment = Environment::new(Metadata::named(session.namespace.as_str(), args.name.as_str()), spec);
    let (stored, warnings) = client.create(&environment, args.dry_run).await?;
    warnings.iter().for_each(|warning| session.printer.warn(warning));
    if args.dry_run {
        session.printer.data(format!("environment/{} would be created", stored.name()));
        return Ok(Exit::Done);
    }
    if !args.follow.no_wait {
        let following = Following {
            missed: format!("the environment {} was not ready", args.name),
            again: format!("platform wait environment/{} --for=condition=Ready", args.name),
            timeout: args.follow.timeout,
            session,
        };
        follow(&following, async || look(&client, &stored).await).await?;
    }
    let stored = client.get::<EnvironmentSpec>(&session.namespace, &args.name).await?.unwrap_or(stored);
    match args.output {
        Style::Json => session.printer.data(output::json(&stored.to_object().into_value())),
        Style::Text => session.printer.data(format!(
            "environment/{} created on the cluster {}",
            stored.name(),
            stored.spec.cluster
        )),
    }
    Ok(Exit::Done)
}

/// The spec of the environment that it is made like, with what the options say over it.
async fn like(args: &CreateEnvironment, client: &Client, namespace: &str) -> Result<EnvironmentSpec, Failure> {
    let mut spec = match &args.from {
        None => EnvironmentSpec::default(),
        Some(from) => {
            let found = client.get::<EnvironmentSpec>(namespace, from).await?;
            let missing = || {
                Failure::failed(format!("there is no environment {from:?} in {namespace}"))
                    .hint("`platform get environments` lists those that there are")
            };
            let pattern = found.ok_or_else(missing)?.spec;
            // what makes the other one itself is not taken over
            EnvironmentSpec {
                from: from.clone(),
                display_name: String::new(),
                namespace: String::new(),
                ttl: String::new(),
                protected: false,
                ..pattern
            }
        }
    };
    let set = |field: &mut String, option: &Option<String>| {
        if let Some(value) = option {
            field.clone_from(value);
        }
    };
    set(&mut spec.ttl, &args.ttl);
    set(&mut spec.r#type, &args.r#type);
    set(&mut spec.cluster, &args.cluster);
    Ok(spec)
}

async fn look(client: &Client, wanted: &Environment) -> Result<Look, ApiError> {
    let found = client.get::<EnvironmentSpec>(wanted.namespace(), wanted.name()).await?;
    let Some(environment) = found else {
        let gone = Failure::failed(format!("{} was deleted meanwhile", wanted.name()));
        return Ok(Look::failed(gone));
    };
    let ready = find(&environment.status.conditions, "Ready");
    let detail = ready.map(|c| c.message.clone()).unwrap_or_default();
    let current = environment.status.observed_generation == environment.metadata.generation;
    let (state, verdict) = match ready {
        Some(ready) if ready.is_true() && current => (State::Done, Verdict::Done),
        _ => (State::Active, Verdict::Going),
    };
    Ok(Look::of(vec![Row::new("environment", format!("Environment {}", wanted.name()), state, detail)], verdict))
}
