//! Kubernetes quantities: `500m` of a processor, `256Mi` of memory.
//!
//! A quantity is exact to a thousand-millionth. It is compared by value (`1000m` equals `1`) and printed in the family
//! in which it was written, in canonical form: no fraction, and the largest suffix that allows this.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const NANO: i128 = 1_000_000_000;
/// Kubernetes caps at 2^63-1 whole units.
const CAP: i128 = i64::MAX as i128 * NANO;

/// The suffixes a quantity was written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    /// `n u m k M G T P E`.
    Decimal,
    /// `Ki Mi Gi Ti Pi Ei`.
    Binary,
    /// `e3`.
    Exponent,
}

/// An amount of something.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    family: Family,
}

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "quantity {text:?} must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$' (e.g. \"500m\", \"2\", \"256Mi\")"
)]
pub struct QuantityError {
    /// What was written.
    pub text: String,
}

impl Quantity {
    /// Whole units: processors, or bytes.
    pub fn from_units(units: i64) -> Self {
        Self { nanos: i128::from(units) * NANO, family: Family::Decimal }
    }

    /// Thousandths, as in `500m`.
    pub fn from_millis(millis: i64) -> Self {
        Self { nanos: i128::from(millis) * (NANO / 1000), family: Family::Decimal }
    }

    /// Bytes, printed with binary suffixes.
    pub fn from_bytes(bytes: i64) -> Self {
        Self { nanos: i128::from(bytes) * NANO, family: Family::Binary }
    }

    /// Thousandths, rounded up: `0.1` of a processor is 100.
    pub fn as_millis(self) -> i64 {
        clamp(divide_up(self.nanos, NANO / 1000))
    }

    /// Whole units, rounded up: `1Ki` is 1024.
    pub fn as_units(self) -> i64 {
        clamp(divide_up(self.nanos, NANO))
    }

    /// Whether it is less than nothing.
    pub fn is_negative(self) -> bool {
        self.nanos < 0
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        read(text).ok_or_else(|| QuantityError { text: text.to_owned() })
    }
}

fn read(text: &str) -> Option<Quantity> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
        return None;
    }
    let (family, base, power) = suffix_of(suffix)?;
    let nanos = scale(whole, fraction, base, power)?;
    Some(Quantity { nanos: if negative { -nanos } else { nanos }, family })
}

/// Family, base and power of a suffix: `Ki` is two to the tenth, `m` ten to the minus third.
fn suffix_of(suffix: &str) -> Option<(Family, u32, i32)> {
    let decimal = |power| Some((Family::Decimal, 10, power));
    let binary = |power| Some((Family::Binary, 2, power));
    match suffix {
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?;
            let power: i32 = exponent.parse().ok()?;
            (power.abs() <= 36).then_some((Family::Exponent, 10, power))
        }
    }
}

/// `whole.fraction * base^power` in nanos, rounded up, capped.
fn scale(whole: &str, fraction: &str, base: u32, power: i32) -> Option<i128> {
    let whole = whole.trim_start_matches('0');
    if whole.len() > 36 {
        return Some(CAP);
    }
    let fraction = &fraction[..fraction.len().min(18)];
    let digits: u128 = format!("0{whole}{fraction}").parse().ok()?;
    // digits * base^power * 10^9 / 10^fraction, as numerator and denominator.
    let shift = |exponent: i32| 10_u128.checked_pow(u32::try_from(exponent).ok()?);
    let decimals = i32::try_from(fraction.len()).ok()?;
    let (tens, twos) = if base == 10 { (power + 9 - decimals, 0) } else { (9 - decimals, power) };
    let Some(numerator) =
        digits.checked_mul(1_u128 << twos).and_then(|n| if tens > 0 { n.checked_mul(shift(tens)?) } else { Some(n) })
    else {
        return Some(if digits == 0 { 0 } else { CAP });
    };
    let denominator = if tens < 0 { shift(-tens) } else { Some(1) };
    // A denominator beyond all digits leaves the smallest amount there is.
    let nanos = denominator.map_or(u128::from(numerator > 0), |d| numerator.div_ceil(d));
    Some(i128::try_from(nanos).unwrap_or(CAP).min(CAP))
}

fn divide_up(value: i128, by: i128) -> i128 {
    value.div_euclid(by) + i128::from(value.rem_euclid(by) != 0)
}

fn clamp(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.nanos / NANO;
        let exact = self.nanos % NANO == 0;
        if self.family == Family::Binary && exact && whole.abs() >= 1024 {
            return print_binary(whole, f);
        }
        // The largest power of a thousand that leaves no fraction.
        let (mut value, mut power) = (self.nanos, -9);
        while value != 0 && value % 1000 == 0 && power < 18 {
            value /= 1000;
            power += 3;
        }
        if value == 0 {
            return f.write_str("0");
        }
        let suffix = match (self.family, power) {
            (_, 0) => String::new(),
            (Family::Exponent, power) => format!("e{power}"),
            (Family::Decimal | Family::Binary, power) => {
                let names = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
                usize::try_from((power + 9) / 3).ok().and_then(|i| names.get(i)).map_or("", |s| s).to_owned()
            }
        };
        write!(f, "{value}{suffix}")
    }
}

fn print_binary(mut value: i128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut suffix = "";
    for next in ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] {
        if value % 1024 != 0 {
            break;
        }
        value /= 1024;
        suffix = next;
    }
    write!(f, "{value}{suffix}")
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl Hash for Quantity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.nanos.hash(state);
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text.parse().map_err(serde::de::Error::custom),
            serde_json::Value::Number(number) => number.to_string().parse().map_err(serde::de::Error::custom),
            other => Err(serde::de::Error::custom(format!("a quantity is a string or a number, not {other}"))),
        }
    }
}

impl schemars::JsonSchema for Quantity {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Quantity".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "x-kubernetes-int-or-string": true,
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "pattern": r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$",
        })
    }
}
