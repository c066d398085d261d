//! One theme file; bad lines are reported and skipped.

use std::collections::BTreeMap;
use std::path::Path;

use toml_edit::{Item, TableLike};

use super::super::ConfigError;
use super::super::source::{Fields, Source, describe};
use super::scopes::{is_known, known_near};
use super::{Colour, ColourError, Style};

const STYLE_FORM: &str = "a style such as \"red on black bold\" or { fg = \"red\", bg = \"black\", bold = true }";
const WORDS: &[&str] = &["bold", "dim", "italic", "underline", "reverse"];

/// A theme file as written: only its own styles.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ThemeFile {
    /// Name in the file, if given.
    pub name: Option<String>,
    /// The theme it builds on, if any.
    pub inherits: Option<String>,
    /// Its own styles by scope.
    pub styles: BTreeMap<String, Style>,
    /// What was skipped, in the order of the file.
    pub problems: Vec<ConfigError>,
}

impl ThemeFile {
    /// Reads a theme; never fails as a whole. `path` is for messages.
    pub fn parse(path: &Path, text: &str) -> Self {
        let source = Source::new(path, text);
        let mut problems = Vec::new();
        let root = source.parse_forgiving(&mut problems);
        let fields = Fields {
            source: &source,
            table: &root,
            span: None,
            what: "a theme",
        };
        fields.unknown(&["version", "name", "inherits", "palette", "scopes"], &mut problems);
        fields.read("version", "1", &mut problems, |item| {
            item.as_integer().filter(|version| *version == 1)
        });
        let name = fields.string("name", &mut problems);
        let inherits = fields.string("inherits", &mut problems);
        let mut reader = Reader {
            source: &source,
            palette: BTreeMap::new(),
            problems,
        };
        if let Some(table) = reader.section(&fields, "palette") {
            reader.read_palette(table);
        }
        let mut styles = BTreeMap::new();
        if let Some(table) = reader.section(&fields, "scopes") {
            reader.read_scopes(table, "", &mut styles);
        }
        let mut problems = reader.problems;
        problems.sort_by_key(|problem| (problem.line, problem.column));
        Self {
            name,
            inherits,
            styles,
            problems,
        }
    }
}

struct Reader<'a> {
    source: &'a Source<'a>,
    palette: BTreeMap<String, Colour>,
    problems: Vec<ConfigError>,
}

impl Reader<'_> {
    fn section<'t>(&mut self, fields: &Fields<'t>, key: &str) -> Option<&'t dyn TableLike> {
        let item = fields.table.get(key)?;
        let table = item.as_table_like();
        if table.is_none() {
            self.problems.push(self.source.error(
                item.span(),
                format!("'{key}' must be a section [{key}], not {}", describe(item)),
            ));
        }
        table
    }

    fn read_palette(&mut self, table: &dyn TableLike) {
        for (name, item) in table.iter() {
            let Some(text) = item.as_str() else {
                self.wrong(item, name, "a colour such as \"#88c0d0\"");
                continue;
            };
            match self.colour(text) {
                Ok(colour) => {
                    self.palette.insert(name.to_owned(), colour);
                }
                Err(error) => self.report(item, error.to_string()),
            }
        }
    }

    fn read_scopes(&mut self, table: &dyn TableLike, prefix: &str, styles: &mut BTreeMap<String, Style>) {
        for (key, item) in table.iter() {
            let scope = if prefix.is_empty() {
                key.to_owned()
            } else {
                format!("{prefix}.{key}")
            };
            // text.dim = "gray" without quotes is a table to TOML; it reads as it looks
            if let Some(inner) = item.as_table_like().filter(|inner| !is_style(*inner)) {
                self.read_scopes(inner, &scope, styles);
                continue;
            }
            if !is_known(&scope) {
                let span = table.key(key).and_then(toml_edit::Key::span);
                self.problems.push(self.source.error(
                    span.or_else(|| item.span()),
                    format!("there is no scope '{scope}'; there are {}", known_near(&scope)),
                ));
                continue;
            }
            if let Some(style) = self.style(&scope, item) {
                styles.insert(scope, style);
            }
        }
    }

    fn style(&mut self, scope: &str, item: &Item) -> Option<Style> {
        if let Some(text) = item.as_str() {
            return match self.style_words(text) {
                Ok(style) => Some(style),
                Err(message) => {
                    self.report(item, message);
                    None
                }
            };
        }
        let Some(table) = item.as_table_like() else {
            self.wrong(item, scope, STYLE_FORM);
            return None;
        };
        let before = self.problems.len();
        let fields = Fields {
            source: self.source,
            table,
            span: item.span(),
            what: "a style",
        };
        let mut problems = std::mem::take(&mut self.problems);
        fields.unknown(
            &["fg", "bg", "bold", "dim", "italic", "underline", "reverse"],
            &mut problems,
        );
        let mut flag = |key| fields.boolean(key, &mut problems).unwrap_or(false);
        let mut style = Style {
            fg: None,
            bg: None,
            bold: flag("bold"),
            dim: flag("dim"),
            italic: flag("italic"),
            underline: flag("underline"),
            reverse: flag("reverse"),
        };
        for (key, place) in [("fg", &mut style.fg), ("bg", &mut style.bg)] {
            if let Some(word) = fields.string(key, &mut problems) {
                match self.colour(&word) {
                    Ok(colour) => *place = Some(colour),
                    Err(error) => {
                        problems.push(self.source.error(fields.value_span(key), error.to_string()));
                    }
                }
            }
        }
        self.problems = problems;
        (self.problems.len() == before).then_some(style)
    }

    fn style_words(&self, text: &str) -> Result<Style, String> {
        let mut style = Style::default();
        let mut words = text.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "bold" => style.bold = true,
                "dim" => style.dim = true,
                "italic" => style.italic = true,
                "underline" => style.underline = true,
                "reverse" => style.reverse = true,
                "on" => {
                    let word = words.next().ok_or("a background colour must follow 'on'")?;
                    if style.bg.is_some() {
                        return Err(format!("'on {word}' is a second background colour"));
                    }
                    style.bg = Some(self.colour(word).map_err(|error| error.to_string())?);
                }
                word => {
                    let colour = self
                        .colour(word)
                        .map_err(|error| format!("{error}; other words of a style are on, {}", WORDS.join(", ")))?;
                    if style.fg.is_some() {
                        return Err(format!(
                            "'{word}' is a second foreground colour; write 'on {word}' for the background"
                        ));
                    }
                    style.fg = Some(colour);
                }
            }
        }
        Ok(style)
    }

    fn colour(&self, word: &str) -> Result<Colour, ColourError> {
        match self.palette.get(word) {
            Some(colour) => Ok(*colour),
            None => word.parse(),
        }
    }

    fn wrong(&mut self, item: &Item, key: &str, expected: &str) {
        self.report(item, format!("'{key}' must be {expected}, not {}", describe(item)));
    }

    fn report(&mut self, item: &Item, message: impl AsRef<str>) {
        self.problems.push(self.source.error(item.span(), message));
    }
}

/// Whether a table is a style, not a group of scopes.
fn is_style(table: &dyn TableLike) -> bool {
    table
        .iter()
        .any(|(key, _)| matches!(key, "fg" | "bg") || WORDS.contains(&key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> ThemeFile {
        ThemeFile::parse(Path::new("mine.toml"), text)
    }

    #[test]
    fn all_forms_of_a_style() {
        let file = parse(concat!(
            "version = 1\ninherits = \"default\"\n[palette]\naccent = \"#102030\"\n",
            "[scopes]\ntext = \"red on accent bold dim\"\n\"text.dim\" = \"gray\"\n",
            "mark = { fg = \"accent\", underline = true }\nstate.running = { bold = true }\n",
            "\"host.up\" = \"\"\n",
        ));
        assert_eq!(file.problems, []);
        assert_eq!(file.inherits.as_deref(), Some("default"));
        assert_eq!(
            file.styles["text"],
            Style {
                fg: Some(Colour::Ansi(1)),
                bg: Some(Colour::Rgb(0x10, 0x20, 0x30)),
                bold: true,
                dim: true,
                ..Style::default()
            }
        );
        assert_eq!(file.styles["text.dim"].fg, Some(Colour::Ansi(8)));
        assert_eq!(file.styles["mark"].fg, Some(Colour::Rgb(0x10, 0x20, 0x30)));
        assert!(file.styles["state.running"].bold);
        assert_eq!(file.styles["host.up"], Style::default());
    }

    #[test]
    fn bad_lines_are_placed_and_skipped() {
        let file = parse(concat!(
            "[palette]\nbad = \"#12\"\n[scopes]\ntext = \"rde\"\nmark = 5\ncursor = \"on\"\n",
            "nonsense = \"red\"\nstale = { fg = \"red\", bold = 1 }\nborder = \"blue\"\nbroken\n",
        ));
        let lines: Vec<usize> = file.problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [2, 4, 5, 6, 7, 8, 10], "{:?}", file.problems);
        assert_eq!(file.styles.keys().collect::<Vec<_>>(), ["border"]);
        let shown = file.problems[1].to_string();
        assert!(shown.starts_with("mine.toml:4:8: 'rde' is no colour"), "{shown}");
    }
}
