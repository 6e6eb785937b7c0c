//! What every kind has to hold, checked against the list of kinds, so that a new one cannot be forgotten.

mod admission;
mod brief;
mod columns;
mod defaults;
mod documents;
mod rules;
mod schemas;
mod score;
mod typed;
mod wild;
