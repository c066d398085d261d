//! Keymaps: which key does what, as data.
//!
//! ```toml
//! version = 1
//! name = "mine"
//! inherits = "default"      # optional: the keymap this one changes
//! [global]
//! "q" = "app.back"
//! "ctrl-c" = "app.quit"
//! [tree]
//! "g g" = "cursor.first"    # keys pressed one after the other
//! "S" = "vm.sort 3"         # an action may have arguments
//! "x" = "noop"              # does nothing here, whatever it does elsewhere
//! ```
//! Keys are written as [`Key`](crate::base::key::Key) describes. The names of the actions are
//! checked by whoever owns the actions; [`Binding`] has the place to report.

mod load;

use std::path::Path;

use toml_edit::Item;

pub use load::{Keymap, load, names};

use super::ConfigError;
use super::source::{Fields, Source, describe};
use crate::base::key::KeySequence;

/// The contexts that have a section of their own, the innermost last; a key without a binding in
/// the context at hand is looked up in `global`.
pub const CONTEXTS: &[&str] = &["global", "tree", "list", "detail", "panel", "console", "wall"];

/// The action that does nothing; binding it takes a key away.
pub const NOOP: &str = "noop";

/// One line of a keymap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Section it stands in, one of [`CONTEXTS`].
    pub context: String,
    /// Keys to press.
    pub keys: KeySequence,
    /// Action name and, after a space, its arguments; not checked here.
    pub action: String,
    /// The file, for reporting an unknown action.
    pub file: crate::base::text::Text,
    /// Line of the action in its file, from 1.
    pub line: usize,
    /// Column of the action in its file, from 1.
    pub column: usize,
}

impl Binding {
    /// An error about this binding's action, such as an unknown name.
    pub fn error(&self, message: impl AsRef<str>) -> ConfigError {
        ConfigError {
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            message: crate::base::text::Text::new(message),
        }
    }

    /// Whether the keys of one binding begin with those of the other, so that the longer one
    /// could never be typed.
    fn clashes(&self, other: &Self) -> bool {
        let (mine, theirs) = (&self.keys.0, &other.keys.0);
        let same = mine == theirs;
        // what takes a key away stands in nobody's way
        let prefix =
            self.action != NOOP && other.action != NOOP && (mine.starts_with(theirs) || theirs.starts_with(mine));
        self.context == other.context && (same || prefix)
    }
}

/// A keymap file as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeymapFile {
    /// Name in the file, if given.
    pub name: Option<String>,
    /// The keymap it changes, if any.
    pub inherits: Option<String>,
    /// Its own bindings, in the order of the file.
    pub bindings: Vec<Binding>,
    /// What was skipped, in the order of the file.
    pub problems: Vec<ConfigError>,
}

impl KeymapFile {
    /// Reads a keymap; bad lines are reported and skipped, it never fails as a whole. `path` is
    /// for messages.
    pub fn parse(path: &Path, text: &str) -> Self {
        let source = Source::new(path, text);
        let mut problems = Vec::new();
        let root = source.parse_forgiving(&mut problems);
        let fields = Fields {
            source: &source,
            table: &root,
            span: None,
            what: "a keymap",
        };
        let mut known = vec!["version", "name", "inherits"];
        known.extend(CONTEXTS);
        fields.unknown(&known, &mut problems);
        fields.read("version", "1", &mut problems, |item| {
            item.as_integer().filter(|version| *version == 1)
        });
        let mut file = Self {
            name: fields.string("name", &mut problems),
            inherits: fields.string("inherits", &mut problems),
            bindings: Vec::new(),
            problems,
        };
        for context in CONTEXTS {
            if let Some(item) = root.get(context) {
                file.read_section(&source, context, item);
            }
        }
        file.problems.sort_by_key(|problem| (problem.line, problem.column));
        file
    }

    fn read_section(&mut self, source: &Source<'_>, context: &str, item: &Item) {
        let Some(table) = item.as_table_like() else {
            self.problems.push(source.error(
                item.span(),
                format!("'{context}' must be a section [{context}], not {}", describe(item)),
            ));
            return;
        };
        for (written, item) in table.iter() {
            let key_span = table.key(written).and_then(toml_edit::Key::span);
            match self.read_binding(source, context, written, item) {
                Ok(binding) => self.bindings.push(binding),
                Err((of_key, message)) => {
                    let span = if of_key { key_span } else { item.span() };
                    self.problems.push(source.error(span, message));
                }
            }
        }
    }

    /// A binding, or whether its key is wrong (else its value) and how.
    fn read_binding(
        &self,
        source: &Source<'_>,
        context: &str,
        written: &str,
        item: &Item,
    ) -> Result<Binding, (bool, String)> {
        let Some(action) = item.as_str() else {
            return Err((
                false,
                format!(
                    "'{written}' must be the name of an action in quotes such as \"app.quit\", or \"{NOOP}\", not {}",
                    describe(item)
                ),
            ));
        };
        let action = action.split_whitespace().collect::<Vec<_>>().join(" ");
        if action.is_empty() {
            return Err((false, format!("an action is missing; \"{NOOP}\" takes the key away")));
        }
        let keys: KeySequence = written
            .parse()
            .map_err(|error: crate::base::key::KeyError| (true, error.to_string()))?;
        let (line, column) = item.span().map_or((0, 0), |span| source.place(span.start));
        let binding = Binding {
            context: context.to_owned(),
            keys,
            action,
            file: source.file().clone(),
            line,
            column,
        };
        match self.bindings.iter().find(|other| binding.clashes(other)) {
            None => Ok(binding),
            Some(other) if other.keys == binding.keys => {
                Err((true, format!("'{written}' is bound already on line {}", other.line)))
            }
            Some(other) => Err((
                true,
                format!(
                    "'{written}' cannot be told from '{}' on line {}: one begins with the other",
                    other.keys, other.line
                ),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> KeymapFile {
        KeymapFile::parse(Path::new("mine.toml"), text)
    }

    #[test]
    fn reads_bindings_with_their_places() {
        let file = parse("name = \"m\"\n[global]\n\"q\" = \"app.back\"\n[tree]\n\"g g\"  =  \"vm.sort   3\"\n");
        assert_eq!(file.problems, []);
        let last = &file.bindings[1];
        assert_eq!((last.context.as_str(), last.action.as_str()), ("tree", "vm.sort 3"));
        assert_eq!(last.keys.to_string(), "g g");
        assert_eq!((last.line, last.column), (5, 11));
        assert_eq!(
            last.error("no such action").to_string(),
            "mine.toml:5:11: no such action"
        );
    }

    #[test]
    fn bad_lines_are_reported_and_skipped() {
        let file = parse(concat!(
            "version = 2\nplugins = 1\n[global]\n\"hyper-x\" = \"a.b\"\n\"y\" = 5\n\"z\" = \"\"\n",
            "\"g g\" = \"a.b\"\n\"g\" = \"a.c\"\n\"g  g\" = \"a.d\"\nq = app.quit\n\"ok\\u001b\" = \"x\"\n\"e\" = \"fine\"\n",
        ));
        let lines: Vec<usize> = file.problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [1, 2, 4, 5, 6, 8, 9, 10, 11], "{:#?}", file.problems);
        let kept: Vec<&str> = file.bindings.iter().map(|b| b.action.as_str()).collect();
        assert_eq!(kept, ["a.b", "fine"]);
        for problem in &file.problems {
            assert!(!problem.to_string().contains('\u{1b}'));
        }
    }

    #[test]
    fn a_broken_header_does_not_move_its_keys_to_the_section_above() {
        let file = parse("[global]\n\"q\" = \"app.back\"\n[tree\n\"d\" = \"vm.delete\"\n[list]\n\"s\" = \"vm.stop\"\n");
        let kept: Vec<(&str, &str)> = file
            .bindings
            .iter()
            .map(|b| (b.context.as_str(), b.action.as_str()))
            .collect();
        assert_eq!(kept, [("global", "app.back"), ("list", "vm.stop")]);
        assert_eq!(file.problems.len(), 1);
        assert_eq!(file.problems[0].line, 3);
    }
}
