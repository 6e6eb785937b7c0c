//! Who one is, and how other programs are let in.

pub(crate) mod browser;
pub(crate) mod kubeconfig;
pub(crate) mod login;
pub(crate) mod whoami;
