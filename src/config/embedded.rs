//! The themes and keymaps that are part of the program.

use std::path::{Path, PathBuf};

/// Themes by name, with the text of their files.
pub const THEMES: &[(&str, &str)] = &[
    ("default", include_str!("../../themes/default.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
    ("gruvbox", include_str!("../../themes/gruvbox.toml")),
    ("nord", include_str!("../../themes/nord.toml")),
    ("solarized", include_str!("../../themes/solarized.toml")),
    ("dracula", include_str!("../../themes/dracula.toml")),
];

/// Keymaps by name, with the text of their files.
pub const KEYMAPS: &[(&str, &str)] = &[
    ("default", include_str!("../../keymaps/default.toml")),
    ("vim", include_str!("../../keymaps/vim.toml")),
    ("k9s", include_str!("../../keymaps/k9s.toml")),
];

/// The text of an embedded file.
pub fn find(files: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    files.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// How messages name an embedded file.
pub fn label(kind: &str, name: &str) -> PathBuf {
    PathBuf::from(format!("(built-in) {kind}/{name}.toml"))
}

/// The names of the embedded files and of the user's, sorted, each once.
pub fn names_with(files: &[(&str, &str)], user: Option<&Path>) -> Vec<String> {
    let mut names: Vec<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
    let entries = user.and_then(|user| std::fs::read_dir(user).ok());
    for entry in entries.into_iter().flatten().flatten() {
        let file = entry.file_name();
        if let Some(name) = file.to_str().and_then(|file| file.strip_suffix(".toml"))
            && super::paths::named_file(Path::new(""), name).is_some()
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    names.dedup();
    names
}
