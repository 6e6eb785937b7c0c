//! What an `action.yml` may say.
//!
//! Only what a composite action needs is checked; other kinds of actions do not run here.

use super::{Definition, FILLED, Mapping, Shape, TEXT, open, optional, place, required, step};

const ANY: Definition = Definition::of(Shape::Any);

const INPUT: &Mapping = &Mapping {
    properties: &[optional("default", Definition::at(place::ACTION_INPUT, Shape::Text))],
    others: Some(ANY),
};
const OUTPUT: &Mapping =
    &Mapping { properties: &[optional("value", Definition::at(place::ACTION_OUTPUT, Shape::Text))], others: Some(ANY) };
const RUNS: &Mapping =
    &Mapping { properties: &[required("using", FILLED)], others: Some(Definition::at(place::STEP, Shape::Any)) };
const COMPOSITE: &Mapping =
    &Mapping { properties: &[required("using", FILLED), required("steps", step::ACTION_STEPS)], others: Some(ANY) };

const ROOT: &Mapping = &Mapping {
    properties: &[
        optional("name", TEXT),
        optional("description", TEXT),
        optional(
            "inputs",
            Definition::of(Shape::Mapping(&open(Definition::of(Shape::OneOf(&[Shape::Null, Shape::Mapping(INPUT)]))))),
        ),
        optional("outputs", Definition::of(Shape::Mapping(&open(Definition::of(Shape::Mapping(OUTPUT)))))),
        required("runs", Definition::of(Shape::Mapping(RUNS))),
    ],
    others: Some(ANY),
};

/// An action file of any kind.
pub(crate) const ACTION: Definition = Definition::of(Shape::Mapping(ROOT));
/// The `runs` of a composite action.
pub(crate) const COMPOSITE_RUNS: Definition = Definition::of(Shape::Mapping(COMPOSITE));
