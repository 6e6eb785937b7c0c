//! The neighbours of an entity as a picture: what uses it on the left, what it uses on the right. The table beside it says the same.

use causeway_core::DEFAULT_NAMESPACE;
use maud::{Markup, html};

use super::relation::Relation;
use crate::address;

/// Relations that point away from the entity.
const RIGHT: &[&str] = &["providesApi", "consumesApi", "dependsOn", "hasPart", "parentOf", "hasMember", "ownerOf"];
/// Boxes on one side; the table has the rest.
const MOST: usize = 7;
const WIDTH: usize = 660;
const BOX: (usize, usize) = (180, 40);
const STEP: usize = 60;
const LONGEST: usize = 22;

/// The picture; nothing where there is nothing to connect.
pub(super) fn draw(title: &str, relations: &[Relation]) -> Markup {
    let (right, left): (Vec<&Relation>, Vec<&Relation>) =
        distinct(relations).into_iter().partition(|r| RIGHT.contains(&r.kind.as_str()));
    let (left, right) = (&left[..left.len().min(MOST)], &right[..right.len().min(MOST)]);
    if left.is_empty() && right.is_empty() {
        return html! {};
    }
    let rows = left.len().max(right.len()).max(1);
    let height = rows * STEP;
    let middle = height / 2;
    html! {
        div.body { div.scroll tabindex="0" role="group" aria-labelledby="h-relations" {
            svg.graph viewBox=(format!("0 0 {WIDTH} {height}")) role="group" aria-labelledby="graph-title" {
                title id="graph-title" { (title) ", what stands before it and what stands behind it" }
                @for (index, relation) in left.iter().enumerate() { (node(relation, 8, top(index, left.len(), height), Side::Left, middle)) }
                @for (index, relation) in right.iter().enumerate() { (node(relation, WIDTH - BOX.0 - 8, top(index, right.len(), height), Side::Right, middle)) }
                g.self {
                    rect x=(WIDTH / 2 - BOX.0 / 2) y=(middle - BOX.1 / 2) width=(BOX.0) height=(BOX.1) rx="5" {}
                    text x=(WIDTH / 2 - BOX.0 / 2 + 12) y=(middle + 5) { (short(title)) }
                }
            }
        } }
    }
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// Each neighbour once.
fn distinct(relations: &[Relation]) -> Vec<&Relation> {
    let mut found: Vec<&Relation> = Vec::new();
    for relation in relations {
        if !found.iter().any(|r| r.to == relation.to) {
            found.push(relation);
        }
    }
    found
}

/// Where a box begins, with all of its side spread over the height.
fn top(index: usize, number: usize, height: usize) -> usize {
    let lane = height / number.max(1);
    index * lane + (lane - BOX.1) / 2
}

fn node(relation: &Relation, x: usize, y: usize, side: Side, middle: usize) -> Markup {
    let centre = y + BOX.1 / 2;
    let (from, to) = match side {
        Side::Left => (x + BOX.0, WIDTH / 2 - BOX.0 / 2),
        Side::Right => (WIDTH / 2 + BOX.0 / 2, x),
    };
    let (start, end) = match side {
        Side::Left => (centre, middle),
        Side::Right => (middle, centre),
    };
    let bend = usize::midpoint(from, to);
    let content = html! {
        rect x=(x) y=(y) width=(BOX.0) height=(BOX.1) rx="5" {}
        text x=(x + 12) y=(y + 17) { (short(&relation.to.humanise(&relation.to.kind, DEFAULT_NAMESPACE))) }
        text.sub x=(x + 12) y=(y + 32) { (relation.to.kind.to_lowercase()) }
    };
    html! {
        path d=(format!("M{from} {start}C{bend} {start} {bend} {end} {to} {end}")) {}
        @if relation.known { a href=(address::entity(&relation.to)) { (content) } } @else { g { (content) } }
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        text.to_owned()
    } else {
        text.chars().take(LONGEST - 1).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use causeway_core::reference::EntityRef;

    use super::{Relation, draw};

    #[test]
    fn draws_each_neighbour_once_and_links_known_ones() {
        let relation = |kind: &str, name: &str, known| Relation {
            kind: kind.into(),
            to: EntityRef::new("component", "default", name),
            known,
        };
        let all = [
            relation("dependsOn", "a", true),
            relation("consumesApi", "a", true),
            relation("dependencyOf", "<b>", false),
        ];
        let picture = draw("me", &all).into_string();
        assert_eq!(picture.matches("<rect").count(), 3, "{picture}");
        assert_eq!(picture.matches("<a href=\"/catalog/default/component/a\"").count(), 1, "{picture}");
        assert!(picture.contains("&lt;b&gt;"), "{picture}");
        assert!(draw("me", &[]).into_string().is_empty());
    }
}
