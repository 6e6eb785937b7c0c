//! Claims of the type `postgres`: a role and a database on a server.
//!
//! The server is the recipe's: by default one that the platform starts itself from the system's binaries ([`BuiltInServer`]),
//! otherwise the one that the inputs `host`, `port`, `username` and `passwordSecret` name.

mod admin;
mod driver;
mod server;

pub use driver::PostgresDriver;
pub use server::{BuiltInServer, ServerAddress, ServerOptions, server_user};
