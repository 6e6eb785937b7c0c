//! A text that cannot be printed.

use std::fmt;

use zeroize::Zeroizing;

/// A secret text: wiped when dropped, hidden when printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes a text in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// A password of 160 random bits in letters and digits that need no escaping in URLs, shells or configuration files.
    pub fn generate() -> Self {
        const LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
        Self::new((0..32).map(|_| char::from(LETTERS[rand::random_range(0..LETTERS.len())])).collect::<String>())
    }

    /// The text itself. Whoever calls this answers for where it goes.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}
