//! Where the program's files lie, after the platform's rules (`XDG_CONFIG_HOME` and so on).

use std::path::{Path, PathBuf};

use directories::ProjectDirs;

/// The two directories of the program. Tests make their own with [`Paths::under`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// What the user writes: inventory, settings, keymaps, themes.
    pub config: PathBuf,
    /// What the program remembers by itself.
    pub state: PathBuf,
}

impl Paths {
    /// The user's directories; `None` when there is no home directory.
    pub fn discover() -> Option<Self> {
        let dirs = ProjectDirs::from("", "", "virt-deck")?;
        Some(Self {
            config: dirs.config_dir().to_owned(),
            state: dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned(),
        })
    }

    /// Both directories below one root, `config` and `state`.
    pub fn under(root: &Path) -> Self {
        Self {
            config: root.join("config"),
            state: root.join("state"),
        }
    }

    /// The list of hosts.
    pub fn inventory(&self) -> PathBuf {
        self.config.join("inventory.toml")
    }

    /// The user's settings.
    pub fn settings(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The user's keymaps, one file each.
    pub fn keymaps(&self) -> PathBuf {
        self.config.join("keymaps")
    }

    /// The user's themes, one file each.
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    /// What is remembered from run to run.
    pub fn state_file(&self) -> PathBuf {
        self.state.join("state.toml")
    }
}

/// The file of a named theme or keymap in a directory; `None` when the name is none (it must be
/// letters, digits, `-`, `_` and `.`, so that it cannot leave the directory).
pub fn named_file(directory: &Path, name: &str) -> Option<PathBuf> {
    let good = !name.is_empty()
        && !name.starts_with('.')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    good.then(|| directory.join(format!("{name}.toml")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_the_directory() {
        let dir = Path::new("/themes");
        assert_eq!(named_file(dir, "nord"), Some("/themes/nord.toml".into()));
        for bad in ["", "../x", "a/b", ".hidden", "a\0"] {
            assert_eq!(named_file(dir, bad), None, "{bad}");
        }
    }

    #[test]
    fn files_have_their_fixed_names() {
        let paths = Paths::under(Path::new("/r"));
        assert_eq!(paths.inventory(), Path::new("/r/config/inventory.toml"));
        assert_eq!(paths.settings(), Path::new("/r/config/config.toml"));
        assert_eq!(paths.state_file(), Path::new("/r/state/state.toml"));
    }
}
