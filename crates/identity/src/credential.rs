//! Secrets that stand for somebody: `cwt_<id>_<secret><check>`. The id finds the record, the secret is compared with its
//! digest in constant time, and the check (four hex digits of a SHA-256) lets scanners and typos be recognised offline.

use causeway_core::definition::Origin;
use causeway_core::name::NameRule;
use causeway_core::{Definition, PLATFORM_GROUP, Scope, Version};
use rand::RngExt as _;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const ID_LENGTH: usize = 12;
const SECRET_LENGTH: usize = 40;
const CHECK_LENGTH: usize = 4;
const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// What a credential is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sent by programs as a bearer token.
    Token,
    /// Kept by browsers as a cookie.
    Session,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Token => "cwt",
            Self::Session => "cws",
        }
    }
}

/// A new credential: the text to hand out once, and what is stored of it.
pub struct Minted {
    /// The whole text.
    pub text: Zeroizing<String>,
    /// Finds the record.
    pub id: String,
    /// Hex SHA-256 of the secret part.
    pub digest: String,
}

impl Minted {
    /// A fresh one. 200 bits of randomness need no slow digest.
    pub fn new(kind: Kind) -> Self {
        let id = random(ID_LENGTH);
        let secret = Zeroizing::new(random(SECRET_LENGTH));
        let body = Zeroizing::new(format!("{}_{id}_{}", kind.prefix(), *secret));
        let text = Zeroizing::new(format!("{}{}", *body, check(&body)));
        Self { text, id, digest: digest(&secret) }
    }
}

/// A credential as it was presented, taken apart.
pub(crate) struct Presented<'a> {
    pub(crate) kind: Kind,
    pub(crate) id: &'a str,
    secret: &'a str,
}

impl<'a> Presented<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let body = text.get(..text.len().checked_sub(CHECK_LENGTH)?)?;
        if check(body) != text.get(body.len()..)? {
            return None;
        }
        let mut parts = body.splitn(3, '_');
        let kind = match parts.next()? {
            "cwt" => Kind::Token,
            "cws" => Kind::Session,
            _ => return None,
        };
        let (id, secret) = (parts.next()?, parts.next()?);
        (id.len() == ID_LENGTH && secret.len() == SECRET_LENGTH).then_some(Self { kind, id, secret })
    }

    pub(crate) fn matches(&self, stored: &str) -> bool {
        digest(self.secret).as_bytes().ct_eq(stored.as_bytes()).into()
    }
}

/// Whether a text looks like one of our credentials, check included.
pub fn is_well_formed(text: &str) -> bool {
    Presented::parse(text).is_some()
}

fn random(length: usize) -> String {
    let mut rng = rand::rng();
    (0..length).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}

pub(crate) fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

fn check(body: &str) -> String {
    hex::encode(&Sha256::digest(format!("causeway:{body}"))[..CHECK_LENGTH / 2])
}

/// The definition under which records of credentials are stored: internal, without a route.
pub(crate) fn definition(kind: &str, plural: &str) -> causeway_kinds::Kind {
    let spec = serde_json::json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let schema = causeway_core::schema::object_schema(spec, None, false);
    let definition = Definition {
        group: PLATFORM_GROUP.into(),
        kind: kind.into(),
        plural: plural.into(),
        singular: kind.to_lowercase(),
        list_kind: format!("{kind}List"),
        short_names: Vec::new(),
        categories: Vec::new(),
        scope: Scope::Cluster,
        versions: vec![Version {
            name: "v1".into(),
            served: false,
            storage: true,
            schema: schema.into(),
            columns: Vec::new(),
        }],
        status_subresource: false,
        scale: None,
        names: NameRule::DnsSubdomain,
        open_metadata: false,
        selectable_fields: Vec::new(),
        reconciled: false,
        passive: true,
        origin: Origin::BuiltIn,
        served: false,
        generation: false,
    };
    causeway_kinds::Kind { definition, normalise: |_| {}, validate: |_, _| Vec::new() }
}
