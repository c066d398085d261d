use super::*;
use proptest::prelude::*;

fn printed(listing: &Listing, format: Format) -> String {
    let mut out = Vec::new();
    print(listing, format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn sample() -> Listing {
    Listing {
        ids: vec!["name", "memory", "cpu", "autostart", "addresses"],
        titles: vec!["NAME", "MEMORY", "CPU", "AUTO", "ADDRESSES"],
        rows: vec![
            vec![
                Value::word("web\u{1b}[31m"),
                Value::Bytes(1 << 30),
                Value::Percent(12.345_678_9),
                Value::Bool(true),
                Value::List(vec!["10.0.0.1".into(), "fe80::1".into()]),
            ],
            vec![Value::word("日本"), Value::Nothing, Value::Nothing, Value::Bool(false), Value::List(vec![])],
        ],
    }
}

#[test]
fn tables_are_aligned_by_cells() {
    assert_eq!(
        printed(&sample(), Format::Table),
        "NAME          MEMORY  CPU  AUTO  ADDRESSES\n\
         web\\x1b[31m    1.0G  12%  yes   10.0.0.1,fe80::1\n\
         日本               -    -  no\n"
    );
}

#[test]
fn csv_has_plain_numbers() {
    assert_eq!(
        printed(&sample(), Format::Csv),
        "name,memory,cpu,autostart,addresses\n\
         web\\x1b[31m,1073741824,12.345679,true,\"10.0.0.1,fe80::1\"\n\
         日本,,,false,\n"
    );
}

#[test]
fn json_has_types_and_escapes() {
    let text = printed(&sample(), Format::Json);
    assert!(text.contains("\\u001b[31m"), "{text}");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value[0]["name"], "web\u{1b}[31m");
    assert_eq!(value[0]["memory"], 1_073_741_824_u64);
    assert_eq!(value[0]["addresses"][1], "fe80::1");
    assert!(value[1]["cpu"].is_null());
    assert_eq!(printed(&Listing::default(), Format::Json), "[]\n");
}

proptest! {
    #[test]
    fn json_comes_back_and_holds_nothing_harmful(raw in any::<String>()) {
        let listing = Listing { ids: vec!["a"], titles: vec!["A"], rows: vec![vec![Value::word(&raw)]] };
        let text = printed(&listing, Format::Json);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(value[0]["a"].as_str(), Some(raw.as_str()));
        for line in text.lines() {
            for c in line.chars() {
                let with_base = format!("a{c}");
                prop_assert_eq!(text::show(&with_base), with_base.as_str());
            }
        }
    }

    #[test]
    fn tables_hold_one_line_a_row(raws in proptest::collection::vec(any::<String>(), 1..6)) {
        let rows = raws.iter().map(|raw| vec![Value::word(raw), Value::Count(1)]).collect();
        let listing = Listing { ids: vec!["a", "b"], titles: vec!["A", "B"], rows };
        let text = printed(&listing, Format::Table);
        prop_assert_eq!(text.lines().count(), raws.len() + 1);
        let widths: std::collections::BTreeSet<_> = text.lines().map(text::width).collect();
        prop_assert_eq!(widths.len(), 1);
    }
}
