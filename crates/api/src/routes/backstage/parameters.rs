//! Query parameters, checked in the words of Backstage's validator: unknown ones and empty values are refused.

use http::Uri;
use percent_encoding::percent_decode_str;

use super::problem::Problem;

/// The parameters of a request, in their order.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Of an address; only those in `known` may occur.
    pub(super) fn of(uri: &Uri, known: &[&str]) -> Result<Self, Problem> {
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs
            .map(|pair| pair.split_once('=').map_or((decode(pair), String::new()), |(k, v)| (decode(k), decode(v))));
        let pairs: Vec<(String, String)> = pairs.collect();
        for (name, value) in &pairs {
            if !known.contains(&name.as_str()) {
                return Err(Problem::input(format!("Unknown query parameter '{name}'")));
            }
            if value.is_empty() {
                return Err(Problem::input(format!("Empty value found for query parameter '{name}'")));
            }
        }
        Ok(Self(pairs))
    }

    /// All values of a repeatable parameter.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
    }

    /// All values of a repeatable parameter that may also be separated by commas.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let all = self.all(name);
        all.iter()
            .flat_map(|text| text.split(','))
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// The value of a parameter.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a parameter is true.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.one(name) == Some("true")
    }

    /// A number that is not negative.
    pub(super) fn number(&self, name: &str) -> Result<Option<usize>, Problem> {
        let Some(text) = self.one(name) else { return Ok(None) };
        match text.parse::<i64>() {
            Err(_) => Err(Problem::input(format!("request/query/{name} must be integer"))),
            Ok(number) => usize::try_from(number)
                .map(Some)
                .map_err(|_| Problem::input(format!("request/query/{name} must be >= 0"))),
        }
    }
}
