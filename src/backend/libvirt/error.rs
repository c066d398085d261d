//! libvirt's error value of this thread as an [`HvError`].
#![expect(unsafe_code, reason = "reads libvirt's thread-local error")]

use crate::backend::libvirt::classify::{classify, hint};
use crate::backend::libvirt::handle::borrowed;
use crate::hv::error::{ErrorKind, HvError};

/// The error of the libvirt call that just failed in this thread.
pub(super) fn last_error(during: &'static str) -> HvError {
    // SAFETY: the returned structure belongs to this thread and stays valid until its next
    // libvirt call; everything is copied before that.
    let (domain, code, message) = unsafe {
        let raw = virt_sys::virGetLastError();
        if raw.is_null() {
            return HvError::own(
                ErrorKind::Internal,
                during,
                "libvirt reported a failure without a reason",
            );
        }
        ((*raw).domain, (*raw).code, borrowed((*raw).message))
    };
    let message = message.unwrap_or_default();
    HvError {
        kind: classify(domain, code, message.raw()),
        code,
        domain,
        hint: hint(domain, code, message.raw()),
        message,
        during,
    }
}
