//! `platform kubeconfig`: the same server for `kubectl`, over TLS, since `kubectl` sends no token without.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use causeway_core::yaml::to_yaml;
use clap::Args;
use serde_json::json;
use url::Url;

use crate::client::{self, Connection};
use crate::failure::Outcome;
use crate::{Exit, Failure, Session};

#[derive(Args, Debug)]
pub(crate) struct Kubeconfig {
    /// The certificate that the server is known by, in PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<String>,
}

pub(crate) async fn run(args: Kubeconfig, session: &Session) -> Outcome {
    let connection = &session.connection;
    let server = secure(&connection.server)?;
    let ca = match &args.ca {
        Some(ca) => Connection { ca: ca.clone(), ..Connection::default() }.ca_pem()?,
        // a context may name a file that is gone, or that only the server's user can read
        None => match connection.ca_pem() {
            Ok(Some(pem)) => Some(pem),
            Ok(None) | Err(_) => client::certificate_of(&server).await?,
        },
    };
    session.printer.raw(&render(&server, ca.as_deref(), &connection.token, &session.namespace));
    Ok(Exit::Done)
}

/// The address with TLS; it is the same port.
fn secure(server: &str) -> Result<Url, Failure> {
    let mut url =
        Url::parse(server).map_err(|_| Failure::usage(format!("{server:?} is not the address of a server")))?;
    let port = url.port_or_known_default();
    // neither can fail for an address of http or https
    let _ = url.set_scheme("https");
    let _ = url.set_port(port);
    Ok(url)
}

fn render(server: &Url, ca: Option<&str>, token: &str, namespace: &str) -> String {
    let mut cluster = json!({"server": server.as_str().trim_end_matches('/')});
    if let Some(pem) = ca {
        cluster["certificate-authority-data"] = STANDARD.encode(pem).into();
    }
    to_yaml(&json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "causeway", "preferences": {},
        "clusters": [{"name": "causeway", "cluster": cluster}],
        "users": [{"name": "causeway", "user": {"token": token}}],
        "contexts": [{"name": "causeway", "context": {"cluster": "causeway", "user": "causeway", "namespace": namespace}}],
    }))
}

#[cfg(test)]
mod tests {
    use super::{render, secure};

    #[test]
    fn gives_kubectl_the_secure_address_of_the_same_port() {
        let shown = render(&secure("http://127.0.0.1:7007").unwrap(), Some("PEM"), "secret", "default");
        insta::assert_snapshot!(shown, @r"
        apiVersion: v1
        clusters:
        - cluster:
            certificate-authority-data: UEVN
            server: https://127.0.0.1:7007
          name: causeway
        contexts:
        - context:
            cluster: causeway
            namespace: default
            user: causeway
          name: causeway
        current-context: causeway
        kind: Config
        preferences: {}
        users:
        - name: causeway
          user:
            token: secret
        ");
        assert_eq!(secure("http://platform.test").unwrap().as_str(), "https://platform.test:80/");
    }
}
