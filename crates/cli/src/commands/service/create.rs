//! `platform create service`: the golden path, from a name to a running, cataloged service.

use causeway_core::{Metadata, Spec as _};
use causeway_kinds::application::{Application, ApplicationSpec, Delivery, Infrastructure, InfrastructureRequest};
use causeway_kinds::plan::{Plan, PlanOperation, PlanSpec};
use clap::Args;
use serde_json::Value;

use super::{owner, story, summary};
use crate::client::Client;
use crate::commands::{FollowArgs, pair};
use crate::failure::Outcome;
use crate::output::{self, Style};
use crate::progress::{Following, follow};
use crate::{Exit, Failure, Session, plans};

#[derive(Args, Debug)]
pub(crate) struct CreateService {
    /// Name of the service: lower-case letters, digits and hyphens
    name: String,
    /// Programming language, such as go or python
    #[arg(long, value_name = "LANGUAGE")]
    language: String,
    /// Framework within the language, such as gin or fastapi
    #[arg(long, value_name = "FRAMEWORK")]
    framework: Option<String>,
    /// Type of its database, such as postgresql
    #[arg(long, value_name = "TYPE")]
    db: Option<String>,
    /// Type of its cache
    #[arg(long, value_name = "TYPE")]
    cache: Option<String>,
    /// Type of its message queue
    #[arg(long, value_name = "TYPE")]
    queue: Option<String>,
    /// Give it a pipeline that tests, builds and releases it
    #[arg(long)]
    add_ci: bool,
    /// Deploy its releases by themselves; needs --add-ci
    #[arg(long)]
    add_cd: bool,
    /// The group that owns it; your first group by default
    #[arg(long, value_name = "GROUP")]
    owner: Option<String>,
    /// The system that it is part of
    #[arg(long, value_name = "SYSTEM")]
    system: Option<String>,
    /// What it does, in a sentence
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The environment where it is deployed first
    #[arg(long, value_name = "ENVIRONMENT", default_value = "dev")]
    env: String,
    /// Set a parameter of the template
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Show the plan and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    follow: FollowArgs,
    /// How the plan or the result is printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

pub(crate) async fn run(args: CreateService, session: &Session) -> Outcome {
    if args.add_cd && !args.add_ci {
        let failure = Failure::usage("--add-cd deploys releases, and without --add-ci none are made");
        return Err(failure.hint("add --add-ci, or leave --add-cd out and deploy with `platform deploy`"));
    }
    let client = session.client()?;
    let owner = match &args.owner {
        Some(owner) => owner.clone(),
        None => owner::usual(&client, &session.namespace).await?,
    };
    let application = args.application(&session.namespace, owner);
    let plan = preview(&client, &application).await?;
    show(&plan, &args, session);
    if let Some(failure) = plans::refusal(&plan, &format!("{} cannot be created", args.name)) {
        return Err(failure);
    }
    if args.dry_run {
        return Ok(Exit::Done);
    }
    let (stored, warnings) = client.create(&application, false).await?;
    warnings.iter().for_each(|warning| session.printer.warn(warning));
    if args.follow.no_wait {
        session.printer.say(format!("{} is being made; follow it with `{}`", args.name, story::again(&stored)));
        print(&client, &stored, &args, session).await?;
        return Ok(Exit::Done);
    }
    let following = Following {
        missed: format!("{} was not ready", args.name),
        again: story::again(&stored),
        timeout: args.follow.timeout,
        session,
    };
    follow(&following, async || story::look(&client, &stored).await).await?;
    print(&client, &stored, &args, session).await?;
    Ok(Exit::Done)
}

impl CreateService {
    fn application(&self, namespace: &str, owner: String) -> Application {
        let text = |option: &Option<String>| option.clone().unwrap_or_default();
        let request = |option: &Option<String>| {
            let of_type =
                |kind: &String| InfrastructureRequest { r#type: kind.clone(), ..InfrastructureRequest::default() };
            option.as_ref().map(of_type)
        };
        let spec = ApplicationSpec {
            description: text(&self.description),
            language: self.language.clone(),
            framework: text(&self.framework),
            owner,
            system: text(&self.system),
            environment: self.env.clone(),
            parameters: self.set.iter().map(|(key, value)| (key.clone(), parameter(value))).collect(),
            infrastructure: Infrastructure {
                database: request(&self.db),
                cache: request(&self.cache),
                queue: request(&self.queue),
                bucket: None,
            },
            delivery: Delivery { ci: self.add_ci, cd: self.add_cd },
            ..ApplicationSpec::default()
        };
        Application::new(Metadata::named(namespace, self.name.as_str()), spec)
    }
}

/// `true`, `3` and the like are what they look like; everything else is text.
fn parameter(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(value @ (Value::Bool(_) | Value::Number(_))) => value,
        _ => text.into(),
    }
}

async fn preview(client: &Client, application: &Application) -> Result<Plan, Failure> {
    let mut proposed = application.to_object();
    proposed.set(&["status"], Value::Null);
    let spec = PlanSpec {
        subject: plans::subject(ApplicationSpec::KIND, application.namespace(), application.name()),
        operation: PlanOperation::Create,
        proposed: proposed.0,
        ..PlanSpec::default()
    };
    plans::preview(client, application.namespace(), spec).await.map_err(|error| {
        let taken = error.is_taken();
        let failure = Failure::from(error);
        if taken {
            failure.hint(format!(
                "choose another name, or look at it with `platform describe application {}`",
                application.name()
            ))
        } else {
            failure
        }
    })
}

/// The plan is what a dry run is asked for, and otherwise talk before the work begins.
fn show(plan: &Plan, args: &CreateService, session: &Session) {
    match (args.dry_run, args.output) {
        (true, Style::Json) => session.printer.data(output::json(&plan.to_object().into_value())),
        (true, Style::Text) => session.printer.data(plans::render(plan)),
        (false, _) => session.printer.section(plans::render(plan)),
    }
}

/// What the user has now.
async fn print(client: &Client, stored: &Application, args: &CreateService, session: &Session) -> Result<(), Failure> {
    let found = client.get::<ApplicationSpec>(stored.namespace(), stored.name()).await?;
    let application = found.unwrap_or_else(|| stored.clone());
    match args.output {
        Style::Json => session.printer.data(output::json(&application.to_object().into_value())),
        Style::Text if args.follow.no_wait => session.printer.data(format!("application/{}", application.name())),
        Style::Text => session.printer.data(summary::of(&application, client.server())),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::json;

    use super::CreateService;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        create: CreateService,
    }

    #[test]
    fn makes_the_application_that_the_options_describe() {
        let words = "x payment-service --language python --framework fastapi --db postgresql --add-ci --system pay --set port=8080 --set team=a";
        let line = Line::try_parse_from(words.split(' ')).unwrap();
        let application = line.create.application("default", "team-a".into());
        assert_eq!(
            application.to_object().spec(),
            &json!({
                "language": "python", "framework": "fastapi", "owner": "team-a", "system": "pay", "environment": "dev",
                "parameters": {"port": 8080, "team": "a"},
                "infrastructure": {"database": {"type": "postgresql"}},
                "deployment": {"replicas": 2}, "delivery": {"ci": true, "cd": false},
                "observability": {"logging": true, "metrics": true, "tracing": true},
            })
        );
    }
}
