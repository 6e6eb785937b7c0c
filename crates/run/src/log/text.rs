//! What a line may show: no secret, and nothing that could rewrite the terminal of whoever reads it.

/// The text with every mask replaced by `***` (longest first), as a terminal would show its last state, and of all control
/// characters with tabs and colours alone.
pub(super) fn presentable(line: &str, masks: &[String]) -> String {
    let masked = mask(line.to_owned(), masks);
    // what control characters kept apart may be a secret once they are gone
    mask(clean(&masked), masks)
}

fn mask(text: String, masks: &[String]) -> String {
    masks
        .iter()
        .fold(text, |text, mask| if text.contains(mask.as_str()) { text.replace(mask.as_str(), "***") } else { text })
}

/// Progress bars rewrite their line after a carriage return: the last state is what counts.
fn clean(line: &str) -> String {
    let line = line.trim_end_matches('\r');
    let mut rest = line.rsplit('\r').next().unwrap_or(line);
    let mut out = String::with_capacity(rest.len());
    while let Some(at) = rest.find(|c: char| c.is_control() && c != '\t') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match rest.strip_prefix('\u{1b}') {
            Some(after) => {
                let end = rest.len() - after.len() + sequence(after);
                if is_colour(&rest[..end]) {
                    out.push_str(&rest[..end]);
                }
                rest = &rest[end..];
            }
            None => rest = rest.split_at(rest.chars().next().map_or(0, char::len_utf8)).1,
        }
    }
    out.push_str(rest);
    out
}

/// How many bytes after an escape character belong to its sequence (ECMA-48: CSI, strings that end with BEL or ST, two-character
/// escapes).
fn sequence(after: &str) -> usize {
    let Some(first) = after.chars().next() else { return 0 };
    let body = &after[first.len_utf8()..];
    let length = match first {
        '[' => body.find(|c: char| ('@'..='~').contains(&c)).map_or(body.len(), |i| i + 1),
        ']' | 'P' | '^' | '_' | 'X' => match (body.find('\u{7}'), body.find("\u{1b}\\")) {
            (Some(bell), Some(end)) if end < bell => end + 2,
            (Some(bell), _) => bell + 1,
            (None, Some(end)) => end + 2,
            (None, None) => body.len(),
        },
        _ => 0,
    };
    first.len_utf8() + length
}

/// `ESC [ … m` with digits and separators between.
fn is_colour(sequence: &str) -> bool {
    let inner = sequence.strip_prefix("\u{1b}[").and_then(|s| s.strip_suffix('m'));
    inner.is_some_and(|s| s.bytes().all(|b| b.is_ascii_digit() || b == b';' || b == b':'))
}
