//! JSON bodies, checked in the words of Backstage's validator.

use axum::body::Body;
use http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::problem::Problem;

/// Largest body.
const BODY_MAX: usize = 8 << 20;

/// A body that is a JSON object.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads the body.
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Problem> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(Problem::input(format!("unsupported media type {kind}")));
        }
        let bytes = axum::body::to_bytes(body, BODY_MAX).await;
        let bytes = bytes.map_err(|_| Problem::input(format!("the body is larger than {BODY_MAX} bytes")))?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
            if error.is_eof() {
                Problem::input("Unexpected end of JSON input")
            } else {
                Problem::input(error.to_string())
            }
        })?;
        match value {
            Value::Object(map) => Ok(Self(map)),
            _ => Err(Problem::input("request/body must be object")),
        }
    }

    /// A field, where it is there.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A field that has to be there.
    pub(super) fn required(&self, name: &str) -> Result<&Value, Problem> {
        self.get(name).ok_or_else(|| Problem::input(format!("request/body must have required property '{name}'")))
    }

    /// A text that has to be there.
    pub(super) fn text(&self, name: &str) -> Result<&str, Problem> {
        self.required(name)?.as_str().ok_or_else(|| Problem::input(format!("request/body/{name} must be string")))
    }

    /// A list of texts; empty where it is not there.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<String>, Problem> {
        let Some(value) = self.get(name) else { return Ok(Vec::new()) };
        let list = value.as_array().ok_or_else(|| Problem::input(format!("request/body/{name} must be array")))?;
        let text = |(i, item): (usize, &Value)| {
            item.as_str()
                .map(str::to_owned)
                .ok_or_else(|| Problem::input(format!("request/body/{name}/{i} must be string")))
        };
        list.iter().enumerate().map(text).collect()
    }

    /// A number that is not negative.
    pub(super) fn number(&self, name: &str) -> Result<Option<usize>, Problem> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let number = value.as_i64().ok_or_else(|| Problem::input(format!("request/body/{name} must be integer")))?;
        usize::try_from(number).map(Some).map_err(|_| Problem::input(format!("request/body/{name} must be >= 0")))
    }

    /// A field that is an object; null where it is not there.
    pub(super) fn object(&self, name: &str) -> Result<Value, Problem> {
        match self.get(name) {
            None => Ok(Value::Null),
            Some(value @ Value::Object(_)) => Ok(value.clone()),
            Some(_) => Err(Problem::input(format!("request/body/{name} must be object"))),
        }
    }
}
