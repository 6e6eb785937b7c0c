//! Panels, and tables that scroll by themselves.

use maud::{Markup, html};

/// A block with a title; `aside` stands at the right of the title.
pub(crate) fn panel(id: &str, title: Markup, aside: Markup, content: Markup) -> Markup {
    html! {
        section.panel id=(id) aria-labelledby={ "h-" (id) } {
            header { h2 id={ "h-" (id) } { (title) } (aside) }
            (content)
        }
    }
}

/// Around a table that may be wider than its place; `label` is the id of its heading.
pub(crate) fn scroll(label: &str, table: Markup) -> Markup {
    html! { div.scroll tabindex="0" role="group" aria-labelledby=(label) { (table) } }
}

/// Which part of a long list is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pager {
    /// From 1.
    pub(crate) page: usize,
    pub(crate) total: usize,
    pub(crate) size: usize,
}

impl Pager {
    /// A page of at most this many rows.
    pub(crate) const MOST: usize = 500;

    /// The page that was asked for, or the last one.
    pub(crate) fn new(asked: usize, total: usize, size: usize) -> Self {
        let size = size.clamp(1, Self::MOST);
        let last = total.div_ceil(size).max(1);
        Self { page: asked.clamp(1, last), total, size }
    }

    /// The rows of the page.
    pub(crate) fn slice<T>(self, rows: &[T]) -> &[T] {
        let from = ((self.page - 1) * self.size).min(rows.len());
        let to = (from + self.size).min(rows.len());
        rows.get(from..to).unwrap_or_default()
    }

    /// Where in the list it is; `link` gives the address of a page.
    pub(crate) fn show(self, noun: &str, link: impl Fn(usize) -> String) -> Markup {
        let from = if self.total == 0 { 0 } else { (self.page - 1) * self.size + 1 };
        let to = (self.page * self.size).min(self.total);
        html! {
            div.pager {
                span { (from) " to " (to) " of " (super::count(self.total, noun)) }
                span.row {
                    @if self.page > 1 { a href=(link(self.page - 1)) rel="prev" { "Previous page" } }
                    @if to < self.total { a href=(link(self.page + 1)) rel="next" { "Next page" } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pager;

    #[test]
    fn never_shows_more_than_a_page_nor_runs_past_the_end() {
        let rows: Vec<usize> = (0..1201).collect();
        let page = |asked| Pager::new(asked, rows.len(), 10_000).slice(&rows).len();
        assert_eq!([page(0), page(1), page(3), page(99)], [500, 500, 201, 201]);
        assert!(Pager::new(1, 0, 50).slice(&Vec::<u8>::new()).is_empty());
    }
}
