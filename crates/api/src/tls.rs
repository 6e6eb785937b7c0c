//! The server's certificate: made at first start, for loopback, unless one is given.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate with its key could not be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file could not be read or written.
    #[error("the certificate file {file} could not be used")]
    File {
        /// Which file.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A certificate could not be made.
    #[error("a certificate could not be made")]
    Make(#[source] rcgen::Error),
    /// The files do not hold what they should.
    #[error("{file} does not hold a certificate and its key in PEM")]
    Bad {
        /// Which file.
        file: String,
    },
    /// The two do not fit together.
    #[error("the certificate and its key do not fit together")]
    Mismatch(#[source] rustls::Error),
}

/// A certificate with its key.
pub struct Certificate {
    config: Arc<ServerConfig>,
}

impl Certificate {
    /// From `cert` and `key` in PEM; both are made where neither is there, for the names that reach this machine.
    pub fn open_or_create(cert: &Path, key: &Path) -> Result<Self, CertificateError> {
        if !cert.exists() && !key.exists() {
            create(cert, key)?;
        }
        let bad = |file: &Path| CertificateError::Bad { file: file.display().to_string() };
        let chain = CertificateDer::pem_file_iter(cert)
            .map_err(|_| bad(cert))?
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| bad(cert))?;
        let private = PrivateKeyDer::from_pem_file(key).map_err(|_| bad(key))?;
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(CertificateError::Mismatch)?;
        Ok(Self { config: Arc::new(config) })
    }

    /// For a TLS listener.
    pub fn config(&self) -> Arc<ServerConfig> {
        let mut config = ServerConfig::clone(&self.config);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Arc::new(config)
    }
}

fn create(cert: &Path, key: &Path) -> Result<(), CertificateError> {
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    let made = rcgen::generate_simple_self_signed(names).map_err(CertificateError::Make)?;
    write(key, &made.signing_key.serialize_pem(), 0o600)?;
    write(cert, &made.cert.pem(), 0o644)
}

fn write(file: &Path, text: &str, mode: u32) -> Result<(), CertificateError> {
    let failed = |source| CertificateError::File { file: file.display().to_string(), source };
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(file).map_err(failed)?;
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(failed)
}
