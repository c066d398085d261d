//! The wall of thumbnails.

use std::collections::BTreeMap;

use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::update::consoles;
use crate::app::view::Front;
use crate::app::wall::{PICTURE, Wall};
use crate::base::ids::{HostId, NodeId, VmKey};
use crate::hv::command::HostCommand;
use crate::hv::console::ThumbnailWish;

/// Shows the wall of the selection, or of the marked VMs; again closes it.
pub(super) fn toggle(model: &mut Model) {
    if model.front == Front::Wall {
        model.front = Front::Fleet;
        return;
    }
    consoles::leave(model);
    model.wall.vms = wanted(model);
    model.front = Front::Wall;
    refresh(model);
}

/// Running VMs below the selection in the order of the tree, or the marked ones.
fn wanted(model: &Model) -> Vec<VmKey> {
    let active = |key: &VmKey| {
        let vm = model.store.vm(*key);
        vm.is_some_and(|vm| vm.record.status.state.is_active())
    };
    if !model.marks.is_empty() {
        return model.marks.iter().filter(|key| active(key)).copied().collect();
    }
    let node = match model.navigated() {
        // the picture of one VM is its console; its neighbours are more interesting
        NodeId::Vm(key) => NodeId::Host(key.host),
        other => other,
    };
    let hosts = model.store.hosts_below(node);
    let mut found: Vec<(String, VmKey)> = Vec::new();
    for host in hosts {
        let Some(state) = model.store.host(host) else { continue };
        for uuid in state.vms.keys() {
            let key = VmKey { host, uuid: *uuid };
            if active(&key) {
                found.push((model.name(NodeId::Vm(key)), key));
            }
        }
    }
    found.sort_by(|one, other| crate::inventory::natural::compare(&one.0, &other.0).then(one.1.cmp(&other.1)));
    found.into_iter().map(|(_, key)| key).collect()
}

/// Keeps the cursor on its VM.
pub(super) fn refresh(model: &mut Model) {
    let store = &model.store;
    let (across, down) = Wall::grid(model.screen);
    model.wall.vms.retain(|key| store.vm(*key).is_some());
    model.wall.seen.retain(|key, _| store.vm(*key).is_some());
    model
        .wall
        .cursor
        .resolve(&model.wall.vms, |key| store.vm(key).is_some());
    model.wall.cursor.set_height(across * down, model.wall.vms.len());
}

/// Moves the cursor by pictures across and down.
pub(super) fn step(model: &mut Model, across: isize, down: isize) {
    let (columns, _) = Wall::grid(model.screen);
    // the ends are as far away as a number can be
    let by = across.saturating_add(down.saturating_mul(columns as isize));
    let vms = std::mem::take(&mut model.wall.vms);
    model.wall.cursor.step(&vms, by);
    model.wall.vms = vms;
}

/// The pictures on the screen: the page of the grid that the cursor is on.
pub fn page(model: &Model) -> (usize, usize) {
    let (across, down) = Wall::grid(model.screen);
    let on_page = across * down;
    let first = model.wall.cursor.index() / on_page * on_page;
    (first, on_page.min(model.wall.vms.len().saturating_sub(first)))
}

/// Tells hosts which pictures are wanted, when that changed.
pub(super) fn tell(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.front != Front::Wall && model.wall.told.is_empty() {
        return;
    }
    let mut wanted: BTreeMap<HostId, ThumbnailWish> = BTreeMap::new();
    if model.front == Front::Wall && model.frozen.is_none() {
        let (first, count) = page(model);
        let hosts_here = |key: &VmKey| key.host;
        let shown: Vec<VmKey> = model.wall.vms.iter().skip(first).take(count).copied().collect();
        let mut hosts: Vec<HostId> = shown.iter().map(hosts_here).collect();
        hosts.sort_unstable();
        hosts.dedup();
        let options = &model.options.console;
        for key in shown {
            let wish = wanted.entry(key.host).or_insert_with(|| ThumbnailWish {
                vms: Vec::new(),
                size: PICTURE,
                depth: options.depth,
                ascii: model.options.ascii,
                budget: options.wall_budget,
            });
            wish.vms.push(key.uuid);
        }
    }
    for (host, wish) in &wanted {
        if model.wall.told.get(host) != Some(wish) {
            effects.push(Effect::Host(*host, HostCommand::Thumbnails(wish.clone())));
        }
    }
    for host in model.wall.told.keys().filter(|host| !wanted.contains_key(host)) {
        effects.push(Effect::Host(*host, HostCommand::Thumbnails(ThumbnailWish::default())));
    }
    model.wall.told = wanted;
}
