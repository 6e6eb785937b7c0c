//! Names of repositories and refs. The invariant: a value of these types is safe as a path
//! component, as an argument and in a URL, so nothing behind this module checks again.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The namespace that addresses may leave out.
pub const DEFAULT_NAMESPACE: &str = "default";

/// Longest repository name. With `.git` it stays below the 255 bytes of a file name.
const MAX_NAME: usize = 200;
/// Longest ref name accepted; loose refs are files, so a component must fit into a file name.
const MAX_REF: usize = 240;

/// A name that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} {name:?} is not valid: {reason}")]
pub struct InvalidName {
    what: &'static str,
    name: String,
    reason: &'static str,
}

impl InvalidName {
    pub(crate) fn new(what: &'static str, name: &str, reason: &'static str) -> Self {
        let name = name.chars().take(80).collect();
        Self { what, name, reason }
    }

    /// Why the name was refused, as a clause: "`must …`".
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

/// A repository: namespace and name, both following the rules of Kubernetes
/// (DNS label and DNS subdomain).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "RawName", into = "RawName")]
pub struct RepositoryName {
    namespace: String,
    name: String,
}

#[derive(Serialize, Deserialize)]
struct RawName {
    namespace: String,
    name: String,
}

impl RepositoryName {
    /// Checks both parts.
    ///
    /// # Errors
    /// [`InvalidName`] unless the namespace is a DNS label and the name a DNS subdomain of at most
    /// 200 characters that does not end in `.git` or `.lock`.
    pub fn new(namespace: &str, name: &str) -> Result<Self, InvalidName> {
        check_label("namespace", namespace)?;
        check_repository(name)?;
        Ok(Self { namespace: namespace.to_owned(), name: name.to_owned() })
    }

    /// Reads `<name>.git` or `<namespace>/<name>.git`, as it stands in addresses.
    ///
    /// # Errors
    /// [`InvalidName`] for anything else.
    pub fn from_address(address: &str) -> Result<Self, InvalidName> {
        let (namespace, file) = address.split_once('/').unwrap_or((DEFAULT_NAMESPACE, address));
        let name = file
            .strip_suffix(".git")
            .ok_or_else(|| InvalidName::new("repository address", address, "it must end in .git"))?;
        Self::new(namespace, name)
    }

    /// The namespace.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name without `.git`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The path of the repository's address: `/git/orders.git`, or `/git/team/orders.git` outside
    /// the default namespace.
    pub fn url_path(&self) -> String {
        format!("/git/{}", self.address())
    }

    /// `orders.git`, or `team/orders.git` outside the default namespace.
    pub fn address(&self) -> String {
        if self.namespace == DEFAULT_NAMESPACE {
            format!("{}.git", self.name)
        } else {
            format!("{}/{}.git", self.namespace, self.name)
        }
    }

    /// Where the repository lies below the root.
    pub(crate) fn directory(&self) -> PathBuf {
        PathBuf::from(&self.namespace).join(format!("{}.git", self.name))
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

impl fmt::Debug for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<RawName> for RepositoryName {
    type Error = InvalidName;
    fn try_from(raw: RawName) -> Result<Self, InvalidName> {
        Self::new(&raw.namespace, &raw.name)
    }
}

impl From<RepositoryName> for RawName {
    fn from(RepositoryName { namespace, name }: RepositoryName) -> Self {
        Self { namespace, name }
    }
}

fn check_label(what: &'static str, label: &str) -> Result<(), InvalidName> {
    let refuse = |reason| Err(InvalidName::new(what, label, reason));
    if label.is_empty() || label.len() > 63 {
        return refuse("it must have 1 to 63 characters");
    }
    if !label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return refuse("only a-z, 0-9 and '-' are allowed");
    }
    if label.starts_with('-') || label.ends_with('-') {
        return refuse("it must begin and end with a letter or digit");
    }
    Ok(())
}

fn check_repository(name: &str) -> Result<(), InvalidName> {
    let refuse = |reason| Err(InvalidName::new("repository name", name, reason));
    if name.is_empty() || name.len() > MAX_NAME {
        return refuse("it must have 1 to 200 characters");
    }
    if name.ends_with(".git") || name.ends_with(".lock") {
        return refuse("it must not end in .git or .lock");
    }
    for label in name.split('.') {
        // A label of a subdomain may be longer than 63 in Kubernetes; only its letters matter.
        let head = &label[..label.floor_char_boundary(63)];
        let tail = label.ends_with('-');
        if let Err(invalid) = check_label("repository name", head) {
            return refuse(match invalid.reason {
                "it must have 1 to 63 characters" => "a part between dots is empty",
                other => other,
            });
        }
        if tail || !label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return refuse("only a-z, 0-9, '-' and '.' are allowed");
        }
        if label.bytes().any(|b| b.is_ascii_uppercase()) {
            return refuse("only a-z, 0-9 and '-' are allowed");
        }
    }
    Ok(())
}

/// The full name `refs/heads/<branch>`.
///
/// # Errors
/// [`InvalidName`] where `git check-ref-format --branch` would refuse it.
pub fn branch_ref(branch: &str) -> Result<String, InvalidName> {
    let full = format!("refs/heads/{branch}");
    if branch == "HEAD" || branch.starts_with('-') {
        return Err(InvalidName::new("branch name", branch, "it is reserved"));
    }
    match ref_fault(&full) {
        None => Ok(full),
        Some(reason) => Err(InvalidName::new("branch name", branch, reason)),
    }
}

/// Why a full ref name is not acceptable, by the rules of `git check-ref-format`; `None` if it is.
pub(crate) fn ref_fault(name: &str) -> Option<&'static str> {
    if name.len() > MAX_REF {
        return Some("it is too long");
    }
    if name.bytes().any(|b| b < 0x20 || b == 0x7f || b" ~^:?*[\\".contains(&b)) {
        return Some("it contains a character that Git does not allow");
    }
    if name.contains("..") || name.contains("@{") {
        return Some("it contains '..' or '@{'");
    }
    let parts: Vec<&str> = name.split('/').collect();
    if parts.len() < 2 || parts.iter().any(|part| part.is_empty()) {
        return Some("a part between slashes is empty");
    }
    if parts.iter().any(|part| part.starts_with('.') || part.ends_with(".lock")) {
        return Some("a part begins with '.' or ends in '.lock'");
    }
    name.ends_with('.').then_some("it ends in '.'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_name_is_never_a_path_or_an_option() {
        for bad in [
            "", ".", "..", "../x", "a/b", "/etc", "-rf", "a.git", "a.lock", "A", "a_b", "a..b", "a-", "a.-b", "a\0b",
            "a b", "é", "a%2f", ".hidden",
        ] {
            assert!(RepositoryName::new("default", bad).is_err(), "{bad:?} was accepted");
            assert!(RepositoryName::new(bad, "ok").is_err() || bad == "a.git", "namespace {bad:?}");
        }
        assert!(RepositoryName::new("default", &"a".repeat(201)).is_err());
        for good in ["a", "payment-service", "v1.2", "0x", &"a".repeat(200)] {
            assert!(RepositoryName::new("default", good).is_ok(), "{good:?} was refused");
        }
    }

    #[test]
    fn an_address_may_leave_out_the_default_namespace() {
        let short = RepositoryName::from_address("orders.git").unwrap();
        assert_eq!(short, RepositoryName::from_address("default/orders.git").unwrap());
        assert_eq!(short.url_path(), "/git/orders.git");
        let long = RepositoryName::from_address("team-a/orders.git").unwrap();
        assert_eq!(long.url_path(), "/git/team-a/orders.git");
        for bad in ["orders", "a/b/c.git", "../x.git", "a/../b.git", ".git", "/x.git"] {
            assert!(RepositoryName::from_address(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn refs_follow_the_rules_of_check_ref_format() {
        for good in ["refs/heads/main", "refs/heads/feature/a-b", "refs/tags/v1.0", "refs/heads/ü"] {
            assert_eq!(ref_fault(good), None, "{good:?}");
        }
        for bad in [
            "main",
            "refs/heads/",
            "refs//heads",
            "refs/heads/a..b",
            "refs/heads/.a",
            "refs/heads/a.lock",
            "refs/heads/a b",
            "refs/heads/a~1",
            "refs/heads/a^",
            "refs/heads/a:b",
            "refs/heads/a?",
            "refs/heads/*",
            "refs/heads/[a",
            "refs/heads/a\\b",
            "refs/heads/a@{1}",
            "refs/heads/a.",
            "refs/heads/a\n",
            "refs/heads/../../config",
        ] {
            assert!(ref_fault(bad).is_some(), "{bad:?} was accepted");
        }
        assert!(branch_ref("-x").is_err());
        assert!(branch_ref("HEAD").is_err());
        assert_eq!(branch_ref("main").unwrap(), "refs/heads/main");
    }
}
