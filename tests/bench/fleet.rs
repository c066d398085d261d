//! Private libvirtd processes with many VMs of the test driver (`tests/lab/fleet`), ended whatever
//! happens.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Directories of fleets that are up, for the end by a signal.
static UP: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn script() -> Command {
    let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/fleet"));
    command.stdin(Stdio::null());
    command
}

fn down(directory: &Path) {
    let _ = script().arg("down").arg(directory).status();
}

/// Ends all fleets; for the end by a signal.
pub fn end_all() {
    for directory in UP.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        down(&directory);
    }
}

/// Hosts that are up until this is dropped.
pub struct Fleet {
    pub directory: PathBuf,
    pub uris: Vec<String>,
    pub vms: usize,
}

impl Fleet {
    /// Brings up hosts with so many VMs each.
    pub fn up(hosts: usize, vms: usize) -> Result<Self, String> {
        let directory = tempfile::Builder::new()
            .prefix("vdb")
            .tempdir()
            .map_err(|error| error.to_string())?
            .keep();
        UP.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(directory.clone());
        let mut fleet = Self {
            directory,
            uris: Vec::new(),
            vms: hosts * vms,
        };
        let output = script()
            .args(["up", &hosts.to_string(), &vms.to_string()])
            .arg(&fleet.directory)
            // to a file: daemons keep what they inherit open, a pipe would never end
            .stdout(std::fs::File::create(fleet.directory.with_extension("uris")).map_err(|error| error.to_string())?)
            .status()
            .map_err(|error| error.to_string())?;
        let uris = fleet.directory.with_extension("uris");
        let text = std::fs::read_to_string(&uris).unwrap_or_default();
        let _ = std::fs::remove_file(uris);
        if !output.success() {
            return Err("the hosts did not come up".to_owned());
        }
        fleet.uris = text.lines().map(str::to_owned).collect();
        Ok(fleet)
    }

    pub fn inventory(&self) -> String {
        self.directory.join("inventory.toml").display().to_string()
    }

    /// The socket of a host, counted from 0.
    pub fn socket(&self, host: usize) -> PathBuf {
        self.directory.join(format!("host{}/run/libvirt/libvirt-sock", host + 1))
    }

    /// The daemon of a host, counted from 0.
    pub fn pid(&self, host: usize) -> Option<u32> {
        let file = self.directory.join(format!("host{}/pid", host + 1));
        std::fs::read_to_string(file).ok()?.trim().parse().ok()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        down(&self.directory);
        UP.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|directory| *directory != self.directory);
    }
}
