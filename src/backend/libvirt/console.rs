//! A VM's serial line and screen: `virDomainOpenConsole`, `virDomainScreenshot`,
//! `virDomainOpenGraphicsFD`, `virDomainUpdateDeviceFlags`.
#![expect(unsafe_code, reason = "calls libvirt")]

use std::ffi::c_char;
use std::os::fd::{FromRawFd, OwnedFd};
use std::sync::Arc;

use uuid::Uuid;

use crate::backend::libvirt::error::last_error;
use crate::backend::libvirt::handle::{Owned, c_string, check, taken};
use crate::backend::libvirt::lists::lookup;
use crate::backend::libvirt::stream::{self, Stream, Wake};
use crate::hv::error::{ErrorKind, HvError};

type Connection = Owned<virt_sys::virConnect>;

/// The largest picture that is taken in, in bytes.
const LARGEST: usize = 64 << 20;
/// Bytes received by one call.
const PART: usize = 256 * 1024;

/// A picture as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screenshot {
    /// `image/x-portable-pixmap`, `image/png`, …
    pub mime: String,
    /// The file.
    pub bytes: Arc<[u8]>,
}

/// Opens a serial line or console device, the first one without an alias. `force` takes it from
/// whoever holds it; otherwise somebody who holds it is an error of kind [`ErrorKind::Busy`].
pub(super) fn open_console(
    connection: &Connection,
    uuid: Uuid,
    device: Option<&str>,
    force: bool,
    wake: Wake,
    keep: Box<dyn Send + Sync>,
) -> Result<Stream, HvError> {
    const DURING: &str = "virDomainOpenConsole";
    let domain = lookup(connection, uuid)?;
    let alias = device.map(|device| c_string(device, DURING)).transpose()?;
    let name: *const c_char = alias.as_ref().map_or(std::ptr::null(), |alias| alias.as_ptr());
    let stream = stream::new(connection)?;
    // taking over and asking for exclusiveness are both wanted: who comes later is told
    let safe = virt_sys::VIR_DOMAIN_CONSOLE_SAFE;
    let flags = if force {
        safe | virt_sys::VIR_DOMAIN_CONSOLE_FORCE
    } else {
        safe
    };
    // SAFETY: domain, name and stream are valid during the call.
    let opened = unsafe { virt_sys::virDomainOpenConsole(domain.ptr(), name, stream.ptr(), flags) };
    if let Err(mut error) = check(opened, DURING) {
        // VIR_ERR_OPERATION_FAILED is all that libvirt says it by
        if error.message.raw().contains("Active console session exists") {
            error.kind = ErrorKind::Busy;
        }
        return Err(error);
    }
    Stream::start(stream, wake, keep)
}

/// Takes a picture of a screen. Blocks until it is here.
pub(super) fn screenshot(connection: &Connection, uuid: Uuid, head: u32) -> Result<Screenshot, HvError> {
    const DURING: &str = "virDomainScreenshot";
    let domain = lookup(connection, uuid)?;
    // SAFETY: the connection is valid; the reference is owned.
    let stream = unsafe { Owned::take(virt_sys::virStreamNew(connection.ptr(), 0), "virStreamNew")? };
    // SAFETY: domain and stream are valid; the string is ours.
    let mime = unsafe {
        taken(
            virt_sys::virDomainScreenshot(domain.ptr(), stream.ptr(), head, 0),
            DURING,
        )?
    };
    let mut bytes = Vec::new();
    let mut part = vec![0_u8; PART];
    loop {
        // SAFETY: the buffer is as large as is said.
        let count = unsafe { virt_sys::virStreamRecv(stream.ptr(), part.as_mut_ptr().cast::<c_char>(), part.len()) };
        let Ok(count) = usize::try_from(count) else {
            let error = last_error("virStreamRecv");
            // SAFETY: the stream is valid; a failed one may be aborted.
            unsafe { virt_sys::virStreamAbort(stream.ptr()) };
            return Err(error);
        };
        if count == 0 {
            break;
        }
        if bytes.len() + count > LARGEST {
            // SAFETY: as above.
            unsafe { virt_sys::virStreamAbort(stream.ptr()) };
            return Err(HvError::own(
                ErrorKind::Invalid,
                DURING,
                "the picture is larger than 64 MiB",
            ));
        }
        bytes.extend_from_slice(&part[..count.min(part.len())]);
    }
    // SAFETY: the stream is valid and at its end.
    check(unsafe { virt_sys::virStreamFinish(stream.ptr()) }, "virStreamFinish")?;
    Ok(Screenshot {
        mime,
        bytes: bytes.into(),
    })
}

/// A connection to a VM's display without its listener and without its password; only where
/// libvirtd runs on this machine.
pub(super) fn open_graphics(connection: &Connection, uuid: Uuid, index: u32) -> Result<OwnedFd, HvError> {
    let domain = lookup(connection, uuid)?;
    let flags = virt_sys::VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH;
    // SAFETY: the domain is valid.
    let fd = check(
        unsafe { virt_sys::virDomainOpenGraphicsFD(domain.ptr(), index, flags) },
        "virDomainOpenGraphicsFD",
    )?;
    // SAFETY: libvirt hands over a descriptor that is ours.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A running VM's XML with its secrets.
pub(super) fn secure_xml(connection: &Connection, uuid: Uuid) -> Result<String, HvError> {
    let domain = lookup(connection, uuid)?;
    // SAFETY: the domain is valid; the string is ours.
    unsafe {
        taken(
            virt_sys::virDomainGetXMLDesc(domain.ptr(), virt_sys::VIR_DOMAIN_XML_SECURE),
            "virDomainGetXMLDesc",
        )
    }
}

/// Changes a device of a running VM.
pub(super) fn update_device(connection: &Connection, uuid: Uuid, device: &str) -> Result<(), HvError> {
    const DURING: &str = "virDomainUpdateDeviceFlags";
    let domain = lookup(connection, uuid)?;
    let device = c_string(device, DURING)?;
    // SAFETY: domain and string are valid during the call.
    let done = unsafe {
        virt_sys::virDomainUpdateDeviceFlags(domain.ptr(), device.as_ptr(), virt_sys::VIR_DOMAIN_DEVICE_MODIFY_LIVE)
    };
    check(done, DURING).map(|_| ())
}
