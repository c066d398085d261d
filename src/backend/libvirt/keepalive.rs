//! Whether a connection is known to be dead.
#![expect(unsafe_code, reason = "calls libvirt")]

use crate::backend::libvirt::handle::Owned;

/// `virConnectIsAlive`, local knowledge.
pub(super) fn is_alive(connection: &Owned<virt_sys::virConnect>) -> bool {
    // SAFETY: a valid connection.
    unsafe { virt_sys::virConnectIsAlive(connection.ptr()) == 1 }
}
