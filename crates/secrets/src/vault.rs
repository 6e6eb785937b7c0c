//! Envelope encryption: each value has a key of its own, sealed with the server's.
//!
//! A sealed value is base64 of `cws1 | wrap nonce (24) | sealed key (32+16) | nonce (24) | sealed value`, both XChaCha20-Poly1305.
//! The key that wraps is derived from the key file with HKDF-SHA-256. The associated data is the place where the value is
//! stored, so that a sealed value copied elsewhere does not open.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

const MAGIC: &[u8] = b"cws1";
const NONCE: usize = 24;
const KEY: usize = 32;
const TAG: usize = 16;
const SHORTEST: usize = MAGIC.len() + NONCE + KEY + TAG + NONCE + TAG;

/// A value could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key file could not be read or written.
    #[error("the key file {file} could not be used")]
    KeyFile {
        /// Which file.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The key file does not hold a key.
    #[error("the key file {file} is damaged: it should hold 32 bytes; restore it from a backup")]
    BadKey {
        /// Which file.
        file: String,
    },
    /// The value was not sealed by this server, for this place, or was changed since.
    #[error("a sealed value does not open: it belongs to another server or place, or is damaged")]
    DoesNotOpen,
}

/// Seals and opens values.
pub struct Vault {
    wrapping: XChaCha20Poly1305,
}

impl Vault {
    /// With the key in `file`, which is made (mode 0600) where there is none.
    pub fn open_or_create(file: &Path) -> Result<Self, VaultError> {
        let failed = |source| VaultError::KeyFile { file: file.display().to_string(), source };
        let key = match std::fs::read(file) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => create_key(file).map_err(failed)?,
            Err(error) => return Err(failed(error)),
        };
        if key.len() != KEY {
            return Err(VaultError::BadKey { file: file.display().to_string() });
        }
        Ok(Self::from_key(&key))
    }

    /// With a key of 32 bytes.
    pub fn from_key(key: &[u8]) -> Self {
        let mut derived = Zeroizing::new([0_u8; KEY]);
        let expanded = Hkdf::<Sha256>::new(None, key).expand(b"causeway secrets: key wrapping v1", derived.as_mut());
        debug_assert!(expanded.is_ok(), "32 bytes are a valid length for HKDF-SHA-256");
        Self { wrapping: XChaCha20Poly1305::new((&*derived).into()) }
    }

    /// Seals a value for a place.
    pub fn seal(&self, place: &str, value: &[u8]) -> Result<String, VaultError> {
        let key = Zeroizing::new(rand::random::<[u8; KEY]>());
        let (wrap_nonce, nonce) = (rand::random::<[u8; NONCE]>(), rand::random::<[u8; NONCE]>());
        let aad = place.as_bytes();
        let wrapped = encrypt(&self.wrapping, &wrap_nonce, key.as_ref(), aad)?;
        let sealed = encrypt(&XChaCha20Poly1305::new((&*key).into()), &nonce, value, aad)?;
        Ok(STANDARD.encode([MAGIC, &wrap_nonce, &wrapped, &nonce, &sealed].concat()))
    }

    /// Opens a value that was sealed for a place.
    pub fn open(&self, place: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let bytes = STANDARD.decode(sealed).map_err(|_| VaultError::DoesNotOpen)?;
        if bytes.len() < SHORTEST || !bytes.starts_with(MAGIC) {
            return Err(VaultError::DoesNotOpen);
        }
        let (wrap_nonce, rest) = bytes[MAGIC.len()..].split_at(NONCE);
        let (wrapped, rest) = rest.split_at(KEY + TAG);
        let (nonce, value) = rest.split_at(NONCE);
        let key = decrypt(&self.wrapping, wrap_nonce, wrapped, place.as_bytes())?;
        let cipher = XChaCha20Poly1305::new_from_slice(&key).map_err(|_| VaultError::DoesNotOpen)?;
        decrypt(&cipher, nonce, value, place.as_bytes())
    }
}

fn encrypt(cipher: &XChaCha20Poly1305, nonce: &[u8; NONCE], msg: &[u8], aad: &[u8]) -> Result<Vec<u8>, VaultError> {
    cipher.encrypt(&XNonce::from(*nonce), Payload { msg, aad }).map_err(|_| VaultError::DoesNotOpen)
}

fn decrypt(cipher: &XChaCha20Poly1305, nonce: &[u8], msg: &[u8], aad: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let nonce = XNonce::try_from(nonce).map_err(|_| VaultError::DoesNotOpen)?;
    let plain = cipher.decrypt(&nonce, Payload { msg, aad }).map_err(|_| VaultError::DoesNotOpen)?;
    Ok(Zeroizing::new(plain))
}

fn create_key(file: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let key = Zeroizing::new(rand::random::<[u8; KEY]>().to_vec());
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    out.write_all(&key)?;
    out.sync_all()?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::Vault;

    #[test]
    fn opens_what_it_sealed_for_the_same_place_alone() {
        let vault = Vault::from_key(&[7; 32]);
        let sealed = vault.seal("default/a/password", b"tops3cret").expect("seals");
        assert!(!sealed.contains("tops3cret"));
        assert_eq!(&**vault.open("default/a/password", &sealed).expect("opens"), b"tops3cret");
        assert!(vault.open("default/b/password", &sealed).is_err(), "a sealed value that was moved must not open");
        assert!(Vault::from_key(&[8; 32]).open("default/a/password", &sealed).is_err(), "another key must not open it");
    }

    #[test]
    fn makes_its_key_file_once_and_refuses_a_damaged_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        let sealed = Vault::open_or_create(&file).expect("makes a key").seal("p", b"v").expect("seals");
        assert!(Vault::open_or_create(&file).expect("reads it").open("p", &sealed).is_ok());
        std::fs::write(&file, b"short").expect("damages it");
        assert!(Vault::open_or_create(&file).is_err());
    }
}
