//! What may go wrong between a command and the server, and what to say of it.

use serde::Deserialize;
use serde_json::Value;

use crate::failure::{Exit, Failure};

/// A request that did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("{0:?} is not the address of a server")]
    BadAddress(String),
    #[error("the certificate {file} could not be read")]
    Certificate {
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("no HTTP client could be made")]
    Client(#[source] reqwest::Error),
    #[error("the server at {server} could not be reached")]
    Unreachable {
        server: String,
        #[source]
        source: reqwest::Error,
    },
    #[error("the server at {server} did not answer in time")]
    Slow { server: String },
    #[error("the server at {server} answered with something that is not JSON")]
    Malformed { server: String },
    #[error("{}", .0.message)]
    Status(Box<Status>),
}

/// `metav1.Status`, as far as people need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    /// HTTP status code.
    pub(crate) code: u16,
    /// CamelCase reason.
    pub(crate) reason: String,
    /// What happened.
    pub(crate) message: String,
    /// What to try, where the server said so.
    pub(crate) hint: Option<String>,
    /// Single fields, with what is wrong with each.
    pub(crate) causes: Vec<Cause>,
}

/// What is wrong with one field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Cause {
    /// CamelCase.
    pub(crate) reason: String,
    /// What is wrong.
    pub(crate) message: String,
    /// Where; empty for the object itself.
    pub(crate) field: String,
}

impl Status {
    /// From an answer; one that is no `Status` is told in its own words.
    pub(crate) fn read(code: u16, body: &str) -> Self {
        let parsed: Value = serde_json::from_str(body).unwrap_or(Value::Null);
        let text = |pointer: &str| parsed.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let causes =
            parsed.pointer("/details/causes").and_then(|v| Vec::<Cause>::deserialize(v).ok()).unwrap_or_default();
        let message = match text("/message") {
            said if !said.is_empty() => said,
            _ if !body.trim().is_empty() && parsed.is_null() && body.len() < 500 => body.trim().to_owned(),
            _ => format!("the server answered {code}"),
        };
        let (message, hint) = split_hint(&message);
        let causes =
            causes.into_iter().map(|c| Cause { field: if c.field == "<nil>" { String::new() } else { c.field }, ..c });
        Self { code, reason: text("/reason"), message, hint, causes: causes.collect() }
    }
}

/// `message (hint: what to try)`.
fn split_hint(message: &str) -> (String, Option<String>) {
    match message.rsplit_once(" (hint: ").and_then(|(said, hint)| Some((said, hint.strip_suffix(')')?))) {
        Some((said, hint)) => (said.to_owned(), Some(hint.to_owned())),
        None => (message.to_owned(), None),
    }
}

impl ApiError {
    /// What the server said, where it answered.
    pub(crate) fn status(&self) -> Option<&Status> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }

    /// Whether what was asked for is not there.
    pub(crate) fn is_not_found(&self) -> bool {
        self.status().is_some_and(|s| s.code == 404)
    }

    /// Whether something of that name is there already.
    pub(crate) fn is_taken(&self) -> bool {
        self.status().is_some_and(|s| s.reason == "AlreadyExists")
    }

    /// Whether the same request may well succeed a little later: the server is being restarted, or overloaded.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Slow { .. } => true,
            Self::Status(status) => matches!(status.code, 429 | 502 | 503 | 504),
            Self::BadAddress(_) | Self::Certificate { .. } | Self::Client(_) | Self::Malformed { .. } => false,
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Status(status) => Self::from(*status),
            ApiError::Slow { server } => Self::timed_out(format!("the server at {server} did not answer in time")),
            ApiError::Unreachable { server, source } => {
                Self::failed(format!("the server at {server} could not be reached"))
                    .because(source)
                    .hint("start one with `platform up`, or name another with --server or $PLATFORM_SERVER")
            }
            ApiError::BadAddress(given) => Self::usage(format!("{given:?} is not the address of a server"))
                .hint("an address looks like http://127.0.0.1:7007"),
            error => Self::failed("the server could not be asked").because(error),
        }
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        let exit = match status.code {
            403 => Exit::Refused,
            408 | 504 => Exit::TimedOut,
            _ => Exit::Failed,
        };
        let message = match status.code {
            401 => "the server does not accept the token".to_owned(),
            _ => headline(&status),
        };
        let details = status.causes.iter().filter(|c| c.message != status.message).map(Cause::line).collect();
        let mut failure = Self { exit, details, ..Self::failed(message) };
        failure.hints.extend(status.hint);
        match status.code {
            401 => failure.hint("sign in with `platform login`, or pass a token with --token or $PLATFORM_TOKEN"),
            409 if status.reason == "Conflict" => failure.hint("look at the object again, then repeat the command"),
            _ => failure,
        }
    }
}

/// The message without the list of causes that Kubernetes appends to it: each of them gets its own line.
fn headline(status: &Status) -> String {
    match (status.causes.is_empty(), status.message.split_once(" is invalid: ")) {
        (false, Some((subject, _))) => format!("{subject} is invalid"),
        _ => status.message.clone(),
    }
}

impl Cause {
    /// `spec.size: Unsupported value …`
    pub(crate) fn line(&self) -> String {
        if self.field.is_empty() || self.message.contains(&self.field) {
            self.message.clone()
        } else {
            format!("{}: {}", self.field, self.message)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Status;
    use crate::failure::{Exit, Failure};

    #[test]
    fn gives_every_field_its_own_line() {
        let body = r#"{"kind":"Status","code":422,"reason":"Invalid","message":"Application.platform.causeway.dev \"x\" is invalid: spec.language: Required value",
            "details":{"causes":[{"field":"spec.language","reason":"FieldValueRequired","message":"Required value"}]}}"#;
        insta::assert_snapshot!(Failure::from(Status::read(422, body)).render(), @r#"
        error: Application.platform.causeway.dev "x" is invalid
          spec.language: Required value
        "#);
    }

    #[test]
    fn ends_refusals_with_code_3_and_the_servers_hint() {
        let body = r#"{"code":403,"reason":"Forbidden","message":"claims \"a\" is forbidden: it is protected (hint: ask the group team-a)"}"#;
        let failure = Failure::from(Status::read(403, body));
        assert_eq!(failure.exit, Exit::Refused);
        assert_eq!(failure.hints, ["ask the group team-a"]);
    }

    #[test]
    fn tells_what_is_no_status_in_its_own_words() {
        assert_eq!(Status::read(502, "bad gateway\n").message, "bad gateway");
        assert_eq!(Status::read(500, "").message, "the server answered 500");
    }
}
