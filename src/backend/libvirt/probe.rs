//! What a driver can do, found out by harmless calls only.
#![expect(unsafe_code, reason = "calls libvirt")]

use std::ffi::c_uint;
use std::ptr;

use crate::backend::libvirt::handle::{Owned, check, list, taken};
use crate::backend::libvirt::{counters, devices, lists, networks, node_stats, storage};
use crate::hv::error::HvError;
use crate::hv::host::Feature;

type Connection = Owned<virt_sys::virConnect>;
type Answers = Vec<(Feature, Result<(), HvError>)>;

/// Asks for everything that can be asked without touching anything.
pub(super) fn probe(connection: &Connection) -> Answers {
    let raw = connection.ptr();
    let counts = node_stats::FieldCounts::default();
    let bulk = counters::all(connection, counters::LISTING, false, |_| {});
    let mut answers: Answers = vec![
        (Feature::BulkStats, bulk),
        (Feature::NodeCpuStats, node_stats::cpu(connection, &counts).map(drop)),
        (
            Feature::NodeMemoryStats,
            node_stats::memory(connection, &counts, None).map(drop),
        ),
        (Feature::Networks, networks::networks(connection).map(drop)),
        (Feature::StoragePools, storage::pools(connection).map(drop)),
        (Feature::NodeDevices, devices::devices(connection).map(drop)),
        (
            Feature::Interfaces,
            count::<virt_sys::virInterface>("virConnectListAllInterfaces", |array| {
                // SAFETY: a valid connection; the array goes to `list`.
                unsafe { virt_sys::virConnectListAllInterfaces(raw, array, 0) }
            }),
        ),
        (
            Feature::NwFilters,
            count::<virt_sys::virNWFilter>("virConnectListAllNWFilters", |array| {
                // SAFETY: as above.
                unsafe { virt_sys::virConnectListAllNWFilters(raw, array, 0) }
            }),
        ),
        (
            Feature::Secrets,
            count::<virt_sys::virSecret>("virConnectListAllSecrets", |array| {
                // SAFETY: as above.
                unsafe { virt_sys::virConnectListAllSecrets(raw, array, 0) }
            }),
        ),
        // SAFETY: all arguments may be null; the string is ours.
        (Feature::DomainCapabilities, unsafe {
            let none = ptr::null();
            let found = virt_sys::virConnectGetDomainCapabilities(raw, none, none, none, none, 0 as c_uint);
            taken(found, "virConnectGetDomainCapabilities").map(drop)
        }),
    ];
    if let Ok(domains) = lists::domains(connection, 0)
        && let Some(domain) = domains.first()
    {
        // SAFETY: a valid domain.
        let number = unsafe { virt_sys::virDomainSnapshotNum(domain.ptr(), 0) };
        answers.push((Feature::Snapshots, check(number, "virDomainSnapshotNum").map(drop)));
        // SAFETY: as above.
        let saved = unsafe { virt_sys::virDomainHasManagedSaveImage(domain.ptr(), 0) };
        answers.push((
            Feature::ManagedSave,
            check(saved, "virDomainHasManagedSaveImage").map(drop),
        ));
        let mut autostart = 0;
        // SAFETY: as above; one number is written.
        let known = unsafe { virt_sys::virDomainGetAutostart(domain.ptr(), &raw mut autostart) };
        answers.push((Feature::Autostart, check(known, "virDomainGetAutostart").map(drop)));
    }
    answers
}

fn count<T: crate::backend::libvirt::handle::Object>(
    during: &'static str,
    call: impl FnOnce(*mut *mut *mut T) -> std::ffi::c_int,
) -> Result<(), HvError> {
    list::<T>(during, call).map(drop)
}
