//! Writing files so that a reader never sees half of one: temporary file beside it, `fsync`,
//! rename. The mode of an existing file is kept, new files are 0600, new directories 0700.

use std::fs::{DirBuilder, File, Permissions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// What kept a file from being written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file is not what it was when it was read.
    #[error("it was changed by another program since it was read")]
    Changed,
    /// Another process is writing into the same directory.
    #[error("another program is writing it right now; try again")]
    Busy,
    /// A symbolic link that leads nowhere.
    #[error("it is a symbolic link to a file that does not exist")]
    Dangling,
    /// The file belongs to another user, whom a rename would take it away from.
    #[error("it belongs to another user (uid {0})")]
    Foreign(u32),
    /// The file may not be written although its directory may.
    #[error("it is write-protected")]
    Protected,
    /// Something there that is not a regular file.
    #[error("it is not a regular file")]
    NotAFile,
    /// The system refused.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// What the file must still contain for a write to go ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect<'a> {
    /// Whatever it is.
    Anything,
    /// There must be no file.
    Absent,
    /// Exactly this.
    Content(&'a str),
}

/// Makes a directory and its missing parents, new ones with mode 0700.
pub fn make_directory(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// Writes a file in one step. A symbolic link is followed and kept, so that files managed
/// elsewhere stay there; a dangling one and another user's file are refused.
pub fn write_atomically(path: &Path, text: &str, expect: Expect<'_>) -> Result<(), WriteError> {
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        make_directory(parent)?;
    }
    let target = resolve(path)?;
    let directory = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // the lock is on the directory, so that no lock file is left behind; a file system that
    // cannot lock still has the comparison below
    let lock = File::open(directory)?;
    if matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
        return Err(WriteError::Busy);
    }
    let mut temporary = tempfile::Builder::new()
        .prefix(".virt-deck-")
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(directory)?;
    temporary.write_all(text.as_bytes())?;
    if let Some(meta) = existing(&target)? {
        let ours = temporary.as_file().metadata()?.uid();
        if meta.uid() != ours {
            return Err(WriteError::Foreign(meta.uid()));
        }
        if meta.mode() & 0o200 == 0 {
            return Err(WriteError::Protected);
        }
        temporary
            .as_file()
            .set_permissions(Permissions::from_mode(meta.mode() & 0o777))?;
    }
    temporary.as_file().sync_all()?;
    match expect {
        Expect::Anything => {}
        Expect::Absent if existing(&target)?.is_none() => {}
        Expect::Content(content) if std::fs::read(&target).is_ok_and(|now| now == content.as_bytes()) => {}
        Expect::Absent | Expect::Content(_) => return Err(WriteError::Changed),
    }
    temporary.persist(&target).map_err(|error| error.error)?;
    // the rename itself must survive a power cut; not every file system allows it
    let _ = lock.sync_all();
    Ok(())
}

fn existing(path: &Path) -> Result<Option<std::fs::Metadata>, WriteError> {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_file() => Ok(Some(meta)),
        Ok(_) => Err(WriteError::NotAFile),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn resolve(path: &Path) -> Result<PathBuf, WriteError> {
    let link = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink());
    if !link {
        return Ok(path.to_owned());
    }
    std::fs::canonicalize(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => WriteError::Dangling,
        _ => WriteError::Io(error),
    })
}

/// Moves a file aside as `NAME.bad`, or `NAME.bad.1` and so on when those exist; returns where.
pub fn move_aside(path: &Path) -> io::Result<PathBuf> {
    for n in 0..1000 {
        let mut name = path.as_os_str().to_owned();
        name.push(if n == 0 { ".bad".to_owned() } else { format!(".bad.{n}") });
        let aside = PathBuf::from(name);
        if std::fs::symlink_metadata(&aside).is_err() {
            std::fs::rename(path, &aside)?;
            return Ok(aside);
        }
    }
    Err(io::Error::other("there are too many .bad files already"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn new_files_are_private_and_modes_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a/b/c.toml");
        write_atomically(&file, "one", Expect::Absent).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().unwrap()), 0o700);
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        write_atomically(&file, "two", Expect::Content("one")).unwrap();
        assert_eq!(mode(&file), 0o644);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "two");
        let left: Vec<_> = std::fs::read_dir(file.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1, "no temporary file stays");
    }

    #[test]
    fn changes_of_others_are_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("c.toml");
        std::fs::write(&file, "theirs").unwrap();
        for expect in [Expect::Absent, Expect::Content("mine")] {
            let error = write_atomically(&file, "new", expect).unwrap_err();
            assert!(matches!(error, WriteError::Changed), "{error}");
        }
        std::fs::remove_file(&file).unwrap();
        let gone = write_atomically(&file, "new", Expect::Content("theirs"));
        assert!(matches!(gone, Err(WriteError::Changed)));
        assert!(!file.exists());
    }

    #[test]
    fn links_are_kept_and_dangling_ones_refused() {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().join("dotfiles.toml");
        let link = dir.path().join("inventory.toml");
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let error = write_atomically(&link, "x", Expect::Anything).unwrap_err();
        assert!(matches!(error, WriteError::Dangling), "{error}");
        std::fs::write(&real, "old").unwrap();
        write_atomically(&link, "x", Expect::Anything).unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "x");
    }

    #[test]
    fn a_writer_at_work_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("c.toml");
        let other = File::open(dir.path()).unwrap();
        other.lock().unwrap();
        let error = write_atomically(&file, "x", Expect::Anything).unwrap_err();
        assert!(matches!(error, WriteError::Busy), "{error}");
        other.unlock().unwrap();
        write_atomically(&file, "x", Expect::Anything).unwrap();
    }

    #[test]
    fn protected_files_and_directories_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("c.toml");
        std::fs::write(&file, "x").unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o444)).unwrap();
        let error = write_atomically(&file, "y", Expect::Anything).unwrap_err();
        assert!(matches!(error, WriteError::Protected), "{error}");
        let error = write_atomically(dir.path(), "y", Expect::Anything).unwrap_err();
        assert!(matches!(error, WriteError::NotAFile), "{error}");
    }

    #[test]
    fn aside_names_do_not_collide() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("s.toml");
        for expected in ["s.toml.bad", "s.toml.bad.1"] {
            std::fs::write(&file, "x").unwrap();
            assert_eq!(move_aside(&file).unwrap(), dir.path().join(expected));
        }
    }
}
