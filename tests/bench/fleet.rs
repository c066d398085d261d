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
    // nothing came up, for want of libvirtd
    if std::fs::remove_dir(directory).is_ok() {
        return;
    }
    end_guests(directory);
    let _ = script().arg("down").arg(directory).status();
}

/// Guests of QEMU outlive their daemon: ends those of this directory.
fn end_guests(directory: &Path) {
    let Ok(files) = std::fs::read_dir(directory.join("host1/run/libvirt/qemu/run")) else {
        return;
    };
    for file in files.filter_map(Result::ok).map(|file| file.path()) {
        let pid = file
            .extension()
            .filter(|extension| *extension == "pid")
            .and_then(|_| std::fs::read_to_string(&file).ok())
            .and_then(|text| text.trim().parse::<i32>().ok());
        let Some(pid) = pid else { continue };
        // a number may belong to somebody else by now
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&command).contains(&directory.display().to_string())
            && let Some(pid) = rustix::process::Pid::from_raw(pid)
        {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
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
            return Err("the hosts did not come up (Debian: apt-get install libvirt-daemon)".to_owned());
        }
        fleet.uris = text.lines().map(str::to_owned).collect();
        Ok(fleet)
    }

    pub fn inventory(&self) -> String {
        self.directory.join("inventory.toml").display().to_string()
    }

    /// The socket of a host, counted from 0.
    pub fn socket(&self, host: usize) -> PathBuf {
        self.directory
            .join(format!("host{}/run/libvirt/libvirt-sock", host + 1))
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
