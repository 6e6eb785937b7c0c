//! What plans say, as tables: no store, no clock, no files but the corpus.

mod creation;
mod deletion;
mod fingerprint;
mod recipes;
mod rollout;
mod scene;
mod score;
