//! HTTP: the resource API and what stands beside it on the same port.
//!
//! No kind has code here: every request on resources is answered from the kind's definition. Every route is behind
//! authentication and authorization but the few that are listed as open in [`gate`].

pub mod answer;
pub mod app;
pub mod gate;
mod request;
pub mod routes;
pub mod server;
mod tls;

pub use app::{App, AppParts};
pub use gate::Caller;
pub use server::{Server, ServerError};
pub use tls::{Certificate, CertificateError};
