//! Secrets through the front door: nothing readable reaches the disk, and those who may read get what was written.

mod paths;
mod sealing;
mod world;
