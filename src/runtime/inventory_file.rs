//! The inventory file in the words of forms and effects. The only part of the runtime that knows
//! how inventories are read and edited.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::app::effect::{HostDraft, InventoryChange};
use crate::app::msg::ImportCandidate;
use crate::base::ids::HostId;
use crate::base::text::Text;
use crate::config::import::{CandidateSource, discover};
use crate::config::inventory::{
    ClusterSpec, DatacenterSpec, Edit, HostSpec, IdSource, Inventory, InventoryFile, Place, uri,
};
use crate::hv::topology::{Environment, HostEntry, Topology};

/// Identities of hosts are given out once while the program runs.
static IDS: Mutex<Option<IdSource>> = Mutex::new(None);

/// An inventory as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The hosts.
    pub topology: Topology,
    /// Environments there are.
    pub environments: Vec<Environment>,
    /// What is odd but does no harm.
    pub problems: Vec<String>,
}

fn with_ids(inventory: &Inventory, previous: Option<&Topology>) -> Read {
    let mut ids = IDS.lock().unwrap_or_else(PoisonError::into_inner);
    let none = Topology::default();
    Read {
        topology: inventory.topology(previous.unwrap_or(&none), ids.get_or_insert_default()),
        environments: inventory.environments.clone(),
        problems: inventory.warnings.iter().map(ToString::to_string).collect(),
    }
}

/// Reads an inventory; hosts that were there before keep their identity.
///
/// # Errors
/// One line with file, line and column, what is wrong and what is allowed.
pub fn read(path: &Path, previous: Option<&Topology>) -> Result<Read, String> {
    let file = InventoryFile::load(path).map_err(|error| error.to_string())?;
    Ok(with_ids(file.inventory(), previous))
}

/// The hosts named on the command line.
///
/// # Errors
/// One line that says which URI is wrong and how.
pub fn ad_hoc(uris: &[String]) -> Result<Read, String> {
    let inventory = Inventory::adhoc(uris).map_err(|message| message.to_string())?;
    Ok(with_ids(&inventory, None))
}

/// Changes an inventory file, keeping what else is in it, and reads it again. A file that is new
/// begins with the host of this machine that was on the screen until then, if it is among those
/// that are up or the change is about it.
///
/// # Errors
/// One line, when the file does not parse, was changed by somebody else or cannot be written; it
/// is then as it was.
pub fn change(path: &Path, change: &InventoryChange, previous: &Topology, up: &[HostId]) -> Result<Topology, String> {
    let mut file = InventoryFile::load(path).map_err(|error| error.to_string())?;
    let mut edits = edits(change, file.inventory())?;
    if !file.exists() {
        let about = |host: &&HostEntry| match change {
            InventoryChange::UpdateHost { name, .. } | InventoryChange::RemoveHost { name } => host.name == *name,
            _ => up.contains(&host.id),
        };
        let kept = previous.hosts.iter().filter(about);
        let added = kept.map(|host| Edit::AddHost(Box::new(HostSpec::new(host.name.raw(), host.uri.raw()))));
        edits.splice(0..0, added.collect::<Vec<_>>());
    }
    let inventory = file.edit(&edits).map_err(|error| error.to_string())?;
    Ok(with_ids(inventory, Some(previous)).topology)
}

fn name(text: &str) -> Option<Text> {
    let text = text.trim();
    (!text.is_empty()).then(|| Text::new(text))
}

fn spec(draft: &HostDraft) -> Result<HostSpec, String> {
    uri::check(draft.uri.trim())?;
    Ok(HostSpec {
        place: Place {
            datacenter: name(&draft.datacenter),
            cluster: name(&draft.cluster),
        },
        read_only: draft.read_only.then_some(true),
        enabled: (!draft.enabled).then_some(false),
        environment: name(&draft.environment),
        tags: draft.tags.iter().map(Text::new).collect(),
        ssh: draft.ssh.clone(),
        ..HostSpec::new(draft.name.trim(), draft.uri.trim())
    })
}

fn add(draft: &HostDraft) -> Result<Edit, String> {
    Ok(Edit::AddHost(Box::new(spec(draft)?)))
}

fn edits(change: &InventoryChange, now: &Inventory) -> Result<Vec<Edit>, String> {
    Ok(match change {
        InventoryChange::AddHost(draft) => vec![add(draft)?],
        InventoryChange::AddHosts(drafts) => drafts.iter().map(add).collect::<Result<_, _>>()?,
        InventoryChange::UpdateHost { name, draft } => {
            vec![Edit::UpdateHost {
                name: name.clone(),
                to: Box::new(spec(draft)?),
            }]
        }
        InventoryChange::RemoveHost { name } => vec![Edit::RemoveHost { name: name.clone() }],
        InventoryChange::AddDatacenter { name } => {
            vec![Edit::AddDatacenter(DatacenterSpec {
                name: Text::new(name.trim()),
                environment: None,
            })]
        }
        InventoryChange::AddCluster {
            name: cluster,
            datacenter,
        } => vec![Edit::AddCluster(ClusterSpec {
            name: Text::new(cluster.trim()),
            datacenter: name(datacenter),
            environment: None,
        })],
        InventoryChange::RenameDatacenter { from, to } => {
            let old = now.datacenters.iter().find(|old| old.name == *from);
            let environment = old.and_then(|old| old.environment.clone());
            let to = DatacenterSpec {
                name: Text::new(to.trim()),
                environment,
            };
            vec![Edit::UpdateDatacenter { name: from.clone(), to }]
        }
        InventoryChange::RenameCluster { datacenter, from, to } => {
            let old = now
                .clusters
                .iter()
                .find(|old| old.name == *from && old.datacenter == *datacenter);
            let environment = old.and_then(|old| old.environment.clone());
            let to = ClusterSpec {
                name: Text::new(to.trim()),
                datacenter: datacenter.clone(),
                environment,
            };
            vec![Edit::UpdateCluster {
                datacenter: datacenter.clone(),
                name: from.clone(),
                to,
            }]
        }
        // the console has asked already and named what is in it
        InventoryChange::RemoveDatacenter { name } => vec![Edit::RemoveDatacenter {
            name: name.clone(),
            force: true,
        }],
        InventoryChange::RemoveCluster { datacenter, name } => {
            vec![Edit::RemoveCluster {
                datacenter: datacenter.clone(),
                name: name.clone(),
                force: true,
            }]
        }
    })
}

/// The host that a form describes, for trying a connection; it is in no fleet.
///
/// # Errors
/// One line, when the URI cannot be one.
pub fn entry(draft: &HostDraft) -> Result<HostEntry, String> {
    let spec = spec(draft)?;
    Ok(HostEntry {
        id: HostId(u32::MAX),
        name: spec.name,
        uri: spec.uri,
        datacenter: None,
        cluster: None,
        read_only: draft.read_only,
        enabled: true,
        environment: None,
        tags: spec.tags,
        ssh: spec.ssh,
        recorded: false,
    })
}

/// Hosts that virt-manager and ssh know.
pub fn candidates() -> Vec<ImportCandidate> {
    let Some(home) = std::env::home_dir() else {
        return Vec::new();
    };
    discover(&home)
        .into_iter()
        .map(|candidate| ImportCandidate {
            name: candidate.name.raw().to_owned(),
            uri: candidate.uri.raw().to_owned(),
            origin: match candidate.source {
                CandidateSource::VirtManager => "virt-manager",
                CandidateSource::SshConfig => "~/.ssh/config",
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_a_host() {
        let draft = HostDraft {
            name: " alpha ".to_owned(),
            uri: "qemu+ssh://alpha/system".to_owned(),
            cluster: "c".to_owned(),
            enabled: true,
            ..HostDraft::default()
        };
        let spec = spec(&draft).unwrap();
        assert_eq!((spec.name.raw(), spec.enabled), ("alpha", None));
        assert_eq!(
            spec.place,
            Place {
                datacenter: None,
                cluster: Some("c".into())
            }
        );
        assert!(
            entry(&HostDraft {
                uri: "nonsense".to_owned(),
                ..draft
            })
            .is_err()
        );
    }

    #[test]
    fn identities_survive_a_change() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("inventory.toml");
        let draft = |name: &str| HostDraft {
            name: name.to_owned(),
            uri: format!("qemu+tcp://{name}/system"),
            enabled: true,
            ..HostDraft::default()
        };
        let first = change(&path, &InventoryChange::AddHost(draft("a")), &Topology::default(), &[]).unwrap();
        let second = change(&path, &InventoryChange::AddHost(draft("b")), &first, &[]).unwrap();
        let removed = change(&path, &InventoryChange::RemoveHost { name: "a".into() }, &second, &[]).unwrap();
        assert_eq!(first.hosts[0], second.hosts[0]);
        assert_eq!(removed.hosts, second.hosts[1..]);
        assert_eq!(read(&path, Some(&removed)).unwrap().topology, removed);
    }

    #[test]
    fn a_new_file_begins_with_what_was_on_the_screen() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("inventory.toml");
        let local = ad_hoc(&["qemu:///system".to_owned()]).unwrap().topology;
        let add = InventoryChange::AddDatacenter { name: "d".to_owned() };
        let kept = change(&path, &add, &local, &[local.hosts[0].id]).unwrap();
        assert_eq!(kept.hosts, local.hosts);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(change(&path, &add, &local, &[]).unwrap().hosts, []);
        std::fs::remove_file(&path).unwrap();
        let remove = InventoryChange::RemoveHost {
            name: "qemu:///system".into(),
        };
        assert_eq!(change(&path, &remove, &local, &[]).unwrap().hosts, []);
    }
}
