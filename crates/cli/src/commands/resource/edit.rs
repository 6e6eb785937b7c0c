//! `platform edit`: one resource in an editor.

use std::io::Write as _;
use std::process::Command;

use causeway_core::{Object, yaml};
use clap::Args;
use serde_json::Value;

use super::targets;
use crate::client::Call;
use crate::discovery::Kinds;
use crate::failure::Outcome;
use crate::{Exit, Failure, Session, output};

#[derive(Args, Debug)]
pub(crate) struct Edit {
    /// Kind and name; or kind/name
    #[arg(required = true, value_name = "KIND NAME")]
    what: Vec<String>,
}

pub(crate) async fn run(args: Edit, session: &Session) -> Outcome {
    let client = session.client()?;
    let kinds = Kinds::discover(&client).await?;
    let targets = targets(&kinds, &args.what)?;
    let [(kind, name)] = targets.as_slice() else { return Err(Failure::usage("one resource is edited at a time")) };
    let address = kind.address(&session.namespace, name);
    let live = client.value(Call::get(address.clone())).await?;
    let text = output::yaml(&editable(live));
    let (edited, file) = edit(&text)?;
    if edited == text {
        session.printer.say("nothing was changed");
        return Ok(Exit::Done);
    }
    let options = yaml::Options::kubernetes().named("edited");
    let wanted = yaml::parse_one(&edited, &options).map_err(|e| kept(Failure::failed(e.to_string()), file.path()));
    let wanted = match wanted {
        Ok(document) => document.value,
        Err(failure) => return Err(keep(failure, file)),
    };
    let call = Call::put(address, wanted).query("fieldManager", "platform").query("fieldValidation", "Strict");
    match client.send(call).await {
        Ok(answer) => {
            answer.warnings.iter().for_each(|warning| session.printer.warn(warning));
            session.printer.data(format!("{}/{name} edited", kind.qualified()));
            Ok(Exit::Done)
        }
        Err(error) => {
            let failure = kept(error.into(), file.path());
            Err(keep(failure, file))
        }
    }
}

/// Without what nobody edits.
fn editable(live: Value) -> Value {
    let mut object = Object::from_value(live).unwrap_or_default();
    object.set(&["metadata", "managedFields"], Value::Null);
    object.set(&["status"], Value::Null);
    object.into_value()
}

fn kept(failure: Failure, file: &std::path::Path) -> Failure {
    failure.hint(format!("your text is kept in {}", file.display()))
}

fn keep(failure: Failure, file: tempfile::NamedTempFile) -> Failure {
    match file.keep() {
        Ok(_) => failure,
        Err(error) => {
            Failure { hints: Vec::new(), ..failure }.detail(format!("and the text could not be kept: {error}"))
        }
    }
}

/// The text after an editor had it. The file is readable by its owner alone.
fn edit(text: &str) -> Result<(String, tempfile::NamedTempFile), Failure> {
    let unusable = |e: std::io::Error| Failure::failed("the text could not be put into a file").because(e);
    let mut file = tempfile::Builder::new().prefix("platform-edit-").suffix(".yaml").tempfile().map_err(unusable)?;
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(unusable)?;
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.trim().is_empty()))
        .unwrap_or_else(|| "vi".into());
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let ended = Command::new(program).args(words).arg(file.path()).status();
    let ended = ended.map_err(|e| {
        Failure::failed(format!("the editor {program} could not be started")).because(e).hint("name another in $EDITOR")
    })?;
    if !ended.success() {
        return Err(Failure::failed(format!("the editor {program} ended with {ended}; nothing was changed")));
    }
    let edited = std::fs::read_to_string(file.path()).map_err(unusable)?;
    Ok((edited, file))
}
