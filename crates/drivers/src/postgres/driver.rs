//! Makes and destroys databases.

use std::collections::BTreeMap;

use async_trait::async_trait;
use causeway_secrets::SecretText;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio_postgres::Client;

use super::admin::{connect, execute, exists, identifier, literal};
use super::{BuiltInServer, ServerAddress};
use crate::{Applied, DriverError, ErrorClass, Observed, Operation, Output, ResourceDriver};

/// PostgreSQL's limit for names, in bytes.
const LONGEST_NAME: usize = 63;
/// Written on everything that this driver makes, so that what no claim owns can be found.
const MARK: &str = "causeway claim ";
const ROLE_EXISTS: &str = "SELECT 1 FROM pg_roles WHERE rolname = $1";
const DATABASE_EXISTS: &str = "SELECT 1 FROM pg_database WHERE datname = $1";

/// Claims of the type `postgres`.
pub struct PostgresDriver {
    built_in: Option<BuiltInServer>,
}

impl PostgresDriver {
    /// With the platform's own server for recipes that name no other.
    pub fn new(built_in: Option<BuiltInServer>) -> Self {
        Self { built_in }
    }

    async fn address(&self, operation: &Operation) -> Result<ServerAddress, DriverError> {
        let input = |name: &str| operation.inputs.get(name).and_then(Value::as_str).filter(|v| !v.is_empty());
        let Some(host) = input("host") else {
            let built_in = self.built_in.as_ref().ok_or_else(|| {
                DriverError::new(ErrorClass::Invalid, "NoServer", "the recipe names no PostgreSQL server")
                    .hint("set the inputs host, port, username and password on the recipe")
            })?;
            return built_in.address().await;
        };
        let port =
            operation.inputs.get("port").and_then(Value::as_u64).and_then(|p| u16::try_from(p).ok()).unwrap_or(5432);
        let password = operation.known.get("adminPassword").cloned().unwrap_or_else(|| SecretText::new(""));
        Ok(ServerAddress {
            host: host.into(),
            port,
            username: input("username").unwrap_or("postgres").into(),
            password,
        })
    }
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> &'a str {
    map.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// `<purpose>_<environment>[_<namespace>]` in the alphabet of unquoted names; a digest of the whole keeps long or similar names apart.
fn derived_name(operation: &Operation) -> String {
    let spelled = if operation.namespace == causeway_core::DEFAULT_NAMESPACE {
        format!("{}_{}", operation.purpose, operation.environment)
    } else {
        format!("{}_{}_{}", operation.purpose, operation.environment, operation.namespace)
    };
    let plain: String =
        spelled.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let digest = hex::encode(&Sha256::digest(format!("{}/{}", operation.namespace, operation.claim))[..4]);
    let room = LONGEST_NAME - digest.len() - 1;
    format!("{}_{digest}", plain.get(..plain.len().min(room)).unwrap_or(&plain))
}

#[async_trait]
impl ResourceDriver for PostgresDriver {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn validate(&self, operation: &Operation) -> Result<(), DriverError> {
        match operation.inputs.get("connectionLimit") {
            Some(limit) if limit.as_i64().is_none_or(|n| n < 1) => Err(DriverError::new(
                ErrorClass::Invalid,
                "BadInput",
                format!("the recipe's connectionLimit is {limit}, which is not a positive number"),
            )),
            _ => Ok(()),
        }
    }

    fn derive(&self, operation: &Operation) -> Map<String, Value> {
        let name = derived_name(operation);
        Map::from_iter([("database".to_owned(), json!(name)), ("role".to_owned(), json!(name))])
    }

    async fn apply(&self, operation: &Operation) -> Result<Applied, DriverError> {
        let address = self.address(operation).await?;
        let admin = connect(&address, "postgres").await?;
        let (database, role) = (text(&operation.handle, "database"), text(&operation.handle, "role"));
        let password = operation.known.get("password").cloned().unwrap_or_else(SecretText::generate);
        make_role(&admin, role, &password, operation).await?;
        if !exists(&admin, DATABASE_EXISTS, database).await? {
            let statement = format!("CREATE DATABASE {} OWNER {}", identifier(database), identifier(role));
            let made = execute(&admin, &format!("create the database {database}"), &statement).await;
            // two attempts at once: the other one made it
            if made.is_err() && !exists(&admin, DATABASE_EXISTS, database).await? {
                made?;
            }
        }
        let mark = literal(&format!("{MARK}{}/{}", operation.namespace, operation.claim));
        let database_id = identifier(database);
        let statement = format!(
            "COMMENT ON DATABASE {database_id} IS {mark}; REVOKE ALL ON DATABASE {database_id} FROM PUBLIC; GRANT ALL ON DATABASE {database_id} TO {}",
            identifier(role)
        );
        execute(&admin, &format!("close the database {database} to others"), &statement).await?;
        Ok(Applied { outputs: outputs(&address, database, role, &password) })
    }

    async fn observe(&self, operation: &Operation) -> Result<Observed, DriverError> {
        let address = self.address(operation).await?;
        let admin = connect(&address, "postgres").await?;
        let role = exists(&admin, ROLE_EXISTS, text(&operation.handle, "role")).await?;
        let database = exists(&admin, DATABASE_EXISTS, text(&operation.handle, "database")).await?;
        let missing = |what: &str| Observed::Drifted(vec![(what.into(), "there".into(), "missing".into())]);
        Ok(match (role, database) {
            (true, true) => Observed::Present,
            (false, false) => Observed::Absent,
            (true, false) => missing("database"),
            (false, true) => missing("role"),
        })
    }

    async fn destroy(&self, operation: &Operation) -> Result<(), DriverError> {
        let (database, role) = (text(&operation.handle, "database"), text(&operation.handle, "role"));
        if database.is_empty() || role.is_empty() {
            return Ok(());
        }
        let address = self.address(operation).await?;
        let admin = connect(&address, "postgres").await?;
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(database));
        execute(&admin, &format!("drop the database {database}"), &drop).await?;
        let drop = format!("DROP ROLE IF EXISTS {}", identifier(role));
        execute(&admin, &format!("drop the role {role}"), &drop).await
    }

    async fn inventory(&self) -> Result<Vec<Map<String, Value>>, DriverError> {
        let Some(built_in) = &self.built_in else { return Ok(Vec::new()) };
        if !built_in.exists() {
            return Ok(Vec::new());
        }
        let admin = connect(&built_in.address().await?, "postgres").await?;
        let query = "SELECT d.datname::text, shobj_description(d.oid, 'pg_database') FROM pg_database d \
                     WHERE shobj_description(d.oid, 'pg_database') LIKE 'causeway claim %'";
        let rows = admin.query(query, &[]).await.map_err(|e| {
            DriverError::new(ErrorClass::Transient, "PostgresFailed", "PostgreSQL could not list its databases")
                .caused_by(e)
        })?;
        let entry = |row: &tokio_postgres::Row| {
            let (database, mark): (String, String) = (row.get(0), row.get(1));
            let claim = mark.strip_prefix(MARK).unwrap_or_default().to_owned();
            Map::from_iter([
                ("database".to_owned(), json!(database)),
                ("role".to_owned(), json!(database)),
                ("claim".to_owned(), json!(claim)),
            ])
        };
        Ok(rows.iter().map(entry).collect())
    }
}

/// The role, with its password and limits as they should be.
async fn make_role(
    admin: &Client,
    role: &str,
    password: &SecretText,
    operation: &Operation,
) -> Result<(), DriverError> {
    let limit = operation.inputs.get("connectionLimit").and_then(Value::as_i64).unwrap_or(-1);
    let settings = format!(
        "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION CONNECTION LIMIT {limit} PASSWORD {}",
        literal(password.reveal())
    );
    let verb = if exists(admin, ROLE_EXISTS, role).await? { "ALTER" } else { "CREATE" };
    let name = identifier(role);
    let made = execute(admin, &format!("make the role {role}"), &format!("{verb} ROLE {name} {settings}")).await;
    match made {
        // two attempts at once: the other one made it, so that now it is there to be altered
        Err(_) if verb == "CREATE" && exists(admin, ROLE_EXISTS, role).await? => {
            execute(admin, &format!("make the role {role}"), &format!("ALTER ROLE {name} {settings}")).await
        }
        done => done,
    }
}

fn outputs(address: &ServerAddress, database: &str, role: &str, password: &SecretText) -> BTreeMap<String, Output> {
    let plain = |text: &str| Output::Plain(text.to_owned());
    let uri = format!("postgresql://{role}:{}@{}:{}/{database}", password.reveal(), address.host, address.port);
    BTreeMap::from([
        ("host".to_owned(), plain(&address.host)),
        ("port".to_owned(), plain(&address.port.to_string())),
        ("name".to_owned(), plain(database)),
        ("database".to_owned(), plain(database)),
        ("username".to_owned(), plain(role)),
        ("password".to_owned(), Output::Secret(password.clone())),
        ("uri".to_owned(), Output::Secret(SecretText::new(uri))),
    ])
}
