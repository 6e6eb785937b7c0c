//! `format()`: `{0}` is the first argument, `{{` and `}}` are braces.

use super::error::ExpressionError;
use super::value::Value;

/// Fills `template` with `arguments`.
pub(super) fn format(template: &str, arguments: &[Value]) -> Result<String, ExpressionError> {
    let invalid = || ExpressionError::evaluation(format!("The following format string is invalid: {template}"));
    let mut result = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        result.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            result.push_str(brace);
            rest = after;
            continue;
        }
        let end = if brace == "{" { rest.find('}') } else { None }.ok_or_else(invalid)?;
        let argument = read_index(&rest[..end]).ok_or_else(invalid)?;
        let value = arguments.get(argument).ok_or_else(|| {
            ExpressionError::evaluation(format!(
                "The following format string references more arguments than were supplied: {template}"
            ))
        })?;
        result.push_str(&value.to_text());
        rest = &rest[end + 1..];
    }
    result.push_str(rest);
    Ok(result)
}

/// The index at the beginning of a placeholder; a format specifier after it is ignored.
fn read_index(placeholder: &str) -> Option<usize> {
    let digits = placeholder.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0).then(|| placeholder[..digits].parse().unwrap_or(usize::MAX))
}
