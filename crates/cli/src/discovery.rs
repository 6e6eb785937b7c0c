//! Which kinds a server has, and which of them a word means: plural, singular, short name or kind, as with `kubectl`.
//!
//! Where two groups use the same word, the platform's own kind is meant; `plural.group` names any other.

use causeway_core::schema::nearest;
use causeway_core::{Object, PLATFORM_GROUP};
use serde::Deserialize;
use serde_json::Value;

use crate::Failure;
use crate::client::{Address, ApiError, Call, Client};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

/// One kind, in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KindOf {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) is_namespaced: bool,
}

impl KindOf {
    /// `group/version`.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// `claim.platform.causeway.dev`, as `-o name` prints it.
    pub(crate) fn qualified(&self) -> String {
        if self.group.is_empty() { self.singular.clone() } else { format!("{}.{}", self.singular, self.group) }
    }

    /// All of them in a namespace; the namespace is left out where the kind has none.
    pub(crate) fn collection(&self, namespace: &str) -> Address {
        Address::collection(&self.api_version(), if self.is_namespaced { namespace } else { "" }, &self.plural)
    }

    /// One of them.
    pub(crate) fn address(&self, namespace: &str, name: &str) -> Address {
        self.collection(namespace).then(name)
    }

    fn is_called(&self, word: &str) -> bool {
        let names = [&self.plural, &self.singular].into_iter().chain(&self.short_names);
        names.chain([&self.kind]).any(|name| name.eq_ignore_ascii_case(word))
    }
}

/// All kinds of a server, the platform's own first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kinds(Vec<KindOf>);

#[derive(Deserialize)]
struct GroupList {
    #[serde(default)]
    items: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    metadata: Named,
    #[serde(default)]
    versions: Vec<Version>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Version {
    version: String,
    #[serde(default)]
    resources: Vec<Served>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Served {
    resource: String,
    response_kind: ResponseKind,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    singular_resource: String,
    #[serde(default)]
    short_names: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
}

#[derive(Deserialize)]
struct ResponseKind {
    kind: String,
}

impl Kinds {
    /// Asks the server.
    pub(crate) async fn discover(client: &Client) -> Result<Self, ApiError> {
        let list = |path: &str| client.value(Call::get(Address::of(path)).accept(AGGREGATED));
        let (core, groups) = futures::try_join!(list("/api"), list("/apis"))?;
        Ok(Self::read(&[core, groups]))
    }

    fn read(lists: &[Value]) -> Self {
        let groups = lists.iter().filter_map(|list| GroupList::deserialize(list).ok()).flat_map(|list| list.items);
        let mut kinds: Vec<KindOf> = groups.flat_map(kinds_of).collect();
        kinds.sort_by_key(|kind| kind.group != PLATFORM_GROUP);
        Self(kinds)
    }

    /// The kind that a word means: `claims`, `env`, `claim.platform.causeway.dev`, `claims.v1.platform.causeway.dev`.
    pub(crate) fn find(&self, word: &str) -> Result<&KindOf, Failure> {
        self.look(word).ok_or_else(|| self.unknown(word))
    }

    fn look(&self, word: &str) -> Option<&KindOf> {
        let plain = self.0.iter().find(|kind| kind.is_called(word));
        plain.or_else(|| {
            let (name, rest) = word.split_once('.')?;
            let fits = |kind: &&KindOf| {
                kind.is_called(name) && (kind.group == rest || format!("{}.{}", kind.version, kind.group) == rest)
            };
            self.0.iter().find(fits)
        })
    }

    /// The kinds that a word means, where it may be several: `all` and other categories, `claims,runs`.
    pub(crate) fn find_all(&self, words: &str) -> Result<Vec<&KindOf>, Failure> {
        let mut found = Vec::new();
        for word in words.split(',').filter(|word| !word.is_empty()) {
            let in_category: Vec<&KindOf> = match self.look(word) {
                Some(kind) => vec![kind],
                None => self.0.iter().filter(|kind| kind.categories.iter().any(|c| c == word)).collect(),
            };
            if in_category.is_empty() {
                return Err(self.unknown(word));
            }
            found.extend(in_category);
        }
        // a group that serves the same kinds under a further name adds nothing
        let mut seen = std::collections::HashSet::new();
        found.retain(|kind| seen.insert((kind.kind.clone(), kind.plural.clone())));
        Ok(found)
    }

    /// The kind of an object.
    pub(crate) fn of(&self, object: &Object) -> Result<&KindOf, Failure> {
        let fits = |kind: &&KindOf| {
            kind.group == object.group() && kind.version == object.version() && kind.kind == object.kind()
        };
        self.0.iter().find(fits).ok_or_else(|| self.unknown_object(object))
    }

    /// Every kind.
    pub(crate) fn all(&self) -> &[KindOf] {
        &self.0
    }

    fn unknown(&self, word: &str) -> Failure {
        let names = self.0.iter().flat_map(|k| [k.plural.as_str(), k.singular.as_str()]);
        let failure = Failure::failed(format!("the server has no kind {word:?}"));
        match nearest(word, names) {
            Some(near) => failure.hint(format!("did you mean {near:?}?")),
            None => failure
                .hint("every command takes the kinds that `platform get all` shows, and those of your own definitions"),
        }
    }

    fn unknown_object(&self, object: &Object) -> Failure {
        let failure =
            Failure::failed(format!("the server has no kind {:?} in {:?}", object.kind(), object.api_version()));
        let same_kind = self.0.iter().find(|k| k.kind == object.kind());
        let near = nearest(object.kind(), self.0.iter().map(|k| k.kind.as_str()));
        match (same_kind, near) {
            (Some(kind), _) => failure.hint(format!("{} is in {}", kind.kind, kind.api_version())),
            (None, Some(near)) => failure.hint(format!("did you mean {near:?}?")),
            (None, None) => failure,
        }
    }
}

fn kinds_of(group: Group) -> impl Iterator<Item = KindOf> {
    let name = group.metadata.name;
    group.versions.into_iter().flat_map(move |version| {
        let name = name.clone();
        version.resources.into_iter().map(move |served| KindOf {
            group: name.clone(),
            version: version.version.clone(),
            kind: served.response_kind.kind,
            plural: served.resource,
            singular: served.singular_resource,
            short_names: served.short_names,
            categories: served.categories,
            is_namespaced: served.scope == "Namespaced",
        })
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::Kinds;

    pub(crate) fn some() -> Kinds {
        let kind = |kind: &str, plural: &str, scope: &str, short: &[&str]| {
            json!({"resource": plural, "responseKind": {"kind": kind}, "scope": scope, "singularResource": kind.to_lowercase(),
                "shortNames": short, "categories": ["all"]})
        };
        let group = |name: &str, version: &str, resources: serde_json::Value| json!({"metadata": {"name": name}, "versions": [{"version": version, "resources": resources}]});
        let core = json!({"items": [group("", "v1", json!([kind("Event", "events", "Namespaced", &["ev"])]))]});
        let groups = json!({"items": [
            group("apps", "v1", json!([kind("Deployment", "deployments", "Namespaced", &["deploy"])])),
            group("platform.causeway.dev", "v1", json!([
                kind("Deployment", "deployments", "Namespaced", &["dep"]), kind("Application", "applications", "Namespaced", &["app"]),
                kind("Cluster", "clusters", "Cluster", &[])])),
            group("platform.example.com", "v1", json!([kind("Application", "applications", "Namespaced", &["app"])])),
        ]});
        Kinds::read(&[core, groups])
    }

    #[test]
    fn means_the_platforms_own_kind_unless_a_group_is_named() {
        let kinds = some();
        let group = |word: &str| kinds.find(word).map(|k| k.group.clone()).unwrap();
        for word in ["deployments", "deployment", "dep", "Deployment"] {
            assert_eq!(group(word), "platform.causeway.dev", "{word}");
        }
        assert_eq!(group("deployments.apps"), "apps");
        assert_eq!(group("deployments.v1.apps"), "apps");
        assert_eq!(group("ev"), "");
    }

    #[test]
    fn names_the_nearest_kind_for_a_misspelt_one() {
        assert_eq!(some().find("applicaton").unwrap_err().hints, ["did you mean \"application\"?"]);
    }
}
