//! Who is asking, and what they may do: over a real store.

mod permissions;
mod sessions;
mod tokens;
mod world;
