//! What a request is about, read from its path as Kubernetes reads it.

use http::Method;
use percent_encoding::percent_decode_str;

/// A request on resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) namespace: String,
    pub(crate) resource: String,
    pub(crate) name: String,
    /// `status`, `scale`, `log`, …; further segments stay joined with `/`.
    pub(crate) subresource: String,
    pub(crate) rest: String,
}

impl Target {
    /// From a path below `/api` or `/apis`; none where it is not one of a resource.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let segments = path.trim_start_matches('/').trim_end_matches('/').split('/');
        let decoded = segments.map(|s| percent_decode_str(s).decode_utf8().map(std::borrow::Cow::into_owned));
        let segments: Vec<String> = decoded.collect::<Result<_, _>>().ok()?;
        let words: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (group, version, rest) = match words.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let mut target = Self { group: group.into(), version: version.into(), ..Self::default() };
        let is_place = |next: &[&str]| matches!(next.first(), Some(word) if *word != "status" && *word != "finalize");
        let rest = match rest {
            ["namespaces", namespace, next @ ..] if is_place(next) => {
                target.namespace = (*namespace).into();
                next
            }
            rest => rest,
        };
        let (resource, rest) = rest.split_first()?;
        target.resource = (*resource).into();
        if let Some((name, rest)) = rest.split_first() {
            target.name = (*name).into();
            if let Some((subresource, rest)) = rest.split_first() {
                target.subresource = (*subresource).into();
                target.rest = rest.join("/");
            }
        }
        Some(target)
    }

    /// The verb that a method means here.
    pub(crate) fn verb(&self, method: &Method, watches: bool) -> &'static str {
        match (method, self.name.is_empty()) {
            (&Method::GET | &Method::HEAD, _) if watches => "watch",
            (&Method::GET | &Method::HEAD, false) => "get",
            (&Method::GET | &Method::HEAD, true) => "list",
            (&Method::POST, _) => "create",
            (&Method::PUT, _) => "update",
            (&Method::PATCH, _) => "patch",
            (&Method::DELETE, false) => "delete",
            (&Method::DELETE, true) => "deletecollection",
            _ => "options",
        }
    }

    /// `group/version`.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn reads_paths_as_kubernetes_does() {
        let parts = |path: &str| {
            Target::parse(path)
                .map(|t| [t.group, t.version, t.namespace, t.resource, t.name, t.subresource, t.rest].join("|"))
        };
        assert_eq!(parts("/api/v1/namespaces").as_deref(), Some("|v1||namespaces|||"));
        assert_eq!(parts("/api/v1/namespaces/a").as_deref(), Some("|v1||namespaces|a||"));
        assert_eq!(parts("/api/v1/namespaces/a/finalize").as_deref(), Some("|v1||namespaces|a|finalize|"));
        assert_eq!(parts("/api/v1/namespaces/a/secrets/x.dev").as_deref(), Some("|v1|a|secrets|x.dev||"));
        assert_eq!(parts("/apis/g.d/v1/claims").as_deref(), Some("g.d|v1||claims|||"));
        assert_eq!(
            parts("/apis/g.d/v1/namespaces/n/environments/dev/secrets/db/x").as_deref(),
            Some("g.d|v1|n|environments|dev|secrets|db/x")
        );
        assert_eq!(parts("/apis/g.d/v1"), None);
        assert_eq!(parts("/healthz"), None);
    }
}
