//! A keymap by name: the embedded ones, overlaid by the user's files.

use std::path::{Path, PathBuf};

use super::super::paths::named_file;
use super::super::{ConfigError, embedded, source};
use super::{Binding, KeymapFile, NOOP};

/// How many keymaps may build on each other.
const INHERIT_LIMIT: usize = 8;

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
    let mut problems = Vec::new();
    let found = layers(name, user_keymaps, &mut problems);
    let is_found = found.is_some();
    let files = found.unwrap_or_else(|| {
        problems.push(ConfigError::whole(
            Path::new(name),
            format!(
                "there is no such keymap; there are {}",
                names(user_keymaps).join(", ")
            ),
        ));
        layers("default", None, &mut problems).unwrap_or_default()
    });
    let mut bindings = Vec::new();
    for file in files.into_iter().rev() {
        overlay(&mut bindings, file.bindings);
    }
    Keymap {
        name: if is_found { name } else { "default" }.to_owned(),
        bindings,
        problems,
        found: is_found,
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

/// The files a keymap is made of, the nearest first.
fn layers(
    name: &str,
    user_keymaps: Option<&Path>,
    problems: &mut Vec<ConfigError>,
) -> Option<Vec<KeymapFile>> {
    let mut layers: Vec<KeymapFile> = Vec::new();
    let mut seen: Vec<(String, bool)> = Vec::new();
    let mut next = Some(name.to_owned());
    while let Some(name) = next.take() {
        // a user's file that inherits its own name means the embedded one
        let user_seen = seen.iter().any(|(seen, user)| *user && *seen == name);
        let user = if user_seen {
            None
        } else {
            user_file(&name, user_keymaps, problems)
        };
        let from_user = user.is_some();
        let embedded = embedded::find(embedded::KEYMAPS, &name);
        let shipped = embedded.map(|text| (embedded::label("keymaps", &name), text.to_owned()));
        let Some((path, text)) = user.or(shipped) else {
            if layers.is_empty() {
                return None;
            }
            problems.push(ConfigError::whole(
                Path::new(&name),
                "a keymap inherits this one, but there is none of that name",
            ));
            break;
        };
        if seen.contains(&(name.clone(), from_user)) || seen.len() >= INHERIT_LIMIT {
            problems.push(ConfigError::whole(
                &path,
                "keymaps inherit each other in a circle",
            ));
            break;
        }
        seen.push((name.clone(), from_user));
        let mut file = KeymapFile::parse(&path, &text);
        problems.append(&mut file.problems);
        next = match file.inherits.clone() {
            Some(parent) => Some(parent),
            None if from_user && embedded.is_some() => Some(name),
            None if from_user => Some("default".to_owned()),
            None => None,
        };
        layers.push(file);
    }
    Some(layers)
}

fn user_file(
    name: &str,
    user_keymaps: Option<&Path>,
    problems: &mut Vec<ConfigError>,
) -> Option<(PathBuf, String)> {
    let path = named_file(user_keymaps?, name)?;
    match source::read(&path) {
        Ok(text) => text.map(|text| (path, text)),
        Err(error) => {
            problems.push(error);
            None
        }
    }
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
        let mut base = parse(
            "[global]\n\"g g\" = \"one\"\n\"q\" = \"two\"\n\"x\" = \"three\"\n[tree]\n\"g\" = \"four\"\n",
        );
        overlay(
            &mut base,
            parse("[global]\n\"g\" = \"new\"\n\"x\" = \"noop\"\n"),
        );
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
