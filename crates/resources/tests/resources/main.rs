//! The rules of writes, through the one door, over a real store.

mod admission;
mod audit;
mod client;
mod create;
mod delete;
mod door;
mod fields;
mod names;
mod patch;
mod replace;
