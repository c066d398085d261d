//! The bundled fleet: libvirt's in-process test driver on files that are part of the program.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::hv::topology::Topology;
use crate::runtime::exit;

/// Stands in the bundled inventory for the directory the files are unpacked to.
const PLACEHOLDER: &str = "@DEMO@";

/// Unpacks the bundled files into a new private directory that is removed when the program ends.
/// Returns the path of the inventory in it.
///
/// # Errors
/// When the directory or a file in it cannot be written.
pub fn unpack() -> io::Result<PathBuf> {
    let directory = tempfile::Builder::new()
        .prefix("virt-deck-demo-")
        .permissions(private())
        .tempdir()?
        .keep();
    exit::remove_at_exit(directory.clone());
    for (name, content) in crate::runtime::demo_files::FILES {
        write(&directory.join(name), content)?;
    }
    let inventory = directory.join("inventory.toml");
    let place = directory.to_string_lossy();
    write(
        &inventory,
        &crate::runtime::demo_files::INVENTORY.replace(PLACEHOLDER, &place),
    )?;
    Ok(inventory)
}

fn private() -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o700)
}

fn write(path: &Path, content: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content.as_bytes())
}

/// Marks every host as replayed: the test driver's own numbers never move.
pub fn mark_recorded(topology: &mut Topology) {
    for host in &mut topology.hosts {
        host.recorded = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn files_are_unpacked_privately() {
        let inventory = unpack().unwrap();
        let directory = inventory.parent().unwrap();
        assert_eq!(fs::metadata(directory).unwrap().permissions().mode() & 0o777, 0o700);
        let text = fs::read_to_string(&inventory).unwrap();
        assert!(!text.contains(PLACEHOLDER));
        for (name, _) in crate::runtime::demo_files::FILES {
            assert!(directory.join(name).exists(), "{name}");
        }
        exit::clean();
        assert!(!directory.exists());
    }
}
