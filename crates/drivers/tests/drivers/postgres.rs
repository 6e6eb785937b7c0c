//! Claims of the type `postgres` on a server that the platform starts itself.

use std::collections::BTreeMap;

use causeway_drivers::postgres::{BuiltInServer, PostgresDriver, ServerOptions, server_user};
use causeway_drivers::{Applied, ErrorClass, Observed, Operation, ResourceDriver};
use causeway_sandbox::Sandbox;
use causeway_secrets::SecretText;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

use crate::bench::{EXE, holders};

struct World {
    folder: TempDir,
    server: BuiltInServer,
    driver: PostgresDriver,
}

impl World {
    fn new() -> Option<Self> {
        if BuiltInServer::find_binaries().is_none() || !nix::unistd::geteuid().is_root() {
            eprintln!("SKIPPED: PostgreSQL and root are needed to run a server as another user");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let (server, driver) = server_in(&folder);
        Some(Self { folder, server, driver })
    }

    async fn make(&self, operation: &mut Operation) -> Applied {
        operation.handle = self.driver.derive(operation);
        let applied = self.driver.apply(operation).await.unwrap();
        operation.known = applied.outputs.iter().map(|(k, v)| (k.clone(), SecretText::new(v.reveal()))).collect();
        applied
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for (_, pid) in holders(self.folder.path()) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL);
        }
    }
}

fn server_in(folder: &TempDir) -> (BuiltInServer, PostgresDriver) {
    let options =
        ServerOptions { folder: folder.path().join("postgres"), binaries: None, user: server_user(), port: None };
    let server = BuiltInServer::new(options, Sandbox::new(EXE));
    (server.clone(), PostgresDriver::new(Some(server)))
}

fn operation(purpose: &str) -> Operation {
    Operation {
        op_id: "1".into(),
        namespace: "default".into(),
        environment: "dev".into(),
        claim: format!("db-{purpose}.dev"),
        purpose: purpose.into(),
        uid: "u-1".into(),
        resource_type: "postgres".into(),
        size: "small".into(),
        version: String::new(),
        parameters: Map::new(),
        inputs: Map::new(),
        handle: Map::new(),
        known: BTreeMap::new(),
    }
}

async fn connect_to(applied: &Applied, database: &str) -> Result<Client, tokio_postgres::Error> {
    let output = |name: &str| applied.outputs[name].reveal();
    let mut config = tokio_postgres::Config::new();
    config.host(output("host")).port(output("port").parse().unwrap()).user(output("username"));
    config.password(output("password")).dbname(database);
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn rows(client: &Client, query: &str) -> Vec<String> {
    client.query(query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_is_a_database_with_a_role_that_reaches_nothing_else() {
    let Some(world) = World::new() else { return };
    let mut shop = operation("shop");
    let first = world.make(&mut shop).await;
    let again = world.make(&mut shop).await;
    assert_eq!(first, again, "the password is made once");
    let uri = first.outputs["uri"].reveal();
    let (client, connection) = tokio_postgres::connect(uri, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("CREATE TABLE items (name text); INSERT INTO items VALUES ('pen')").await.unwrap();
    client.batch_execute("CREATE SCHEMA other; CREATE EXTENSION IF NOT EXISTS pgcrypto").await.unwrap();
    assert_eq!(rows(&client, "SELECT name FROM items").await, ["pen"]);
    assert!(client.batch_execute("CREATE DATABASE more").await.is_err());
    assert!(client.batch_execute("CREATE ROLE more").await.is_err());

    let mut till = operation("till");
    let other = world.make(&mut till).await;
    let refused = connect_to(&other, first.outputs["database"].reveal()).await.err().unwrap();
    assert!(refused.to_string().contains("db error"), "{refused}");
    assert_eq!(refused.code().unwrap().code(), "42501");
    for shared in ["postgres", "template1"] {
        assert_eq!(connect_to(&other, shared).await.err().unwrap().code().unwrap().code(), "42501", "{shared}");
    }
    let claims: Vec<Value> = world.driver.inventory().await.unwrap().into_iter().map(|e| e["claim"].clone()).collect();
    assert_eq!(claims.len(), 2);
    assert!(claims.contains(&json!("default/db-shop.dev")), "{claims:?}");
    world.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destroyed_claim_leaves_neither_database_nor_role() {
    let Some(world) = World::new() else { return };
    let mut shop = operation("shop");
    assert_eq!(world.driver.observe(&with_handle(&world, &shop)).await.unwrap(), Observed::Absent);
    let applied = world.make(&mut shop).await;
    assert_eq!(world.driver.observe(&shop).await.unwrap(), Observed::Present);
    let mut keeper = operation("keeper");
    world.make(&mut keeper).await;
    // a workload that still uses it does not hold it up
    let client = connect_to(&applied, applied.outputs["database"].reveal()).await.unwrap();
    client.batch_execute("CREATE TABLE items (name text)").await.unwrap();
    world.driver.destroy(&shop).await.unwrap();
    world.driver.destroy(&shop).await.unwrap();
    assert_eq!(world.driver.observe(&shop).await.unwrap(), Observed::Absent);
    let admin = admin(&world).await;
    let own = "SELECT rolname::text FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' ORDER BY 1";
    let keeper_name = keeper.handle["role"].as_str().unwrap();
    assert_eq!(rows(&admin, own).await, ["causeway_admin", keeper_name]);
    admin.batch_execute(&format!("DROP DATABASE \"{keeper_name}\" WITH (FORCE)")).await.unwrap();
    assert!(matches!(world.driver.observe(&keeper).await.unwrap(), Observed::Drifted(_)));
    world.make(&mut keeper).await;
    assert_eq!(world.driver.observe(&keeper).await.unwrap(), Observed::Present);
    world.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_claims_at_once_all_get_theirs() {
    let Some(world) = World::new() else { return };
    let claims: Vec<String> = (0..20).map(|number| format!("service-{number}")).collect();
    let making = claims.iter().map(|purpose| {
        let mut operation = operation(purpose);
        let world = &world;
        async move { world.make(&mut operation).await }
    });
    let made = futures::future::join_all(making).await;
    let databases: std::collections::BTreeSet<&str> = made.iter().map(|m| m.outputs["database"].reveal()).collect();
    assert_eq!(databases.len(), 20);
    for applied in &made {
        connect_to(applied, applied.outputs["database"].reveal()).await.unwrap();
    }
    world.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_outlives_the_platform_is_adopted_and_a_stopped_one_keeps_its_data() {
    let Some(world) = World::new() else { return };
    let mut shop = operation("shop");
    let applied = world.make(&mut shop).await;
    let database = applied.outputs["database"].reveal();
    let client = connect_to(&applied, database).await.unwrap();
    client.batch_execute("CREATE TABLE items (name text); INSERT INTO items VALUES ('pen')").await.unwrap();
    let before = holders(world.folder.path());
    assert_eq!(before.len(), 1, "{before:?}");

    let (successor, driver) = server_in(&world.folder);
    successor.adopt().await;
    assert_eq!(driver.observe(&shop).await.unwrap(), Observed::Present);
    assert_eq!(holders(world.folder.path()), before, "the same process");
    assert_eq!(rows(&client, "SELECT name FROM items").await, ["pen"], "its clients noticed nothing");
    successor.stop().await;
    assert_eq!(holders(world.folder.path()), Vec::new());

    let (third, driver) = server_in(&world.folder);
    let again = driver.apply(&shop).await.unwrap();
    assert_eq!(again, applied, "the same port and password");
    let client = connect_to(&again, database).await.unwrap();
    assert_eq!(rows(&client, "SELECT name FROM items").await, ["pen"]);
    kill_everything(&world);
    // without a clean end; clients come back by themselves
    let (fourth, driver) = server_in(&world.folder);
    assert_eq!(driver.observe(&shop).await.unwrap(), Observed::Present);
    fourth.stop().await;
    drop(third);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_made_says_why_without_a_password() {
    let driver = PostgresDriver::new(None);
    let error = driver.apply(&operation("shop")).await.unwrap_err();
    assert_eq!((error.class, error.reason), (ErrorClass::Invalid, "NoServer"));
    let mut elsewhere = operation("shop");
    let port = causeway_sandbox::free_port().unwrap();
    elsewhere.inputs = Map::from_iter([("host".into(), json!("127.0.0.1")), ("port".into(), json!(port))]);
    elsewhere.known = BTreeMap::from([("password".into(), SecretText::new("sesame"))]);
    let error = driver.apply(&elsewhere).await.unwrap_err();
    assert_eq!((error.class, error.reason), (ErrorClass::Transient, "PostgresUnreachable"));
    assert!(error.to_string().contains(&port.to_string()) && error.hint.is_some());
    elsewhere.inputs.insert("connectionLimit".into(), json!(0));
    assert_eq!(driver.validate(&elsewhere).unwrap_err().class, ErrorClass::Invalid);
}

#[test]
fn names_are_short_plain_and_different() {
    let driver = PostgresDriver::new(None);
    let name = |operation: &Operation| driver.derive(operation)["database"].as_str().unwrap().to_owned();
    let long = "a-very-long-name-for-a-service-that-somebody-thought-was-a-good-idea";
    let (one, two) = (operation(&format!("{long}-1")), operation(&format!("{long}-2")));
    for operation in [&one, &two, &operation("Shop"), &operation("9")] {
        let name = name(operation);
        assert!(name.len() <= 63, "{name}");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{name}");
    }
    assert_ne!(name(&one), name(&two));
    assert_ne!(name(&operation("a-b")), name(&operation("a_b")));
    let mut elsewhere = operation("shop");
    elsewhere.namespace = "team".into();
    assert_ne!(name(&operation("shop")), name(&elsewhere));
}

fn with_handle(world: &World, operation: &Operation) -> Operation {
    Operation { handle: world.driver.derive(operation), ..operation.clone() }
}

async fn admin(world: &World) -> Client {
    let address = world.server.address().await.unwrap();
    let mut config = tokio_postgres::Config::new();
    config.host(&address.host).port(address.port).user(&address.username).password(address.password.reveal());
    let (client, connection) = config.dbname("postgres").connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// As a machine does that loses its power.
fn kill_everything(world: &World) {
    while let Some((_, pid)) = holders(world.folder.path()).first() {
        let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(*pid), nix::sys::signal::Signal::SIGKILL);
        std::thread::yield_now();
    }
}
