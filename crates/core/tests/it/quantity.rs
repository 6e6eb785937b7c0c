use causeway_core::quantity::Quantity;
use proptest::prelude::*;

fn read(text: &str) -> Quantity {
    text.parse().unwrap()
}

/// Canonical forms as `resource.MustParse(…).String()` gives them.
#[test]
fn prints_the_canonical_form_of_what_it_read() {
    let cases = [
        ("500m", "500m"),
        ("0.5", "500m"),
        ("1", "1"),
        ("1000m", "1"),
        ("1.5", "1500m"),
        ("256Mi", "256Mi"),
        ("1024Ki", "1Mi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("1000Ki", "1000Ki"),
        ("1000k", "1M"),
        ("100000", "100k"),
        ("1e3", "1e3"),
        ("1E", "1E"),
        ("12e6", "12e6"),
        ("0", "0"),
        ("0Mi", "0"),
        ("-5", "-5"),
        ("+5", "5"),
        (".5", "500m"),
        ("5.", "5"),
        ("100n", "100n"),
        ("0.1n", "1n"),
        ("1u", "1u"),
        ("9223372036854775807", "9223372036854775807"),
        ("99999999999999999999", "9223372036854775807"),
    ];
    for (written, printed) in cases {
        assert_eq!(read(written).to_string(), printed, "{written}");
    }
}

#[test]
fn compares_by_value() {
    assert_eq!(read("1000m"), read("1"));
    assert_eq!(read("1Gi"), read("1073741824"));
    assert!(read("1Gi") > read("1G"));
    assert!(read("100m") < read("0.2"));
    assert_eq!(read("100m").as_millis(), 100);
    assert_eq!(read("0.1m").as_millis(), 1);
    assert_eq!(read("256Mi").as_units(), 268_435_456);
    assert_eq!(Quantity::from_bytes(268_435_456).to_string(), "256Mi");
    assert_eq!(Quantity::from_millis(1500).to_string(), "1500m");
}

#[test]
fn refuses_what_is_no_quantity() {
    for text in ["", "m", "1x", "1 Gi", "1mi", "1.2.3", "--1", "Gi", "1e", "1e1.5", "1KI", "0x10"] {
        assert!(text.parse::<Quantity>().is_err(), "{text:?}");
    }
    let said = "1x".parse::<Quantity>().unwrap_err().to_string();
    assert!(said.starts_with("quantity \"1x\" must match the regular expression"), "{said}");
}

#[test]
fn stands_in_json_as_text_and_is_read_from_numbers() {
    assert_eq!(serde_json::from_str::<Quantity>("2").unwrap(), read("2"));
    assert_eq!(serde_json::from_str::<Quantity>("0.5").unwrap(), read("500m"));
    assert_eq!(serde_json::to_string(&read("500m")).unwrap(), "\"500m\"");
    assert!(serde_json::from_str::<Quantity>("true").is_err());
}

proptest! {
    #[test]
    fn reads_back_what_it_prints(digits in 0..1_000_000_000_u64, suffix in "(n|u|m||k|M|G|Ki|Mi|Gi|e3|e-2)") {
        let quantity = read(&format!("{digits}{suffix}"));
        prop_assert_eq!(read(&quantity.to_string()), quantity);
    }

    #[test]
    fn never_panics(text in "[-+]?[0-9.]{0,60}[eEinumkKMGTP]{0,3}[-+]?[0-9]{0,12}") {
        let _ = text.parse::<Quantity>();
    }
}
