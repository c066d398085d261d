//! Tells hosts what the user looks at, so that they read that in detail and nothing else.

use std::collections::BTreeMap;

use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::view::{Tab, View};
use crate::base::ids::{HostId, NodeId, VmKey};
use crate::hv::command::{Focus, HostCommand};
use crate::inventory::HostState;

/// Sends each host what changed of it.
pub(super) fn tell(model: &mut Model, effects: &mut Vec<Effect>) {
    let selected = model.selected();
    if let NodeId::Vm(key) = selected {
        model.store.watch(key);
    }
    let mut wanted: BTreeMap<HostId, Focus> = BTreeMap::new();
    for key in visible(model) {
        wanted.entry(key.host).or_default().visible.push(key.uuid);
    }
    if let Some(host) = selected.host() {
        let focus = wanted.entry(host).or_default();
        match selected {
            NodeId::Vm(key) => focus.detail = Some(key.uuid),
            NodeId::Host(_) => focus.host_detail = true,
            NodeId::Fleet | NodeId::Datacenter(_) | NodeId::Cluster(_) => {}
        }
    }
    for (host, focus) in &mut wanted {
        focus.visible.sort_unstable();
        if model.focus.get(host) != Some(focus) {
            effects.push(Effect::Host(*host, HostCommand::Focus(focus.clone())));
        }
    }
    for host in model.focus.keys().filter(|host| !wanted.contains_key(host)) {
        effects.push(Effect::Host(*host, HostCommand::Focus(Focus::default())));
    }
    model.focus = wanted;
    fetch(model, selected, effects);
}

/// VMs that have a row on the screen.
fn visible(model: &Model) -> Vec<VmKey> {
    match model.view {
        View::Tree => {
            let cursor = &model.tree.cursor;
            let rows = model.tree.nodes.iter().skip(cursor.offset()).take(cursor.height());
            rows.filter_map(|node| node.vm()).collect()
        }
        View::List => {
            let cursor = &model.list.cursor;
            model
                .list
                .rows
                .iter()
                .skip(cursor.offset())
                .take(cursor.height())
                .copied()
                .collect()
        }
    }
}

/// Asks for what the shown tab needs and nobody has asked for yet.
fn fetch(model: &mut Model, selected: NodeId, effects: &mut Vec<Effect>) {
    let tab = model.detail.tab(selected);
    let Some(host) = selected.host() else { return };
    let Some(state) = model.store.host(host).filter(|state| state.conn.is_live()) else {
        return;
    };
    let mut commands = Vec::new();
    match selected {
        NodeId::Vm(key) => {
            let Some(vm) = state.vms.get(&key.uuid) else {
                return;
            };
            let active = vm.record.status.state.is_active();
            if matches!(tab, Tab::Guest | Tab::Overview) && vm.guest.is_none() && active {
                commands.push(HostCommand::FetchGuest(key.uuid));
            }
            if tab == Tab::Snapshots && vm.snapshots.is_none() {
                commands.push(HostCommand::FetchSnapshots(key.uuid));
            }
        }
        NodeId::Host(_) => fetch_of_host(state, tab, &mut commands),
        NodeId::Fleet | NodeId::Datacenter(_) | NodeId::Cluster(_) => {}
    }
    for command in commands {
        if model
            .asked
            .insert((host, state_epoch(model, host), format!("{command:?}")))
        {
            effects.push(Effect::Host(host, command));
        }
    }
}

fn state_epoch(model: &Model, host: HostId) -> u64 {
    model.store.host(host).map_or(0, |state| state.epoch.0)
}

fn fetch_of_host(state: &HostState, tab: Tab, commands: &mut Vec<HostCommand>) {
    match tab {
        Tab::Devices if state.devices.is_none() => commands.push(HostCommand::FetchDevices),
        Tab::Networks if state.leases.is_none() => commands.push(HostCommand::FetchLeases),
        Tab::Storage => {
            let unread = state.pools.iter().filter(|(_, pool)| {
                pool.volumes.is_none() && pool.record.state == crate::hv::storage::PoolState::Running
            });
            commands.extend(unread.map(|(uuid, _)| HostCommand::FetchVolumes(*uuid)));
        }
        _ => {}
    }
}
