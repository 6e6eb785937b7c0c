//! What every command starts from: settings, resolved once from options, environment and contexts.

use std::path::PathBuf;

use clap::Args;

use crate::client::{Client, Connection};
use crate::contexts::{self, Context, Contexts};
use crate::{Failure, Printer};

/// The address of a server that says nothing else.
const USUAL_SERVER: &str = "http://127.0.0.1:7007";

/// Options of every command that talks to a server.
#[derive(Args, Clone, Default)]
pub struct Globals {
    /// Address of the server; the current context's by default
    #[arg(long, global = true, env = "PLATFORM_SERVER", value_name = "URL", help_heading = "Server")]
    pub server: Option<String>,
    /// Token for the server
    #[arg(
        long,
        global = true,
        env = "PLATFORM_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        help_heading = "Server"
    )]
    pub token: Option<String>,
    /// Namespace
    #[arg(short, long, global = true, value_name = "NAMESPACE", help_heading = "Server")]
    pub namespace: Option<String>,
}

impl std::fmt::Debug for Globals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Globals")
            .field("server", &self.server)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}

/// Resolved settings, and somebody to talk to.
pub struct Session {
    /// How the server is reached.
    pub(crate) connection: Connection,
    /// The namespace where none is named.
    pub(crate) namespace: String,
    /// Whether the namespace was named on the command line.
    pub(crate) is_namespace_given: bool,
    /// Where contexts are kept; none without a home folder.
    pub(crate) contexts_file: Option<PathBuf>,
    /// Where everything is printed.
    pub(crate) printer: Printer,
}

impl Session {
    /// From options, then the environment (which clap has read already), then contexts.
    pub fn open(globals: &Globals, printer: Printer) -> Result<Self, Failure> {
        Self::with_contexts(globals, contexts::path(), printer)
    }

    /// The same with the contexts of a file.
    pub(crate) fn with_contexts(globals: &Globals, file: Option<PathBuf>, printer: Printer) -> Result<Self, Failure> {
        let known = match &file {
            Some(file) => contexts::load(file)
                .map_err(|e| Failure::failed("the contexts of this user could not be used").because(e))?,
            None => Contexts::default(),
        };
        let context = context(globals, &known);
        let given = globals.namespace.clone().filter(|n| !n.is_empty());
        let namespace = given.clone().or_else(|| Some(context.namespace.clone()).filter(|n| !n.is_empty()));
        Ok(Self {
            connection: Connection { server: context.server, token: context.token, ca: context.ca },
            namespace: namespace.unwrap_or_else(|| causeway_core::DEFAULT_NAMESPACE.to_owned()),
            is_namespace_given: given.is_some(),
            contexts_file: file,
            printer,
        })
    }

    /// A client of the server.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        Ok(Client::new(&self.connection)?)
    }
}

/// The context that a command works in. A token is only ever sent to the server that it was saved for, or that was named
/// together with it.
fn context(globals: &Globals, known: &Contexts) -> Context {
    let found = match &globals.server {
        Some(server) => {
            known.of_server(server).cloned().unwrap_or_else(|| Context { server: server.clone(), ..Context::default() })
        }
        None => {
            known.current().cloned().unwrap_or_else(|| Context { server: USUAL_SERVER.into(), ..Context::default() })
        }
    };
    match &globals.token {
        Some(token) => Context { token: token.clone(), ..found },
        None => found,
    }
}

#[cfg(test)]
mod tests {
    use super::{Globals, context};
    use crate::contexts::{Context, Contexts};

    #[test]
    fn sends_a_saved_token_to_its_own_server_alone() {
        let saved =
            Context { name: "a".into(), server: "http://a:7007".into(), token: "t".into(), ..Context::default() };
        let known = Contexts { current: "a".into(), contexts: vec![saved] };
        let asked = |server: Option<&str>, token: Option<&str>| {
            let globals = Globals { server: server.map(Into::into), token: token.map(Into::into), namespace: None };
            let found = context(&globals, &known);
            (found.server, found.token)
        };
        assert_eq!(asked(None, None), ("http://a:7007".into(), "t".into()));
        assert_eq!(asked(Some("http://a:7007/"), None), ("http://a:7007".into(), "t".into()));
        assert_eq!(asked(Some("http://evil.test"), None), ("http://evil.test".into(), String::new()));
        assert_eq!(asked(Some("http://b"), Some("u")), ("http://b".into(), "u".into()));
        assert_eq!(asked(None, Some("u")), ("http://a:7007".into(), "u".into()));
    }
}
