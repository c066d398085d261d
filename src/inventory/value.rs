//! Cells of tables: typed values for JSON and CSV, short text for the screen.

use std::cmp::Ordering;
use std::time::Duration;

use crate::base::text::Text;
use crate::base::{time, units};
use crate::inventory::natural;

/// A typed cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not known, or not applicable.
    None,
    /// A foreign text.
    Text(Text),
    /// A word of our own.
    Word(&'static str),
    /// A whole number.
    Integer(i64),
    /// A number, unit by [`Unit`].
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// Bytes.
    Bytes(u64),
    /// Several foreign texts.
    List(Vec<Text>),
}

/// What a column's numbers mean, which decides how they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Texts, words and counts.
    Plain,
    /// Percent.
    Percent,
    /// Bytes.
    Bytes,
    /// Bytes a second.
    BytesPerSecond,
    /// Something a second.
    PerSecond,
    /// A latency in seconds.
    Latency,
    /// An age in seconds.
    Age,
    /// Milliseconds since 1970.
    Moment,
}

/// On which side a column's cells stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// A column as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Stable name in configuration, `--fields` and JSON.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// One sentence: meaning and source.
    pub help: &'static str,
    /// What its numbers mean.
    pub unit: Unit,
    /// Side.
    pub align: Align,
    /// Narrowest useful width in cells.
    pub min_width: u16,
    /// Whether it is shown unless the user chose otherwise.
    pub shown: bool,
}

impl Value {
    /// A text, or nothing when it is empty.
    pub fn text(text: &Text) -> Self {
        if text.is_empty() {
            Self::None
        } else {
            Self::Text(text.clone())
        }
    }

    /// A number that may be unknown.
    pub fn float(value: Option<impl Into<f64>>) -> Self {
        value.map_or(Self::None, |value| Self::Float(value.into()))
    }

    /// A whole number that may be unknown.
    pub fn integer(value: Option<impl Into<i64>>) -> Self {
        value.map_or(Self::None, |value| Self::Integer(value.into()))
    }

    /// Bytes that may be unknown.
    pub fn bytes(value: Option<u64>) -> Self {
        value.map_or(Self::None, Self::Bytes)
    }

    /// Whether there is nothing.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    /// The cell as shown: escaped, with unit; empty when not known.
    pub fn cell(&self, unit: Unit) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) => text.show().into_owned(),
            Self::Word(word) => (*word).to_owned(),
            Self::Bool(true) => "yes".to_owned(),
            Self::Bool(false) => "no".to_owned(),
            Self::Bytes(bytes) => units::bytes(*bytes),
            Self::Integer(number) => number.to_string(),
            Self::List(texts) => {
                let shown: Vec<_> = texts.iter().map(Text::show).collect();
                shown.join(", ")
            }
            Self::Float(number) => match unit {
                Unit::Percent => units::percent(*number),
                Unit::Bytes => units::bytes(number.max(0.0) as u64),
                Unit::BytesPerSecond => units::bytes_per_second(*number),
                Unit::PerSecond => units::per_second(*number),
                Unit::Latency => units::latency(*number),
                Unit::Age => time::short(Duration::from_secs_f64(number.clamp(0.0, 1e15))),
                Unit::Plain | Unit::Moment => format!("{number:.2}"),
            },
        }
    }

    /// The total order by which a column sorts, when both are known; texts naturally.
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => natural::compare(one.raw(), other.raw()),
            (Self::Word(one), Self::Word(other)) => one.cmp(other),
            (Self::Bool(one), Self::Bool(other)) => one.cmp(other),
            (Self::Bytes(one), Self::Bytes(other)) => one.cmp(other),
            (Self::Integer(one), Self::Integer(other)) => one.cmp(other),
            (Self::Float(one), Self::Float(other)) => one.total_cmp(other),
            (Self::List(one), Self::List(other)) => one.cmp(other),
            // a column has values of one kind; should it not, kinds keep apart
            (one, other) => one.kind().cmp(&other.kind()),
        }
    }

    fn kind(&self) -> u8 {
        match self {
            Self::None => 0,
            Self::Bool(_) => 1,
            Self::Integer(_) => 2,
            Self::Float(_) => 3,
            Self::Bytes(_) => 4,
            Self::Word(_) => 5,
            Self::Text(_) => 6,
            Self::List(_) => 7,
        }
    }

    /// The order of two cells of a column; unknown ones come last in both directions.
    pub fn compare(&self, other: &Self, descending: bool) -> Ordering {
        match (self.is_none(), other.is_none()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) if descending => other.order(self),
            (false, false) => self.order(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_last_in_both_directions() {
        for descending in [false, true] {
            let mut values = [Value::None, Value::Float(2.0), Value::Float(1.0)];
            values.sort_by(|one, other| one.compare(other, descending));
            assert_eq!(values[2], Value::None);
            assert_eq!(values[0] == Value::Float(2.0), descending);
        }
    }

    #[test]
    fn cells() {
        assert_eq!(Value::Float(12.34).cell(Unit::Percent), "12%");
        assert_eq!(Value::Float(0.002).cell(Unit::Latency), "2.0ms");
        assert_eq!(Value::Float(75.0).cell(Unit::Age), "1m15s");
        assert_eq!(Value::Bytes(1 << 30).cell(Unit::Bytes), "1.0G");
        assert_eq!(Value::Text(Text::from("a\u{202e}b")).cell(Unit::Plain), "a<U+202E>b");
        assert_eq!(Value::None.cell(Unit::Percent), "");
    }
}
