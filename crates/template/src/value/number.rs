//! Numbers as ECMAScript reads and writes them.
//!
//! Invariant: text made here is what `String(n)`, `toFixed` and friends give in a JavaScript engine, digit for digit.

use crate::value::text::is_space;

/// `String(number)`: shortest digits that read back as the same double (ECMA-262, Number::toString).
pub(crate) fn to_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return (number as i64).to_string();
    }
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let sign = if number < 0.0 { "-" } else { "" };
    format!("{sign}{}", place_point(&digits, exponent.parse::<i32>().unwrap_or(0) + 1))
}

/// Writes `digits` with the decimal point after `point` of them, with an exponent where ECMAScript uses one.
fn place_point(digits: &str, point: i32) -> String {
    let count = digits.len() as i32;
    if count <= point && point <= 21 {
        format!("{digits}{}", "0".repeat((point - count) as usize))
    } else if 0 < point && point <= 21 {
        format!("{}.{}", &digits[..point as usize], &digits[point as usize..])
    } else if -6 < point && point <= 0 {
        format!("0.{}{digits}", "0".repeat(-point as usize))
    } else {
        let fraction = if count > 1 { format!(".{}", &digits[1..]) } else { String::new() };
        format!("{}{fraction}e{}{}", &digits[..1], if point > 0 { "+" } else { "-" }, (point - 1).abs())
    }
}

/// `Number(text)`: the whole text, white space around it aside, or NaN.
pub(crate) fn from_text(text: &str) -> f64 {
    let trimmed = text.trim_matches(is_space);
    if trimmed.is_empty() {
        return 0.0;
    }
    for (prefix, radix) in [("0x", 16), ("0X", 16), ("0o", 8), ("0O", 8), ("0b", 2), ("0B", 2)] {
        if let Some(digits) = trimmed.strip_prefix(prefix) {
            return if !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix)) {
                digits_value(digits, radix)
            } else {
                f64::NAN
            };
        }
    }
    let (number, rest) = decimal_prefix(trimmed);
    if rest.is_empty() { number } else { f64::NAN }
}

/// `parseFloat(text)`: the longest leading decimal, or NaN.
pub(crate) fn parse_float(text: &str) -> f64 {
    decimal_prefix(text.trim_start_matches(is_space)).0
}

/// `parseInt(text, radix)`; a radix of 0 means "10, or 16 after 0x".
pub(crate) fn parse_int(text: &str, radix: i32) -> f64 {
    let mut rest = text.trim_start_matches(is_space);
    let negative = rest.starts_with('-');
    if negative || rest.starts_with('+') {
        rest = &rest[1..];
    }
    if radix != 0 && !(2..=36).contains(&radix) {
        return f64::NAN;
    }
    let hexadecimal = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X"));
    let radix = match (radix, hexadecimal) {
        (0 | 16, Some(digits)) => {
            rest = digits;
            16
        }
        (0, None) => 10,
        (radix, _) => radix.unsigned_abs(),
    };
    let end = rest.find(|digit: char| !digit.is_digit(radix)).unwrap_or(rest.len());
    if end == 0 {
        return f64::NAN;
    }
    let value = digits_value(&rest[..end], radix);
    if negative { -value } else { value }
}

fn digits_value(digits: &str, radix: u32) -> f64 {
    if radix == 10 {
        return digits.parse().unwrap_or(f64::NAN);
    }
    digits
        .chars()
        .filter_map(|digit| digit.to_digit(radix))
        .fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit))
}

/// The leading `StrDecimalLiteral` of `text` and what follows it; NaN and the whole text when there is none.
fn decimal_prefix(text: &str) -> (f64, &str) {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign_length = text.len() - unsigned.len();
    if let Some(rest) = unsigned.strip_prefix("Infinity") {
        return (if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }, rest);
    }
    let bytes = unsigned.as_bytes();
    let digits_from = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits_from(0);
    let mut end = whole;
    let mut digits = whole;
    if bytes.get(whole) == Some(&b'.') {
        let fraction = digits_from(whole + 1);
        digits += fraction - whole - 1;
        if digits > 0 {
            end = fraction;
        }
    }
    if digits == 0 {
        return (f64::NAN, text);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let after_sign = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if after_sign <= bytes.len() && digits_from(after_sign) > after_sign {
            end = digits_from(after_sign);
        }
    }
    let literal = &text[..sign_length + end];
    (literal.strip_suffix('.').unwrap_or(literal).parse().unwrap_or(f64::NAN), &text[sign_length + end..])
}

/// `number.toFixed(digits)` for digits of 0 to 100: exact, ties away from zero.
pub(crate) fn to_fixed(number: f64, digits: usize) -> String {
    if !number.is_finite() || number.abs() >= 1e21 {
        return to_text(number);
    }
    let exact = format!("{:.1100}", number.abs());
    let (whole, fraction) = exact.split_once('.').unwrap_or((&exact, ""));
    let mut kept: Vec<u8> = whole.bytes().chain(fraction.bytes().take(digits)).collect();
    if fraction.as_bytes().get(digits).is_some_and(|next| *next >= b'5') {
        increment(&mut kept);
    }
    if digits > 0 {
        kept.insert(kept.len() - digits, b'.');
    }
    let text = String::from_utf8(kept).unwrap_or_default();
    if number < 0.0 { format!("-{text}") } else { text }
}

/// Adds one to a number in decimal digits.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

/// `number.toPrecision(digits)` for digits of 1 to 100: exact, ties away from zero.
pub(crate) fn to_precision(number: f64, digits: usize) -> String {
    if !number.is_finite() {
        return to_text(number);
    }
    let exact = format!("{:.1100e}", number.abs());
    let (mantissa, exponent) = exact.split_once('e').unwrap_or((&exact, "0"));
    let mut exponent: i32 = exponent.parse().unwrap_or(0);
    let mut all = mantissa.bytes().filter(u8::is_ascii_digit);
    let mut kept: Vec<u8> = all.by_ref().take(digits).collect();
    if all.next().is_some_and(|next| next >= b'5') {
        increment(&mut kept);
        if kept.len() > digits {
            kept.pop();
            exponent += 1;
        }
    }
    let kept = String::from_utf8(kept).unwrap_or_default();
    let sign = if number < 0.0 { "-" } else { "" };
    let count = digits as i32;
    if exponent < -6 || exponent >= count {
        let fraction = if digits > 1 { format!(".{}", &kept[1..]) } else { String::new() };
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{}{fraction}e{exponent_sign}{}", &kept[..1], exponent.abs());
    }
    format!("{sign}{}", place_point(&kept, exponent + 1))
}

/// `number.toString(radix)` for radices of 2 to 36: as many digits as it takes to tell the number from its neighbours.
pub(crate) fn to_radix(number: f64, radix: u32) -> String {
    if radix == 10 || !number.is_finite() {
        return to_text(number);
    }
    let base = f64::from(radix);
    let size = number.abs();
    let mut whole = size.trunc();
    let fraction = fraction_digits(size, base);
    if fraction.carries {
        whole += 1.0;
    }
    let mut text: Vec<char> = Vec::new();
    loop {
        let digit = whole % base;
        text.push(digit_character(digit, radix));
        whole = (whole - digit) / base;
        if whole <= 0.0 {
            break;
        }
    }
    if number < 0.0 {
        text.push('-');
    }
    text.reverse();
    if !fraction.digits.is_empty() {
        text.push('.');
        text.extend(fraction.digits.iter().map(|digit| digit_character(*digit, radix)));
    }
    text.into_iter().collect()
}

fn digit_character(digit: f64, radix: u32) -> char {
    std::char::from_digit(digit as u32, radix).unwrap_or('0')
}

/// Digits behind the point, and whether rounding them up makes the whole part one larger.
struct Fraction {
    digits: Vec<f64>,
    carries: bool,
}

/// Writes digits until what is left is less than half the distance to the next double, and rounds the last one.
fn fraction_digits(size: f64, base: f64) -> Fraction {
    let mut digits: Vec<f64> = Vec::new();
    let mut fraction = size.fract();
    let mut half_step = (0.5 * (size.next_up() - size)).max(f64::from_bits(1));
    while fraction >= half_step {
        fraction *= base;
        half_step *= base;
        let digit = fraction.trunc();
        digits.push(digit);
        fraction -= digit;
        let rounds_up = fraction > 0.5 || (fraction == 0.5 && digit % 2.0 == 1.0);
        if rounds_up && fraction + half_step > 1.0 {
            while let Some(last) = digits.pop() {
                if last + 1.0 < base {
                    digits.push(last + 1.0);
                    return Fraction { digits, carries: false };
                }
            }
            return Fraction { digits, carries: true };
        }
    }
    Fraction { digits, carries: false }
}

/// `ToIntegerOrInfinity`.
pub(crate) fn to_integer(number: f64) -> f64 {
    if number.is_nan() { 0.0 } else { number.trunc() }
}

/// An index counted from the end when negative, held within `0..=length` (as `slice` takes its bounds).
pub(crate) fn relative_index(number: f64, length: usize) -> usize {
    let number = to_integer(number);
    let index = if number < 0.0 { length as f64 + number } else { number };
    index.clamp(0.0, length as f64) as usize
}
