//! What a workflow file may contain: which keys, which types, and which contexts and functions an expression may name where.
//!
//! The definitions are constants composed of each other, so that a name that does not exist does not compile. They restate what GitHub
//! documents in "Workflow syntax for GitHub Actions" and "Contexts" (availability), and what its own parser accepts.

mod action;
mod event;
mod job;
mod place;
mod step;
mod workflow;

use crate::expression::{Names, Signature};

pub(super) use action::{ACTION, COMPOSITE_RUNS};
pub(crate) use place::{JOB_IF, STEP_IF};
pub(super) use workflow::WORKFLOW;

/// What the expressions of a value may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) contexts: &'static [&'static str],
    pub(crate) functions: &'static [Signature],
}

impl Place {
    /// Where no expression may stand.
    pub(crate) const NONE: Self = Self { contexts: &[], functions: &[] };

    pub(crate) const fn names(&self) -> Names<'static> {
        Names { contexts: self.contexts, functions: self.functions }
    }

    pub(crate) const fn allows_expressions(&self) -> bool {
        !self.contexts.is_empty()
    }
}

/// What a value may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definition {
    /// `None` where the place of the surrounding value holds; otherwise this one alone.
    pub(super) place: Option<Place>,
    pub(super) shape: Shape,
}

/// The types that a value may have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// Anything.
    Any,
    Null,
    Boolean,
    Number,
    /// A text; other scalars are read as text.
    Text,
    /// A text that is not empty.
    Filled,
    /// One of these words.
    Words(&'static [&'static str]),
    List(&'static Definition),
    Mapping(&'static Mapping),
    OneOf(&'static [Shape]),
}

/// A mapping: its known keys, and what others may be.
#[derive(Debug)]
pub(super) struct Mapping {
    pub(super) properties: &'static [Property],
    /// The shape of other values; their keys are texts that are not empty.
    pub(super) others: Option<Definition>,
}

/// A known key.
#[derive(Debug)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) definition: Definition,
    pub(super) is_required: bool,
}

impl Definition {
    pub(super) const fn of(shape: Shape) -> Self {
        Self { place: None, shape }
    }

    pub(super) const fn at(place: Place, shape: Shape) -> Self {
        Self { place: Some(place), shape }
    }
}

impl Shape {
    const fn is_scalar(&self) -> bool {
        matches!(self, Self::Null | Self::Boolean | Self::Number | Self::Text | Self::Filled | Self::Words(_))
    }

    /// The scalar shapes among the alternatives.
    pub(super) fn scalars(&self) -> Vec<Shape> {
        match self {
            Self::OneOf(shapes) => shapes.iter().flat_map(Shape::scalars).collect(),
            Self::Any => vec![Shape::Null, Shape::Boolean, Shape::Number, Shape::Text],
            shape if shape.is_scalar() => vec![*shape],
            _ => Vec::new(),
        }
    }

    /// What the items of a list are, if it may be one.
    pub(super) fn item(&self) -> Option<Definition> {
        match self {
            Self::Any => Some(Definition::of(Self::Any)),
            Self::List(item) => Some(**item),
            Self::OneOf(shapes) => shapes.iter().find_map(Shape::item),
            _ => None,
        }
    }

    /// The mappings among the alternatives.
    pub(super) fn mappings(&self) -> Vec<&'static Mapping> {
        match self {
            Self::Any => vec![ANY_MAPPING],
            Self::Mapping(mapping) => vec![mapping],
            Self::OneOf(shapes) => shapes.iter().flat_map(Shape::mappings).collect(),
            _ => Vec::new(),
        }
    }
}

const ANY_MAPPING: &Mapping = &Mapping { properties: &[], others: Some(Definition::of(Shape::Any)) };

impl Mapping {
    pub(super) fn find(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }
}

const fn optional(name: &'static str, definition: Definition) -> Property {
    Property { name, definition, is_required: false }
}

const fn required(name: &'static str, definition: Definition) -> Property {
    Property { name, definition, is_required: true }
}

/// Only the given keys.
const fn closed(properties: &'static [Property]) -> Mapping {
    Mapping { properties, others: None }
}

/// Any keys, with values of one definition.
const fn open(others: Definition) -> Mapping {
    Mapping { properties: &[], others: Some(others) }
}

const TEXT: Definition = Definition::of(Shape::Text);
const FILLED: Definition = Definition::of(Shape::Filled);
const BOOLEAN: Definition = Definition::of(Shape::Boolean);
const NUMBER: Definition = Definition::of(Shape::Number);
const LIST_OF_FILLED: Shape = Shape::List(&FILLED);
/// A text or a list of texts, none of them empty.
const FILLED_OR_LIST: Definition = Definition::of(Shape::OneOf(&[Shape::Filled, Shape::List(&FILLED)]));
const SCALAR: Shape = Shape::OneOf(&[Shape::Text, Shape::Boolean, Shape::Number]);
