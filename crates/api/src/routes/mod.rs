//! One file, or folder, for each noun.

pub mod backstage;
pub mod discovery;
pub mod git;
pub mod health;
pub mod login;
pub mod metrics;
pub mod openapi;
pub mod resources;
pub mod tokens;
