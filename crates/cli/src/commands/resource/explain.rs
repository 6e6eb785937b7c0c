//! `platform explain`: what a kind and its fields mean, from the server's schema.

use std::fmt::Write as _;

use causeway_core::schema::{Explained, explain};
use clap::Args;

use crate::discovery::Kinds;
use crate::failure::Outcome;
use crate::{Exit, Failure, Session, schemas};

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// Kind, and perhaps a field of it: claim.spec.size
    #[arg(value_name = "KIND[.FIELD]")]
    what: String,
}

pub(crate) async fn run(args: Explain, session: &Session) -> Outcome {
    let client = session.client()?;
    let kinds = Kinds::discover(&client).await?;
    let (kind, path) = match kinds.find(&args.what) {
        Ok(kind) => (kind, ""),
        Err(_) => {
            let (word, path) = args.what.split_once('.').unwrap_or((&args.what, ""));
            (kinds.find(word)?, path)
        }
    };
    let schema = schemas::of(&client, kind).await?;
    let schema =
        schema.ok_or_else(|| Failure::failed(format!("the server says nothing about the fields of {}", kind.kind)))?;
    let explained = explain(&schema, path).map_err(|error| {
        let failure = Failure::failed(format!("{} has no such field: {error}", kind.kind));
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })?;
    session.printer.data(render(&kind.kind, &kind.api_version(), &explained));
    Ok(Exit::Done)
}

fn render(kind: &str, api_version: &str, explained: &Explained) -> String {
    let mut text = format!("KIND:     {kind}\nVERSION:  {api_version}\n");
    if !explained.path.is_empty() {
        let need = if explained.required { " -required-" } else { "" };
        let _ = write!(text, "\nFIELD:    {} <{}>{need}\n", explained.path, explained.kind);
    }
    let _ = write!(text, "\nDESCRIPTION:\n{}", paragraph(&explained.description, 4));
    if let Some(default) = &explained.default {
        let _ = write!(text, "\n    default: {default}");
    }
    if !explained.allowed.is_empty() {
        let _ = write!(text, "\n    one of: {}", explained.allowed.join(", "));
    }
    if !explained.aliases.is_empty() {
        let _ = write!(text, "\n    also read as: {}", explained.aliases.join(", "));
    }
    if !explained.fields.is_empty() {
        text.push_str("\n\nFIELDS:");
    }
    for field in &explained.fields {
        let need = if field.required { " -required-" } else { "" };
        let _ = write!(text, "\n  {} <{}>{need}\n{}", field.name, field.kind, paragraph(&field.description, 4));
        if !field.allowed.is_empty() {
            let _ = write!(text, "\n    one of: {}", field.allowed.join(", "));
        }
        text.push('\n');
    }
    text
}

/// Text in lines of at most 100 characters.
fn paragraph(text: &str, indent: usize) -> String {
    let pad = " ".repeat(indent);
    let mut lines = vec![pad.clone()];
    for word in if text.is_empty() { "<empty>" } else { text }.split_whitespace() {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > indent && last + 1 + word.chars().count() > 100 {
            lines.push(pad.clone());
        }
        if let Some(line) = lines.last_mut() {
            if line.len() > indent {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use causeway_core::schema::explain;

    use super::render;

    #[test]
    fn explains_a_field_with_what_it_allows() {
        let kinds = causeway_kinds::builtin();
        let claim = kinds.iter().find(|k| k.definition.kind == "Claim").unwrap();
        let schema = &claim.definition.storage_version().schema;
        insta::assert_snapshot!(render("Claim", "platform.causeway.dev/v1", &explain(schema, "spec.size").unwrap()), @r"
        KIND:     Claim
        VERSION:  platform.causeway.dev/v1

        FIELD:    spec.size <string>

        DESCRIPTION:
            One of the sizes of the type.
            also read as: tier
        ");
    }
}
