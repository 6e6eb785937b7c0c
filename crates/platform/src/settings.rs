//! What `up` was asked for.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::logging::Format;

/// Arguments of `platform up`.
#[derive(Args, Clone, Debug)]
pub(crate) struct UpArguments {
    /// Where everything is kept.
    #[arg(long, env = "PLATFORM_DATA", default_value = "./.platform", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Address of the API and the portal; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:7007", value_name = "ADDR")]
    pub(crate) listen: SocketAddr,
    /// Address under which services answer; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:7080", value_name = "ADDR")]
    pub(crate) ingress: SocketAddr,
    /// Load a small organisation, so that every page has something to show.
    #[arg(long)]
    pub(crate) demo: bool,
    /// Listen on other addresses than loopback without TLS in front.
    #[arg(long)]
    pub(crate) insecure_listen: bool,
    /// How log lines look.
    #[arg(long, value_enum, default_value = "auto", value_name = "FORMAT")]
    pub(crate) log_format: Format,
}

/// The folders and files below the data folder.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) root: PathBuf,
}

impl Layout {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    pub(crate) fn admin_token(&self) -> PathBuf {
        self.root.join("admin.token")
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.root.join("tls.crt")
    }

    pub(crate) fn repositories(&self) -> PathBuf {
        self.root.join("git")
    }

    pub(crate) fn artifacts(&self) -> PathBuf {
        self.root.join("artifacts")
    }

    pub(crate) fn caches(&self) -> PathBuf {
        self.root.join("caches")
    }

    pub(crate) fn runs(&self) -> PathBuf {
        self.root.join("runs")
    }

    pub(crate) fn local(&self) -> PathBuf {
        self.root.join("local")
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.root.join("postgres")
    }

    pub(crate) fn sqlite(&self) -> PathBuf {
        self.root.join("sqlite")
    }
}
