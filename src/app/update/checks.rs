//! Checks of what was entered in the inventory's forms. Everything wrong is marked at once, beside
//! its field; what only the file can tell comes with the answer.

use crate::app::effect::HostDraft;
use crate::app::layers::Layer;
use crate::app::layers::form::{Control, Form, Purpose};
use crate::app::model::Model;
use crate::base::text::Text;
use crate::config::inventory::uri;
use crate::hv::topology::Topology;

/// Names to choose from, with nothing first.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a Text>) -> Vec<String> {
    std::iter::once(String::new())
        .chain(names.map(ToString::to_string))
        .collect()
}

/// Names of the clusters of a data center, or of those in none, with nothing first.
pub(super) fn clusters(topology: &Topology, datacenter: &str) -> Vec<String> {
    let inside = topology
        .clusters
        .iter()
        .filter(|cluster| datacenter_of(topology, cluster) == datacenter);
    names(inside.map(|cluster| &cluster.name))
}

fn datacenter_of(topology: &Topology, cluster: &crate::hv::topology::Cluster) -> String {
    let datacenter = cluster.datacenter.and_then(|id| topology.datacenter(id));
    datacenter.map(|found| found.name.to_string()).unwrap_or_default()
}

/// Another data center has other clusters.
pub(super) fn follow_datacenter(model: &mut Model) {
    let Some(Layer::Form(form)) = model.layers.last_mut() else {
        return;
    };
    if !matches!(form.purpose, Purpose::Host { .. }) {
        return;
    }
    let there = clusters(model.store.topology(), form.text("datacenter"));
    if let Some(field) = form.fields.iter_mut().find(|field| field.key == "cluster")
        && let Control::Choice { options, index } = &mut field.control
        && *options != there
    {
        *options = there;
        *index = 0;
    }
}

/// What a host's form says.
fn draft(form: &Form) -> Option<HostDraft> {
    let Purpose::Host { draft, .. } = &form.purpose else {
        return None;
    };
    let some = |key: &str| Some(form.text(key).to_owned()).filter(|text| !text.is_empty());
    let mut ssh = draft.ssh.clone();
    ssh.keyfile = some("keyfile");
    ssh.jump = some("jump");
    Some(HostDraft {
        name: form.text("name").to_owned(),
        uri: form.text("uri").to_owned(),
        datacenter: form.text("datacenter").to_owned(),
        cluster: form.text("cluster").to_owned(),
        environment: form.text("environment").to_owned(),
        tags: form
            .text("tags")
            .split([' ', ','])
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned)
            .collect(),
        read_only: form.is_on("read_only"),
        enabled: form.is_on("enabled"),
        ssh,
    })
}

/// Checks a host's form.
pub(super) fn host(model: &mut Model) -> Option<HostDraft> {
    let hosts = &model.store.topology().hosts;
    let taken: Vec<String> = hosts.iter().map(|host| host.name.raw().to_owned()).collect();
    let Some(Layer::Form(form)) = model.layers.last_mut() else {
        return None;
    };
    form.clear_errors();
    let draft = draft(form)?;
    let own = match &form.purpose {
        Purpose::Host { name: Some(name), .. } => name.raw().to_owned(),
        _ => String::new(),
    };
    if draft.name.is_empty() {
        form.refuse("name", "a host needs a name");
    } else if draft.name != own && taken.contains(&draft.name) {
        form.refuse("name", "another host has this name");
    }
    if draft.uri.is_empty() {
        form.refuse("uri", "a host needs a URI such as qemu+ssh://root@host/system");
    } else if let Err(error) = uri::check(&draft.uri) {
        form.refuse("uri", error);
    }
    (!form.has_errors()).then_some(draft)
}

/// Checks the name of a data center or cluster, new or renamed; returns it when it may be used.
pub(super) fn group(model: &mut Model) -> Option<String> {
    let topology = model.store.topology();
    let Some(Layer::Form(form)) = model.layers.last() else {
        return None;
    };
    let name = form.text("name").to_owned();
    let datacenters = || topology.datacenters.iter().map(|found| found.name.to_string());
    let in_datacenter = |datacenter: &str| {
        let clusters = topology.clusters.iter();
        let inside = clusters.filter(|cluster| datacenter_of(topology, cluster) == datacenter);
        inside.map(|cluster| cluster.name.to_string()).collect::<Vec<_>>()
    };
    let (own, taken): (&str, Vec<String>) = match &form.purpose {
        Purpose::Datacenter => ("", datacenters().collect()),
        Purpose::RenameDatacenter(own) => (own.raw(), datacenters().collect()),
        Purpose::Cluster => ("", in_datacenter(form.text("datacenter"))),
        Purpose::RenameCluster(datacenter, own) => {
            let datacenter = datacenter.as_ref().map(ToString::to_string).unwrap_or_default();
            (own.raw(), in_datacenter(&datacenter))
        }
        _ => return None,
    };
    let error = if name.is_empty() {
        Some("a name is needed")
    } else if name != own && taken.contains(&name) {
        Some("this name is taken")
    } else {
        None
    };
    let Some(Layer::Form(form)) = model.layers.last_mut() else {
        return None;
    };
    form.clear_errors();
    match error {
        Some(error) => {
            form.refuse("name", error);
            None
        }
        None => Some(name),
    }
}
