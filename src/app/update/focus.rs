//! Tells hosts what the user looks at, so that they read that in detail and nothing else.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::view::{Tab, View};
use crate::base::ids::{HostId, NodeId, VmKey};
use crate::base::time::Stamp;
use crate::hv::command::{Focus, HostCommand};
use crate::hv::host::Feature;
use crate::hv::storage::PoolState;
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
    let again = reread(state, selected, tab, model.now);
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
    if let Some(command) = again {
        let just = model
            .detail
            .reread
            .as_ref()
            .is_some_and(|(of, last, at)| *of == host && *last == command && model.now.since(*at) < REREAD);
        if !just {
            model.detail.reread = Some((host, command.clone(), model.now));
            effects.push(Effect::Host(host, command));
        }
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

/// How old what no event tells of may become while it is being looked at.
const REREAD: Duration = Duration::from_secs(30);

/// What the shown tab shows, no event tells of, and was read long ago.
fn reread(state: &HostState, selected: NodeId, tab: Tab, now: Stamp) -> Option<HostCommand> {
    let old = |read: Option<Stamp>| read.is_some_and(|at| now.since(at) >= REREAD);
    match (selected, tab) {
        (NodeId::Vm(key), tab) => {
            let vm = state.vms.get(&key.uuid)?;
            match tab {
                Tab::Guest | Tab::Overview if vm.record.status.state.is_active() && old(vm.guest_read) => {
                    Some(HostCommand::FetchGuest(key.uuid))
                }
                Tab::Snapshots if old(vm.snapshots_read) => Some(HostCommand::FetchSnapshots(key.uuid)),
                _ => None,
            }
        }
        (NodeId::Host(_), Tab::Networks) if old(state.leases_read) && !state.is_unsupported(Feature::DhcpLeases) => {
            Some(HostCommand::FetchLeases)
        }
        (NodeId::Host(_), Tab::Storage) => state
            .pools
            .iter()
            .filter(|(_, pool)| pool.record.state == PoolState::Running && old(pool.volumes_read))
            .min_by_key(|(_, pool)| pool.volumes_read)
            .map(|(uuid, _)| HostCommand::FetchVolumes(*uuid)),
        _ => None,
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
            let unread = state
                .pools
                .iter()
                .filter(|(_, pool)| pool.volumes.is_none() && pool.record.state == PoolState::Running);
            commands.extend(unread.map(|(uuid, _)| HostCommand::FetchVolumes(*uuid)));
        }
        _ => {}
    }
}
