//! Finding entities: filters, order, pages, facets, and the parts that are asked for, as Backstage's catalog answers.
//!
//! All of it runs over the rows of entities in memory. Nothing here knows of HTTP; [`QueryError`] carries Backstage's words.

mod ancestry;
mod cursor;
mod facet;
mod fields;
mod filter;
mod order;
mod page;
mod predicate;
mod present;
mod rows;
mod scope;
mod text;

pub use ancestry::parents;
pub use cursor::Cursor;
pub use facet::{Facet, facets};
pub use fields::Fields;
pub use filter::Filter;
pub use order::{Direction, Order, sort};
pub use page::{Count, PAGE_DEFAULT, PAGE_MAX, Page, PageRequest, page};
pub use present::{etag, present, present_with};
pub use rows::Rows;
pub use scope::Scope;
pub use text::FullText;

/// A query that makes no sense, in the words of Backstage (`InputError`).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct QueryError(pub String);

impl QueryError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
