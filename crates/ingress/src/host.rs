//! Host names. The invariant: a name in the table is lower case, without a port or trailing dot,
//! so that one look-up finds it however a client spells it.

use std::borrow::Cow;

use http::header::HOST;
use http::{HeaderMap, Uri};

/// Longest host name (RFC 1035).
const MAX_HOST: usize = 253;

/// A host name that cannot be routed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a host name")]
pub struct InvalidHost(pub(crate) String);

/// `<service>.<environment>[.<namespace>].localhost`; the namespace `default` is left out.
pub fn host_name(namespace: &str, environment: &str, service: &str) -> String {
    match namespace {
        "default" => format!("{service}.{environment}.localhost"),
        _ => format!("{service}.{environment}.{namespace}.localhost"),
    }
}

/// Why a request names no host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoHost;

/// The host that a request is for, as the table has it. That of an absolute address stands above
/// the header (RFC 9112, 3.2.2).
pub(crate) fn requested<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Result<Cow<'a, str>, NoHost> {
    let mut hosts = headers.get_all(HOST).iter();
    let header = hosts.next();
    if hosts.next().is_some() {
        return Err(NoHost);
    }
    let authority = match (uri.authority(), header) {
        (Some(authority), _) => authority.as_str(),
        (None, Some(header)) => header.to_str().map_err(|_invalid| NoHost)?,
        (None, None) => return Err(NoHost),
    };
    normalized(authority).ok_or(NoHost)
}

/// Lower case, without port and trailing dot; none if it is no host name.
pub(crate) fn normalized(authority: &str) -> Option<Cow<'_, str>> {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        Some(_) => return None,
        None => authority,
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.' || b == b'_';
    if host.is_empty() || host.len() > MAX_HOST || !host.bytes().all(is_name) {
        return None;
    }
    if host.bytes().any(|b| b.is_ascii_uppercase()) {
        return Some(Cow::Owned(host.to_ascii_lowercase()));
    }
    Some(Cow::Borrowed(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_and_port_do_not_matter() {
        for spelling in
            ["shop.dev.localhost", "SHOP.Dev.localhost:7080", "shop.dev.localhost.", "shop.dev.localhost.:80"]
        {
            assert_eq!(normalized(spelling).unwrap(), "shop.dev.localhost", "{spelling}");
        }
        for bad in
            ["", ".", ":80", "a b", "a/b", "user@shop", "[::1]:80", "a:b", "a\u{e9}", "a:80:90", &"a".repeat(254)]
        {
            assert_eq!(normalized(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_request_names_exactly_one_host() {
        let mut headers = HeaderMap::new();
        let path = Uri::from_static("/x");
        assert_eq!(requested(&path, &headers), Err(NoHost));
        headers.append(HOST, "a.localhost".parse().unwrap());
        assert_eq!(requested(&path, &headers).unwrap(), "a.localhost");
        let absolute = Uri::from_static("http://b.localhost:1/x");
        assert_eq!(requested(&absolute, &headers).unwrap(), "b.localhost");
        headers.append(HOST, "c.localhost".parse().unwrap());
        assert_eq!(requested(&absolute, &headers), Err(NoHost));
    }

    #[test]
    fn the_default_namespace_is_left_out() {
        assert_eq!(host_name("default", "dev", "shop"), "shop.dev.localhost");
        assert_eq!(host_name("team-a", "dev", "shop"), "shop.dev.team-a.localhost");
    }
}
