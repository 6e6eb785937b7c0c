//! Where things have their pages. The namespace may be left out where it is `default` and the address shows it in brackets.

use causeway_core::reference::EntityRef;
use causeway_core::{DEFAULT_NAMESPACE, Definition, GroupResource};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// Groups whose kinds are entities of the catalog.
const CATALOG: &[&str] = &["backstage.io", "scaffolder.backstage.io"];
/// Stands for the core group, which has no name.
pub(crate) const CORE: &str = "core";
/// What a link may do: no scheme that runs something.
const SCHEMES: &[&str] = &["http", "https", "mailto"];

/// One segment of a path, or a value of a query.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

fn placed(root: &str, namespace: &str, name: &str) -> String {
    match namespace {
        "" | DEFAULT_NAMESPACE => format!("/{root}/{}", segment(name)),
        namespace => format!("/{root}/{}/{}", segment(namespace), segment(name)),
    }
}

/// Page of a run.
pub(crate) fn run(namespace: &str, name: &str) -> String {
    placed("runs", namespace, name)
}

/// Page of a plan.
pub(crate) fn plan(namespace: &str, name: &str) -> String {
    placed("plans", namespace, name)
}

/// Page of an environment.
pub(crate) fn environment(namespace: &str, name: &str) -> String {
    placed("environments", namespace, name)
}

/// Form of a template.
pub(crate) fn template(namespace: &str, name: &str) -> String {
    format!("/create/{}/{}", segment(namespace), segment(name))
}

/// Page of an entity.
pub(crate) fn entity(reference: &EntityRef) -> String {
    let EntityRef { kind, namespace, name } = reference;
    format!("/catalog/{}/{}/{}", segment(namespace), segment(&kind.to_lowercase()), segment(name))
}

/// Page of a component, which is where a workload of this name is shown.
pub(crate) fn component(namespace: &str, name: &str) -> String {
    entity(&EntityRef::new("component", namespace, name))
}

/// Whether a kind belongs to the catalog.
pub(crate) fn is_catalog(group: &str) -> bool {
    CATALOG.contains(&group)
}

/// List of a kind.
pub(crate) fn kind(resource: &GroupResource) -> String {
    let group = if resource.group.is_empty() { CORE } else { &resource.group };
    format!("/resources/{}/{}", segment(group), segment(&resource.resource))
}

/// Page of any object.
pub(crate) fn resource(resource: &GroupResource, namespace: &str, name: &str) -> String {
    match namespace {
        "" => format!("{}/{}", kind(resource), segment(name)),
        namespace => format!("{}/{}/{}", kind(resource), segment(namespace), segment(name)),
    }
}

/// The page that says most about an object.
pub(crate) fn object(definition: &Definition, namespace: &str, name: &str) -> String {
    let of_platform = definition.group == causeway_core::PLATFORM_GROUP;
    match definition.plural.as_str() {
        "runs" if of_platform => run(namespace, name),
        "plans" if of_platform => plan(namespace, name),
        "environments" if of_platform => environment(namespace, name),
        _ if is_catalog(&definition.group) => entity(&EntityRef::new(definition.kind.as_str(), namespace, name)),
        _ => resource(&definition.resource(), namespace, name),
    }
}

/// The object in the resource API.
pub(crate) fn api(definition: &Definition, namespace: &str, name: &str) -> String {
    let version = &definition.storage_version().name;
    let root = if definition.group.is_empty() {
        format!("/api/{version}")
    } else {
        format!("/apis/{}/{version}", definition.group)
    };
    let place = if namespace.is_empty() { String::new() } else { format!("/namespaces/{}", segment(namespace)) };
    let object = if name.is_empty() { String::new() } else { format!("/{}", segment(name)) };
    format!("{root}{place}/{}{object}", definition.plural)
}

/// An address that somebody else wrote, where a link may lead to it.
pub(crate) fn outside(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once(':')?;
    let fine = SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) && !rest.is_empty();
    (fine && !url.chars().any(|c| c.is_control() || c.is_whitespace())).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::{outside, run, segment};

    #[test]
    fn leaves_out_the_default_namespace_alone() {
        assert_eq!(run("default", "a"), "/runs/a");
        assert_eq!(run("team-a", "a.b"), "/runs/team-a/a.b");
        assert_eq!(segment("a/b?c"), "a%2Fb%3Fc");
    }

    #[test]
    fn links_to_addresses_that_run_nothing() {
        for fine in ["https://a.test/x", "http://a.test", "HTTPS://a.test", "mailto:a@b.test"] {
            assert_eq!(outside(fine), Some(fine));
        }
        for bad in [
            "javascript:alert(1)",
            "JavaScript:x",
            "data:text/html,x",
            "//a.test",
            "/x",
            "http:",
            "java\nscript:x",
            " https://a.test",
        ] {
            assert_eq!(outside(bad), None, "{bad}");
        }
    }
}
