//! `state.toml`: what the program remembers of the screen from run to run. Nothing in it is
//! needed; a file that cannot be understood is left alone until the next write moves it aside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::write::{Expect, WriteError, move_aside, write_atomically};
use super::{ConfigError, source};

/// The version written by this program.
const VERSION: u32 = 1;

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnState {
    /// Name of the column.
    pub id: String,
    /// Whether it is shown.
    #[serde(default = "shown")]
    pub visible: bool,
}

fn shown() -> bool {
    true
}

/// A table: its columns in order, and what it is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TableState {
    /// Name of the column sorted by; empty for the table's own order.
    pub sort: String,
    /// Whether the order is turned around.
    pub descending: bool,
    /// All columns in the user's order; empty for the table's own.
    pub columns: Vec<ColumnState>,
}

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewState {
    /// The view shown last, by name.
    pub last_view: String,
    /// Folded nodes of the tree as names from the top: data center, cluster, host.
    pub folds: Vec<Vec<String>>,
    /// Commands typed after `:`, the newest last.
    pub commands: Vec<String>,
    /// Yes and no by name, such as `import_offered`.
    pub flags: BTreeMap<String, bool>,
    /// Sizes of panes in permille of the screen, by name.
    pub panes: BTreeMap<String, u16>,
    /// Tables by name, such as `vms` for the flat list of all VMs.
    pub tables: BTreeMap<String, TableState>,
}

impl ViewState {
    /// Whether a flag is set.
    pub fn flag(&self, name: &str) -> bool {
        self.flags.get(name).copied().unwrap_or(false)
    }
}

#[derive(Serialize)]
struct Written<'a> {
    version: u32,
    #[serde(flatten)]
    state: &'a ViewState,
}

/// The file of what is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateFile {
    path: PathBuf,
    /// The file was not understood and must be moved aside before it is written.
    foreign: bool,
}

impl StateFile {
    /// Reads what is remembered. With no file, and with one that is damaged or from a newer
    /// version, that is nothing; the latter comes with a notice.
    pub fn load(path: &Path) -> (Self, ViewState, Option<ConfigError>) {
        let read = source::read(path).and_then(|text| text.map_or(Ok(ViewState::default()), |text| parse(path, &text)));
        let (state, notice) = match read {
            Ok(state) => (state, None),
            Err(error) => (ViewState::default(), Some(error)),
        };
        let file = Self {
            path: path.to_owned(),
            foreign: notice.is_some(),
        };
        (file, state, notice)
    }

    /// Writes what is to be remembered. A file that was not understood when it was read is
    /// first moved aside; the new name of it is returned.
    pub fn save(&mut self, state: &ViewState) -> Result<Option<PathBuf>, WriteError> {
        let written = Written {
            version: VERSION,
            state,
        };
        let text = toml::to_string(&written).map_err(std::io::Error::other)?;
        let mut aside = None;
        if self.foreign && std::fs::symlink_metadata(&self.path).is_ok() {
            aside = Some(move_aside(&self.path)?);
        }
        write_atomically(&self.path, &text, Expect::Anything)?;
        self.foreign = false;
        Ok(aside)
    }
}

fn parse(path: &Path, text: &str) -> Result<ViewState, ConfigError> {
    let place = source::Source::new(path, text);
    let root = place.parse()?;
    let version = root.get("version");
    let known = version.and_then(toml_edit::Item::as_integer);
    if known != Some(i64::from(VERSION)) {
        let message = match known {
            Some(newer) if newer > i64::from(VERSION) => format!(
                "was written by a newer program (version {newer}, this one knows {VERSION}); the remembered view is not used and the file is kept as .bad"
            ),
            _ => format!(
                "is damaged ('version = {VERSION}' is missing); the remembered view is not used and the file is kept as .bad"
            ),
        };
        return Err(place.error(version.and_then(toml_edit::Item::span), message));
    }
    toml::from_str(text).map_err(|error| {
        let message = format!(
            "is damaged ({}); the remembered view is not used and the file is kept as .bad",
            error.message().trim().replace('\n', "; ")
        );
        place.error(error.span(), message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn some_state() -> ViewState {
        ViewState {
            last_view: "flat".to_owned(),
            folds: vec![vec!["Prague".to_owned(), "a/b \"c\"\n".to_owned()]],
            commands: vec!["vm.sort 3".to_owned()],
            flags: [("import_offered".to_owned(), true)].into(),
            panes: [("tree".to_owned(), 333)].into(),
            tables: [(
                "vms".to_owned(),
                TableState {
                    sort: "cpu".to_owned(),
                    descending: true,
                    columns: vec![ColumnState {
                        id: "name".to_owned(),
                        visible: false,
                    }],
                },
            )]
            .into(),
        }
    }

    #[test]
    fn written_state_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/state.toml");
        let (mut file, state, notice) = StateFile::load(&path);
        assert_eq!((state, notice), (ViewState::default(), None));
        assert_eq!(file.save(&some_state()).unwrap(), None);
        let (mut file, state, notice) = StateFile::load(&path);
        assert_eq!((state, notice), (some_state(), None));
        assert!(some_state().flag("import_offered") && !some_state().flag("other"));
        assert_eq!(file.save(&ViewState::default()).unwrap(), None);
        assert_eq!(StateFile::load(&path).1, ViewState::default());
    }

    #[test]
    fn what_is_not_understood_is_moved_aside_not_overwritten() {
        for text in [
            "version = 2\nlast_view = \"x\"\n",
            "",
            "version = 1\nlast_view = ",
            "version = 1\npanes = 3\n",
        ] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("state.toml");
            std::fs::write(&path, text).unwrap();
            let (mut file, state, notice) = StateFile::load(&path);
            assert_eq!(state, ViewState::default());
            assert!(notice.is_some(), "{text:?}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
            let aside = file.save(&some_state()).unwrap().unwrap();
            assert_eq!(std::fs::read_to_string(aside).unwrap(), text);
            assert_eq!(StateFile::load(&path).1, some_state());
            assert_eq!(file.save(&some_state()).unwrap(), None);
        }
    }

    proptest! {
        #[test]
        fn truncated_files_never_panic(cut in 0usize..400) {
            let full = toml::to_string(&Written { version: VERSION, state: &some_state() }).unwrap();
            let cut = cut.min(full.len());
            let read = parse(Path::new("s"), &full[..cut]);
            prop_assert!(cut < full.len() || read.is_ok());
        }
    }
}
