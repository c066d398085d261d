//! What libvirt writes of its own accord.
#![expect(unsafe_code, reason = "changes the environment")]

/// Keeps libvirt's warnings (such as of a host name that has no address) off standard error, for a
/// program whose output others read. Does nothing when the user has asked for libvirt's log by
/// `LIBVIRT_DEBUG`, `LIBVIRT_LOG_OUTPUTS` or `LIBVIRT_LOG_FILTERS`. To be called before libvirt is
/// used, while the process has one thread; later it has no effect.
pub fn quiet() {
    let asked = ["LIBVIRT_DEBUG", "LIBVIRT_LOG_OUTPUTS", "LIBVIRT_LOG_FILTERS"];
    if asked.iter().any(|name| std::env::var_os(name).is_some()) {
        return;
    }
    let threads = std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    if threads == 1 {
        // SAFETY: there is no other thread that could read the environment meanwhile.
        unsafe { std::env::set_var("LIBVIRT_DEBUG", "error") };
    }
}
