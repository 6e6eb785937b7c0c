//! The commands: a folder for each noun, a file for each verb.

pub(crate) mod catalog;
pub(crate) mod claim;
pub(crate) mod completion;
pub(crate) mod demo;
pub(crate) mod environment;
pub(crate) mod export;
pub(crate) mod identity;
pub(crate) mod pipeline;
pub(crate) mod plan;
pub(crate) mod resource;
pub(crate) mod run;
pub(crate) mod score;
pub(crate) mod secret;
pub(crate) mod service;
pub(crate) mod token;

use std::time::Duration;

use clap::Args;

/// Options of commands that start work and follow it.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct FollowArgs {
    /// Do not wait for the end
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// How long to wait, such as 90s or 20m
    #[arg(long, value_name = "DURATION", default_value = "20m", value_parser = causeway_core::duration::parse)]
    pub(crate) timeout: Duration,
}

/// `key=value`, as options take it.
pub(crate) fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?} is not in the form key=value")),
    }
}
