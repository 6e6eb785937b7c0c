//! `platform login`: remembers a server and its token, and signs a browser in.

use std::io::Read as _;

use clap::Args;
use serde_json::json;

use super::browser;
use crate::client::{Address, Call, Client, Connection};
use crate::contexts::{self, Context};
use crate::failure::Outcome;
use crate::{Exit, Failure, Session};

#[derive(Args, Debug)]
pub(crate) struct Login {
    /// Print the sign-in link and open nothing
    #[arg(long)]
    print_link: bool,
    /// Read the token from standard input
    #[arg(long)]
    token_stdin: bool,
    /// Name under which the server is remembered; its host by default
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

pub(crate) async fn run(args: Login, session: &Session) -> Outcome {
    let mut connection = session.connection.clone();
    if args.token_stdin {
        let mut text = String::new();
        std::io::stdin()
            .lock()
            .read_to_string(&mut text)
            .map_err(|e| Failure::failed("standard input could not be read").because(e))?;
        text.trim().clone_into(&mut connection.token);
    }
    let client = Client::new(&connection)?;
    let caller = client.value(Call::get(Address::of("/whoami"))).await?;
    remember(&args, &connection, session)?;
    let answer = client.value(Call::post(Address::of("/login/link"), json!({}))).await?;
    let url = answer["url"].as_str().ok_or_else(|| Failure::failed("the server gave no sign-in link"))?;
    if !args.print_link {
        session.printer.say(format!(
            "signed in as {}; this link signs a browser in, once:",
            caller["user"].as_str().unwrap_or_default()
        ));
    }
    session.printer.data(url);
    if !args.print_link && session.printer.is_interactive() {
        browser::open(url);
    }
    Ok(Exit::Done)
}

/// Writes a context, unless the current one says the same.
fn remember(args: &Login, connection: &Connection, session: &Session) -> Result<(), Failure> {
    let Some(file) = &session.contexts_file else { return Ok(()) };
    let failed = |e| Failure::failed("the server could not be remembered").because(e);
    let known = contexts::load(file).map_err(failed)?;
    let old = known.of_server(&connection.server);
    let name = args.context.clone().or_else(|| old.map(|c| c.name.clone())).unwrap_or_else(|| host(&connection.server));
    let same =
        known.current().is_some_and(|c| c.name == name && c.server == connection.server && c.token == connection.token);
    if same {
        return Ok(());
    }
    let namespace = old.map(|c| c.namespace.clone()).unwrap_or_default();
    let context = Context {
        name,
        server: connection.server.clone(),
        token: connection.token.clone(),
        ca: connection.ca.clone(),
        namespace,
    };
    contexts::save(file, context).map_err(failed)
}

fn host(server: &str) -> String {
    let url = url::Url::parse(server).ok();
    url.and_then(|u| u.host_str().map(str::to_owned)).unwrap_or_else(|| "default".to_owned())
}
