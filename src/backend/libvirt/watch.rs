//! Registers for events and takes them over as plain data.
//!
//! Callbacks run on the event-loop thread: they copy what they are given, hand it to the sink and
//! return. A panic must not cross into C, so every body is caught.
#![expect(unsafe_code, reason = "C callbacks and their registration")]

use std::ffi::{c_char, c_int, c_uint, c_ulonglong, c_void};
use std::mem::transmute;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use crate::backend::libvirt::events::{DeviceEvent, DomainEvent, NetworkEvent, PoolEvent, RawEvent, RawSink};
use crate::backend::libvirt::handle::{Owned, borrowed, uuid_of};
use crate::backend::libvirt::params::{Value, for_each};
use crate::base::text::Text;
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

/// Hands an event to the sink behind `opaque`.
///
/// # Safety
/// `opaque` must be the box made by [`boxed`] that is not freed yet.
unsafe fn emit(opaque: *mut c_void, event: impl FnOnce() -> Option<RawEvent>) {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: as promised by the caller.
        let sink = unsafe { &*opaque.cast::<RawSink>() };
        if let Some(event) = event() {
            sink(event);
        }
    }));
    if outcome.is_err() {
        tracing::error!("an event was lost: its handler panicked");
    }
}

fn boxed(sink: &RawSink) -> *mut c_void {
    Box::into_raw(Box::new(sink.clone())).cast()
}

/// Frees what [`boxed`] made; libvirt calls it when a registration ends.
unsafe extern "C" fn unbox(opaque: *mut c_void) {
    // SAFETY: made by `boxed`, freed exactly once.
    drop(unsafe { Box::from_raw(opaque.cast::<RawSink>()) });
}

/// # Safety
/// `domain` must be a valid domain.
unsafe fn domain_event(domain: virDomainPtr, what: DomainEvent) -> Option<RawEvent> {
    // SAFETY: as promised by the caller; 16 bytes are written.
    let uuid = uuid_of("virDomainGetUUID", |bytes| unsafe {
        virt_sys::virDomainGetUUID(domain, bytes)
    })
    .ok()?;
    // SAFETY: the name lives as long as the domain.
    let name = unsafe { borrowed(virt_sys::virDomainGetName(domain)) }.unwrap_or_default();
    Some(RawEvent::Domain { uuid, name, what })
}

/// # Safety
/// `text` must be null or a C string.
unsafe fn text(text: *const c_char) -> Text {
    // SAFETY: as promised by the caller.
    unsafe { borrowed(text) }.unwrap_or_default()
}

/// Callbacks of domain events: name, further parameters, and the event made of them.
macro_rules! domain_callbacks {
    ($($name:ident($($arg:ident: $kind:ty),*) => $what:expr;)*) => {$(
        unsafe extern "C" fn $name(_: virConnectPtr, domain: virDomainPtr, $($arg: $kind,)* opaque: *mut c_void) {
            // SAFETY: libvirt passes valid pointers for the duration of the call.
            unsafe { emit(opaque, || domain_event(domain, $what)) };
        }
    )*};
}

domain_callbacks! {
    lifecycle(event: c_int, detail: c_int) => DomainEvent::Lifecycle { event, detail };
    reboot() => DomainEvent::Reboot;
    watchdog(action: c_int) => DomainEvent::Watchdog { action };
    io_error(path: *const c_char, device: *const c_char, action: c_int, reason: *const c_char) => DomainEvent::IoError {
        path: text(path),
        device: text(device),
        action,
        reason: borrowed(reason),
    };
    control_error() => DomainEvent::ControlError;
    block_job(disk: *const c_char, kind: c_int, status: c_int) => DomainEvent::BlockJob { disk: text(disk), kind, status };
    disk_change(old: *const c_char, new: *const c_char, device: *const c_char, reason: c_int) => DomainEvent::DiskChange {
        device: text(device),
        old: borrowed(old),
        new: borrowed(new),
        reason,
    };
    tray_change(device: *const c_char, reason: c_int) => DomainEvent::TrayChange { device: text(device), open: reason == 0 };
    pm_wakeup(_reason: c_int) => DomainEvent::PmWakeup;
    pm_suspend(_reason: c_int) => DomainEvent::PmSuspend;
    pm_suspend_disk(_reason: c_int) => DomainEvent::PmSuspendDisk;
    balloon(kibibytes: c_ulonglong) => DomainEvent::BalloonChange { bytes: kibibytes.saturating_mul(1024) };
    device_added(device: *const c_char) => DomainEvent::DeviceAdded { device: text(device) };
    device_removed(device: *const c_char) => DomainEvent::DeviceRemoved { device: text(device) };
    device_removal_failed(device: *const c_char) => DomainEvent::DeviceRemovalFailed { device: text(device) };
    tunable(_params: virTypedParameterPtr, _count: c_int) => DomainEvent::Tunable;
    agent(state: c_int, reason: c_int) => DomainEvent::Agent { connected: state == 1, reason };
    iteration(iteration: c_int) => DomainEvent::MigrationIteration { iteration };
    job_completed(params: virTypedParameterPtr, count: c_int) => job(params, count);
    metadata(kind: c_int, _uri: *const c_char) => DomainEvent::MetadataChange { kind };
    memory_failure(recipient: c_int, action: c_int, _flags: c_uint) => DomainEvent::MemoryFailure { recipient, action };
}

/// # Safety
/// As for [`for_each`].
unsafe fn job(params: virTypedParameterPtr, count: c_int) -> DomainEvent {
    let (mut operation, mut success) = (None, None);
    // SAFETY: as promised by the caller.
    unsafe {
        for_each(params, count, |name, value| match (name, value) {
            ("operation", Value::Integer(number)) => operation = i32::try_from(number).ok(),
            ("success", Value::Integer(number)) => success = Some(number != 0),
            _ => {}
        });
    }
    DomainEvent::JobCompleted { operation, success }
}

unsafe extern "C" fn network(_: virConnectPtr, net: virNetworkPtr, event: c_int, _detail: c_int, opaque: *mut c_void) {
    let what = match event {
        0 => NetworkEvent::Defined,
        1 => NetworkEvent::Undefined,
        2 => NetworkEvent::Started,
        3 => NetworkEvent::Stopped,
        other => NetworkEvent::Other(other),
    };
    // SAFETY: libvirt passes valid pointers for the duration of the call.
    unsafe {
        emit(opaque, || {
            let uuid = uuid_of("virNetworkGetUUID", |bytes| virt_sys::virNetworkGetUUID(net, bytes)).ok()?;
            Some(RawEvent::Network {
                uuid,
                name: text(virt_sys::virNetworkGetName(net)),
                what,
            })
        });
    }
}

/// # Safety
/// Pointers as libvirt passes them to a callback.
unsafe fn pool_event(pool: virStoragePoolPtr, what: PoolEvent, opaque: *mut c_void) {
    // SAFETY: as promised by the caller.
    unsafe {
        emit(opaque, || {
            let uuid = uuid_of("virStoragePoolGetUUID", |bytes| {
                virt_sys::virStoragePoolGetUUID(pool, bytes)
            })
            .ok()?;
            Some(RawEvent::Pool {
                uuid,
                name: text(virt_sys::virStoragePoolGetName(pool)),
                what,
            })
        });
    }
}

unsafe extern "C" fn pool(
    _: virConnectPtr,
    pool: virStoragePoolPtr,
    event: c_int,
    _detail: c_int,
    opaque: *mut c_void,
) {
    let what = match event {
        0 => PoolEvent::Defined,
        1 => PoolEvent::Undefined,
        2 => PoolEvent::Started,
        3 => PoolEvent::Stopped,
        4 => PoolEvent::Created,
        5 => PoolEvent::Deleted,
        other => PoolEvent::Other(other),
    };
    // SAFETY: libvirt passes valid pointers for the duration of the call.
    unsafe { pool_event(pool, what, opaque) };
}

unsafe extern "C" fn pool_refresh(_: virConnectPtr, pool: virStoragePoolPtr, opaque: *mut c_void) {
    // SAFETY: libvirt passes valid pointers for the duration of the call.
    unsafe { pool_event(pool, PoolEvent::Refreshed, opaque) };
}

/// # Safety
/// Pointers as libvirt passes them to a callback.
unsafe fn device_event(device: virNodeDevicePtr, what: DeviceEvent, opaque: *mut c_void) {
    // SAFETY: as promised by the caller.
    unsafe {
        emit(opaque, || {
            Some(RawEvent::Device {
                name: text(virt_sys::virNodeDeviceGetName(device)),
                what,
            })
        });
    };
}

unsafe extern "C" fn device(
    _: virConnectPtr,
    device: virNodeDevicePtr,
    event: c_int,
    _detail: c_int,
    opaque: *mut c_void,
) {
    let what = match event {
        0 => DeviceEvent::Created,
        1 => DeviceEvent::Deleted,
        2 => DeviceEvent::Defined,
        3 => DeviceEvent::Undefined,
        other => DeviceEvent::Other(other),
    };
    // SAFETY: libvirt passes valid pointers for the duration of the call.
    unsafe { device_event(device, what, opaque) };
}

unsafe extern "C" fn device_update(_: virConnectPtr, device: virNodeDevicePtr, opaque: *mut c_void) {
    // SAFETY: libvirt passes valid pointers for the duration of the call.
    unsafe { device_event(device, DeviceEvent::Updated, opaque) };
}

unsafe extern "C" fn closed(_: virConnectPtr, reason: c_int, opaque: *mut c_void) {
    // SAFETY: `opaque` is ours until the registration ends.
    unsafe { emit(opaque, || Some(RawEvent::Closed { reason })) };
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
