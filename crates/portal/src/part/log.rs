//! Log lines: what programs wrote, without what would rewrite a terminal.

use maud::{Markup, html};

use super::State;

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogRow {
    /// When, or which replica: what stands before the text.
    pub(crate) lead: String,
    pub(crate) text: String,
}

/// The lines, as the items of a list.
pub(crate) fn log_lines(rows: &[LogRow]) -> Markup {
    html! {
        @for row in rows {
            @let text = plain(&row.text);
            li class=[tone(&text)] { time { (row.lead) } span { (text) } }
        }
    }
}

/// Lines that say of themselves that something is wrong are marked.
fn tone(text: &str) -> Option<&'static str> {
    let start = text.trim_start().get(..10).unwrap_or(text.trim_start()).to_ascii_lowercase();
    let state = if start.starts_with("error:") || start.starts_with("::error") || start.starts_with("##[error]") {
        State::Bad
    } else if start.starts_with("warning:") || start.starts_with("::warning") {
        State::Warn
    } else {
        return None;
    };
    Some(state.class())
}

/// Without escape sequences (ECMA-48) and other control characters.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                // a control sequence ends with a letter or one of @[\]^_`{|}~
                Some('[') => while chars.next().is_some_and(|c| !('\u{40}'..='\u{7e}').contains(&c)) {},
                // an operating system command ends with BEL or ESC \
                Some(']') => {
                    while let Some(c) = chars.next() {
                        if c == '\u{7}' || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                            break;
                        }
                    }
                }
                _ => {}
            },
            '\t' => out.push('\t'),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{LogRow, log_lines, plain};

    #[test]
    fn takes_colours_titles_and_control_characters_out() {
        for (raw, wanted) in [
            ("\u{1b}[1;31mred\u{1b}[0m plain", "red plain"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("a\u{8}b\rc\td", "abc\td"),
            ("cut \u{1b}[3", "cut "),
            ("end \u{1b}", "end "),
        ] {
            assert_eq!(plain(raw), wanted, "{raw:?}");
        }
    }

    #[test]
    fn escapes_what_programs_wrote_and_marks_errors() {
        let row = LogRow { lead: "14:31:08".into(), text: "error: <script>alert(1)</script>".into() };
        let wanted =
            "<li class=\"bad\"><time>14:31:08</time><span>error: &lt;script&gt;alert(1)&lt;/script&gt;</span></li>";
        assert_eq!(log_lines(&[row]).into_string(), wanted);
    }
}
