//! Words, numbers and texts that somebody else wrote.

use causeway_core::{Object, yaml};
use maud::{Markup, html};

use super::icon;
use crate::address;

/// `1 service`, `2 services`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {}", plural(number, noun))
}

/// The noun as it goes with a number.
pub(crate) fn plural(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => noun.to_owned(),
        (_, Some(stem)) if !noun.ends_with("ay") && !noun.ends_with("ey") => format!("{stem}ies"),
        _ if noun.ends_with('s') => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

/// A link to another place, where its address is one that a link may have; the bare text otherwise.
pub(crate) fn external(url: &str, text: &str) -> Markup {
    match address::outside(url) {
        Some(url) => html! { a href=(url) rel="noopener noreferrer" { (text) } },
        None => html! { span { (text) } },
    }
}

/// An object as the YAML that `platform get -o yaml` prints, without what only machines read.
pub(crate) fn document(object: &Object) -> Markup {
    let mut shown = object.clone();
    shown.metadata_mut().shift_remove("managedFields");
    code("yaml", "Stored object", &yaml::to_yaml(&shown.into_value()))
}

/// A text in a box with a copy button.
pub(crate) fn code(id: &str, title: &str, text: &str) -> Markup {
    html! {
        div.code {
            header { (title) button.sm.bare type="button" data-copy=(id) hidden { (icon("copy")) "Copy" } }
            pre id=(id) tabindex="0" role="region" aria-label=(title) { (text) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{count, external};

    #[test]
    fn counts_in_words() {
        assert_eq!(count(1, "entity"), "1 entity");
        assert_eq!(count(0, "entity"), "0 entities");
        assert_eq!(count(2, "day"), "2 days");
        assert_eq!(count(3, "class"), "3 classes");
    }

    #[test]
    fn never_links_to_a_script() {
        assert_eq!(external("javascript:alert(1)", "<b>x</b>").into_string(), "<span>&lt;b&gt;x&lt;/b&gt;</span>");
    }
}
