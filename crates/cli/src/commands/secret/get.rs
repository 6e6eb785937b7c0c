//! `platform secret get`: the values of a secret.

use clap::Args;
use serde_json::{Value, json};

use super::secrets_of;
use crate::client::Call;
use crate::failure::Outcome;
use crate::output::Style;
use crate::{Exit, Failure, Session};

#[derive(Args, Debug)]
pub(crate) struct GetSecret {
    /// Its path, such as db/payment-service
    name: String,
    /// The environment
    #[arg(long, value_name = "ENVIRONMENT", default_value = "dev")]
    env: String,
    /// One value only
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// How it is printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

pub(crate) async fn run(args: GetSecret, session: &Session) -> Outcome {
    let client = session.client()?;
    let secret =
        client.value(Call::get(secrets_of(session, &args.env).then_path(&args.name))).await.map_err(|error| {
            let missing = error.is_not_found();
            let failure = Failure::from(error);
            if missing {
                failure.hint(format!("`platform secret list --env {}` shows those that there are", args.env))
            } else {
                failure
            }
        })?;
    if let Some(key) = &args.key {
        let value = secret["data"].get(key).and_then(Value::as_str);
        let value = value.ok_or_else(|| Failure::failed(format!("{} has no value {key:?}", args.name)))?;
        session.printer.data(value);
        return Ok(Exit::Done);
    }
    session.printer.data(match args.output {
        Style::Json => stable(&secret).to_string(),
        Style::Text => plain(&secret["data"]),
    });
    Ok(Exit::Done)
}

/// Exactly the fields that scripts may rely on.
fn stable(secret: &Value) -> Value {
    json!({"name": secret["name"], "environment": secret["environment"], "version": secret["version"], "data": secret["data"]})
}

fn plain(data: &Value) -> String {
    let pairs = data.as_object().into_iter().flatten();
    pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{plain, stable};

    #[test]
    fn gives_scripts_exactly_the_promised_fields() {
        let answer = json!({"data": {"host": "h", "uri": "postgresql://u:p@h/d"}, "name": "db/web", "more": 1, "environment": "dev", "version": 3});
        assert_eq!(
            stable(&answer).to_string(),
            r#"{"name":"db/web","environment":"dev","version":3,"data":{"host":"h","uri":"postgresql://u:p@h/d"}}"#
        );
        assert_eq!(plain(&answer["data"]), "host=h\nuri=postgresql://u:p@h/d");
    }
}
