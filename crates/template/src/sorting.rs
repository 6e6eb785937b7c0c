//! Stable sorting with comparisons that may fail or contradict each other.
//!
//! Invariant: never panics, whatever the comparison says (the standard library's sort may); equal items keep their order.

use std::cmp::Ordering;

use crate::error::Fault;

/// Merge sort.
pub(crate) fn sort_by<T>(
    items: Vec<T>,
    compare: &mut dyn FnMut(&T, &T) -> Result<Ordering, Fault>,
) -> Result<Vec<T>, Fault> {
    if items.len() < 2 {
        return Ok(items);
    }
    let mut left = items;
    let right = left.split_off(left.len() / 2);
    let mut left = sort_by(left, compare)?.into_iter().peekable();
    let mut right = sort_by(right, compare)?.into_iter().peekable();
    let mut merged = Vec::with_capacity(left.len() + right.len());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        let from_right = compare(first, second)?.is_gt();
        merged.extend(if from_right { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}
