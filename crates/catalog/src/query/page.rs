//! One page of an ordered list, found again by the row at which the last one ended, so that what is added or removed
//! meanwhile moves nothing.
//!
//! As Backstage does, a list that is ordered by a field leaves out entities without it, and names one with several values
//! once for each.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Value;

use super::cursor::Spot;
use super::order::{compare, values};
use super::{Cursor, Direction, Filter, FullText, Order, QueryError, Scope};
use crate::Entity;

/// Entities on a page where no limit is asked for.
pub const PAGE_DEFAULT: usize = 200;
/// Most entities on a page.
pub const PAGE_MAX: usize = 500;

/// Whether all that match are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Count {
    /// They are.
    #[default]
    Include,
    /// They are not, and the count is 0.
    Exclude,
}

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct PageRequest {
    /// The values of `filter=`.
    pub filter: Vec<String>,
    /// The predicate; null where there is none.
    pub query: Value,
    /// The field to order by; only the first counts.
    pub order: Vec<Order>,
    /// What is looked for.
    pub full_text: Option<FullText>,
    /// At most so many.
    pub limit: Option<usize>,
    /// So many are passed over, on the first page.
    pub offset: usize,
    /// Where the last page ended; then all but the limit comes from there.
    pub cursor: Option<Cursor>,
    /// Whether all that match are counted.
    pub count: Count,
}

/// A page.
pub struct Page<'a> {
    /// The entities.
    pub items: Vec<&'a Arc<Entity>>,
    /// How many match, on all pages.
    pub total: usize,
    /// Where to go on.
    pub next: Option<Cursor>,
    /// Where to go back.
    pub previous: Option<Cursor>,
}

struct Row<'a> {
    value: Option<String>,
    entity: &'a Arc<Entity>,
}

impl Row<'_> {
    fn spot(&self) -> Spot {
        Spot(self.value.clone(), self.entity.reference.to_string())
    }
}

/// The page that is asked for.
pub fn page<'a>(scope: &Scope<'a>, request: PageRequest) -> Result<Page<'a>, QueryError> {
    let limit = request.limit.unwrap_or(PAGE_DEFAULT).min(PAGE_MAX);
    let is_first = request.cursor.is_none();
    let (offset, count) = (request.offset, request.count);
    let cursor = match request.cursor {
        Some(cursor) => cursor,
        None => Cursor {
            order_fields: request.order.into_iter().take(1).collect(),
            full_text_filter: request.full_text,
            filter: request.filter,
            query: request.query,
            total_items: (count == Count::Exclude).then_some(0),
            ..Cursor::default()
        },
    };
    let (mut rows, matched) = rows(scope, &cursor)?;
    let direction = cursor.order_fields.first().map_or(Direction::Asc, |order| order.order);
    let total = cursor.total_items.unwrap_or(matched);
    if limit == 0 {
        return Ok(Page { items: Vec::new(), total, next: None, previous: None });
    }
    let (start, end) = match &cursor.order_field_values {
        None => (offset.min(rows.len()), (offset.saturating_add(limit)).min(rows.len())),
        Some(spot) if cursor.is_previous => {
            let end = rows.partition_point(|row| against(direction, row, spot) == Ordering::Less);
            (end.saturating_sub(limit), end)
        }
        Some(spot) => {
            let start = rows.partition_point(|row| against(direction, row, spot) != Ordering::Greater);
            (start, (start + limit).min(rows.len()))
        }
    };
    let has_more = end < rows.len();
    let shown: Vec<Row<'a>> = rows.drain(start..end).collect();
    let first = cursor.first_sort_field_values.clone().or_else(|| shown.first().map(Row::spot));
    let turn = |row: &Row<'_>, is_previous: bool| Cursor {
        order_field_values: Some(row.spot()),
        first_sort_field_values: first.clone(),
        is_previous,
        total_items: Some(total),
        ..cursor.clone()
    };
    let is_at_start =
        |row: &Row<'_>| first.as_ref().is_none_or(|first| against(direction, row, first) != Ordering::Greater);
    let next = shown.last().filter(|_| has_more).map(|row| turn(row, false));
    let previous = shown.first().filter(|row| !is_first && !is_at_start(row)).map(|row| turn(row, true));
    Ok(Page { items: shown.into_iter().map(|row| row.entity).collect(), total, next, previous })
}

/// All rows of the list in order, and how many entities they are of.
fn rows<'a>(scope: &Scope<'a>, cursor: &Cursor) -> Result<(Vec<Row<'a>>, usize), QueryError> {
    let filter = Filter::parse(&cursor.filter)?;
    let predicate =
        if cursor.query.is_null() { Filter::All(Vec::new()) } else { Filter::from_predicate(&cursor.query)? };
    let order = cursor.order_fields.first();
    let field = order.map(|order| order.field.as_str());
    let mut rows = Vec::new();
    let mut matched = 0;
    for entity in scope.entities() {
        let is_wanted = filter.matches(scope, entity)
            && predicate.matches(scope, entity)
            && cursor.full_text_filter.as_ref().is_none_or(|text| text.matches(entity, field));
        if !is_wanted {
            continue;
        }
        let values = field.map_or_else(|| vec![None], |field| values(scope, entity, field));
        matched += usize::from(!values.is_empty());
        rows.extend(values.into_iter().map(|value| Row { value, entity }));
    }
    if let Some(Order { order: direction, .. }) = order {
        rows.sort_by(|one, other| against(*direction, one, &other.spot()));
    }
    Ok((rows, matched))
}

/// How a row stands to a place in the list. What is equal is in order of reference.
fn against(direction: Direction, row: &Row<'_>, spot: &Spot) -> Ordering {
    let ordering = compare(direction, row.value.as_deref(), spot.0.as_deref());
    ordering.then_with(|| direction.of((*row.entity.reference).cmp(spot.1.as_str())))
}
