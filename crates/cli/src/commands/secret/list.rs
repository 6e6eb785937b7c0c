//! `platform secret list`: which secrets an environment has.

use clap::Args;
use serde_json::Value;

use super::secrets_of;
use crate::client::Call;
use crate::failure::Outcome;
use crate::output::{self, Style, cell, columns};
use crate::{Exit, Session};

#[derive(Args, Debug)]
pub(crate) struct ListSecrets {
    /// The environment
    #[arg(long, value_name = "ENVIRONMENT", default_value = "dev")]
    env: String,
    /// How they are printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

pub(crate) async fn run(args: ListSecrets, session: &Session) -> Outcome {
    let client = session.client()?;
    let list = client.value(Call::get(secrets_of(session, &args.env))).await?;
    if args.output == Style::Json {
        session.printer.data(output::json(&list["items"]));
        return Ok(Exit::Done);
    }
    let items: Vec<&Value> = list["items"].as_array().into_iter().flatten().collect();
    if items.is_empty() {
        session.printer.say(format!("{} has no secrets", args.env));
        return Ok(Exit::Done);
    }
    let heading = ["NAME", "VERSION", "KEYS"].map(str::to_owned).to_vec();
    let keys = |item: &Value| item["keys"].as_array().into_iter().flatten().map(cell).collect::<Vec<_>>().join(", ");
    let lines = items.into_iter().map(|item| vec![cell(&item["name"]), cell(&item["version"]), keys(item)]);
    session.printer.data(columns(&std::iter::once(heading).chain(lines).collect::<Vec<_>>()));
    Ok(Exit::Done)
}
