//! A keymap by name: the embedded ones, overlaid by the user's files.

use std::path::Path;

use super::super::layers::{self, Kind, Layer};
use super::super::{ConfigError, embedded};
use super::{Binding, KeymapFile, NOOP};

const KEYMAPS: Kind = Kind {
    plural: "keymaps",
    singular: "keymap",
    embedded: embedded::KEYMAPS,
};

impl Layer for KeymapFile {
    fn parse(path: &Path, text: &str) -> Self {
        Self::parse(path, text)
    }

    fn inherits(&self) -> Option<&str> {
        self.inherits.as_deref()
    }

    fn take_problems(&mut self) -> Vec<ConfigError> {
        std::mem::take(&mut self.problems)
    }
}

/// A keymap ready for use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keymap {
    /// Name, as given on the command line.
    pub name: String,
    /// All bindings, those of the innermost file last. A `noop` stays in, for it also hides what
    /// `global` binds the key to.
    pub bindings: Vec<Binding>,
    /// Bad lines that were skipped, and files that could not be read.
    pub problems: Vec<ConfigError>,
    /// Whether there was a keymap of that name; else this is the default one.
    pub found: bool,
}

/// The names of all keymaps there are, sorted.
pub fn names(user_keymaps: Option<&Path>) -> Vec<String> {
    embedded::names_with(embedded::KEYMAPS, user_keymaps)
}

/// Loads a keymap. A user's file of the same name as an embedded keymap changes that keymap; any
/// other builds on what it inherits, by default on `default`.
pub fn load(name: &str, user_keymaps: Option<&Path>) -> Keymap {
    let layers = layers::load::<KeymapFile>(&KEYMAPS, name, user_keymaps);
    let mut bindings = Vec::new();
    for file in layers.files {
        overlay(&mut bindings, file.bindings);
    }
    Keymap {
        name: if layers.found { name } else { "default" }.to_owned(),
        bindings,
        problems: layers.problems,
        found: layers.found,
    }
}

/// Lays bindings over others: each takes the place of what its keys did before, also of longer
/// and shorter sequences that could not be told from it.
fn overlay(base: &mut Vec<Binding>, over: Vec<Binding>) {
    base.retain(|old| {
        !over.iter().any(|new| {
            if new.action == NOOP {
                new.context == old.context && new.keys == old.keys
            } else {
                new.clashes(old)
            }
        })
    });
    base.extend(over);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_keymaps_are_clean() {
        for (name, _) in embedded::KEYMAPS {
            let keymap = load(name, None);
            assert_eq!(keymap.problems, [], "{name}");
            assert!(keymap.found && !keymap.bindings.is_empty(), "{name}");
        }
    }

    #[test]
    fn later_bindings_take_the_keys() {
        let parse = |text: &str| KeymapFile::parse(Path::new("k"), text).bindings;
        let mut base =
            parse("[global]\n\"g g\" = \"one\"\n\"q\" = \"two\"\n\"x\" = \"three\"\n[tree]\n\"g\" = \"four\"\n");
        overlay(&mut base, parse("[global]\n\"g\" = \"new\"\n\"x\" = \"noop\"\n"));
        let actions: Vec<&str> = base.iter().map(|b| b.action.as_str()).collect();
        assert_eq!(actions, ["two", "four", "new", "noop"]);
    }

    #[test]
    fn user_files_overlay_and_inherit() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("default.toml", "[global]\n\"f24\" = \"mine.action\"\nbad\n");
        write("own.toml", "[tree]\n\"f23\" = \"other.action\"\n");
        write("circle.toml", "inherits = \"circle2\"\n");
        write("circle2.toml", "inherits = \"circle\"\n");
        let plain = load("default", None);
        let default = load("default", Some(dir.path()));
        assert_eq!(default.bindings.len(), plain.bindings.len() + 1);
        assert_eq!(default.problems.len(), 1);
        assert_eq!(default.problems[0].line, 3);
        let own = load("own", Some(dir.path()));
        assert_eq!(own.bindings.len(), plain.bindings.len() + 2);
        assert_eq!(load("circle", Some(dir.path())).problems.len(), 1);
        let missing = load("nope", Some(dir.path()));
        assert!(!missing.found && missing.name == "default");
        assert!(missing.problems[0].to_string().contains("vim"));
    }
}
