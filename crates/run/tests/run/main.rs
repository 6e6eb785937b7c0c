//! Runs through the front door: a real engine over a real store, and programs written for the purpose.

mod concurrency;
mod endings;
mod logs;
mod restarts;
mod script;
mod steps;
mod waiting;
mod world;
