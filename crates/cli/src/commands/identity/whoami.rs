//! `platform whoami`: in whose name commands are carried out.

use clap::Args;

use crate::client::{Address, Call};
use crate::failure::Outcome;
use crate::output::{self, Style, cell};
use crate::{Exit, Session};

#[derive(Args, Debug)]
pub(crate) struct Whoami {
    /// How it is printed
    #[arg(short, long, value_enum, default_value_t)]
    output: Style,
}

pub(crate) async fn run(args: Whoami, session: &Session) -> Outcome {
    let client = session.client()?;
    let caller = client.value(Call::get(Address::of("/whoami"))).await?;
    session.printer.data(match args.output {
        Style::Json => output::json(&caller),
        Style::Text => {
            let groups: Vec<String> = caller["groups"].as_array().into_iter().flatten().map(cell).collect();
            let member = if groups.is_empty() { String::new() } else { format!(" ({})", groups.join(", ")) };
            format!("{}{member} at {}", caller["user"].as_str().unwrap_or_default(), client.server())
        }
    });
    Ok(Exit::Done)
}
