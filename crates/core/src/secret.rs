//! The forms in which a secret value may turn up in text, for masking it there.

/// The value itself, and the same in base64 (standard and URL alphabet, without padding), percent-encoded and JSON-escaped. Values of
/// several lines are masked line by line, since that is how logs show them.
pub fn forms(value: &str) -> Vec<String> {
    let mut forms: Vec<String> = Vec::new();
    let mut add = |form: String| {
        if !form.is_empty() && !forms.contains(&form) {
            forms.push(form);
        }
    };
    for line in value.lines() {
        add(line.to_owned());
        add(percent_encoded(line));
        add(json_escaped(line));
    }
    add(base64(value.as_bytes(), b'+', b'/'));
    add(base64(value.as_bytes(), b'-', b'_'));
    forms
}

fn percent_encoded(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

fn json_escaped(text: &str) -> String {
    serde_json::Value::from(text).to_string().trim_matches('"').to_owned()
}

fn base64(bytes: &[u8], plus: u8, slash: u8) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let letter = |six: u32| match six {
        62 => char::from(plus),
        63 => char::from(slash),
        six => char::from(LETTERS[six as usize]),
    };
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().chain([&0, &0]).take(3).fold(0_u32, |n, b| (n << 8) | u32::from(*b));
        text.extend((0..=chunk.len() as u32).map(|i| letter((number >> (18 - 6 * i)) & 63)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::forms;

    #[test]
    fn knows_the_encoded_forms_of_a_password() {
        let found = forms("p@ss/w\"ord");
        for form in ["p@ss/w\"ord", "p%40ss%2Fw%22ord", "p@ss/w\\\"ord", "cEBzcy93Im9yZA"] {
            assert!(found.iter().any(|f| f == form), "{form} is not among {found:?}");
        }
    }
}
