//! Takes events over as plain data; [`super::registration`] registers these callbacks.
//!
//! Callbacks run on the event-loop thread: they copy what they are given, hand it to the sink and
//! return. A panic must not cross into C, so every body is caught.
#![expect(unsafe_code, reason = "C callbacks")]

use std::ffi::{c_char, c_int, c_uint, c_ulonglong, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::backend::libvirt::events::{DeviceEvent, DomainEvent, NetworkEvent, PoolEvent, RawEvent, RawSink};
use crate::backend::libvirt::handle::{borrowed, uuid_of};
use crate::backend::libvirt::params::{Value, for_each};
use crate::base::text::Text;

use virt_sys::{virConnectPtr, virDomainPtr, virNetworkPtr, virNodeDevicePtr, virStoragePoolPtr, virTypedParameterPtr};

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

pub(super) fn boxed(sink: &RawSink) -> *mut c_void {
    Box::into_raw(Box::new(sink.clone())).cast()
}

/// Frees what [`boxed`] made; libvirt calls it when a registration ends.
pub(super) unsafe extern "C" fn unbox(opaque: *mut c_void) {
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
        pub(super) unsafe extern "C" fn $name(_: virConnectPtr, domain: virDomainPtr, $($arg: $kind,)* opaque: *mut c_void) {
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

pub(super) unsafe extern "C" fn network(
    _: virConnectPtr,
    net: virNetworkPtr,
    event: c_int,
    _detail: c_int,
    opaque: *mut c_void,
) {
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

pub(super) unsafe extern "C" fn pool(
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

pub(super) unsafe extern "C" fn pool_refresh(_: virConnectPtr, pool: virStoragePoolPtr, opaque: *mut c_void) {
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

pub(super) unsafe extern "C" fn device(
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

pub(super) unsafe extern "C" fn device_update(_: virConnectPtr, device: virNodeDevicePtr, opaque: *mut c_void) {
    // SAFETY: libvirt passes valid pointers for the duration of the call.
    unsafe { device_event(device, DeviceEvent::Updated, opaque) };
}

pub(super) unsafe extern "C" fn closed(_: virConnectPtr, reason: c_int, opaque: *mut c_void) {
    // SAFETY: `opaque` is ours until the registration ends.
    unsafe { emit(opaque, || Some(RawEvent::Closed { reason })) };
}
