//! The log file. Without `--log` nothing is logged anywhere.
//!
//! Foreign strings are [`crate::base::text::Text`], which formats itself harmless; secrets have no
//! readable format at all.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tracing_subscriber::EnvFilter;

/// Sets the level, such as `debug` or `virt_deck::backend=trace`; `info` without it.
pub const LEVEL_VARIABLE: &str = "VIRT_DECK_LOG";

static PATH: OnceLock<PathBuf> = OnceLock::new();

/// Where the log is written, if anywhere.
pub fn path() -> Option<&'static Path> {
    PATH.get().map(PathBuf::as_path)
}

/// Starts logging to a file that only the user can read, after what is in it already.
///
/// # Errors
/// When the file cannot be opened or the level cannot be read, in words.
pub fn start(path: &Path) -> Result<File, String> {
    let named = |error: &dyn std::fmt::Display| {
        format!(
            "cannot log to {}: {error}",
            crate::base::text::show(&path.to_string_lossy())
        )
    };
    let file = open(path).map_err(|error| named(&error))?;
    let filter = match std::env::var(LEVEL_VARIABLE) {
        Ok(level) => EnvFilter::try_new(&level).map_err(|_| {
            format!(
                "{LEVEL_VARIABLE}='{}' is no level; allowed are error, warn, info, debug, trace",
                crate::base::text::show(&level)
            )
        })?,
        Err(_) => EnvFilter::new("info"),
    };
    let copy = file.try_clone().map_err(|error| named(&error))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(std::sync::Mutex::new(copy))
        .try_init()
        .map_err(|error| named(&error))?;
    let _ = PATH.set(path.to_owned());
    Ok(file)
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn only_the_user_can_read_the_log() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        open(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(open(&directory.path().join("none/log")).is_err());
    }
}
