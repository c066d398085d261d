//! Registers the callbacks of [`super::watch`] and takes them off again.
#![expect(unsafe_code, reason = "C callbacks and their registration")]

use std::ffi::{c_char, c_int, c_uint, c_ulonglong, c_void};
use std::mem::transmute;
use std::ptr;

use crate::backend::libvirt::events::RawSink;
use crate::backend::libvirt::handle::Owned;
use crate::backend::libvirt::watch::{
    agent, balloon, block_job, boxed, closed, control_error, device, device_added, device_removal_failed,
    device_removed, device_update, disk_change, io_error, iteration, job_completed, lifecycle, memory_failure,
    metadata, network, pm_suspend, pm_suspend_disk, pm_wakeup, pool, pool_refresh, reboot, tray_change, tunable, unbox,
    watchdog,
};
use crate::hv::host::Feature;

use virt_sys::{
    virConnectDomainEventGenericCallback as DomainCallback, virConnectNetworkEventGenericCallback as NetworkCallback,
    virConnectNodeDeviceEventGenericCallback as DeviceCallback, virConnectPtr,
    virConnectStoragePoolEventGenericCallback as PoolCallback, virDomainPtr, virNetworkPtr, virNodeDevicePtr,
    virStoragePoolPtr, virTypedParameterPtr,
};

type Connection = Owned<virt_sys::virConnect>;

/// What is registered on one connection. Each registration holds a reference to the connection,
/// so all of them must go before it can close.
#[derive(Default)]
pub(super) struct Watch {
    domains: Vec<c_int>,
    networks: Vec<c_int>,
    pools: Vec<c_int>,
    devices: Vec<c_int>,
    closing: bool,
}

/// A callback whose parameters libvirt knows by the event's number.
macro_rules! generic {
    ($callback:expr, $from:ty => $to:ty) => {{
        let callback: $from = $callback;
        // SAFETY: libvirt casts it back to the type that belongs to the event's number.
        Some(unsafe { transmute::<$from, unsafe extern "C" fn(virConnectPtr, $to, *mut c_void)>(callback) })
    }};
}

type Plain<O> = unsafe extern "C" fn(virConnectPtr, O, *mut c_void);
type One<O, A> = unsafe extern "C" fn(virConnectPtr, O, A, *mut c_void);
type Two<O, A, B> = unsafe extern "C" fn(virConnectPtr, O, A, B, *mut c_void);
type Three<O, A, B, C> = unsafe extern "C" fn(virConnectPtr, O, A, B, C, *mut c_void);
type Four<O, A, B, C, D> = unsafe extern "C" fn(virConnectPtr, O, A, B, C, D, *mut c_void);
type Str = *const c_char;

fn domain_table() -> Vec<(c_uint, DomainCallback)> {
    use virt_sys as v;
    type D = virDomainPtr;
    vec![
        (
            v::VIR_DOMAIN_EVENT_ID_LIFECYCLE,
            generic!(lifecycle, Two<D, c_int, c_int> => D),
        ),
        (v::VIR_DOMAIN_EVENT_ID_REBOOT, Some(reboot as Plain<D>)),
        (v::VIR_DOMAIN_EVENT_ID_WATCHDOG, generic!(watchdog, One<D, c_int> => D)),
        (
            v::VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON,
            generic!(io_error, Four<D, Str, Str, c_int, Str> => D),
        ),
        (v::VIR_DOMAIN_EVENT_ID_CONTROL_ERROR, Some(control_error as Plain<D>)),
        (
            v::VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2,
            generic!(block_job, Three<D, Str, c_int, c_int> => D),
        ),
        (
            v::VIR_DOMAIN_EVENT_ID_DISK_CHANGE,
            generic!(disk_change, Four<D, Str, Str, Str, c_int> => D),
        ),
        (
            v::VIR_DOMAIN_EVENT_ID_TRAY_CHANGE,
            generic!(tray_change, Two<D, Str, c_int> => D),
        ),
        (v::VIR_DOMAIN_EVENT_ID_PMWAKEUP, generic!(pm_wakeup, One<D, c_int> => D)),
        (
            v::VIR_DOMAIN_EVENT_ID_PMSUSPEND,
            generic!(pm_suspend, One<D, c_int> => D),
        ),
        (
            v::VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK,
            generic!(pm_suspend_disk, One<D, c_int> => D),
        ),
        (
            v::VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE,
            generic!(balloon, One<D, c_ulonglong> => D),
        ),
        (
            v::VIR_DOMAIN_EVENT_ID_DEVICE_ADDED,
            generic!(device_added, One<D, Str> => D),
        ),
        (
            v::VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED,
            generic!(device_removed, One<D, Str> => D),
        ),
        (
            v::VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED,
            generic!(device_removal_failed, One<D, Str> => D),
        ),
        (
            v::VIR_DOMAIN_EVENT_ID_TUNABLE,
            generic!(tunable, Two<D, virTypedParameterPtr, c_int> => D),
        ),
        (
            v::VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE,
            generic!(agent, Two<D, c_int, c_int> => D),
        ),
        (
            v::VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION,
            generic!(iteration, One<D, c_int> => D),
        ),
        (
            v::VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,
            generic!(job_completed, Two<D, virTypedParameterPtr, c_int> => D),
        ),
        (
            v::VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
            generic!(metadata, Two<D, c_int, Str> => D),
        ),
        (
            v::VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE,
            generic!(memory_failure, Three<D, c_int, c_int, c_uint> => D),
        ),
    ]
}

/// Registers one callback; frees its box when libvirt did not take it.
fn register(sink: &RawSink, call: impl FnOnce(*mut c_void) -> c_int) -> Option<c_int> {
    let opaque = boxed(sink);
    let id = call(opaque);
    if id < 0 {
        // SAFETY: libvirt refused and does not keep the box.
        unsafe { unbox(opaque) };
        return None;
    }
    Some(id)
}

impl Watch {
    /// Registers for everything; returns the kinds of events that the driver does not have.
    pub(super) fn start(&mut self, connection: &Connection, sink: &RawSink) -> Vec<Feature> {
        let raw = connection.ptr();
        let mut missing = Vec::new();
        for (event, callback) in domain_table() {
            let id = register(sink, |opaque| {
                // SAFETY: valid connection; the callback fits the event; the box is freed by `unbox`.
                unsafe {
                    virt_sys::virConnectDomainEventRegisterAny(
                        raw,
                        ptr::null_mut(),
                        event as c_int,
                        callback,
                        opaque,
                        Some(unbox),
                    )
                }
            });
            match id {
                Some(id) => self.domains.push(id),
                None if event == virt_sys::VIR_DOMAIN_EVENT_ID_LIFECYCLE => {
                    missing.push(Feature::DomainEvents);
                }
                None => {}
            }
        }
        let network: NetworkCallback = generic!(network, Two<virNetworkPtr, c_int, c_int> => virNetworkPtr);
        let id = register(sink, |opaque| {
            let event = virt_sys::VIR_NETWORK_EVENT_ID_LIFECYCLE as c_int;
            // SAFETY: as above.
            unsafe {
                virt_sys::virConnectNetworkEventRegisterAny(raw, ptr::null_mut(), event, network, opaque, Some(unbox))
            }
        });
        id.map_or_else(|| missing.push(Feature::NetworkEvents), |id| self.networks.push(id));
        let lifecycle: PoolCallback = generic!(pool, Two<virStoragePoolPtr, c_int, c_int> => virStoragePoolPtr);
        let refresh: PoolCallback = Some(pool_refresh as Plain<virStoragePoolPtr>);
        for (event, callback) in [
            (virt_sys::VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE, lifecycle),
            (virt_sys::VIR_STORAGE_POOL_EVENT_ID_REFRESH, refresh),
        ] {
            let id = register(sink, |opaque| {
                // SAFETY: as above.
                unsafe {
                    virt_sys::virConnectStoragePoolEventRegisterAny(
                        raw,
                        ptr::null_mut(),
                        event as c_int,
                        callback,
                        opaque,
                        Some(unbox),
                    )
                }
            });
            match id {
                Some(id) => self.pools.push(id),
                None if event == virt_sys::VIR_STORAGE_POOL_EVENT_ID_LIFECYCLE => {
                    missing.push(Feature::PoolEvents);
                }
                None => {}
            }
        }
        let lifecycle: DeviceCallback = generic!(device, Two<virNodeDevicePtr, c_int, c_int> => virNodeDevicePtr);
        let update: DeviceCallback = Some(device_update as Plain<virNodeDevicePtr>);
        for (event, callback) in [
            (virt_sys::VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE, lifecycle),
            (virt_sys::VIR_NODE_DEVICE_EVENT_ID_UPDATE, update),
        ] {
            let id = register(sink, |opaque| {
                // SAFETY: as above.
                unsafe {
                    virt_sys::virConnectNodeDeviceEventRegisterAny(
                        raw,
                        ptr::null_mut(),
                        event as c_int,
                        callback,
                        opaque,
                        Some(unbox),
                    )
                }
            });
            match id {
                Some(id) => self.devices.push(id),
                None if event == virt_sys::VIR_NODE_DEVICE_EVENT_ID_LIFECYCLE => {
                    missing.push(Feature::NodeDeviceEvents);
                }
                None => {}
            }
        }
        // a local driver has no connection to lose and refuses
        self.closing = register(sink, |opaque| {
            // SAFETY: as above.
            unsafe { virt_sys::virConnectRegisterCloseCallback(raw, Some(closed), opaque, Some(unbox)) }
        })
        .is_some();
        missing
    }

    /// Ends all registrations, so that the connection can close. Blocks like any call.
    pub(super) fn stop(&mut self, connection: &Connection) {
        let raw = connection.ptr();
        // SAFETY: numbers that the registration gave on this connection, each used once.
        unsafe {
            for id in self.domains.drain(..) {
                virt_sys::virConnectDomainEventDeregisterAny(raw, id);
            }
            for id in self.networks.drain(..) {
                virt_sys::virConnectNetworkEventDeregisterAny(raw, id);
            }
            for id in self.pools.drain(..) {
                virt_sys::virConnectStoragePoolEventDeregisterAny(raw, id);
            }
            for id in self.devices.drain(..) {
                virt_sys::virConnectNodeDeviceEventDeregisterAny(raw, id);
            }
            if std::mem::take(&mut self.closing) {
                virt_sys::virConnectUnregisterCloseCallback(raw, Some(closed));
            }
        }
    }
}
