//! Numbers as JavaScript reads and prints them, which is what GitHub's expressions promise.

/// Reads a number literal, or a string that is compared with a number: decimal with sign and exponent, `0x`, `0o`, `Infinity`, and
/// nothing at all (zero). Everything else is `NaN`.
pub(crate) fn parse_number(text: &str) -> f64 {
    let text = text.trim();
    if text.is_empty() {
        return 0.0;
    }
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return parse_radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o").or_else(|| text.strip_prefix("0O")) {
        return parse_radix(digits, 8);
    }
    let (sign, unsigned) = match text.as_bytes()[0] {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    if unsigned == "Infinity" {
        return sign * f64::INFINITY;
    }
    if !is_decimal(unsigned) {
        return f64::NAN;
    }
    unsigned.parse::<f64>().map_or(f64::NAN, |number| sign * number)
}

fn parse_radix(digits: &str, radix: u32) -> f64 {
    if digits.is_empty() {
        return f64::NAN;
    }
    digits
        .chars()
        .try_fold(0.0, |sum, digit| digit.to_digit(radix).map(|digit| sum * f64::from(radix) + f64::from(digit)))
        .unwrap_or(f64::NAN)
}

/// `5`, `5.`, `.5`, `5.5`, each with an optional exponent.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_mantissa = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let is_exponent = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    is_mantissa && is_exponent
}

/// A number as text in an expression: at most fifteen digits after the point, so that `0.1 + 0.2` noise does not show.
pub(crate) fn format_number(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    if !number.is_finite() || number.abs() >= 1e21 {
        return format_exactly(number);
    }
    format_exactly(format!("{number:.15}").parse().unwrap_or(number))
}

/// A number with all its digits, as `Number.prototype.toString` gives it (ECMAScript, Number::toString).
pub(crate) fn format_exactly(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    let magnitude = number.abs();
    if (1e-6..1e21).contains(&magnitude) {
        return format!("{number}");
    }
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}e+{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_javascript_reads_and_nothing_more() {
        for (text, number) in [
            ("1", 1.0),
            (" 1 ", 1.0),
            ("", 0.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("-1e-1", -0.1),
            ("0xFf", 255.0),
            ("0o17", 15.0),
            ("+Infinity", f64::INFINITY),
        ] {
            assert!((parse_number(text) - number).abs() < 1e-12 || parse_number(text) == number, "{text}");
        }
        for text in ["abc", ".", "1e", "-0xff", "1_000", "0x", "Inf", "infinity", "nan", "1 2", "0b11"] {
            assert!(parse_number(text).is_nan(), "{text}");
        }
    }

    #[test]
    fn prints_what_javascript_prints() {
        for (number, text) in [
            (1.0, "1"),
            (-0.0, "0"),
            (1.5, "1.5"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (1e-6, "0.000001"),
            (1.5e-7, "1.5e-7"),
            (0.1 + 0.2, "0.3"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(format_number(number), text);
        }
        assert_eq!(format_exactly(0.1 + 0.2), "0.30000000000000004");
    }
}
