//! One private directory for the run: the askpass socket and the scripts that start `ssh`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{StatVfsMountFlags, statvfs};

/// The directory while there is one.
static DIRECTORY: Mutex<Option<PathBuf>> = Mutex::new(None);

/// The path of a socket has room for 107 bytes; this leaves enough for what comes below.
const LONGEST: usize = 70;

/// The directory, made when it is first asked for, and again when somebody has cleaned it away.
/// Only this user can enter it.
///
/// # Errors
/// When it cannot be made.
pub fn directory() -> std::io::Result<PathBuf> {
    let mut known = DIRECTORY.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = known.as_ref().filter(|path| path.is_dir()) {
        return Ok(path.clone());
    }
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let places = [
        runtime.unwrap_or_default(),
        std::env::temp_dir(),
        "/tmp".into(),
        "/var/tmp".into(),
    ];
    let made = tempfile::Builder::new()
        .prefix("virt-deck-")
        .permissions(std::fs::Permissions::from_mode(0o700))
        .tempdir_in(place(&places, is_fit))?;
    let path = made.keep();
    *known = Some(path.clone());
    Ok(path)
}

/// Removes the directory at the end of the program.
pub fn remove() {
    let directory = DIRECTORY.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(path) = directory {
        // what cannot be removed is left to the system's cleaning of its temporary directory
        let _ = std::fs::remove_dir_all(path);
    }
}

/// The first fit place, else the system's temporary directory.
fn place(places: &[PathBuf], fit: impl Fn(&Path) -> bool) -> PathBuf {
    let found = places.iter().find(|place| place.is_absolute() && fit(place));
    found.cloned().unwrap_or_else(std::env::temp_dir)
}

/// Whether sockets and scripts can live there.
fn is_fit(place: &Path) -> bool {
    let executable = statvfs(place).is_ok_and(|about| !about.f_flag.contains(StatVfsMountFlags::NOEXEC));
    let writable = rustix::fs::access(place, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok();
    executable && writable && place.as_os_str().len() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fit_place_is_taken() {
        let places = ["", "relative", "/run/user/1", "/tmp"].map(PathBuf::from);
        assert_eq!(place(&places, |_| true), Path::new("/run/user/1"));
        assert_eq!(place(&places, |place| !place.starts_with("/run")), Path::new("/tmp"));
        assert_eq!(place(&places, |_| false), std::env::temp_dir());
    }

    #[test]
    fn unfit_places() {
        assert!(!is_fit(Path::new("/nonexistent")));
        assert!(!is_fit(&PathBuf::from(format!("/tmp{}", "/.".repeat(40)))));
    }

    #[test]
    fn the_directory_is_private_and_stays() {
        let path = directory().unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(directory().unwrap(), path);
    }
}
