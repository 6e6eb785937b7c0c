//! One file per kind: spec, status, defaults, validation, columns.
//!
//! Nothing here does I/O. What can be said of a kind by its schema is said there, through the doc comments and hints of
//! its structs; [`Kind`] adds what a schema cannot say. [`builtin`] lists every kind that is compiled in.

mod compute;
mod definition;
mod hint;
mod kind;
mod open;
mod rule;
mod status;

pub mod application;
pub mod catalog;
pub mod claim;
pub mod cluster;
pub mod defaults;
pub mod deployment;
pub mod environment;
pub mod golden_path;
pub mod kubernetes;
pub mod plan;
pub mod platform_configuration;
pub mod recipe;
pub mod reference;
pub mod release;
pub mod repository;
pub mod resource_type;
pub mod run;
pub mod source;
pub mod workload;

pub use compute::ComputeResources;
pub use kind::{Kind, distinct};
pub use reference::ObjectReference;
pub use resource_type::normalise_type;

/// Every kind that is compiled in.
///
/// # Panics
///
/// Where two kinds of a group go by the same name.
pub fn builtin() -> Vec<Kind> {
    distinct(vec![
        application::kind(),
        workload::kind(),
        environment::kind(),
        repository::kind(),
        source::kind(),
        resource_type::kind(),
        recipe::kind(),
        claim::kind(),
        release::kind(),
        deployment::kind(),
        plan::kind(),
        run::kind(),
        cluster::kind(),
        golden_path::kind(),
        platform_configuration::kind(),
        open::action(),
        open::incident(),
        open::feedback(),
        open::survey(),
        open::assessment(),
        open::budget(),
        open::exemption(),
        open::policy(),
        open::scorecard(),
        catalog::component::kind(),
        catalog::api::kind(),
        catalog::resource::kind(),
        catalog::system::kind(),
        catalog::domain::kind(),
        catalog::group::kind(),
        catalog::user::kind(),
        catalog::location::kind(),
        catalog::template::kind(),
        kubernetes::namespace::kind(),
        kubernetes::event::kind(),
        kubernetes::lease::kind(),
        kubernetes::config_map::kind(),
        kubernetes::secret::kind(),
        kubernetes::service_account::kind(),
        kubernetes::rbac::role(),
        kubernetes::rbac::cluster_role(),
        kubernetes::rbac::role_binding(),
        kubernetes::rbac::cluster_role_binding(),
    ])
}
