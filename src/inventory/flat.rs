//! The rows of the flat list of VMs.

use std::cmp::Ordering;

use crate::base::ids::VmKey;
use crate::base::time::Stamp;
use crate::inventory::columns::{VmColumn, VmView};
use crate::inventory::filter::Filter;
use crate::inventory::natural;
use crate::inventory::store::Store;
use crate::inventory::value::Value;

/// What a row is sorted by. Texts become natural sort keys once, not with each comparison.
enum SortKey<'a> {
    Name,
    Natural(Box<str>),
    Value(Value),
    Borrowed(&'a str),
}

/// The VMs that match, sorted by a column. Unknown cells come last in both directions; equal
/// ones stand in natural order of their names, then by UUID and host.
pub fn rows(store: &Store, filter: &Filter, sort: (VmColumn, bool), now: Stamp) -> Vec<VmKey> {
    let (column, descending) = sort;
    let mut found: Vec<(SortKey<'_>, VmView<'_>)> = Vec::with_capacity(store.vm_count());
    for (entry, host) in store.hosts() {
        let takes = filter.vms_of(store, entry);
        for (uuid, vm) in &host.vms {
            if takes(vm) {
                let key = VmKey {
                    host: entry.id,
                    uuid: *uuid,
                };
                let view = VmView {
                    store,
                    key,
                    entry,
                    host,
                    vm,
                    now,
                };
                found.push((sort_key(column, &view), view));
            }
        }
    }
    found.sort_unstable_by(|(one_key, one), (other_key, other)| {
        let by_column = match (one_key, other_key) {
            (SortKey::Value(one), SortKey::Value(other)) => one.compare(other, descending),
            // a column of texts has other values only where the text is missing
            (SortKey::Value(_), _) => Ordering::Greater,
            (_, SortKey::Value(_)) => Ordering::Less,
            _ if descending => text(other_key, other).cmp(text(one_key, one)),
            _ => text(one_key, one).cmp(text(other_key, other)),
        };
        by_column.then_with(|| by_name(one, other))
    });
    found.into_iter().map(|(_, view)| view.key).collect()
}

fn sort_key<'a>(column: VmColumn, view: &VmView<'a>) -> SortKey<'a> {
    match column {
        VmColumn::Name => SortKey::Name,
        VmColumn::State => SortKey::Borrowed(view.vm.record.status.state.word()),
        column => match column.value(view) {
            Value::Text(text) => SortKey::Natural(natural::key(text.raw())),
            value => SortKey::Value(value),
        },
    }
}

fn text<'a>(key: &'a SortKey<'_>, view: &VmView<'a>) -> &'a str {
    match key {
        SortKey::Name => &view.vm.sort_name,
        SortKey::Natural(text) => text,
        SortKey::Borrowed(text) => text,
        SortKey::Value(_) => "",
    }
}

fn by_name(one: &VmView<'_>, other: &VmView<'_>) -> Ordering {
    one.vm
        .sort_name
        .cmp(&other.vm.sort_name)
        .then_with(|| one.vm.record.name.cmp(&other.vm.record.name))
        .then_with(|| one.key.uuid.cmp(&other.key.uuid))
        .then_with(|| one.key.host.cmp(&other.key.host))
}
