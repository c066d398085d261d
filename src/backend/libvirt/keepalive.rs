//! Detection of dead peers.
#![expect(unsafe_code, reason = "calls libvirt")]

use crate::backend::libvirt::handle::Owned;

/// Seconds between two keepalive messages, and how many may stay unanswered: a dead peer is
/// noticed after interval x (count + 1) = 15 s.
const INTERVAL: i32 = 5;
const COUNT: u32 = 2;

/// Turns keepalive on; local drivers have none and refuse, which is fine.
pub(super) fn start(connection: &Owned<virt_sys::virConnect>) {
    // SAFETY: a valid connection; the event loop runs.
    unsafe { virt_sys::virConnectSetKeepAlive(connection.ptr(), INTERVAL, COUNT) };
}

/// `virConnectIsAlive`, local knowledge.
pub(super) fn is_alive(connection: &Owned<virt_sys::virConnect>) -> bool {
    // SAFETY: a valid connection.
    unsafe { virt_sys::virConnectIsAlive(connection.ptr()) == 1 }
}
