//! Output formats.

use super::*;
use proptest::prelude::*;

fn printed(listing: &Listing, format: Format) -> String {
    let mut out = Vec::new();
    print(listing, format, &Zone::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const fn field(id: &'static str, title: &'static str, unit: Unit, align: Align) -> ColumnInfo {
    ColumnInfo {
        id,
        title,
        help: "",
        unit,
        align,
        min_width: 1,
        shown: true,
    }
}

static NAME: ColumnInfo = field("name", "NAME", Unit::Plain, Align::Left);
static MEMORY: ColumnInfo = field("memory", "MEMORY", Unit::Bytes, Align::Right);
static CPU: ColumnInfo = field("cpu", "CPU", Unit::Percent, Align::Right);
static AUTO: ColumnInfo = field("autostart", "AUTO", Unit::Plain, Align::Left);
static ADDRESSES: ColumnInfo = field("addresses", "ADDRESSES", Unit::Plain, Align::Left);

fn text(raw: &str) -> Value {
    Value::Text(Text::new(raw))
}

fn sample() -> Listing {
    Listing {
        fields: vec![&NAME, &MEMORY, &CPU, &AUTO, &ADDRESSES],
        rows: vec![
            vec![
                text("web\u{1b}[31m"),
                Value::Bytes(1 << 30),
                Value::Float(12.345_678_9),
                Value::Bool(true),
                Value::List(vec!["10.0.0.1".into(), "fe80::1".into()]),
            ],
            vec![
                text("日本"),
                Value::None,
                Value::None,
                Value::Bool(false),
                Value::List(vec![]),
            ],
        ],
    }
}

#[test]
fn moments_are_local_in_tables_only() {
    assert_eq!(
        shown(&Value::Integer(0), Unit::Moment, &Zone::fixed(120)),
        "1970-01-01T02:00:00+02:00"
    );
    assert_eq!(plain(&Value::Integer(0)), "0");
}

#[test]
fn tables_are_aligned_by_cells() {
    assert_eq!(
        printed(&sample(), Format::Table),
        "NAME         MEMORY  CPU  AUTO  ADDRESSES\n\
         web\\x1b[31m    1.0G  12%  yes   10.0.0.1, fe80::1\n\
         日本              -    -  no\n"
    );
}

#[test]
fn csv_has_plain_numbers() {
    assert_eq!(
        printed(&sample(), Format::Csv),
        "name,memory,cpu,autostart,addresses\n\
         web\\x1b[31m,1073741824,12.345679,true,\"10.0.0.1, fe80::1\"\n\
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
        let listing = Listing { fields: vec![&NAME], rows: vec![vec![text(&raw)]] };
        let printed = printed(&listing, Format::Json);
        let value: serde_json::Value = serde_json::from_str(&printed).unwrap();
        prop_assert_eq!(value[0]["name"].as_str(), Some(raw.as_str()));
        for line in printed.lines() {
            for c in line.chars() {
                let with_base = format!("a{c}");
                prop_assert_eq!(crate::base::text::show(&with_base), with_base.as_str());
            }
        }
    }

    #[test]
    fn tables_hold_one_line_a_row(raws in proptest::collection::vec(any::<String>(), 1..6)) {
        let rows = raws.iter().map(|raw| vec![text(raw), Value::Integer(1)]).collect();
        let listing = Listing { fields: vec![&NAME, &MEMORY], rows };
        let printed = printed(&listing, Format::Table);
        prop_assert_eq!(printed.lines().count(), raws.len() + 1);
        let widths: std::collections::BTreeSet<_> = printed.lines().map(crate::base::text::width).collect();
        prop_assert_eq!(widths.len(), 1);
    }
}
