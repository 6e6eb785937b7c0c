//! `platform secret set`: values that never need to stand on a command line.

use std::io::Read as _;

use clap::Args;
use serde_json::{Map, Value, json};

use super::secrets_of;
use crate::client::Call;
use crate::commands::pair;
use crate::failure::Outcome;
use crate::{Exit, Failure, Session};

#[derive(Args, Debug)]
pub(crate) struct SetSecret {
    /// Its path, such as api/payment-provider
    name: String,
    /// A value: KEY=TEXT, KEY=@FILE, or KEY=- for standard input, which no other user of this machine can see
    #[arg(required = true, value_name = "KEY=VALUE", value_parser = pair)]
    values: Vec<(String, String)>,
    /// The environment
    #[arg(long, value_name = "ENVIRONMENT", default_value = "dev")]
    env: String,
    /// Drop the values that are not named
    #[arg(long)]
    replace: bool,
}

pub(crate) async fn run(args: SetSecret, session: &Session) -> Outcome {
    let client = session.client()?;
    let address = secrets_of(session, &args.env).then_path(&args.name);
    let mut data = Map::new();
    if !args.replace
        && let Some(Value::Object(known)) = client.find(address.clone()).await?.map(|mut secret| secret["data"].take())
    {
        data = known;
    }
    for (key, value) in &args.values {
        data.insert(key.clone(), read(value)?.into());
    }
    let answer = client.value(Call::put(address, json!({"data": data}))).await?;
    session.printer.data(format!("secret {} in {} is at version {}", args.name, args.env, answer["version"]));
    Ok(Exit::Done)
}

fn read(value: &str) -> Result<String, Failure> {
    let without_end = |text: String| text.strip_suffix('\n').map(str::to_owned).unwrap_or(text);
    if value == "-" {
        let mut text = String::new();
        let read = std::io::stdin().lock().read_to_string(&mut text);
        return read
            .map(|_| without_end(text))
            .map_err(|e| Failure::failed("standard input could not be read").because(e));
    }
    match value.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(file)
            .map(without_end)
            .map_err(|e| Failure::failed(format!("{file} could not be read")).because(e)),
        None => Ok(value.to_owned()),
    }
}
