//! What exists after the first start: namespaces, the local cluster with an environment on it, what can be claimed there,
//! and the roles that people are given.
//!
//! These are wanted states alone; the server makes each once and never overwrites what somebody made of it.

mod access;

pub use access::ADMINISTRATORS;

use causeway_core::{DEFAULT_NAMESPACE, Metadata, Object, Resource, Spec};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::cluster::{ClusterSpec, ClusterType};
use crate::definition::strings;
use crate::environment::EnvironmentSpec;
use crate::kubernetes::namespace::NamespaceSpec;
use crate::recipe::{Cost, RecipeSpec};
use crate::resource_type::{DeletionPolicy, Output, ResourceClass, ResourceTypeSpec};

/// The namespace of the platform's own affairs.
pub const PLATFORM_NAMESPACE: &str = "platform";
/// The environment that is there from the start.
pub const FIRST_ENVIRONMENT: &str = "dev";
/// The cluster that is there from the start.
pub const LOCAL_CLUSTER: &str = "local";

/// All of them, each after what it needs.
pub fn objects() -> Vec<Object> {
    let mut objects = vec![
        cluster_scoped(DEFAULT_NAMESPACE, NamespaceSpec::default()),
        cluster_scoped(PLATFORM_NAMESPACE, NamespaceSpec::default()),
        cluster_scoped(LOCAL_CLUSTER, ClusterSpec { r#type: ClusterType::Local, ..ClusterSpec::default() }),
        wanted(Metadata::named(DEFAULT_NAMESPACE, FIRST_ENVIRONMENT), first_environment()),
        cluster_scoped("postgres", postgres()),
        cluster_scoped("sqlite", sqlite()),
        cluster_scoped("postgres-local", postgres_local()),
        cluster_scoped("sqlite-file", sqlite_file()),
    ];
    objects.extend(access::objects());
    objects
}

fn cluster_scoped<S: Spec>(name: &str, spec: S) -> Object {
    wanted(Metadata::named("", name), spec)
}

/// The object without a status: that is for controllers to say.
fn wanted<S: Spec>(metadata: Metadata, spec: S) -> Object {
    let mut object = Resource::new(metadata, spec).to_object();
    object.set(&["status"], Value::Null);
    object
}

fn first_environment() -> EnvironmentSpec {
    EnvironmentSpec {
        display_name: "Development".into(),
        r#type: "dev".into(),
        cluster: LOCAL_CLUSTER.into(),
        ..EnvironmentSpec::default()
    }
}

fn postgres() -> ResourceTypeSpec {
    ResourceTypeSpec {
        description: "A PostgreSQL database with a role of its own.".into(),
        aliases: strings(&["postgresql"]),
        class: ResourceClass::Database,
        sizes: strings(&["small", "medium", "large"]),
        versions: strings(&["14", "15", "16", "17", "18"]),
        outputs: vec![
            output("host", "Host name or address of the server."),
            output("port", "Port of the server."),
            output("name", "Name of the database."),
            output("database", "Name of the database, once more."),
            output("username", "The role."),
            secret_output("password", "The password of the role."),
            secret_output("uri", "All of it in one address: `postgresql://…`."),
        ],
        deletion_policy: DeletionPolicy::Delete,
        ..ResourceTypeSpec::default()
    }
}

fn sqlite() -> ResourceTypeSpec {
    ResourceTypeSpec {
        description: "An SQLite database: one file, for one replica. Given only to those who ask for it by name."
            .into(),
        class: ResourceClass::Database,
        outputs: vec![
            output("path", "Path of the file."),
            output("name", "Name of the database."),
            output("database", "Name of the database, once more."),
            output("uri", "The path as an address: `sqlite:///…`."),
        ],
        deletion_policy: DeletionPolicy::Delete,
        ..ResourceTypeSpec::default()
    }
}

fn postgres_local() -> RecipeSpec {
    let size = |connections: i64| object(json!({"connectionLimit": connections}));
    RecipeSpec {
        resource_type: "postgres".into(),
        driver: "postgres".into(),
        inputs: object(json!({"server": "built-in", "connectionLimit": 20})),
        sizes: IndexMap::from([
            ("small".to_owned(), size(20)),
            ("medium".to_owned(), size(50)),
            ("large".to_owned(), size(100)),
        ]),
        cost: free(),
        ..RecipeSpec::default()
    }
}

fn sqlite_file() -> RecipeSpec {
    RecipeSpec { resource_type: "sqlite".into(), driver: "sqlite".into(), cost: free(), ..RecipeSpec::default() }
}

/// What runs on this machine costs nothing more.
fn free() -> Option<Cost> {
    Some(Cost { monthly: 0.0, currency: String::new() })
}

fn output(name: &str, description: &str) -> Output {
    Output { name: name.into(), secret: false, description: description.into() }
}

fn secret_output(name: &str, description: &str) -> Output {
    Output { secret: true, ..output(name, description) }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
