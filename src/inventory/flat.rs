//! The rows of the flat list of VMs.

use std::cmp::Ordering;
use std::rc::Rc;

use uuid::Uuid;

use crate::base::ids::VmKey;
use crate::base::time::Stamp;
use crate::hv::topology::HostEntry;
use crate::inventory::columns::{VmColumn, VmView};
use crate::inventory::filter::Filter;
use crate::inventory::host::HostState;
use crate::inventory::natural;
use crate::inventory::store::Store;
use crate::inventory::value::Value;
use crate::inventory::vm::VmEntry;

/// Where a VM is found without a search: its host's place in the inventory, its own among the
/// host's VMs by UUID. Holds until VMs come, go or change their names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    host: u32,
    vm: u32,
}

/// What a row is sorted by. Texts become natural sort keys once, not with each comparison.
enum SortKey<'a> {
    Natural(Rc<str>),
    Borrowed(&'a str),
    Uuid(Uuid),
    Value(Value),
}

/// A host with its VMs by UUID.
type Hosted<'a> = (&'a HostEntry, &'a HostState, Vec<(Uuid, &'a VmEntry)>);

/// The VMs that match, sorted by a column. Unknown cells come last in both directions; equal
/// ones stand in natural order of their names, then by UUID and host.
pub fn rows(store: &Store, filter: &Filter, sort: (VmColumn, bool), now: Stamp) -> Vec<VmKey> {
    let (column, descending) = sort;
    let hosts = hosted(store);
    let takes: Vec<_> = hosts.iter().map(|(entry, ..)| filter.vms_of(store, entry)).collect();
    // texts of the host are the same for all of its VMs
    let mut of_hosts: Vec<Option<SortKey<'_>>> = hosts.iter().map(|_| None).collect();
    let mut found: Vec<(SortKey<'_>, VmKey)> = Vec::with_capacity(store.vm_count());
    for place in by_name(store, &hosts) {
        let at = place.host as usize;
        let (entry, host, vms) = &hosts[at];
        let (uuid, vm) = vms[place.vm as usize];
        if !takes[at](vm) {
            continue;
        }
        let key = VmKey { host: entry.id, uuid };
        let view = VmView {
            store,
            key,
            entry,
            host,
            vm,
            now,
        };
        let sort_key = match column {
            VmColumn::Host | VmColumn::Cluster | VmColumn::Datacenter => {
                match of_hosts[at].get_or_insert_with(|| sort_key(column, &view)) {
                    SortKey::Natural(text) => SortKey::Natural(Rc::clone(text)),
                    _ => SortKey::Value(Value::None),
                }
            }
            column => sort_key(column, &view),
        };
        found.push((sort_key, key));
    }
    // they stand by name already, and a stable sort leaves equal ones like that
    found.sort_by(|(one, _), (other, _)| compare(one, other, descending));
    found.into_iter().map(|(_, key)| key).collect()
}

fn hosted(store: &Store) -> Vec<Hosted<'_>> {
    store
        .hosts()
        .map(|(entry, host)| {
            let vms = host.vms.iter().map(|(uuid, vm)| (*uuid, vm)).collect();
            (entry, host, vms)
        })
        .collect()
}

/// All VMs in natural order of their names, then by UUID and host.
fn by_name<'s>(store: &'s Store, hosts: &[Hosted<'_>]) -> &'s [Place] {
    store.by_name.get_or_init(|| {
        let mut all = Vec::with_capacity(store.vm_count());
        for (host, (entry, _, vms)) in (0u32..).zip(hosts) {
            for (vm, (uuid, found)) in (0u32..).zip(vms) {
                all.push((*found, *uuid, entry.id, Place { host, vm }));
            }
        }
        all.sort_unstable_by(|one, other| {
            one.0
                .sort_name
                .cmp(&other.0.sort_name)
                .then_with(|| one.0.record.name.cmp(&other.0.record.name))
                .then_with(|| (one.1, one.2).cmp(&(other.1, other.2)))
        });
        all.into_iter().map(|(.., place)| place).collect()
    })
}

fn sort_key<'a>(column: VmColumn, view: &VmView<'a>) -> SortKey<'a> {
    match column {
        VmColumn::Name => SortKey::Borrowed(&view.vm.sort_name),
        VmColumn::State => SortKey::Borrowed(view.vm.record.status.state.word()),
        VmColumn::Uuid => SortKey::Uuid(view.key.uuid),
        column => match column.value(view) {
            Value::Text(text) => SortKey::Natural(Rc::from(natural::key(text.raw()))),
            value => SortKey::Value(value),
        },
    }
}

fn compare(one: &SortKey<'_>, other: &SortKey<'_>, descending: bool) -> Ordering {
    let directed = |order: Ordering| if descending { order.reverse() } else { order };
    match (one, other) {
        (SortKey::Natural(one), SortKey::Natural(other)) => directed(one.cmp(other)),
        (SortKey::Borrowed(one), SortKey::Borrowed(other)) => directed(one.cmp(other)),
        (SortKey::Uuid(one), SortKey::Uuid(other)) => directed(one.cmp(other)),
        (SortKey::Value(one), SortKey::Value(other)) => one.compare(other, descending),
        // a column of texts has other values only where the text is missing
        (SortKey::Value(_), _) => Ordering::Greater,
        (_, SortKey::Value(_)) => Ordering::Less,
        // keys of one column are of one kind
        _ => Ordering::Equal,
    }
}
