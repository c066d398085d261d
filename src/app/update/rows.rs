//! Rows of the tree and the list, kept in step with what is known.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::app::model::Model;
use crate::app::view::View;
use crate::base::ids::NodeId;
use crate::inventory::Filter;

/// How often a list sorted by moving numbers is sorted again.
const RESORT: Duration = Duration::from_secs(2);

/// Builds the rows again when the structure changed, or when a list sorted by numbers is due.
pub(super) fn refresh(model: &mut Model) {
    if model.frozen.is_some() {
        return;
    }
    let structure = model.store.structure_revision();
    let moving = model.view == View::List && model.list.sort.0.moves();
    let due = moving && model.now.since(model.sorted_at) >= RESORT;
    if model.built != Some(structure) || due {
        rebuild(model);
    }
}

/// Builds the rows again.
pub(in crate::app) fn rebuild(model: &mut Model) {
    model.built = Some(model.store.structure_revision());
    model.sorted_at = model.now;
    model.tree.rows = crate::inventory::tree::rows(&model.store, &model.parsed_filter, &model.tree.folds);
    model.tree.nodes = model.tree.rows.iter().map(|row| row.node).collect();
    let store = &model.store;
    model
        .tree
        .cursor
        .resolve(&model.tree.nodes, |node| store.contains(node));
    if model.view == View::List {
        model.list.rows = crate::inventory::flat::rows(&model.store, &model.parsed_filter, model.list.sort, model.now);
        let store = &model.store;
        model
            .list
            .cursor
            .resolve(&model.list.rows, |key| store.vm(key).is_some());
    }
    let gone: BTreeSet<_> = model
        .marks
        .iter()
        .filter(|key| model.store.vm(**key).is_none())
        .copied()
        .collect();
    model.marks.retain(|key| !gone.contains(key));
}

/// Takes a changed filter text over.
pub(super) fn refilter(model: &mut Model) {
    model.parsed_filter = Filter::parse(model.filter.text());
    rebuild(model);
}

/// The first row of the tree that hits the filter, so that typing a name goes there.
pub(super) fn go_to_first_hit(model: &mut Model) {
    if model.view == View::Tree
        && !model.parsed_filter.is_empty()
        && let Some(index) = model.tree.rows.iter().position(|row| row.hit)
        && !model
            .tree
            .rows
            .get(model.tree.cursor.index())
            .is_some_and(|row| row.hit)
    {
        let nodes = std::mem::take(&mut model.tree.nodes);
        model.tree.cursor.go(&nodes, index);
        model.tree.nodes = nodes;
    }
}

/// Unfolds everything above a node and goes there; in the list, goes to the VM.
pub(super) fn reveal(model: &mut Model, node: NodeId) -> bool {
    let mut above = model.parent(node);
    while let Some(parent) = above {
        model.tree.folds.remove(&parent);
        above = model.parent(parent);
    }
    rebuild(model);
    if let (View::List, NodeId::Vm(key)) = (model.view, node)
        && model.list.cursor.go_to(&model.list.rows, key)
    {
        return true;
    }
    model.view = View::Tree;
    if model.tree.cursor.go_to(&model.tree.nodes, node) {
        return true;
    }
    if !model.parsed_filter.is_empty() {
        // it is hidden by the filter: going to it on purpose is worth more than the filter
        model.filter.set("");
        refilter(model);
        return model.tree.cursor.go_to(&model.tree.nodes, node);
    }
    false
}
