//! Object names. The invariant: an [`ObjectId`] is exactly forty lower-case hexadecimal digits,
//! so it can stand in any command without a guard.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::InvalidName;

/// What Git writes where there is no object (a ref that is created or deleted).
pub(crate) const NO_OBJECT: &str = "0000000000000000000000000000000000000000";

/// The SHA-1 name of a Git object.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectId(String);

impl ObjectId {
    /// Reads forty hexadecimal digits.
    ///
    /// # Errors
    /// [`InvalidName`] for anything else, and for the all-zero name, which names no object.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let hexadecimal = text.len() == 40 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !hexadecimal || text == NO_OBJECT {
            return Err(InvalidName::new("object name", text, "it must be 40 hexadecimal digits"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The forty digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ObjectId {
    type Error = InvalidName;
    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::parse(&text)
    }
}

impl From<ObjectId> for String {
    fn from(id: ObjectId) -> Self {
        id.0
    }
}
