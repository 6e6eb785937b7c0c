//! The HTTP client: requests of the API as values, answers as JSON, refusals as errors with hints.

mod address;
mod error;
mod lines;
mod typed;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT, CONTENT_TYPE, WARNING};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use url::Url;

pub(crate) use address::Address;
pub(crate) use error::{ApiError, Status};
pub(crate) use typed::address_of;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How a server is reached.
#[derive(Clone, Default)]
pub(crate) struct Connection {
    /// Its address.
    pub(crate) server: String,
    /// The token to show; empty for none.
    pub(crate) token: String,
    /// The certificate that it is known by: PEM or a path; empty for the system's.
    pub(crate) ca: String,
}

impl Connection {
    /// The certificate in PEM, where one is given.
    pub(crate) fn ca_pem(&self) -> Result<Option<String>, ApiError> {
        if self.ca.is_empty() || self.ca.contains("-----BEGIN") {
            return Ok(Some(self.ca.clone()).filter(|pem| !pem.is_empty()));
        }
        let read = std::fs::read_to_string(&self.ca);
        read.map(Some).map_err(|source| ApiError::Certificate { file: self.ca.clone(), source })
    }
}

/// A client of one server.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    token: String,
}

/// What is asked of a server.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    method: Method,
    address: Address,
    query: Vec<(&'static str, String)>,
    accept: &'static str,
    body: Option<(&'static str, Value)>,
}

impl Call {
    pub(crate) fn new(method: Method, address: Address) -> Self {
        Self { method, address, query: Vec::new(), accept: "application/json", body: None }
    }

    pub(crate) fn get(address: Address) -> Self {
        Self::new(Method::GET, address)
    }

    pub(crate) fn post(address: Address, body: Value) -> Self {
        Self::new(Method::POST, address).body(body)
    }

    pub(crate) fn put(address: Address, body: Value) -> Self {
        Self::new(Method::PUT, address).body(body)
    }

    pub(crate) fn merge(address: Address, patch: Value) -> Self {
        Self { body: Some(("application/merge-patch+json", patch)), ..Self::new(Method::PATCH, address) }
    }

    pub(crate) fn delete(address: Address) -> Self {
        Self::new(Method::DELETE, address)
    }

    #[must_use]
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(("application/json", body));
        self
    }

    #[must_use]
    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With `dryRun=All`, where it is one.
    #[must_use]
    pub(crate) fn dry(self, dry_run: bool) -> Self {
        if dry_run { self.query("dryRun", "All") } else { self }
    }

    #[must_use]
    pub(crate) fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }
}

/// What a server answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// The body; null where there is none.
    pub(crate) value: Value,
    /// What it warns of.
    pub(crate) warnings: Vec<String>,
}

impl Client {
    pub(crate) fn new(connection: &Connection) -> Result<Self, ApiError> {
        let bad = || ApiError::BadAddress(connection.server.clone());
        let base = Url::parse(&connection.server).map_err(|_| bad())?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(bad());
        }
        // another part of the process may have chosen a provider before
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("platform/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&base) {
            builder = builder.no_proxy();
        }
        if base.scheme() == "https"
            && let Some(pem) = connection.ca_pem()?
        {
            let certificates = reqwest::Certificate::from_pem_bundle(pem.as_bytes()).map_err(ApiError::Client)?;
            builder = builder.tls_certs_only(certificates);
        }
        let http = builder.build().map_err(ApiError::Client)?;
        Ok(Self { http, base, token: connection.token.clone() })
    }

    /// The server's address without a slash at its end.
    pub(crate) fn server(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Asks, and reads the whole answer.
    pub(crate) async fn send(&self, call: Call) -> Result<Answer, ApiError> {
        let response = self.open(&call, Some(TIMEOUT)).await?;
        let warnings = warnings(&response);
        let text = response.text().await.map_err(|e| self.unreachable(e))?;
        let value = if text.trim().is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).map_err(|_| self.malformed())?
        };
        Ok(Answer { value, warnings })
    }

    /// The same where nothing but the body matters.
    pub(crate) async fn value(&self, call: Call) -> Result<Value, ApiError> {
        Ok(self.send(call).await?.value)
    }

    /// The same where there may be nothing.
    pub(crate) async fn find(&self, address: Address) -> Result<Option<Value>, ApiError> {
        match self.value(Call::get(address)).await {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks, and answers once the head of a good answer is there.
    async fn open(&self, call: &Call, timeout: Option<Duration>) -> Result<Response, ApiError> {
        let request = self.request(call);
        let request = timeout.into_iter().fold(request, RequestBuilder::timeout);
        let response = request.send().await.map_err(|e| self.unreachable(e))?;
        let code = response.status().as_u16();
        if (200..300).contains(&code) {
            return Ok(response);
        }
        let body = response.text().await.unwrap_or_default();
        Err(ApiError::Status(Box::new(Status::read(code, &body))))
    }

    fn request(&self, call: &Call) -> RequestBuilder {
        let mut request =
            self.http.request(call.method.clone(), call.address.url(&self.base)).header(ACCEPT, call.accept);
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if !self.token.is_empty() {
            request = request.bearer_auth(&self.token);
        }
        if let Some((kind, body)) = &call.body {
            request = request.header(CONTENT_TYPE, *kind).body(body.to_string());
        }
        request
    }

    fn unreachable(&self, source: reqwest::Error) -> ApiError {
        if source.is_timeout() && !source.is_connect() {
            return ApiError::Slow { server: self.server().to_owned() };
        }
        // the address stands in our own words already
        ApiError::Unreachable { server: self.server().to_owned(), source: source.without_url() }
    }

    fn malformed(&self) -> ApiError {
        ApiError::Malformed { server: self.server().to_owned() }
    }
}

fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// The texts of `Warning: 299 - "…"` headers.
fn warnings(response: &Response) -> Vec<String> {
    let texts = response.headers().get_all(WARNING).iter().filter_map(|v| v.to_str().ok());
    texts.filter_map(|text| text.split_once(" \"")?.1.strip_suffix('"').map(unescape)).collect()
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        plain.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    plain
}

/// The certificate that a server on this machine shows, in PEM. Of any other server nobody could say whether it is the right
/// one, so there is none.
pub(crate) async fn certificate_of(server: &Url) -> Result<Option<String>, ApiError> {
    if !is_loopback(server) {
        return Ok(None);
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder()
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .tls_danger_accept_invalid_certs(true)
        .tls_info(true);
    let http = http.build().map_err(ApiError::Client)?;
    let unreachable = |source: reqwest::Error| ApiError::Unreachable {
        server: server.as_str().trim_end_matches('/').to_owned(),
        source: source.without_url(),
    };
    let response = http.get(Address::of("/version").url(server)).timeout(TIMEOUT).send().await.map_err(unreachable)?;
    let info = response.extensions().get::<reqwest::tls::TlsInfo>();
    Ok(info.and_then(|info| info.peer_certificate()).map(pem))
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
