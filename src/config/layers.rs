//! Files that build on each other: a theme or keymap by name, the user's before the embedded.

use std::path::{Path, PathBuf};

use super::paths::named_file;
use super::{ConfigError, embedded, source};

/// How many files may build on each other.
const LIMIT: usize = 8;

/// What is layered: themes or keymaps.
pub(super) struct Kind {
    /// As messages and the directory call them, `themes`.
    pub(super) plural: &'static str,
    /// One of them, `theme`.
    pub(super) singular: &'static str,
    /// The embedded ones.
    pub(super) embedded: &'static [(&'static str, &'static str)],
}

/// A parsed file that may build on another.
pub(super) trait Layer: Sized {
    fn parse(path: &Path, text: &str) -> Self;
    fn inherits(&self) -> Option<&str>;
    fn take_problems(&mut self) -> Vec<ConfigError>;
}

/// What a name stands for.
pub(super) struct Layers<T> {
    /// The files it is made of, the outermost (most general) first.
    pub(super) files: Vec<T>,
    /// Everything that was wrong in them.
    pub(super) problems: Vec<ConfigError>,
    /// Whether there was a file of that name; else the files are those of `default`.
    pub(super) found: bool,
}

/// Loads a file and what it builds on. A user's file of the same name as an embedded one changes
/// that one; any other builds on what it inherits, by default on `default`.
pub(super) fn load<T: Layer>(kind: &Kind, name: &str, user: Option<&Path>) -> Layers<T> {
    let mut problems = Vec::new();
    let found = chain(kind, name, user, &mut problems);
    let is_found = found.is_some();
    let mut files = found.unwrap_or_else(|| {
        let names = embedded::names_with(kind.embedded, user).join(", ");
        problems.push(ConfigError::whole(
            Path::new(name),
            format!("there is no such {}; there are {names}", kind.singular),
        ));
        chain(kind, "default", None, &mut problems).unwrap_or_default()
    });
    files.reverse();
    Layers {
        files,
        problems,
        found: is_found,
    }
}

/// The files from the nearest to the most general; `None` when there is none of that name.
fn chain<T: Layer>(kind: &Kind, name: &str, user: Option<&Path>, problems: &mut Vec<ConfigError>) -> Option<Vec<T>> {
    let mut files: Vec<T> = Vec::new();
    let mut seen: Vec<(String, bool)> = Vec::new();
    let mut next = Some(name.to_owned());
    while let Some(name) = next.take() {
        // a user's file that inherits its own name means the embedded one
        let is_taken = seen.iter().any(|(other, user)| *user && *other == name);
        let from_user = if is_taken {
            None
        } else {
            user_file(&name, user, problems)
        };
        let is_users = from_user.is_some();
        let shipped = embedded::find(kind.embedded, &name);
        let Some((path, text)) =
            from_user.or_else(|| shipped.map(|text| (embedded::label(kind.plural, &name), text.to_owned())))
        else {
            if files.is_empty() {
                return None;
            }
            problems.push(ConfigError::whole(
                Path::new(&name),
                format!("a {} inherits this one, but there is none of that name", kind.singular),
            ));
            break;
        };
        if seen.contains(&(name.clone(), is_users)) || seen.len() >= LIMIT {
            problems.push(ConfigError::whole(
                &path,
                format!("{} inherit each other in a circle", kind.plural),
            ));
            break;
        }
        seen.push((name.clone(), is_users));
        let mut file = T::parse(&path, &text);
        problems.append(&mut file.take_problems());
        next = match file.inherits() {
            Some(parent) => Some(parent.to_owned()),
            None if is_users && shipped.is_some() => Some(name),
            None if is_users => Some("default".to_owned()),
            None => None,
        };
        files.push(file);
    }
    Some(files)
}

fn user_file(name: &str, user: Option<&Path>, problems: &mut Vec<ConfigError>) -> Option<(PathBuf, String)> {
    let path = named_file(user?, name)?;
    match source::read(&path) {
        Ok(text) => text.map(|text| (path, text)),
        Err(error) => {
            problems.push(error);
            None
        }
    }
}
