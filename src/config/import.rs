//! Hosts to offer on the first start: what virt-manager connects to, and the names in the user's
//! ssh configuration. Nothing is taken over without being asked for.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::inventory::uri;
use crate::base::text::Text;

mod gvariant;
mod ssh;

pub use gvariant::{keyfile_uris, string_array};
pub use ssh::{Include, host_names, read_includes};

/// Where a candidate was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CandidateSource {
    /// virt-manager's list of connections.
    VirtManager,
    /// A `Host` line of `~/.ssh/config`.
    SshConfig,
}

/// A host that may be added to the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Name to give it.
    pub name: Text,
    /// Connection URI.
    pub uri: Text,
    /// Where it was found.
    pub source: CandidateSource,
}

/// How long `gsettings` may take; it waits for the session bus, which may be gone.
const GSETTINGS_DEADLINE: Duration = Duration::from_secs(2);
/// The longest answer of `gsettings` that is read, in bytes.
const GSETTINGS_LIMIT: u64 = 1024 * 1024;

/// Everything there is to offer to the user with this home directory. Runs `gsettings`, so it
/// may take two seconds: never on the thread that draws.
pub fn discover(home: &Path) -> Vec<Candidate> {
    let keyfile = home.join(".config/glib-2.0/settings/keyfile");
    let mut uris = gsettings_uris("gsettings");
    if let Ok(Some(text)) = super::source::read(&keyfile) {
        uris.extend(keyfile_uris(&text));
    }
    let directory = home.join(".ssh");
    let names = match super::source::read(&directory.join("config")) {
        Ok(Some(text)) => host_names(&text, &mut |pattern| read_includes(home, &directory, pattern)),
        Ok(None) | Err(_) => Vec::new(),
    };
    candidates(&uris, &names)
}

/// Candidates from virt-manager's URIs and from ssh's names; each URI once, names made unique,
/// what is no URI left out.
pub fn candidates(uris: &[String], ssh_names: &[String]) -> Vec<Candidate> {
    let of_ssh = ssh_names
        .iter()
        .map(|name| (format!("qemu+ssh://{name}/system"), CandidateSource::SshConfig));
    let mut seen = BTreeSet::new();
    let mut names = BTreeSet::new();
    uris.iter()
        .map(|uri| (uri.clone(), CandidateSource::VirtManager))
        .chain(of_ssh)
        .filter(|(uri, _)| uri::check(uri).is_ok() && seen.insert(uri.clone()))
        .map(|(uri, source)| {
            let short = uri::short_name(&uri);
            let name = if names.insert(short.clone()) {
                short
            } else {
                names.insert(uri.clone());
                uri.clone()
            };
            Candidate {
                name: Text::new(name),
                uri: Text::new(uri),
                source,
            }
        })
        .collect()
}

/// virt-manager's connections as `gsettings` tells them; empty when there is no such program, no
/// such schema or no answer in time.
pub fn gsettings_uris(program: &str) -> Vec<String> {
    let child = Command::new(program)
        .args(["get", "org.virt-manager.virt-manager.connections", "uris"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        return Vec::new();
    };
    let (sender, answer) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        // a thread of its own, because a child of the child may keep the pipe open for ever
        let reader = std::thread::Builder::new().name("gsettings".to_owned());
        let spawned = reader.spawn(move || {
            let mut text = String::new();
            let read = stdout.take(GSETTINGS_LIMIT).read_to_string(&mut text);
            if read.is_ok() {
                // the receiver may have given up; then nobody wants the answer
                let _ = sender.send(text);
            }
        });
        drop(spawned);
    }
    let text = answer.recv_timeout(GSETTINGS_DEADLINE);
    // it has answered or is too late; either way it is not needed any more
    let _ = child.kill();
    let _ = child.wait();
    text.map(|text| string_array(&text)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_are_unique_and_sound() {
        let uris = [
            "qemu:///system",
            "qemu+ssh://root@kvm1/system",
            "qemu+tcp://kvm1/system",
            "nonsense",
            "qemu:///system",
        ]
        .map(str::to_owned);
        let names = ["kvm2".to_owned()];
        let found: Vec<(String, String)> = candidates(&uris, &names)
            .into_iter()
            .map(|c| (c.name.raw().to_owned(), c.uri.raw().to_owned()))
            .collect();
        let expected = [
            ("qemu:///system", "qemu:///system"),
            ("kvm1", "qemu+ssh://root@kvm1/system"),
            ("qemu+tcp://kvm1/system", "qemu+tcp://kvm1/system"),
            ("kvm2", "qemu+ssh://kvm2/system"),
        ]
        .map(|(name, uri)| (name.to_owned(), uri.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn an_absent_program_is_no_error() {
        assert_eq!(gsettings_uris("/nonexistent/gsettings"), Vec::<String>::new());
    }

    #[test]
    fn discovery_reads_the_home_directory() {
        let home = tempfile::tempdir().unwrap();
        let ssh = home.path().join(".ssh");
        std::fs::create_dir_all(ssh.join("conf.d")).unwrap();
        std::fs::write(ssh.join("config"), "Include conf.d/*.conf\nHost alpha\n").unwrap();
        std::fs::write(ssh.join("conf.d/a.conf"), "Host beta\n").unwrap();
        std::fs::write(ssh.join("conf.d/a.bak"), "Host gamma\n").unwrap();
        let found: Vec<String> = discover(home.path())
            .into_iter()
            .filter(|candidate| candidate.source == CandidateSource::SshConfig)
            .map(|candidate| candidate.name.raw().to_owned())
            .collect();
        assert_eq!(found, ["beta", "alpha"]);
    }
}
