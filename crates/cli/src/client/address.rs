//! Where something lies on the server.

use url::Url;

/// A path, segment by segment; each is encoded as it needs to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address(Vec<String>);

impl Address {
    /// A path as it is written, such as `/whoami`.
    pub(crate) fn of(path: &str) -> Self {
        Self(path.split('/').filter(|s| !s.is_empty()).map(str::to_owned).collect())
    }

    /// All objects of a kind; `namespace` is empty for all namespaces, and for kinds that live in none.
    pub(crate) fn collection(api_version: &str, namespace: &str, plural: &str) -> Self {
        let root = if api_version.contains('/') { "apis" } else { "api" };
        let mut address = Self::of(&format!("{root}/{api_version}"));
        if !namespace.is_empty() {
            address = address.then("namespaces").then(namespace);
        }
        address.then(plural)
    }

    /// One segment further.
    #[must_use]
    pub(crate) fn then(mut self, segment: &str) -> Self {
        self.0.push(segment.to_owned());
        self
    }

    /// Several segments further, as in the path of a secret.
    #[must_use]
    pub(crate) fn then_path(self, path: &str) -> Self {
        path.split('/').filter(|s| !s.is_empty()).fold(self, |address, segment| address.then(segment))
    }

    /// The whole address on a server.
    pub(crate) fn url(&self, base: &Url) -> Url {
        let mut url = base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(&self.0);
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::Address;

    #[test]
    fn encodes_each_segment_by_itself() {
        let base = Url::parse("http://127.0.0.1:7007/").unwrap();
        let secret = Address::collection("platform.causeway.dev/v1", "default", "environments")
            .then("dev")
            .then("secrets")
            .then_path("db/a b");
        assert_eq!(
            secret.url(&base).path(),
            "/apis/platform.causeway.dev/v1/namespaces/default/environments/dev/secrets/db/a%20b"
        );
        assert_eq!(
            Address::collection("v1", "", "namespaces").then("../x?").url(&base).path(),
            "/api/v1/namespaces/..%2Fx%3F"
        );
        let below = Url::parse("https://platform.test/base").unwrap();
        assert_eq!(Address::of("/whoami").url(&below).as_str(), "https://platform.test/base/whoami");
    }
}
