//! Statements as the administrator. Names and passwords cannot be parameters of DDL, so names come from a narrow alphabet and
//! everything is quoted.

use std::time::Duration;

use tokio_postgres::config::{Config, SslMode};
use tokio_postgres::{Client, NoTls};

use super::ServerAddress;
use crate::{DriverError, ErrorClass};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// A connection to one database of a server.
pub(super) async fn connect(address: &ServerAddress, database: &str) -> Result<Client, DriverError> {
    let mut config = Config::new();
    config
        .host(&address.host)
        .port(address.port)
        .user(&address.username)
        .password(address.password.reveal())
        .dbname(database)
        .application_name("causeway")
        .ssl_mode(SslMode::Disable)
        .connect_timeout(CONNECT_WITHIN);
    let (client, connection) = config.connect(NoTls).await.map_err(|e| refused(address, e))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to PostgreSQL ended");
        }
    });
    Ok(client)
}

fn refused(address: &ServerAddress, error: tokio_postgres::Error) -> DriverError {
    let (host, port) = (&address.host, address.port);
    if error.as_db_error().is_some_and(|e| e.code().code().starts_with("28")) {
        let message = format!("PostgreSQL at {host}:{port} does not accept the administrator {:?}", address.username);
        return DriverError::new(ErrorClass::Denied, "PostgresDenied", message)
            .hint("correct the recipe's username and passwordSecret")
            .caused_by(error);
    }
    DriverError::new(
        ErrorClass::Transient,
        "PostgresUnreachable",
        format!("PostgreSQL at {host}:{port} refused the connection"),
    )
    .hint("start it, or point the recipe at another server")
    .caused_by(error)
}

/// A quoted identifier.
pub(super) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A quoted literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Runs one statement; the error never repeats it, since it may hold a password.
pub(super) async fn execute(client: &Client, doing: &str, statement: &str) -> Result<(), DriverError> {
    client.batch_execute(statement).await.map_err(|error| {
        let code = error.code().map(|c| c.code().to_owned()).unwrap_or_default();
        let class = match code.as_str() {
            "42501" => ErrorClass::Denied,
            code if code.starts_with("42") => ErrorClass::Invalid,
            _ => ErrorClass::Transient,
        };
        DriverError::new(class, "PostgresFailed", format!("PostgreSQL could not {doing}")).caused_by(error)
    })
}

/// Whether a query of one parameter finds a row.
pub(super) async fn exists(client: &Client, query: &str, name: &str) -> Result<bool, DriverError> {
    let row = client.query_opt(query, &[&name]).await.map_err(|error| {
        DriverError::new(ErrorClass::Transient, "PostgresFailed", "PostgreSQL could not be asked what is there")
            .caused_by(error)
    })?;
    Ok(row.is_some())
}
