//! What an edit means for the [`Inventory`], apart from any text: the yardstick for the edited
//! file.

use super::edit::{Edit, EditError};
use super::{ClusterSpec, DatacenterSpec, HostSpec, Inventory, Place};
use crate::base::text::Text;

impl Inventory {
    /// The inventory after an edit; what cannot be done is refused.
    pub(super) fn edited(&self, edit: &Edit) -> Result<Self, EditError> {
        let mut after = self.clone();
        match edit {
            Edit::AddDatacenter(spec) => {
                after.vacant_datacenter(&spec.name)?;
                after.datacenters.push(spec.clone());
            }
            Edit::UpdateDatacenter { name, to } => after.update_datacenter(name, to)?,
            Edit::RemoveDatacenter { name, force } => after.remove_datacenter(name, *force)?,
            Edit::AddCluster(spec) => {
                after.known_place(spec.datacenter.as_ref(), None)?;
                after.vacant_cluster(spec.datacenter.as_ref(), &spec.name)?;
                after.clusters.push(spec.clone());
            }
            Edit::UpdateCluster { datacenter, name, to } => after.update_cluster(datacenter.as_ref(), name, to)?,
            Edit::RemoveCluster {
                datacenter,
                name,
                force,
            } => after.remove_cluster(datacenter.as_ref(), name, *force)?,
            Edit::AddHost(spec) => {
                after.known_place(spec.place.datacenter.as_ref(), spec.place.cluster.as_ref())?;
                after.vacant_host(&spec.name)?;
                after.hosts.push((**spec).clone());
            }
            Edit::UpdateHost { name, to } => {
                after.known_place(to.place.datacenter.as_ref(), to.place.cluster.as_ref())?;
                if *name != to.name {
                    after.vacant_host(&to.name)?;
                }
                *after.host_mut(name)? = (**to).clone();
            }
            Edit::MoveHost { name, to } => {
                after.known_place(to.datacenter.as_ref(), to.cluster.as_ref())?;
                after.host_mut(name)?.place = to.clone();
            }
            Edit::RemoveHost { name } => {
                after.host_mut(name)?;
                after.hosts.retain(|host| host.name != *name);
            }
        }
        Ok(after)
    }

    /// Whether two inventories say the same, in whatever order.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        let sorted = |inventory: &Self| {
            let mut hosts = inventory.hosts.clone();
            hosts.sort_by(|a, b| a.name.cmp(&b.name));
            let mut clusters = inventory.clusters.clone();
            clusters.sort_by(|a, b| (&a.name, &a.datacenter).cmp(&(&b.name, &b.datacenter)));
            let mut datacenters = inventory.datacenters.clone();
            datacenters.sort_by(|a, b| a.name.cmp(&b.name));
            (hosts, clusters, datacenters)
        };
        self.environments == other.environments && sorted(self) == sorted(other)
    }

    fn host_mut(&mut self, name: &Text) -> Result<&mut HostSpec, EditError> {
        let host = self.hosts.iter_mut().find(|host| host.name == *name);
        host.ok_or_else(|| EditError::absent("host", name))
    }

    /// Refuses a place that does not exist.
    fn known_place(&self, datacenter: Option<&Text>, cluster: Option<&Text>) -> Result<(), EditError> {
        if let Some(name) = datacenter
            && !self.datacenters.iter().any(|one| one.name == *name)
        {
            return Err(EditError::absent("data center", name));
        }
        if let Some(name) = cluster
            && !self.clusters.iter().any(|one| one.is(datacenter, name))
        {
            return Err(EditError::absent("cluster", name));
        }
        Ok(())
    }

    fn vacant_host(&self, name: &Text) -> Result<(), EditError> {
        match self.host(name) {
            Some(_) => Err(EditError::exists("host", name)),
            None => Ok(()),
        }
    }

    fn vacant_datacenter(&self, name: &Text) -> Result<(), EditError> {
        match self.datacenters.iter().find(|one| one.name == *name) {
            Some(_) => Err(EditError::exists("data center", name)),
            None => Ok(()),
        }
    }

    fn vacant_cluster(&self, datacenter: Option<&Text>, name: &Text) -> Result<(), EditError> {
        match self.clusters.iter().find(|one| one.is(datacenter, name)) {
            Some(_) => Err(EditError::exists("cluster", name)),
            None => Ok(()),
        }
    }

    fn update_datacenter(&mut self, name: &Text, to: &DatacenterSpec) -> Result<(), EditError> {
        if *name != to.name {
            self.vacant_datacenter(&to.name)?;
        }
        let spec = self.datacenters.iter_mut().find(|one| one.name == *name);
        *spec.ok_or_else(|| EditError::absent("data center", name))? = to.clone();
        for cluster in &mut self.clusters {
            if cluster.datacenter.as_ref() == Some(name) {
                cluster.datacenter = Some(to.name.clone());
            }
        }
        for host in &mut self.hosts {
            if host.place.datacenter.as_ref() == Some(name) {
                host.place.datacenter = Some(to.name.clone());
            }
        }
        Ok(())
    }

    fn remove_datacenter(&mut self, name: &Text, force: bool) -> Result<(), EditError> {
        self.known_place(Some(name), None)?;
        let inside = |place: Option<&Text>| place == Some(name);
        let clusters = self.clusters.iter().filter(|c| inside(c.datacenter.as_ref()));
        let hosts = self.hosts.iter().filter(|h| inside(h.place.datacenter.as_ref()));
        let contents = contents(clusters.map(|c| &c.name), hosts.map(|h| &h.name));
        if !force && let Some(contents) = contents {
            return Err(EditError::not_empty("data center", name, contents));
        }
        self.clusters.retain(|c| c.datacenter.as_ref() != Some(name));
        self.hosts.retain(|h| h.place.datacenter.as_ref() != Some(name));
        self.datacenters.retain(|one| one.name != *name);
        Ok(())
    }

    fn update_cluster(&mut self, datacenter: Option<&Text>, name: &Text, to: &ClusterSpec) -> Result<(), EditError> {
        self.known_place(to.datacenter.as_ref(), None)?;
        if !to.is(datacenter, name) {
            self.vacant_cluster(to.datacenter.as_ref(), &to.name)?;
        }
        let spec = self.clusters.iter_mut().find(|one| one.is(datacenter, name));
        let spec = spec.ok_or_else(|| EditError::absent("cluster", name))?;
        let old = std::mem::replace(spec, to.clone());
        for host in self.hosts.iter_mut().filter(|host| old.holds(host)) {
            host.place = Place {
                datacenter: to.datacenter.clone(),
                cluster: Some(to.name.clone()),
            };
        }
        Ok(())
    }

    fn remove_cluster(&mut self, datacenter: Option<&Text>, name: &Text, force: bool) -> Result<(), EditError> {
        let index = self.clusters.iter().position(|one| one.is(datacenter, name));
        let index = index.ok_or_else(|| EditError::absent("cluster", name))?;
        let old = self.clusters.remove(index);
        let hosts = self.hosts.iter().filter(|host| old.holds(host));
        let contents = contents(std::iter::empty(), hosts.map(|host| &host.name));
        if !force && let Some(contents) = contents {
            return Err(EditError::not_empty("cluster", name, contents));
        }
        self.hosts.retain(|host| !old.holds(host));
        Ok(())
    }
}

impl ClusterSpec {
    fn is(&self, datacenter: Option<&Text>, name: &Text) -> bool {
        self.datacenter.as_ref() == datacenter && self.name == *name
    }
}

/// What is inside, by name, at most a few; `None` when nothing is.
fn contents<'a>(clusters: impl Iterator<Item = &'a Text>, hosts: impl Iterator<Item = &'a Text>) -> Option<String> {
    const SHOWN: usize = 5;
    let all: Vec<String> = clusters
        .map(|name| format!("cluster {name}"))
        .chain(hosts.map(|name| format!("host {name}")))
        .collect();
    if all.is_empty() {
        return None;
    }
    let more = all.len().saturating_sub(SHOWN);
    let text = all[..all.len() - more].join(", ");
    Some(if more > 0 {
        format!("{text} and {more} more")
    } else {
        text
    })
}
