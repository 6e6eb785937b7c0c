//! Tokens for programs.

use causeway_core::{PLATFORM_API_VERSION, Timestamp, duration};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::{Address, Call};
use crate::failure::Outcome;
use crate::output::{self, Style, cell, columns};
use crate::{Exit, Failure, Session};

/// `platform token …`
#[derive(Subcommand, Debug)]
pub(crate) enum TokenCommand {
    /// Make a token; it is shown this once
    Create(Create),
    /// The tokens that there are, without their texts
    List(List),
    /// Replace a token; the old one is worth nothing from then on
    Rotate(Named),
    /// Take a token back
    Revoke(Named),
}

#[derive(Args, Debug)]
pub(crate) struct Create {
    /// What it is called
    name: String,
    /// In whose name it acts; yours by default
    #[arg(long, value_name = "USER", default_value = "", hide_default_value = true)]
    user: String,
    /// A group that it acts for
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// How long it lives, such as 30d; until it is revoked by default
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    expires: Option<std::time::Duration>,
    /// How it is printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

#[derive(Args, Debug)]
pub(crate) struct List {
    /// How they are printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

#[derive(Args, Debug)]
pub(crate) struct Named {
    /// What it is called
    name: String,
}

pub(crate) async fn run(command: TokenCommand, session: &Session) -> Outcome {
    match command {
        TokenCommand::Create(args) => create(args, session).await,
        TokenCommand::List(args) => list(args, session).await,
        TokenCommand::Rotate(args) => rotate(args, session).await,
        TokenCommand::Revoke(args) => revoke(args, session).await,
    }
}

fn tokens() -> Address {
    Address::of(&format!("apis/{PLATFORM_API_VERSION}/tokens"))
}

async fn create(args: Create, session: &Session) -> Outcome {
    let client = session.client()?;
    let mut body = json!({"name": args.name, "user": args.user, "groups": args.group});
    if let Some(life) = args.expires {
        body["expires"] = json!(Timestamp::now().after(life));
    }
    let made = client.value(Call::post(tokens(), body)).await?;
    match args.output {
        Style::Json => session.printer.data(made.to_string()),
        Style::Text => show(&made, session)?,
    }
    Ok(Exit::Done)
}

fn show(made: &Value, session: &Session) -> Result<(), Failure> {
    let text = made["token"].as_str().ok_or_else(|| Failure::failed("the server gave no token"))?;
    session.printer.say("keep it well, it is not shown again:");
    session.printer.data(text);
    Ok(())
}

async fn list(args: List, session: &Session) -> Outcome {
    let client = session.client()?;
    let found = client.value(Call::get(tokens())).await?;
    if args.output == Style::Json {
        session.printer.data(output::json(&found["tokens"]));
        return Ok(Exit::Done);
    }
    let heading = ["NAME", "USER", "GROUPS", "CREATED", "EXPIRES"].map(str::to_owned).to_vec();
    let groups =
        |token: &Value| token["groups"].as_array().into_iter().flatten().map(cell).collect::<Vec<_>>().join(", ");
    let items = found["tokens"].as_array().into_iter().flatten();
    let lines =
        items.map(|t| vec![cell(&t["name"]), cell(&t["user"]), groups(t), cell(&t["created"]), cell(&t["expires"])]);
    session.printer.data(columns(&std::iter::once(heading).chain(lines).collect::<Vec<_>>()));
    Ok(Exit::Done)
}

async fn rotate(args: Named, session: &Session) -> Outcome {
    let client = session.client()?;
    let made = client.value(Call::post(tokens().then(&args.name).then("rotate"), json!({}))).await?;
    show(&made, session)?;
    Ok(Exit::Done)
}

async fn revoke(args: Named, session: &Session) -> Outcome {
    let client = session.client()?;
    client.value(Call::delete(tokens().then(&args.name))).await?;
    session.printer.data(format!("token {} revoked", args.name));
    Ok(Exit::Done)
}
