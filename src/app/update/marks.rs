//! Marking VMs. Marks are identities; rows that come and go do not touch them.

use std::collections::BTreeSet;

use crate::app::model::{Model, Range};
use crate::app::update::go;
use crate::app::view::View;
use crate::base::ids::{NodeId, VmKey};

/// VMs that a row stands for: itself, or all below that the filter shows.
fn below(model: &Model, node: NodeId) -> Vec<VmKey> {
    match node {
        NodeId::Vm(key) => vec![key],
        NodeId::Fleet | NodeId::Datacenter(_) | NodeId::Cluster(_) | NodeId::Host(_) => model
            .store
            .vms_below(node)
            .into_iter()
            .filter(|key| model.parsed_filter.is_empty() || model.parsed_filter.matches_vm(&model.store, *key))
            .collect(),
    }
}

/// Marks or unmarks what is under the cursor and goes on.
pub(super) fn toggle(model: &mut Model) {
    let keys = below(model, model.selected());
    if keys.iter().all(|key| model.marks.contains(key)) {
        for key in &keys {
            model.marks.remove(key);
        }
    } else {
        model.marks.extend(keys);
    }
    go::step(model, 1);
}

/// Every VM that the filter shows, folded or not.
fn shown(model: &Model) -> BTreeSet<VmKey> {
    below(model, NodeId::Fleet).into_iter().collect()
}

/// Marks every VM that the filter shows.
pub(super) fn all(model: &mut Model) {
    let shown = shown(model);
    model.marks.extend(shown);
}

/// Turns the marks around among what the filter shows.
pub(super) fn invert(model: &mut Model) {
    for key in shown(model) {
        if !model.marks.remove(&key) {
            model.marks.insert(key);
        }
    }
}

/// Starts or ends marking the rows the cursor passes.
pub(super) fn range(model: &mut Model) {
    if model.range.take().is_none() {
        model.range = Some(Range {
            anchor: model.selected(),
            before: model.marks.clone(),
        });
        extend(model);
    }
}

/// Marks what lies between where the range began and the cursor.
pub(super) fn extend(model: &mut Model) {
    let Some(range) = &model.range else { return };
    let nodes: Vec<NodeId> = match model.view {
        View::Tree => model.tree.nodes.clone(),
        View::List => model.list.rows.iter().map(|key| NodeId::Vm(*key)).collect(),
    };
    let here = match model.view {
        View::Tree => model.tree.cursor.index(),
        View::List => model.list.cursor.index(),
    };
    let from = nodes.iter().position(|node| *node == range.anchor).unwrap_or(here);
    let (first, last) = (from.min(here), from.max(here));
    let mut marks = range.before.clone();
    marks.extend(nodes.iter().take(last + 1).skip(first).filter_map(|node| node.vm()));
    model.marks = marks;
}
