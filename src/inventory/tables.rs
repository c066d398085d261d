//! Tables of everything there is, for lists on the screen and for scripts.

use crate::base::ids::{NodeId, VmKey};
use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::hv::event::Severity;
use crate::inventory::columns::VmColumn;
use crate::inventory::filter::Filter;
use crate::inventory::flat;
use crate::inventory::store::Store;
use crate::inventory::value::{ColumnInfo, Value};

mod groups;
mod hosts;
mod objects;

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TableKind {
    /// VMs.
    Vms,
    /// Hosts.
    Hosts,
    /// Clusters.
    Clusters,
    /// Data centers.
    Datacenters,
    /// Storage pools.
    Pools,
    /// Storage volumes of pools whose volumes were read.
    Volumes,
    /// Virtual networks.
    Networks,
    /// Events.
    Events,
}

/// What a row of a table stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The node of the tree it is or stands on.
    pub node: NodeId,
    /// Its cells, one for each column.
    pub cells: Vec<Value>,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// All columns of this kind of table, in order.
    pub columns: Vec<&'static ColumnInfo>,
    /// The rows that match.
    pub rows: Vec<Row>,
}

/// All columns of a kind of table, in order.
pub fn columns(kind: TableKind) -> Vec<&'static ColumnInfo> {
    match kind {
        TableKind::Vms => VmColumn::ALL.iter().map(|column| column.info()).collect(),
        TableKind::Hosts => hosts::HOSTS.iter().collect(),
        TableKind::Clusters => groups::CLUSTERS.iter().collect(),
        TableKind::Datacenters => groups::DATACENTERS.iter().collect(),
        TableKind::Pools => objects::POOLS.iter().collect(),
        TableKind::Volumes => objects::VOLUMES.iter().collect(),
        TableKind::Networks => objects::NETWORKS.iter().collect(),
        TableKind::Events => objects::EVENTS.iter().collect(),
    }
}

/// Everything of a kind below a node that matches the filter. VMs are sorted by name, all others
/// stand in the order of the inventory, events oldest first.
pub fn table(store: &Store, kind: TableKind, below: NodeId, filter: &Filter, now: Stamp) -> Table {
    let rows = match kind {
        TableKind::Vms => vms(store, below, filter, now),
        TableKind::Hosts => hosts::hosts(store, below, filter, now),
        TableKind::Clusters => groups::clusters(store, below, filter),
        TableKind::Datacenters => groups::datacenters(store, below, filter),
        TableKind::Pools => objects::pools(store, below, filter),
        TableKind::Volumes => objects::volumes(store, below, filter),
        TableKind::Networks => objects::networks(store, below, filter),
        TableKind::Events => events(store, below, filter),
    };
    Table {
        columns: columns(kind),
        rows,
    }
}

fn vms(store: &Store, below: NodeId, filter: &Filter, now: Stamp) -> Vec<Row> {
    flat::rows(store, filter, (VmColumn::Name, false), now)
        .into_iter()
        .filter(|key| within(store, *key, below))
        .filter_map(|key| {
            let view = store.view(key, now)?;
            Some(Row {
                node: NodeId::Vm(key),
                cells: VmColumn::ALL.iter().map(|column| column.value(&view)).collect(),
            })
        })
        .collect()
}

fn within(store: &Store, key: VmKey, below: NodeId) -> bool {
    match below {
        NodeId::Vm(only) => only == key,
        node => store.entry(key.host).is_some_and(|entry| store.is_below(entry, node)),
    }
}

fn events(store: &Store, below: NodeId, filter: &Filter) -> Vec<Row> {
    let name = |host| {
        store
            .entry(host)
            .map_or_else(String::new, |entry| entry.name.raw().to_owned())
    };
    store
        .log()
        .matching(filter, Severity::Normal, name)
        .filter(|record| {
            let entry = store.entry(record.host);
            entry.is_some_and(|entry| store.is_below(entry, below))
        })
        .map(|record| Row {
            node: NodeId::Host(record.host),
            cells: vec![
                Value::Integer(record.entry.unix_millis),
                Value::Word(record.entry.severity.word()),
                Value::Text(Text::from(name(record.host))),
                Value::Word(objects::subject_word(record.entry.subject)),
                Value::text(&record.entry.name),
                Value::text(&record.entry.message),
            ],
        })
        .collect()
}

/// The cells of a row keep the filter's promise: they are searched as they are shown.
fn row(filter: &Filter, node: NodeId, cells: Vec<Value>, more: &[&str]) -> Option<Row> {
    if !filter.is_empty() {
        let mut texts = more.to_vec();
        for cell in &cells {
            match cell {
                Value::Text(text) => texts.push(text.raw()),
                Value::Word(word) => texts.push(word),
                Value::List(list) => texts.extend(list.iter().map(Text::raw)),
                _ => {}
            }
        }
        if !filter.matches(&texts) {
            return None;
        }
    }
    Some(Row { node, cells })
}
