//! What is admitted can be read through its Rust type, and written again without loss.

use causeway_core::{Object, Resource, Spec};
use causeway_kinds::kubernetes::{Body, Flat};
use causeway_kinds::{application, catalog, claim, cluster, deployment, environment, golden_path, kubernetes, plan};
use causeway_kinds::{platform_configuration, recipe, release, repository, resource_type, run, source, workload};
use serde::Deserialize;
use serde_json::Value;

use crate::admission::Admission;

#[derive(Deserialize)]
struct Golden {
    admits: Vec<Value>,
}

fn admitted(resource: &str) -> Vec<Object> {
    let path = format!("{}/tests/kinds/golden/{resource}.yaml", env!("CARGO_MANIFEST_DIR"));
    let golden: Golden = serde_saphyr::from_str(&std::fs::read_to_string(&path).expect("readable")).expect("YAML");
    let admission = Admission::shared();
    golden.admits.iter().map(|document| admission.admit(document, None).expect("admitted")).collect()
}

fn check<S: Spec>() {
    for mut object in admitted(&S::resource().to_string()) {
        let typed = Resource::<S>::from_object(&object).unwrap_or_else(|error| panic!("{}: {error}", S::KIND));
        let mut written = typed.to_object();
        for side in [&mut object, &mut written] {
            side.set(&["status"], Value::Null);
        }
        assert_eq!(written, object, "{}", S::KIND);
    }
}

fn check_flat<B: Body>() {
    for object in admitted(&B::resource().to_string()) {
        let typed = Flat::<B>::from_object(&object).unwrap_or_else(|error| panic!("{}: {error}", B::KIND));
        assert_eq!(typed.to_object(), object, "{}", B::KIND);
    }
}

#[test]
fn specs_are_read_and_written_without_loss() {
    check::<application::ApplicationSpec>();
    check::<workload::WorkloadSpec>();
    check::<environment::EnvironmentSpec>();
    check::<repository::RepositorySpec>();
    check::<source::SourceSpec>();
    check::<resource_type::ResourceTypeSpec>();
    check::<recipe::RecipeSpec>();
    check::<claim::ClaimSpec>();
    check::<release::ReleaseSpec>();
    check::<deployment::DeploymentSpec>();
    check::<plan::PlanSpec>();
    check::<run::RunSpec>();
    check::<cluster::ClusterSpec>();
    check::<golden_path::GoldenPathSpec>();
    check::<platform_configuration::PlatformConfigurationSpec>();
    check::<catalog::component::ComponentSpec>();
    check::<catalog::api::ApiSpec>();
    check::<catalog::resource::ResourceSpec>();
    check::<catalog::system::SystemSpec>();
    check::<catalog::domain::DomainSpec>();
    check::<catalog::group::GroupSpec>();
    check::<catalog::user::UserSpec>();
    check::<catalog::location::LocationSpec>();
    check::<catalog::template::TemplateSpec>();
    check::<kubernetes::namespace::NamespaceSpec>();
}

#[test]
fn bodies_are_read_and_written_without_loss() {
    check_flat::<kubernetes::event::EventBody>();
    check_flat::<kubernetes::lease::LeaseBody>();
    check_flat::<kubernetes::config_map::ConfigMapBody>();
    check_flat::<kubernetes::secret::SecretBody>();
    check_flat::<kubernetes::service_account::ServiceAccountBody>();
    check_flat::<kubernetes::rbac::RoleBody>();
    check_flat::<kubernetes::rbac::ClusterRoleBody>();
    check_flat::<kubernetes::rbac::RoleBindingBody>();
    check_flat::<kubernetes::rbac::ClusterRoleBindingBody>();
}
