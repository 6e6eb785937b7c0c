//! What a step may say.

use super::{Definition, FILLED, Mapping, Property, Shape, closed, open, optional, place, required};

const TEXT: Definition = Definition::at(place::STEP, Shape::Text);
const MAP_OF_TEXT: Definition = Definition::at(place::STEP, Shape::Mapping(&open(super::TEXT)));

const NAME: Property = optional("name", TEXT);
const ID: Property = optional("id", FILLED);
const IF: Property = optional("if", Definition::at(place::STEP_IF, Shape::Text));
const TIMEOUT: Property = optional("timeout-minutes", Definition::at(place::STEP, Shape::Number));
const CONTINUE: Property = optional("continue-on-error", Definition::at(place::STEP, Shape::Boolean));
const ENV: Property = optional("env", MAP_OF_TEXT);

const RUN: &Mapping = &closed(&[
    NAME,
    ID,
    IF,
    TIMEOUT,
    required("run", TEXT),
    CONTINUE,
    ENV,
    optional("working-directory", TEXT),
    optional("shell", FILLED),
]);

const USES: &Mapping =
    &closed(&[NAME, ID, IF, CONTINUE, TIMEOUT, required("uses", FILLED), optional("with", MAP_OF_TEXT), ENV]);

/// A job's steps.
pub(super) const STEPS: Definition =
    Definition::of(Shape::List(&Definition::of(Shape::OneOf(&[Shape::Mapping(RUN), Shape::Mapping(USES)]))));

const ACTION_RUN: &Mapping = &closed(&[
    NAME,
    ID,
    IF,
    required("run", TEXT),
    CONTINUE,
    ENV,
    optional("working-directory", TEXT),
    required("shell", Definition::at(place::STEP, Shape::Filled)),
]);

const ACTION_USES: &Mapping =
    &closed(&[NAME, ID, IF, CONTINUE, required("uses", FILLED), optional("with", MAP_OF_TEXT), ENV]);

/// The steps of a composite action.
pub(super) const ACTION_STEPS: Definition = Definition::of(Shape::List(&Definition::of(Shape::OneOf(&[
    Shape::Mapping(ACTION_RUN),
    Shape::Mapping(ACTION_USES),
]))));
