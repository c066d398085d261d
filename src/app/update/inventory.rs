//! Changes of the inventory and what comes back of them.

use crate::app::effect::InventoryChange;
use crate::app::layers::Layer;
use crate::app::layers::form::{FormId, Purpose};
use crate::app::model::Model;
use crate::app::msg::Reread;
use crate::app::notices::Level;
use crate::app::update::{rows, say};
use crate::app::view::View;
use crate::base::ids::NodeId;
use crate::hv::topology::Topology;

/// The change that takes an object out, and how many hosts go with it.
pub(super) fn removal(model: &Model, node: NodeId) -> Option<(InventoryChange, usize)> {
    let topology = model.store.topology();
    match node {
        NodeId::Host(id) => Some((
            InventoryChange::RemoveHost {
                name: topology.host(id)?.name.clone(),
            },
            0,
        )),
        NodeId::Cluster(id) => {
            let cluster = topology.cluster(id)?;
            let datacenter = cluster
                .datacenter
                .and_then(|id| topology.datacenter(id))
                .map(|found| found.name.clone());
            let inside = topology.hosts.iter().filter(|host| host.cluster == Some(id)).count();
            Some((
                InventoryChange::RemoveCluster {
                    datacenter,
                    name: cluster.name.clone(),
                },
                inside,
            ))
        }
        NodeId::Datacenter(id) => {
            let name = topology.datacenter(id)?.name.clone();
            let inside = topology.hosts.iter().filter(|host| host.datacenter == Some(id)).count();
            Some((InventoryChange::RemoveDatacenter { name }, inside))
        }
        NodeId::Fleet | NodeId::Vm(_) => None,
    }
}

/// The inventory was changed, or not.
pub(super) fn changed(model: &mut Model, outcome: Result<Topology, String>) {
    match outcome {
        Ok(topology) => {
            let new = newcomer(model.store.topology(), &topology);
            replace(model, topology);
            if let Some(at) = form_at(model) {
                model.layers.remove(at);
            }
            if let Some(node) = new.filter(|_| model.view == View::Tree) {
                rows::reveal(model, node);
            }
            say(model, Level::Info, "inventory saved");
        }
        Err(error) => {
            // a form stays open with what was typed, so that nothing is lost
            match form_at(model).and_then(|at| model.layers.get_mut(at)) {
                Some(Layer::Form(form)) => form.message = Some((true, error)),
                _ => say(model, Level::Error, error),
            }
        }
    }
}

/// The open form that changes the inventory; a question of a host may have come on top of it.
fn form_at(model: &Model) -> Option<usize> {
    model.layers.iter().rposition(|layer| match layer {
        Layer::Form(form) => matches!(
            form.purpose,
            Purpose::Host { .. }
                | Purpose::Datacenter
                | Purpose::Cluster
                | Purpose::RenameDatacenter(_)
                | Purpose::RenameCluster(..)
                | Purpose::Import(_)
        ),
        _ => false,
    })
}

/// What is in the inventory now and was not before.
fn newcomer(before: &Topology, after: &Topology) -> Option<NodeId> {
    let hosts = after.hosts.iter().filter(|host| before.host(host.id).is_none());
    let clusters = after.clusters.iter().filter(|one| before.cluster(one.id).is_none());
    let datacenters = after
        .datacenters
        .iter()
        .filter(|one| before.datacenter(one.id).is_none());
    hosts
        .map(|host| NodeId::Host(host.id))
        .chain(clusters.map(|cluster| NodeId::Cluster(cluster.id)))
        .chain(datacenters.map(|datacenter| NodeId::Datacenter(datacenter.id)))
        .next()
}

/// The files were read again.
pub(super) fn reread(model: &mut Model, reread: Reread) {
    replace(model, reread.topology);
    model.environments = reread.environments;
    for problem in reread.problems {
        say(model, Level::Warning, problem);
    }
    say(model, Level::Info, "files read again");
}

/// Another set of hosts.
pub(super) fn replace(model: &mut Model, topology: Topology) {
    model.store.set_topology(topology);
    model.focus.clear();
    rows::rebuild(model);
}

/// A form's connection test is over.
pub(super) fn tested(model: &mut Model, id: FormId, outcome: Result<String, String>) {
    let form = model.layers.iter_mut().find_map(|layer| match layer {
        Layer::Form(form) if form.id == id => Some(form),
        _ => None,
    });
    // a form that was closed meanwhile does not care any more
    if let Some(form) = form {
        form.message = Some(match outcome {
            Ok(text) => (false, text),
            Err(text) => (true, text),
        });
    }
}
