//! Which header fields pass. The invariants: nothing that concerns one connection alone crosses to
//! the other (RFC 9110, 7.6.1); a workload can believe every `X-Forwarded-…` and `X-Request-Id`
//! field that it sees, because those of the client are taken away, in every spelling that a
//! gateway interface (CGI, WSGI) would take for the same.

use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Longest id of a request that is taken from the client.
const MAX_REQUEST_ID: usize = 128;

/// Does the request want to speak another protocol on its connection? HTTP/2 is not offered: a
/// workload would read requests from it that the ingress does not see.
pub(crate) fn is_upgrade(headers: &HeaderMap) -> bool {
    let wants = connection_names(headers).any(|name| name.eq_ignore_ascii_case("upgrade"));
    let protocol = headers.get(UPGRADE).map(HeaderValue::as_bytes);
    wants && protocol.is_some_and(|protocol| !protocol.to_ascii_lowercase().starts_with(b"h2c"))
}

/// Takes away from a request what must not reach a workload. The length of the body is set again
/// by whoever sends it, from the body itself.
pub(crate) fn clean_request(headers: &mut HeaderMap) {
    drop_named_by_connection(headers);
    let dropped: Vec<HeaderName> = headers.keys().filter(|name| is_dropped(name)).cloned().collect();
    for name in dropped {
        headers.remove(name);
    }
}

/// Takes away from an answer what concerns the connection to the backend alone.
pub(crate) fn clean_response(headers: &mut HeaderMap) {
    drop_named_by_connection(headers);
    if headers.remove(TRANSFER_ENCODING).is_some() {
        // It stands above a length, which would then be a lie.
        headers.remove(CONTENT_LENGTH);
    }
    for name in ["keep-alive", "proxy-connection", "proxy-authenticate", "upgrade", "te"] {
        headers.remove(name);
    }
}

/// Says to the workload for whom it works.
pub(crate) fn introduce(headers: &mut HeaderMap, client: &HeaderValue) -> HeaderValue {
    headers.insert(FORWARDED_FOR, client.clone());
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    if let Some(host) = headers.get(HOST).cloned() {
        headers.insert(FORWARDED_HOST, host);
    }
    match headers.get(REQUEST_ID) {
        Some(id) if is_request_id(id) => id.clone(),
        _ => {
            let id = request_id();
            headers.insert(REQUEST_ID, id.clone());
            id
        }
    }
}

/// 128 random bits in hexadecimal.
pub(crate) fn request_id() -> HeaderValue {
    let digits = format!("{:032x}", rand::random::<u128>());
    HeaderValue::try_from(digits).unwrap_or_else(|_never| HeaderValue::from_static("0"))
}

fn is_request_id(id: &HeaderValue) -> bool {
    let id = id.as_bytes();
    let is_plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
    !id.is_empty() && id.len() <= MAX_REQUEST_ID && id.iter().all(is_plain)
}

fn is_dropped(name: &HeaderName) -> bool {
    if [CONNECTION, CONTENT_LENGTH, EXPECT, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE]
        .contains(name)
    {
        return true;
    }
    let name = name.as_str();
    match name.as_bytes()[0] {
        b'x' | b'f' | b'k' | b'p' | b'h' => {}
        _ => return false,
    }
    if name.contains('_') {
        return is_claimed(&name.replace('_', "-")) || name == "x_request_id";
    }
    is_claimed(name) || matches!(name, "keep-alive" | "proxy-connection" | "proxy" | "http2-settings")
}

/// What only the ingress may say.
fn is_claimed(name: &str) -> bool {
    name.starts_with("x-forwarded") || matches!(name, "forwarded" | "x-real-ip")
}

/// A client may name its own fields there, but not those that route and frame the request.
fn drop_named_by_connection(headers: &mut HeaderMap) {
    if !headers.contains_key(CONNECTION) {
        return;
    }
    let named: Vec<HeaderName> = connection_names(headers)
        .filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok())
        .filter(|name| *name != HOST && *name != CONTENT_LENGTH && *name != TRANSFER_ENCODING)
        .collect();
    for name in named {
        headers.remove(name);
    }
    headers.remove(CONNECTION);
}

fn connection_names(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        headers
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn only_what_is_meant_for_the_workload_passes() {
        let mut request = headers(&[
            ("host", "shop"),
            ("accept", "*/*"),
            ("connection", "keep-alive, x-mine"),
            ("connection", "Host, close"),
            ("x-mine", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("transfer-encoding", "chunked"),
            ("content-length", "5"),
            ("expect", "100-continue"),
            ("proxy-authorization", "secret"),
            ("proxy-connection", "close"),
            ("proxy", "http://evil"),
            ("x-forwarded-for", "1.2.3.4"),
            ("x-forwarded-for", "5.6.7.8"),
            ("x_forwarded_for", "1"),
            ("x-forwarded_proto", "https"),
            ("x-forwarded-prefix", "/admin"),
            ("x-real-ip", "1.2.3.4"),
            ("forwarded", "for=1"),
            ("x_request_id", "1"),
            ("traceparent", "00-1-1-01"),
            ("x-request-id", "abc"),
            ("http2-settings", "x"),
            ("x-under_score", "mine"),
        ]);
        clean_request(&mut request);
        assert_eq!(names(&request), ["accept", "host", "traceparent", "x-request-id", "x-under_score"]);
        let id = introduce(&mut request, &HeaderValue::from_static("127.0.0.1"));
        assert_eq!(id, "abc");
        assert_eq!(request["x-forwarded-for"], "127.0.0.1");
        assert_eq!(request["x-forwarded-host"], "shop");
        assert_eq!(request["x-forwarded-proto"], "http");
    }

    #[test]
    fn an_odd_request_id_is_replaced() {
        for odd in ["", "a b", "<script>", &"a".repeat(129)] {
            let mut request = headers(&[("x-request-id", odd)]);
            let id = introduce(&mut request, &HeaderValue::from_static("127.0.0.1"));
            assert_eq!(id.len(), 32, "{odd:?}");
            assert_eq!(request[REQUEST_ID], id);
        }
    }

    #[test]
    fn websockets_are_upgrades_and_http2_is_not() {
        assert!(is_upgrade(&headers(&[("connection", "keep-alive, Upgrade"), ("upgrade", "websocket")])));
        assert!(!is_upgrade(&headers(&[("connection", "upgrade, http2-settings"), ("upgrade", "h2c")])));
        assert!(!is_upgrade(&headers(&[("upgrade", "websocket")])));
        assert!(!is_upgrade(&headers(&[("connection", "upgrade")])));
    }

    #[test]
    fn an_answer_keeps_its_length_unless_it_is_chunked() {
        let mut answer =
            headers(&[("content-length", "5"), ("connection", "close, x-a"), ("x-a", "1"), ("keep-alive", "x")]);
        clean_response(&mut answer);
        assert_eq!(names(&answer), ["content-length"]);
        let mut answer = headers(&[("content-length", "5"), ("transfer-encoding", "chunked")]);
        clean_response(&mut answer);
        assert!(answer.is_empty());
    }
}
