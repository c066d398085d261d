//! A TOML file being read: places in it, forgiving parsing, and typed fields with exact errors.

use std::ops::Range;
use std::path::Path;

use toml_edit::{Document, Item, Table, TableLike};

use super::ConfigError;
use crate::base::text::Text;

/// The largest file that is read, in bytes.
const SIZE_LIMIT: u64 = 4 * 1024 * 1024;
/// Broken lines that are skipped before a file is given up.
const SKIP_LIMIT: usize = 100;

/// The text of a file; `None` when there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<String>, ConfigError> {
    let bytes = match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => {
            return Err(ConfigError::whole(path, "is a directory, not a file"));
        }
        Ok(meta) if meta.len() > SIZE_LIMIT => {
            return Err(ConfigError::whole(path, "is larger than 4 MiB"));
        }
        // a fifo or a device could block or never end
        Ok(meta) if !meta.is_file() => {
            return Err(ConfigError::whole(path, "is not a regular file"));
        }
        Ok(_) => std::fs::read(path),
        Err(error) => Err(error),
    };
    match bytes {
        Ok(bytes) => decode(path, bytes).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(ConfigError::whole(path, format!("cannot be read: {error}"))),
    }
}

fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, ConfigError> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..good]).into_owned();
        let source = Source::new(path, &before);
        source.error(Some(good..good), "this byte is not UTF-8; save the file as UTF-8")
    })
}

/// A file's name and text.
pub(super) struct Source<'a> {
    file: Text,
    text: &'a str,
}

impl<'a> Source<'a> {
    pub(super) fn new(path: &Path, text: &'a str) -> Self {
        Self {
            file: Text::new(path.to_string_lossy()),
            text,
        }
    }

    pub(super) fn file(&self) -> &Text {
        &self.file
    }

    /// Line and column of a byte offset, both counted from 1, the column in characters.
    pub(super) fn place(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }

    /// An error at a span; without one, about the file as a whole.
    pub(super) fn error(&self, span: Option<Range<usize>>, message: impl AsRef<str>) -> ConfigError {
        let (line, column) = span.map_or((0, 0), |span| self.place(span.start));
        ConfigError {
            file: self.file.clone(),
            line,
            column,
            message: Text::new(message),
        }
    }

    fn syntax(&self, error: &toml_edit::TomlError) -> ConfigError {
        let mut message = error.message().trim().replace('\n', "; ");
        if message.contains("dotted key") {
            message.push_str("; put a name with dots in quotes");
        }
        self.error(error.span().or(Some(0..0)), message)
    }

    /// The document's root, or where the text stops being TOML.
    pub(super) fn parse(&self) -> Result<Table, ConfigError> {
        Document::parse(self.text)
            .map(Document::into_table)
            .map_err(|error| self.syntax(&error))
    }

    /// The document's root without the lines that are not TOML; each of those is reported. When
    /// the bad line is a header, the lines below it are left out as well, for they would
    /// otherwise count for the section above.
    pub(super) fn parse_forgiving(&self, problems: &mut Vec<ConfigError>) -> Table {
        let mut text = self.text.to_owned();
        for _ in 0..SKIP_LIMIT {
            let error = match Document::parse(text.as_str()) {
                Ok(document) => return document.into_table(),
                Err(error) => error,
            };
            let at = error.span().map_or(0, |span| span.start);
            problems.push(self.syntax(&error));
            match without_line(&text, at) {
                Some(shorter) => text = shorter,
                None => break,
            }
        }
        problems.push(self.error(None, "too much of it is not TOML; nothing in it is used"));
        Table::new()
    }
}

/// The text with the line around an offset blanked, so that all other offsets still hold. `None`
/// when there is nothing to blank.
fn without_line(text: &str, at: usize) -> Option<String> {
    let at = at.min(text.len());
    let head = text.get(..at)?;
    let mut start = head.rfind('\n').map_or(0, |n| n + 1);
    let line_end = |from: usize| text[from..].find('\n').map_or(text.len(), |n| from + n);
    let mut end = line_end(start);
    // an unfinished value is noticed on the line after it, or at the end of the file
    while text[start..end].trim().is_empty() && start > 0 {
        end = start - 1;
        start = text[..end].rfind('\n').map_or(0, |n| n + 1);
    }
    if text[start..end].trim().is_empty() {
        return None;
    }
    if text[start..end].trim_start().starts_with('[') {
        while end < text.len() {
            let next = end + 1;
            let next_end = line_end(next);
            if text[next..next_end].trim_start().starts_with('[') {
                break;
            }
            end = next_end;
        }
    }
    let blank: String = text[start..end]
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect();
    Some(format!("{}{blank}{}", &text[..start], &text[end..]))
}

/// The keys of one table, read with exact errors.
pub(super) struct Fields<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) table: &'a dyn TableLike,
    /// Where the table begins.
    pub(super) span: Option<Range<usize>>,
    /// What the table describes, as messages call it.
    pub(super) what: &'a str,
}

impl Fields<'_> {
    /// A value, if it is there and as expected; else `None`, with an error when it is wrong.
    pub(super) fn read<T>(
        &self,
        key: &str,
        expected: &str,
        problems: &mut Vec<ConfigError>,
        convert: impl FnOnce(&Item) -> Option<T>,
    ) -> Option<T> {
        let item = self.table.get(key).filter(|item| !item.is_none())?;
        let value = convert(item);
        if value.is_none() {
            let found = describe(item);
            problems.push(self.source.error(
                item.span().or_else(|| self.key_span(key)),
                format!("'{key}' must be {expected}, not {found}"),
            ));
        }
        value
    }

    pub(super) fn string(&self, key: &str, problems: &mut Vec<ConfigError>) -> Option<String> {
        self.read(key, "a text in quotes", problems, |item| {
            item.as_str().map(str::to_owned)
        })
    }

    pub(super) fn boolean(&self, key: &str, problems: &mut Vec<ConfigError>) -> Option<bool> {
        self.read(key, "true or false", problems, Item::as_bool)
    }

    pub(super) fn strings(&self, key: &str, problems: &mut Vec<ConfigError>) -> Option<Vec<String>> {
        let expected = "a list of texts such as [\"one\", \"two\"]";
        self.read(key, expected, problems, |item| {
            item.as_array()?
                .iter()
                .map(|value| value.as_str().map(str::to_owned))
                .collect()
        })
    }

    /// The span of a value, else of the table.
    pub(super) fn value_span(&self, key: &str) -> Option<Range<usize>> {
        self.table.get(key).and_then(Item::span).or_else(|| self.span.clone())
    }

    /// The span of a key, else of the table.
    pub(super) fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.table
            .key(key)
            .and_then(toml_edit::Key::span)
            .or_else(|| self.span.clone())
    }

    /// Reports every key that is not among the known ones.
    pub(super) fn unknown(&self, known: &[&str], problems: &mut Vec<ConfigError>) {
        for (key, _) in self.table.iter() {
            if !known.contains(&key) {
                problems.push(self.source.error(
                    self.key_span(key),
                    format!(
                        "'{key}' is not known in {} and is ignored; known are {}",
                        self.what,
                        known.join(", ")
                    ),
                ));
            }
        }
    }
}

/// A value as a message names it.
pub(super) fn describe(item: &Item) -> String {
    match item {
        Item::Value(toml_edit::Value::String(text)) => format!("\"{}\"", text.value()),
        Item::Value(toml_edit::Value::Integer(number)) => number.value().to_string(),
        Item::Value(toml_edit::Value::Float(number)) => number.value().to_string(),
        Item::Value(toml_edit::Value::Boolean(flag)) => flag.value().to_string(),
        Item::Value(toml_edit::Value::Array(_)) => "a list".to_owned(),
        Item::Value(toml_edit::Value::Datetime(_)) => "a date".to_owned(),
        Item::ArrayOfTables(_) => "a list of tables".to_owned(),
        Item::None | Item::Table(_) | Item::Value(toml_edit::Value::InlineTable(_)) => "a table".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters() {
        let source = Source::new(Path::new("f"), "a\nžluť = 1\n");
        assert_eq!(source.place(0), (1, 1));
        assert_eq!(source.place(2), (2, 1));
        assert_eq!(source.place("a\nžl".len()), (2, 3));
        assert_eq!(source.place(3), (2, 1), "inside a character counts as its start");
    }

    #[test]
    fn bad_lines_are_left_out_one_by_one() {
        let text = "a = 1\nb = = 2\nc = 3\n[x\nd = 4\n[y]\ne = 5\ne = 6\nf = \n";
        let mut problems = Vec::new();
        let root = Source::new(Path::new("f.toml"), text).parse_forgiving(&mut problems);
        assert_eq!(problems.iter().map(|p| p.line).collect::<Vec<_>>(), [2, 4, 8, 9]);
        assert!(root.contains_key("a") && root.contains_key("c"));
        assert!(!root.contains_key("b") && !root.contains_key("d"));
        assert_eq!(root["y"]["e"].as_integer(), Some(5));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_placed() {
        let error = decode(Path::new("f"), b"ok\nx\xff".to_vec()).unwrap_err();
        assert_eq!((error.line, error.column), (2, 2));
    }

    proptest::proptest! {
        #[test]
        fn forgiving_never_panics(text in "(\\[|\\]|=|\"|'|a|b|\\.|\n|#|ž|\\{|,| ){0,80}") {
            let mut problems = Vec::new();
            let source = Source::new(Path::new("f"), &text);
            let strict = source.parse();
            let _ = source.parse_forgiving(&mut problems);
            proptest::prop_assert_eq!(strict.is_ok(), problems.is_empty());
        }
    }
}
