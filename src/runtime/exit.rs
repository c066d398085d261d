//! The way out. Every end of the program passes here, and none waits for libvirt.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::runtime::{stderr, terminal};

/// Directories that are removed at the end.
static TEMPORARY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Has a directory removed when the program ends.
pub fn remove_at_exit(directory: PathBuf) {
    TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner).push(directory);
}

/// Gives the terminal back and puts standard error where it was.
pub fn restore() {
    terminal::leave();
    stderr::restore();
}

/// Gives everything back and ends the program at once. Threads that wait for a host are left where
/// they are: their connections end with the process.
pub fn now(code: i32) -> ! {
    restore();
    clean();
    std::process::exit(code)
}

/// Removes what was only there for this run.
pub fn clean() {
    remove_temporary();
    crate::backend::scratch::remove();
}

fn remove_temporary() {
    let directories = std::mem::take(&mut *TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner));
    for directory in directories {
        // what cannot be removed is left to the system's cleaning of its temporary directory
        let _ = std::fs::remove_dir_all(directory);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn directories_are_removed() {
        let directory = tempfile::tempdir().unwrap().keep();
        std::fs::write(directory.join("file"), "x").unwrap();
        super::remove_at_exit(directory.clone());
        super::remove_temporary();
        assert!(!directory.exists());
    }
}
