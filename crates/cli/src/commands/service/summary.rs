//! What a user has once a service is made: addresses, repository, secrets, and where to look next.

use causeway_core::DEFAULT_NAMESPACE;
use causeway_kinds::application::Application;

use crate::output;

/// The lines, aligned.
pub(super) fn of(application: &Application, server: &str) -> String {
    let (name, namespace, status) = (application.name(), application.namespace(), &application.status);
    let environment = &application.spec.environment;
    let in_namespace = if namespace == DEFAULT_NAMESPACE { String::new() } else { format!(" -n {namespace}") };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut add = |label: &str, value: String| {
        if !value.is_empty() {
            rows.push(vec![format!("  {label}"), value]);
        }
    };
    add("address", status.url.clone());
    let clone = if status.remote_url.is_empty() { String::new() } else { format!("git clone {}", status.remote_url) };
    add("repository", clone);
    for secret in &status.secrets {
        add("secret", format!("{secret}   (platform secret get {secret} --env {environment}{in_namespace})"));
    }
    add("catalog", status.component.clone());
    add("portal", format!("{server}/catalog/{namespace}/component/{name}"));
    if !status.url.is_empty() {
        add("logs", format!("platform logs {name} --env {environment}{in_namespace} -f"));
    }
    if application.spec.delivery.ci && !application.spec.delivery.cd {
        add("deploy", format!("platform deploy {name} --env {environment}{in_namespace}"));
    }
    format!("{name} is ready\n{}", output::columns(&rows))
}

#[cfg(test)]
mod tests {
    use causeway_core::Metadata;
    use causeway_kinds::application::{Application, ApplicationSpec};

    use super::of;

    #[test]
    fn names_everything_that_the_user_now_has() {
        let mut application =
            Application::new(Metadata::named("default", "payment-service"), ApplicationSpec::default());
        application.status.url = "http://payment-service.dev.localhost:7080".into();
        application.status.remote_url = "http://127.0.0.1:7007/git/payment-service.git".into();
        application.status.secrets = vec!["db/payment-service".into()];
        application.status.component = "component:default/payment-service".into();
        insta::assert_snapshot!(of(&application, "http://127.0.0.1:7007"), @r"
        payment-service is ready
          address      http://payment-service.dev.localhost:7080
          repository   git clone http://127.0.0.1:7007/git/payment-service.git
          secret       db/payment-service   (platform secret get db/payment-service --env dev)
          catalog      component:default/payment-service
          portal       http://127.0.0.1:7007/catalog/default/component/payment-service
          logs         platform logs payment-service --env dev -f
        ");
    }
}
