//! The inventory file on disk: read, changed, and never overwritten behind another's back.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::super::write::{Expect, WriteError, write_atomically};
use super::super::{ConfigError, source};
use super::Inventory;
use super::edit::{Edit, EditError, apply};
use crate::base::text::Text;

/// What a new file begins with.
const HEAD: &str = "# The hosts of virt-deck. Comments and the order of things are kept when the program\n# changes this file.\nversion = 1\n";

/// The inventory file as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryFile {
    path: PathBuf,
    /// `None`: there was no file.
    text: Option<String>,
    inventory: Inventory,
}

impl InventoryFile {
    /// Reads the file; without one the inventory is empty. A file that others may write is
    /// warned about, for it decides what is run to reach the hosts.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = source::read(path)?;
        let mut inventory = match &text {
            Some(text) => Inventory::parse(path, text)?,
            None => Inventory::default(),
        };
        if let Ok(meta) = std::fs::metadata(path)
            && meta.mode() & 0o022 != 0
        {
            inventory.warnings.push(ConfigError::whole(
                path,
                format!(
                    "others may write this file (mode {:03o}); chmod go-w it",
                    meta.mode() & 0o777
                ),
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            text,
            inventory,
        })
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there was a file.
    pub fn exists(&self) -> bool {
        self.text.is_some()
    }

    /// What it says.
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// Whether another program has changed the file since it was read.
    pub fn is_outdated(&self) -> bool {
        source::read(&self.path).map_or(true, |now| now != self.text)
    }

    /// Makes all of these changes, or none, and writes the file. What others have changed since
    /// it was read is never overwritten.
    pub fn edit(&mut self, edits: &[Edit]) -> Result<&Inventory, EditError> {
        if self.is_outdated() {
            return Err(self.changed());
        }
        let mut text = self.text.clone().unwrap_or_else(|| HEAD.to_owned());
        for edit in edits {
            text = apply(&self.path, &text, edit)?;
        }
        let mut inventory = Inventory::parse(&self.path, &text)?;
        let expect = match &self.text {
            Some(text) => Expect::Content(text),
            None => Expect::Absent,
        };
        write_atomically(&self.path, &text, expect).map_err(|error| match error {
            WriteError::Changed => self.changed(),
            error => EditError::File(ConfigError::whole(&self.path, format!("cannot be written: {error}"))),
        })?;
        let about_file = self.inventory.warnings.iter().filter(|warning| warning.line == 0);
        inventory.warnings.extend(about_file.cloned());
        self.text = Some(text);
        self.inventory = inventory;
        Ok(&self.inventory)
    }

    fn changed(&self) -> EditError {
        EditError::Changed(Text::new(self.path.to_string_lossy()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::HostSpec;
    use super::*;

    fn add(name: &str) -> Edit {
        Edit::AddHost(Box::new(HostSpec::new(name, "test:///default")))
    }

    #[test]
    fn a_file_is_made_and_grows() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/inventory.toml");
        let mut file = InventoryFile::load(&path).unwrap();
        assert!(!file.exists());
        file.edit(&[add("a"), add("b")]).unwrap();
        file.edit(&[add("c")]).unwrap();
        let again = InventoryFile::load(&path).unwrap();
        assert_eq!(again, file);
        assert_eq!(again.inventory().hosts.len(), 3);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# The hosts of virt-deck."), "{text}");
    }

    #[test]
    fn changes_of_others_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("inventory.toml");
        std::fs::write(&path, "# mine\n").unwrap();
        let mut file = InventoryFile::load(&path).unwrap();
        std::fs::write(&path, "# theirs\n").unwrap();
        assert!(file.is_outdated());
        let error = file.edit(&[add("a")]).unwrap_err();
        assert!(error.to_string().contains("reload"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "# theirs\n");
        let mut file = InventoryFile::load(&path).unwrap();
        file.edit(&[add("a")]).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().starts_with("# theirs\n"));
    }

    #[test]
    fn a_file_that_does_not_parse_is_not_touched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("inventory.toml");
        std::fs::write(&path, "[[host]]\nname = \n").unwrap();
        assert!(InventoryFile::load(&path).is_err());
        // made wrong after it was read
        std::fs::write(&path, "").unwrap();
        let mut file = InventoryFile::load(&path).unwrap();
        std::fs::write(&path, "broken [").unwrap();
        assert!(file.edit(&[add("a")]).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "broken [");
    }

    #[test]
    fn all_edits_or_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("inventory.toml");
        let mut file = InventoryFile::load(&path).unwrap();
        assert!(file.edit(&[add("a"), add("a")]).is_err());
        assert!(!path.exists());
        assert_eq!(file.inventory().hosts.len(), 0);
    }

    #[test]
    fn writable_by_others_is_warned_about() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("inventory.toml");
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o664)).unwrap();
        let mut file = InventoryFile::load(&path).unwrap();
        assert!(file.inventory().warnings[0].to_string().contains("664"));
        file.edit(&[add("a")]).unwrap();
        assert_eq!(file.inventory().warnings.len(), 1);
    }
}
