//! Rows as an aligned table, as JSON or as CSV. Whatever the strings hold, only harmless
//! characters come out.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer as _};
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter};

use crate::base::moment::Zone;
use crate::base::text::{self, Text};
use crate::cli::args::Format;
use crate::inventory::value::{Align, ColumnInfo, Unit, Value};

/// A value as a program reads it: numbers without units, what is unknown as an empty field.
fn plain(value: &Value) -> String {
    match value {
        Value::None => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Bytes(bytes) => bytes.to_string(),
        Value::Float(number) => rounded(*number).to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Text(_) | Value::Word(_) | Value::List(_) => value.cell(Unit::Plain),
    }
}

/// A value as a person reads it; what is unknown is a dash, so that columns can be counted.
fn shown(value: &Value, unit: Unit, zone: &Zone) -> String {
    match value {
        Value::None => "-".to_owned(),
        Value::Integer(millis) if unit == Unit::Moment => zone.full(*millis),
        value => value.cell(unit),
    }
}

/// Digits that mean something.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// A value in JSON: the text itself, so that scripts can compare it; the formatter escapes it.
struct Json<'a>(&'a Value);

impl Serialize for Json<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::None => serializer.serialize_unit(),
            Value::Text(text) => serializer.serialize_str(text.raw()),
            Value::Word(word) => serializer.serialize_str(word),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Bytes(bytes) => serializer.serialize_u64(*bytes),
            Value::Float(number) => serializer.serialize_f64(rounded(*number)),
            Value::Bool(yes) => serializer.serialize_bool(*yes),
            Value::List(texts) => serializer.collect_seq(texts.iter().map(Text::raw)),
        }
    }
}

/// What is printed: the fields and the rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listing {
    /// The fields; their ids are the names in JSON and CSV.
    pub fields: Vec<&'static ColumnInfo>,
    /// Rows, one value for each field.
    pub rows: Vec<Vec<Value>>,
}

/// Prints rows; moments in a table are those of a time zone, in JSON and CSV milliseconds since 1970 UTC.
///
/// # Errors
/// When they cannot be written; a closed pipe is one of these.
pub fn print(listing: &Listing, format: Format, zone: &Zone, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => table(listing, zone, out)?,
        Format::Json => json(listing, out)?,
        Format::Csv => comma(listing, out)?,
    }
    out.flush()
}

fn table(listing: &Listing, zone: &Zone, out: &mut dyn Write) -> io::Result<()> {
    let units = || listing.fields.iter().map(|field| field.unit);
    let cells: Vec<Vec<String>> = listing
        .rows
        .iter()
        .map(|row| {
            row.iter()
                .zip(units())
                .map(|(value, unit)| shown(value, unit, zone))
                .collect()
        })
        .collect();
    let widths: Vec<usize> = listing
        .fields
        .iter()
        .enumerate()
        .map(|(column, field)| {
            let widest = cells
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| text::width(cell))
                .max();
            widest.unwrap_or(0).max(text::width(field.title))
        })
        .collect();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut whole = String::new();
        for ((cell, width), field) in cells.zip(&widths).zip(&listing.fields) {
            if !whole.is_empty() {
                whole.push_str("  ");
            }
            whole.push_str(&match field.align {
                Align::Right => text::pad_left(cell, *width),
                Align::Left => text::pad(cell, *width),
            });
        }
        writeln!(out, "{}", whole.trim_end())
    };
    line(&mut listing.fields.iter().map(|field| field.title))?;
    for row in &cells {
        line(&mut row.iter().map(String::as_str))?;
    }
    Ok(())
}

fn comma(listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(listing.fields.iter().map(|field| field.id))?;
    for row in &listing.rows {
        writer.write_record(row.iter().map(plain))?;
    }
    writer.flush()
}

/// A row as an object.
struct Object<'a>(&'a [&'static ColumnInfo], &'a [Value]);

impl Serialize for Object<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (field, value) in self.0.iter().zip(self.1) {
            map.serialize_entry(field.id, &Json(value))?;
        }
        map.end()
    }
}

fn json(listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Harmless::default());
    serializer.collect_seq(listing.rows.iter().map(|row| Object(&listing.fields, row)))?;
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
