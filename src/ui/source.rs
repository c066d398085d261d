//! What is drawn, as read from the store: the one place that knows how the store is asked.

use std::time::Duration;

use crate::base::ids::{HostId, NodeId, VmKey};
use crate::base::time::{self, Stamp};
use crate::hv::event::Severity;
use crate::hv::host::ConnState;
use crate::hv::topology::HostEntry;
use crate::inventory::columns::VmColumn;
use crate::inventory::log::LogRecord;
use crate::inventory::rollup::Rollup;
use crate::inventory::value::Align;
use crate::inventory::{Filter, HostState, Store};

/// A heading with its least width and whether its cells are numbers.
pub(super) struct Heading {
    pub title: &'static str,
    pub width: u16,
    pub right: bool,
}

/// The heading of a column of VMs.
pub(super) fn heading(column: VmColumn) -> Heading {
    // the state comes with its sign and letter, and with what a task makes of it
    let more = if column == VmColumn::State { 3 } else { 0 };
    Heading {
        title: column.title(),
        width: column.min_width() + more,
        right: column.align() == Align::Right,
    }
}

/// A VM's cell, escaped.
pub(super) fn cell(store: &Store, key: VmKey, column: VmColumn, now: Stamp) -> String {
    store.view(key, now).map_or_else(String::new, |view| column.cell(&view))
}

/// Sums over a node.
pub(super) fn rollup(store: &Store, node: NodeId) -> Rollup {
    store.rollup(node)
}

/// Hosts below a node, in the order of the inventory.
pub(super) fn hosts_below(store: &Store, node: NodeId) -> Vec<(&HostEntry, &HostState)> {
    store.hosts().filter(|(entry, _)| store.is_below(entry, node)).collect()
}

/// Events below a node that match, newest first.
pub(super) fn events<'a>(store: &'a Store, filter: &'a Filter, node: NodeId) -> Vec<&'a LogRecord> {
    let name = |host: HostId| {
        store
            .entry(host)
            .map_or_else(String::new, |entry| entry.name.raw().to_owned())
    };
    let wanted: Box<dyn Fn(&LogRecord) -> bool> = match node {
        NodeId::Fleet => Box::new(|_| true),
        NodeId::Vm(key) => return store.log().of_vm(key).rev().collect(),
        group => {
            let hosts: std::collections::BTreeSet<HostId> =
                hosts_below(store, group).iter().map(|(entry, _)| entry.id).collect();
            Box::new(move |record| hosts.contains(&record.host))
        }
    };
    let found = store.log().matching(filter, Severity::Normal, name);
    found.rev().filter(|record| wanted(record)).collect()
}

/// How old a VM's numbers are when they are older than they should be.
pub(super) fn vm_age(store: &Store, key: VmKey, now: Stamp) -> Option<Duration> {
    let host = store.host(key.host)?;
    let vm = host.vms.get(&key.uuid)?;
    // a VM that is off has no numbers that could grow old
    if !vm.record.status.state.is_active() {
        return None;
    }
    host.vm_stale(vm, now)
}

/// How old the oldest of a group's numbers are when they are older than they should be. Hosts that
/// are not connected do not count for its load.
pub(super) fn group_age(store: &Store, node: NodeId, now: Stamp) -> Option<Duration> {
    let below = store
        .hosts()
        .filter(|(entry, host)| host.conn.is_connected() && store.is_below(entry, node));
    below.filter_map(|(_, host)| host.stale(now)).max()
}

/// Since when and why a host is not connected, on one line.
pub(super) fn trouble(host: &HostState, now: Stamp) -> Option<String> {
    let ago = |since: Stamp| time::short(now.since(since));
    match &host.conn {
        ConnState::Down { since, error, .. } => Some(format!("down {}: {error}", ago(*since))),
        ConnState::Slow { since, waiting_for } => Some(format!("no answer for {} ({waiting_for})", ago(*since))),
        ConnState::Asking { since } => Some(format!("asks a question, for {}", ago(*since))),
        ConnState::Connecting { since, attempt } => match &host.lost {
            Some(lost) => Some(format!(
                "down {}: {}; connecting again, attempt {attempt}",
                ago(lost.since),
                lost.error
            )),
            None => Some(format!("connecting for {}", ago(*since))),
        },
        ConnState::Queued | ConnState::Syncing { .. } | ConnState::Disabled | ConnState::Live { .. } => None,
    }
}

/// How long ago something was read, to be put after its heading, once that is more than two
/// intervals.
pub(super) fn read_ago(host: &HostState, read: Option<Stamp>, now: Stamp) -> String {
    read.and_then(|read| host.read_age(read, now))
        .map_or_else(String::new, |age| format!(", read {} ago", time::short(age)))
}

/// When a host that is down is tried again, in words. After refused logins it waits for the user.
pub(super) fn next_attempt(retry_at: Stamp, now: Stamp) -> String {
    let wait = retry_at.since(now);
    if retry_at == Stamp::NEVER {
        "only when asked (reconnect)".to_owned()
    } else if wait.is_zero() {
        "now".to_owned()
    } else {
        format!("in {}", crate::base::time::short(wait))
    }
}
