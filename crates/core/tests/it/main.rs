//! The crate through its public door, one module for each noun.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod canonical;
mod corpus;
mod duration;
mod generate;
mod name;
mod patch;
mod path;
mod quantity;
mod reference;
mod schema;
mod selector;
mod yaml;
mod yaml_writer;
