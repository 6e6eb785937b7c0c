//! Five-field cron expressions in UTC, as `on.schedule` takes them.

use std::ops::RangeInclusive;

struct Field {
    range: RangeInclusive<u32>,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field { range: 0..=59, names: &[] },
    Field { range: 0..=23, names: &[] },
    Field { range: 1..=31, names: &[] },
    Field {
        range: 1..=12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Field { range: 0..=6, names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

/// Whether `expression` is `minute hour day month weekday`, each a list of values, ranges and steps.
pub(super) fn is_valid(expression: &str) -> bool {
    let parts: Vec<&str> = expression.split(' ').collect();
    let parts: Vec<&str> = parts
        .iter()
        .enumerate()
        .filter(|(at, part)| !part.is_empty() || *at == 0 || *at + 1 == parts.len())
        .map(|(_, part)| *part)
        .collect();
    parts.len() == FIELDS.len()
        && parts.iter().zip(&FIELDS).all(|(part, field)| part.split(',').all(|item| field.accepts_item(item)))
}

impl Field {
    fn accepts_item(&self, item: &str) -> bool {
        match item.split_once('/') {
            Some((start, step)) => self.accepts_range(start) && self.accepts_step(step),
            None => self.accepts_range(item),
        }
    }

    fn accepts_step(&self, step: &str) -> bool {
        read_number(step).is_some_and(|step| step > 0 && self.range.contains(&step))
    }

    fn accepts_range(&self, item: &str) -> bool {
        match item.split_once('-') {
            _ if item == "*" => true,
            Some((start, end)) => {
                matches!((self.value(start), self.value(end)), (Some(start), Some(end)) if start <= end)
            }
            None => self.value(item).is_some(),
        }
    }

    fn value(&self, text: &str) -> Option<u32> {
        if let Some(at) = self.names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
            return u32::try_from(at).ok().map(|at| at + self.range.start());
        }
        read_number(text).filter(|value| self.range.contains(value))
    }
}

fn read_number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn takes_lists_ranges_steps_and_names() {
        for good in ["* * * * *", "0 */12 * * *", "5,10-20/2 0 1 jan MON-fri", "0  0 * * 0", "59 23 31 12 6"] {
            assert!(is_valid(good), "{good}");
        }
        for bad in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "5-1 * * * *",
            "*/0 * * * *",
            "a * * * *",
            "1,,2 * * * *",
            "@daily",
            " * * * * *",
        ] {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
