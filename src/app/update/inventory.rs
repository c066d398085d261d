//! Changes of the inventory and what comes back of them.

use crate::app::effect::InventoryChange;
use crate::app::layers::Layer;
use crate::app::layers::form::FormId;
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::{rows, say};
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
            replace(model, topology);
            if matches!(model.layers.last(), Some(Layer::Form(_))) {
                model.layers.pop();
            }
            say(model, Level::Info, "inventory saved");
        }
        Err(error) => {
            // a form stays open with what was typed, so that nothing is lost
            if let Some(Layer::Form(form)) = model.layers.last_mut() {
                form.message = Some((true, error));
            } else {
                say(model, Level::Error, error);
            }
        }
    }
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
