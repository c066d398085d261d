//! From [`Inventory`] to [`Topology`]: identities that last while the program runs.

use std::collections::BTreeMap;

use crate::base::ids::{ClusterId, DatacenterId, HostId};
use crate::base::text::Text;
use crate::hv::topology::{Cluster, Datacenter, HostEntry, Topology};

use super::{ClusterSpec, HostSpec, Inventory};

/// Gives out identities, each once while the program runs, so that what arrives late for a
/// removed host is never taken for another's. One per program.
#[derive(Debug, Clone, Default)]
pub struct IdSource {
    hosts: u32,
    clusters: u32,
    datacenters: u32,
}

impl IdSource {
    fn take(counter: &mut u32) -> u32 {
        let id = *counter;
        *counter = counter.saturating_add(1);
        id
    }

    /// Never gives out again what a topology uses.
    fn skip(&mut self, topology: &Topology) {
        for host in &topology.hosts {
            self.hosts = self.hosts.max(host.id.0.saturating_add(1));
        }
        for cluster in &topology.clusters {
            self.clusters = self.clusters.max(cluster.id.0.saturating_add(1));
        }
        for datacenter in &topology.datacenters {
            self.datacenters = self.datacenters.max(datacenter.id.0.saturating_add(1));
        }
    }
}

impl Inventory {
    /// The fleet as the rest of the program knows it. What was there before keeps its identity:
    /// hosts by name, else by a URI that only one has; clusters and data centers by name, else
    /// by the hosts in them. So a rename or a move keeps cursor, folds and history.
    pub fn topology(&self, previous: &Topology, ids: &mut IdSource) -> Topology {
        ids.skip(previous);
        let host_ids = self.host_ids(previous, ids);
        let datacenter_ids = self.datacenter_ids(previous, &host_ids, ids);
        let cluster_ids = self.cluster_ids(previous, &host_ids, &datacenter_ids, ids);
        let datacenter_of = |name: Option<&Text>| name.and_then(|name| datacenter_ids.get(name).copied());
        Topology {
            datacenters: self
                .datacenters
                .iter()
                .filter_map(|spec| {
                    Some(Datacenter {
                        id: *datacenter_ids.get(&spec.name)?,
                        name: spec.name.clone(),
                    })
                })
                .collect(),
            clusters: self
                .clusters
                .iter()
                .zip(&cluster_ids)
                .map(|(spec, id)| Cluster {
                    id: *id,
                    name: spec.name.clone(),
                    datacenter: datacenter_of(spec.datacenter.as_ref()),
                })
                .collect(),
            hosts: self
                .hosts
                .iter()
                .zip(host_ids)
                .map(|(spec, id)| HostEntry {
                    id,
                    name: spec.name.clone(),
                    uri: spec.uri.clone(),
                    datacenter: datacenter_of(spec.place.datacenter.as_ref()),
                    cluster: self
                        .clusters
                        .iter()
                        .zip(&cluster_ids)
                        .find(|(cluster, _)| cluster.holds(spec))
                        .map(|(_, id)| *id),
                    read_only: spec.read_only.unwrap_or(false),
                    enabled: spec.enabled.unwrap_or(true),
                    environment: self.environment_of(spec),
                    tags: spec.tags.clone(),
                    ssh: spec.ssh.clone(),
                    recorded: false,
                })
                .collect(),
        }
    }

    fn environment_of(&self, host: &HostSpec) -> Option<crate::hv::topology::Environment> {
        let cluster = || {
            let cluster = self.clusters.iter().find(|cluster| cluster.holds(host))?;
            cluster.environment.as_ref()
        };
        let datacenter = || {
            let mut all = self.datacenters.iter();
            let datacenter = all.find(|one| Some(&one.name) == host.place.datacenter.as_ref())?;
            datacenter.environment.as_ref()
        };
        let name = host.environment.as_ref().or_else(cluster).or_else(datacenter)?;
        self.environment(name).cloned()
    }

    fn host_ids(&self, previous: &Topology, ids: &mut IdSource) -> Vec<HostId> {
        let by_name: BTreeMap<&Text, HostId> = previous.hosts.iter().map(|old| (&old.name, old.id)).collect();
        // hosts without a namesake: on either side the URI must point at one only
        let mut lost: BTreeMap<&Text, Vec<HostId>> = BTreeMap::new();
        for old in &previous.hosts {
            if self.host(&old.name).is_none() {
                lost.entry(&old.uri).or_default().push(old.id);
            }
        }
        let mut new: BTreeMap<&Text, usize> = BTreeMap::new();
        for host in &self.hosts {
            if !by_name.contains_key(&host.name) {
                *new.entry(&host.uri).or_default() += 1;
            }
        }
        self.hosts
            .iter()
            .map(|host| {
                if let Some(id) = by_name.get(&host.name) {
                    return *id;
                }
                match (lost.get(&host.uri).map(Vec::as_slice), new.get(&host.uri)) {
                    (Some([id]), Some(1)) => *id,
                    _ => HostId(IdSource::take(&mut ids.hosts)),
                }
            })
            .collect()
    }

    fn datacenter_ids(
        &self,
        previous: &Topology,
        host_ids: &[HostId],
        ids: &mut IdSource,
    ) -> BTreeMap<Text, DatacenterId> {
        let mut used: Vec<DatacenterId> = Vec::new();
        let mut named = BTreeMap::new();
        for spec in &self.datacenters {
            if let Some(old) = previous.datacenters.iter().find(|old| old.name == spec.name) {
                used.push(old.id);
                named.insert(spec.name.clone(), old.id);
            }
        }
        for spec in &self.datacenters {
            if named.contains_key(&spec.name) {
                continue;
            }
            let before = self
                .hosts
                .iter()
                .zip(host_ids)
                .filter(|(host, _)| host.place.datacenter.as_ref() == Some(&spec.name))
                .find_map(|(_, id)| previous.host(*id)?.datacenter)
                .filter(|id| !used.contains(id));
            let id = before.unwrap_or_else(|| DatacenterId(IdSource::take(&mut ids.datacenters)));
            used.push(id);
            named.insert(spec.name.clone(), id);
        }
        named
    }

    fn cluster_ids(
        &self,
        previous: &Topology,
        host_ids: &[HostId],
        datacenters: &BTreeMap<Text, DatacenterId>,
        ids: &mut IdSource,
    ) -> Vec<ClusterId> {
        let namesake = |spec: &ClusterSpec| {
            let inside = spec.datacenter.as_ref().map(|name| datacenters.get(name));
            previous
                .clusters
                .iter()
                .find(|old| old.name == spec.name && old.datacenter.as_ref() == inside.flatten())
                .map(|old| old.id)
        };
        let mut found: Vec<Option<ClusterId>> = self.clusters.iter().map(namesake).collect();
        for (index, spec) in self.clusters.iter().enumerate() {
            if found[index].is_some() {
                continue;
            }
            // moved to another data center with its name, or renamed with its hosts
            let by_hosts = self
                .hosts
                .iter()
                .zip(host_ids)
                .filter(|(host, _)| spec.holds(host))
                .find_map(|(_, id)| previous.host(*id)?.cluster);
            let mut same_name = previous.clusters.iter().filter(|old| old.name == spec.name);
            let by_name = same_name
                .next()
                .map(|old| old.id)
                .filter(|_| same_name.next().is_none());
            found[index] = [by_hosts, by_name]
                .into_iter()
                .flatten()
                .find(|id| !found.contains(&Some(*id)));
        }
        found
            .into_iter()
            .map(|id| id.unwrap_or_else(|| ClusterId(IdSource::take(&mut ids.clusters))))
            .collect()
    }
}

impl ClusterSpec {
    /// Whether a host stands in this cluster.
    pub(super) fn holds(&self, host: &HostSpec) -> bool {
        host.place.cluster.as_ref() == Some(&self.name) && host.place.datacenter == self.datacenter
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn inventory(text: &str) -> Inventory {
        Inventory::parse(Path::new("i"), text).unwrap()
    }

    const BEFORE: &str = "[[datacenter]]\nname = \"P\"\nenvironment = \"prod\"\n[[datacenter.cluster]]\nname = \"c\"\nenvironment = \"test\"\n[[datacenter.cluster.host]]\nname = \"a\"\nuri = \"test:///a\"\n[[datacenter.host]]\nname = \"b\"\nuri = \"test:///b\"\n[[host]]\nname = \"z\"\nuri = \"test:///z\"\nenvironment = \"dev\"\nread_only = true\nenabled = false\n";

    #[test]
    fn environments_come_from_the_nearest() {
        let fleet = inventory(BEFORE).topology(&Topology::default(), &mut IdSource::default());
        let words: Vec<Option<String>> = fleet
            .hosts
            .iter()
            .map(|host| host.environment.as_ref().map(|e| e.word.to_string()))
            .collect();
        assert_eq!(words, ["TEST", "PROD", "DEV"].map(|word| Some(word.to_owned())));
        assert!(fleet.hosts[2].read_only && !fleet.hosts[2].enabled);
        assert_eq!(fleet.hosts[0].cluster, Some(fleet.clusters[0].id));
        assert_eq!(fleet.hosts[1].cluster, None);
        assert_eq!(fleet.hosts[1].datacenter, Some(fleet.datacenters[0].id));
    }

    #[test]
    fn identities_last() {
        let mut ids = IdSource::default();
        let before = inventory(BEFORE).topology(&Topology::default(), &mut ids);
        assert_eq!(inventory(BEFORE).topology(&before, &mut ids), before);
        // data center renamed, cluster moved out of it, host a renamed, z gone, new ones
        let after = inventory(
            "[[host]]\nname = \"new\"\nuri = \"test:///z2\"\n[[datacenter]]\nname = \"Q\"\n[[datacenter.host]]\nname = \"b\"\nuri = \"test:///other\"\n[[cluster]]\nname = \"c\"\n[[cluster.host]]\nname = \"renamed\"\nuri = \"test:///a\"\n",
        )
        .topology(&before, &mut ids);
        let id = |fleet: &Topology, name: &str| fleet.hosts.iter().find(|h| h.name.raw() == name).unwrap().id;
        assert_eq!(id(&after, "renamed"), id(&before, "a"));
        assert_eq!(id(&after, "b"), id(&before, "b"));
        assert_eq!(after.datacenters[0].id, before.datacenters[0].id);
        assert_eq!(after.clusters[0].id, before.clusters[0].id);
        let fresh = id(&after, "new");
        assert!(before.hosts.iter().all(|host| host.id != fresh));
        // an identity that is gone is not given out again
        let without = inventory("").topology(&after, &mut ids);
        let again = inventory("[[host]]\nname = \"x\"\nuri = \"test:///x\"\n").topology(&without, &mut ids);
        assert!(again.hosts[0].id > fresh);
    }

    #[test]
    fn ambiguous_uris_do_not_swap_identities() {
        let mut ids = IdSource::default();
        let two = "[[host]]\nname = \"a\"\nuri = \"test:///s\"\n[[host]]\nname = \"b\"\nuri = \"test:///s\"\n";
        let before = inventory(two).topology(&Topology::default(), &mut ids);
        let after = inventory("[[host]]\nname = \"c\"\nuri = \"test:///s\"\n").topology(&before, &mut ids);
        assert!(before.hosts.iter().all(|host| host.id != after.hosts[0].id));
    }
}
