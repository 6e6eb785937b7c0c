//! What names, labels, annotations and tags may look like, in the words in which Kubernetes refuses them.
//!
//! Every check answers `Ok` or one sentence which says what is allowed, fit to stand behind `Invalid value: "…":`.

use std::sync::LazyLock;

use regex::Regex;

/// Longest DNS-1123 subdomain, in bytes.
pub const SUBDOMAIN_MAX: usize = 253;
/// Longest DNS-1123 label, label value, and name part of a qualified name, in bytes.
pub const LABEL_MAX: usize = 63;

const LABEL_MESSAGE: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_MESSAGE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const QUALIFIED_MESSAGE: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE_MESSAGE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const BACKSTAGE_MESSAGE: &str = "must be 1 to 63 letters, digits, '-', '_' or '.', and must start and end with a letter or digit (e.g. 'payment-service', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const TAG_MESSAGE: &str = "must be 1 to 63 lower case letters, digits, ':', '+' or '#', in parts joined by '-' (e.g. 'java-data', regex used for validation is '[a-z0-9:+#]+(\\-[a-z0-9:+#]+)*')";

/// What the names of a kind may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum NameRule {
    /// A lower-case DNS-1123 subdomain of at most 253 bytes: most kinds.
    #[default]
    DnsSubdomain,
    /// A lower-case DNS-1123 label of at most 63 bytes: namespaces.
    DnsLabel,
    /// 1 to 63 letters of either case, digits, `-`, `_`, `.`; two names which differ in case alone are the same.
    Backstage,
    /// Anything that can stand as one segment of a URL path: the RBAC kinds.
    PathSegment,
}

impl NameRule {
    /// Whether `name` follows the rule; the error says what is allowed.
    pub fn check(self, name: &str) -> Result<(), String> {
        match self {
            Self::DnsSubdomain => check_subdomain(name),
            Self::DnsLabel => check_label(name),
            Self::Backstage => check_backstage_name(name),
            Self::PathSegment => check_path_segment(name),
        }
    }

    /// Whether two names mean the same object.
    pub fn same(self, one: &str, other: &str) -> bool {
        self.fold(one) == self.fold(other)
    }

    /// The form of a name that identifies an object: lower case where case does not count.
    pub fn fold(self, name: &str) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Backstage if name.bytes().any(|b| b.is_ascii_uppercase()) => name.to_ascii_lowercase().into(),
            Self::Backstage | Self::DnsSubdomain | Self::DnsLabel | Self::PathSegment => name.into(),
        }
    }
}

/// A lower-case DNS-1123 label.
pub fn check_label(name: &str) -> Result<(), String> {
    within(name, LABEL_MAX)?;
    if is_dns_label(name) { Ok(()) } else { Err(LABEL_MESSAGE.into()) }
}

/// A lower-case DNS-1123 subdomain: labels joined by dots. The labels alone have no limit, as in Kubernetes.
pub fn check_subdomain(name: &str) -> Result<(), String> {
    within(name, SUBDOMAIN_MAX)?;
    if name.split('.').all(is_dns_label) { Ok(()) } else { Err(SUBDOMAIN_MESSAGE.into()) }
}

/// The key of a label or annotation, or the name of a finalizer: `[subdomain/]name`.
pub fn check_qualified_name(key: &str) -> Result<(), String> {
    let mut parts = key.split('/');
    let (prefix, name) = match (parts.next(), parts.next(), parts.next()) {
        (Some(name), None, _) => (None, name),
        (Some(prefix), Some(name), None) => (Some(prefix), name),
        _ => {
            return Err(format!(
                "a qualified name {QUALIFIED_MESSAGE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ));
        }
    };
    match prefix {
        Some("") => return Err("prefix part must be non-empty".into()),
        Some(prefix) => check_subdomain(prefix).map_err(|message| format!("prefix part {message}"))?,
        None => {}
    }
    if name.is_empty() {
        return Err("name part must be non-empty".into());
    }
    within(name, LABEL_MAX).map_err(|message| format!("name part {message}"))?;
    if is_word(name) { Ok(()) } else { Err(format!("name part {QUALIFIED_MESSAGE}")) }
}

/// The key of a label.
pub fn check_label_key(key: &str) -> Result<(), String> {
    check_qualified_name(key)
}

/// The value of a label; empty is allowed.
pub fn check_label_value(value: &str) -> Result<(), String> {
    within(value, LABEL_MAX)?;
    if value.is_empty() || is_word(value) { Ok(()) } else { Err(LABEL_VALUE_MESSAGE.into()) }
}

/// The key of an annotation: a qualified name whose case does not count.
pub fn check_annotation_key(key: &str) -> Result<(), String> {
    check_qualified_name(&key.to_ascii_lowercase())
}

/// The name of an entity as Backstage takes it.
pub fn check_backstage_name(name: &str) -> Result<(), String> {
    if name.len() <= LABEL_MAX && is_word(name) { Ok(()) } else { Err(BACKSTAGE_MESSAGE.into()) }
}

/// The namespace of an entity as Backstage takes it: a DNS label.
pub fn check_backstage_namespace(namespace: &str) -> Result<(), String> {
    check_label(namespace)
}

/// A tag of an entity.
pub fn check_tag(tag: &str) -> Result<(), String> {
    #[expect(clippy::unwrap_used, reason = "a literal pattern")]
    static TAG: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^[a-z0-9:+#]+(-[a-z0-9:+#]+)*$").unwrap());
    if tag.len() <= LABEL_MAX && TAG.is_match(tag) { Ok(()) } else { Err(TAG_MESSAGE.into()) }
}

/// `kind` as the catalog takes it: 1 to 63 letters and digits, the first a letter.
pub fn check_kind(kind: &str) -> Result<(), String> {
    let letters =
        kind.bytes().all(|b| b.is_ascii_alphanumeric()) && kind.starts_with(|c: char| c.is_ascii_alphabetic());
    if letters && kind.len() <= LABEL_MAX {
        Ok(())
    } else {
        Err("must be 1 to 63 letters and digits, the first a letter (e.g. 'Component')".into())
    }
}

fn check_path_segment(name: &str) -> Result<(), String> {
    match name {
        "." | ".." => Err(format!("may not be '{name}'")),
        _ => match name.chars().find(|c| matches!(c, '/' | '%')) {
            Some(found) => Err(format!("may not contain '{found}'")),
            None => Ok(()),
        },
    }
}

fn within(text: &str, max: usize) -> Result<(), String> {
    if text.len() > max { Err(format!("must be no more than {max} bytes")) } else { Ok(()) }
}

fn is_dns_label(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    match text.as_bytes() {
        [] => false,
        [only] => inner(*only),
        [first, middle @ .., last] => inner(*first) && inner(*last) && middle.iter().all(|b| inner(*b) || *b == b'-'),
    }
}

fn is_word(text: &str) -> bool {
    let outer = |b: u8| b.is_ascii_alphanumeric();
    match text.as_bytes() {
        [] => false,
        [only] => outer(*only),
        [first, middle @ .., last] => {
            outer(*first) && outer(*last) && middle.iter().all(|b| outer(*b) || matches!(b, b'-' | b'_' | b'.'))
        }
    }
}
