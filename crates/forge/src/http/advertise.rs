//! What a repository has, told to a client before it fetches or pushes.

use axum::body::Body;
use axum::response::Response;
use http::HeaderMap;

use super::{Refusal, Service, success};
use crate::name::RepositoryName;
use crate::object::NO_OBJECT;
use crate::pktline;
use crate::push::PUSH_CAPABILITIES;
use crate::storage::Forge;

/// The version of the protocol that the client asks for, if it is one that Git knows.
pub(super) fn protocol(headers: &HeaderMap) -> Option<&'static str> {
    let asked = headers.get("git-protocol")?.to_str().ok()?;
    let is_asked = |version: &str| asked.split(':').any(|word| word == version);
    ["version=2", "version=1"].into_iter().find(|version| is_asked(version))
}

/// For a clone or fetch.
pub(super) async fn uploads(
    forge: &Forge,
    repository: &RepositoryName,
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let protocol = protocol(headers);
    let mut body = Vec::new();
    if protocol != Some("version=2") {
        announce(&mut body, Service::UploadPack);
    }
    let command = forge
        .inner
        .git
        .command("upload-pack")
        .env("GIT_PROTOCOL", protocol.unwrap_or_default())
        .args(["--stateless-rpc", "--strict", "--advertise-refs"])
        .arg(forge.path(repository));
    body.extend(command.run().await.map_err(|error| Refusal::fault(&error))?);
    success(Service::UploadPack, "advertisement", Body::from(body))
}

/// For a push. The capabilities are those of our own `push`, not of `git receive-pack`.
pub(super) async fn pushes(forge: &Forge, repository: &RepositoryName) -> Result<Response, Refusal> {
    let refs = forge.refs(&forge.path(repository)).await.map_err(|error| Refusal::fault(&error))?;
    let mut body = Vec::new();
    announce(&mut body, Service::ReceivePack);
    let nothing = format!("{NO_OBJECT} capabilities^{{}}\0{PUSH_CAPABILITIES}\n");
    if refs.is_empty() {
        pktline::write(&mut body, nothing.as_bytes());
    }
    for (index, (name, object)) in refs.iter().enumerate() {
        let line = match index {
            0 => format!("{object} {name}\0{PUSH_CAPABILITIES}\n"),
            _ => format!("{object} {name}\n"),
        };
        pktline::write(&mut body, line.as_bytes());
    }
    body.extend_from_slice(pktline::FLUSH);
    success(Service::ReceivePack, "advertisement", Body::from(body))
}

fn announce(body: &mut Vec<u8>, service: Service) {
    pktline::write(body, format!("# service={}\n", service.name()).as_bytes());
    body.extend_from_slice(pktline::FLUSH);
}
