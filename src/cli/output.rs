//! Rows as an aligned table, as JSON or as CSV. Whatever the strings hold, only harmless
//! characters come out.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap as _, SerializeSeq as _, Serializer as _};
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter};

use crate::base::text::{self, Text};
use crate::cli::args::Format;

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not known, or not reported.
    Nothing,
    /// A string, perhaps foreign.
    Text(Text),
    /// A count.
    Count(u64),
    /// Bytes.
    Bytes(u64),
    /// Bytes a second.
    BytesPerSecond(f64),
    /// Something else a second.
    PerSecond(f64),
    /// Seconds of latency.
    Seconds(f64),
    /// Percent.
    Percent(f64),
    /// Yes or no.
    Bool(bool),
    /// Several strings.
    List(Vec<Text>),
}

impl Value {
    /// A value that may be missing.
    pub fn maybe<T>(value: Option<T>, make: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Nothing, make)
    }

    /// A word of our own.
    pub fn word(word: &str) -> Self {
        Self::Text(Text::new(word))
    }

    /// As an admin reads it.
    fn shown(&self) -> String {
        use crate::base::units;
        match self {
            Self::Nothing => "-".to_owned(),
            Self::Text(text) => text.show().into_owned(),
            Self::Count(value) => value.to_string(),
            Self::Bytes(value) => units::bytes(*value),
            Self::BytesPerSecond(value) => units::bytes_per_second(*value),
            Self::PerSecond(value) => units::per_second(*value),
            Self::Seconds(value) => units::latency(*value),
            Self::Percent(value) => units::percent(*value),
            Self::Bool(value) => if *value { "yes" } else { "no" }.to_owned(),
            Self::List(texts) => texts.iter().map(Text::to_string).collect::<Vec<_>>().join(","),
        }
    }

    /// As a program reads it: numbers without units, nothing as an empty field.
    fn plain(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Count(value) | Self::Bytes(value) => value.to_string(),
            Self::BytesPerSecond(value) | Self::PerSecond(value) | Self::Seconds(value) | Self::Percent(value) => {
                rounded(*value).to_string()
            }
            Self::Bool(value) => value.to_string(),
            Self::Text(_) | Self::List(_) => self.shown(),
        }
    }

    fn is_number(&self) -> bool {
        !matches!(self, Self::Nothing | Self::Text(_) | Self::Bool(_) | Self::List(_))
    }
}

/// Digits that mean something.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_unit(),
            // the value itself, so that scripts can compare it; the formatter escapes it
            Self::Text(text) => serializer.serialize_str(text.raw()),
            Self::Count(value) | Self::Bytes(value) => serializer.serialize_u64(*value),
            Self::BytesPerSecond(value) | Self::PerSecond(value) | Self::Seconds(value) | Self::Percent(value) => {
                serializer.serialize_f64(rounded(*value))
            }
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::List(texts) => {
                let mut list = serializer.serialize_seq(Some(texts.len()))?;
                for text in texts {
                    list.serialize_element(text.raw())?;
                }
                list.end()
            }
        }
    }
}

/// What is printed: the fields' names and headings, and the rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listing {
    /// Stable field names, used by JSON and CSV.
    pub ids: Vec<&'static str>,
    /// Headings of the table.
    pub titles: Vec<&'static str>,
    /// Rows, one value for each field.
    pub rows: Vec<Vec<Value>>,
}

/// Prints rows.
///
/// # Errors
/// When they cannot be written; a closed pipe is one of these.
pub fn print(listing: &Listing, format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => table(listing, out)?,
        Format::Json => json(listing, out)?,
        Format::Csv => comma(listing, out)?,
    }
    out.flush()
}

fn table(listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let shown: Vec<Vec<String>> = listing.rows.iter().map(|row| row.iter().map(Value::shown).collect()).collect();
    let widths: Vec<usize> = listing
        .titles
        .iter()
        .enumerate()
        .map(|(column, title)| {
            let cells = shown.iter().filter_map(|row| row.get(column));
            cells.map(|cell| text::width(cell)).max().unwrap_or(0).max(text::width(title))
        })
        .collect();
    let numeric: Vec<bool> = (0..listing.titles.len())
        .map(|column| listing.rows.iter().any(|row| row.get(column).is_some_and(Value::is_number)))
        .collect();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for ((cell, width), numeric) in cells.zip(&widths).zip(&numeric) {
            if !text.is_empty() {
                text.push_str("  ");
            }
            text.push_str(&if *numeric { text::pad_left(cell, *width) } else { text::pad(cell, *width) });
        }
        writeln!(out, "{}", text.trim_end())
    };
    line(&mut listing.titles.iter().copied())?;
    for row in &shown {
        line(&mut row.iter().map(String::as_str))?;
    }
    Ok(())
}

fn comma(listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(&listing.ids)?;
    for row in &listing.rows {
        writer.write_record(row.iter().map(Value::plain))?;
    }
    writer.flush()
}

struct Object<'a>(&'a [&'static str], &'a [Value]);

impl Serialize for Object<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (id, value) in self.0.iter().zip(self.1) {
            map.serialize_entry(id, value)?;
        }
        map.end()
    }
}

fn json(listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Harmless::default());
    serializer.collect_seq(listing.rows.iter().map(|row| Object(&listing.ids, row)))?;
    writeln!(out)
}

/// Indented JSON in which everything but harmless characters is `\uXXXX`.
#[derive(Default)]
struct Harmless(PrettyFormatter<'static>);

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut units = [0; 2];
        let mut bytes = [0; 4];
        for c in fragment.chars() {
            let one = c.encode_utf8(&mut bytes);
            // what would be shown otherwise than it is must not reach a terminal; a mark is
            // compared behind a base, for alone it would count as stray
            let same = text::show(&format!("a{one}")).strip_prefix('a') == Some(one);
            if same {
                writer.write_all(one.as_bytes())?;
            } else {
                for unit in c.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        self.0.write_char_escape(writer, escape)
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;
