//! Power verbs.
#![expect(unsafe_code, reason = "calls libvirt")]

use std::ffi::{c_int, c_uint};

use uuid::Uuid;

use crate::backend::libvirt::handle::{Owned, c_string, check};
use crate::backend::libvirt::lists::lookup;
use crate::hv::command::{AskMode, PowerVerb};
use crate::hv::error::HvError;

/// Milliseconds that keys are held down.
const HOLD: c_uint = 50;

fn shutdown_flags(mode: AskMode) -> c_uint {
    match mode {
        AskMode::Default => 0,
        AskMode::Acpi => virt_sys::VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN,
        AskMode::Agent => virt_sys::VIR_DOMAIN_SHUTDOWN_GUEST_AGENT,
    }
}

fn reboot_flags(mode: AskMode) -> c_uint {
    match mode {
        AskMode::Default => 0,
        AskMode::Acpi => virt_sys::VIR_DOMAIN_REBOOT_ACPI_POWER_BTN,
        AskMode::Agent => virt_sys::VIR_DOMAIN_REBOOT_GUEST_AGENT,
    }
}

/// Does a verb to a VM. Returns when libvirt does, which for most verbs is before their effect.
pub(super) fn power(connection: &Owned<virt_sys::virConnect>, uuid: Uuid, verb: &PowerVerb) -> Result<(), HvError> {
    let domain = lookup(connection, uuid)?;
    let raw = domain.ptr();
    let done = |result: c_int, during: &'static str| check(result, during).map(|_| ());
    // SAFETY: the domain is valid during all calls; arrays and strings outlive their call.
    unsafe {
        match verb {
            PowerVerb::Start => done(virt_sys::virDomainCreate(raw), "virDomainCreate"),
            PowerVerb::StartPaused => done(
                virt_sys::virDomainCreateWithFlags(raw, virt_sys::VIR_DOMAIN_START_PAUSED),
                "virDomainCreateWithFlags",
            ),
            PowerVerb::Shutdown(AskMode::Default) => done(virt_sys::virDomainShutdown(raw), "virDomainShutdown"),
            PowerVerb::Shutdown(mode) => done(
                virt_sys::virDomainShutdownFlags(raw, shutdown_flags(*mode)),
                "virDomainShutdownFlags",
            ),
            PowerVerb::Reboot(mode) => done(virt_sys::virDomainReboot(raw, reboot_flags(*mode)), "virDomainReboot"),
            PowerVerb::Reset => done(virt_sys::virDomainReset(raw, 0), "virDomainReset"),
            PowerVerb::ForceOff => done(virt_sys::virDomainDestroy(raw), "virDomainDestroy"),
            PowerVerb::Pause => done(virt_sys::virDomainSuspend(raw), "virDomainSuspend"),
            PowerVerb::Resume => {
                let (mut state, mut reason) = (0, 0);
                check(
                    virt_sys::virDomainGetState(raw, &raw mut state, &raw mut reason, 0),
                    "virDomainGetState",
                )?;
                if state as u32 == virt_sys::VIR_DOMAIN_PMSUSPENDED {
                    done(virt_sys::virDomainPMWakeup(raw, 0), "virDomainPMWakeup")
                } else {
                    done(virt_sys::virDomainResume(raw), "virDomainResume")
                }
            }
            PowerVerb::ManagedSave => done(virt_sys::virDomainManagedSave(raw, 0), "virDomainManagedSave"),
            PowerVerb::DiscardSaved => done(
                virt_sys::virDomainManagedSaveRemove(raw, 0),
                "virDomainManagedSaveRemove",
            ),
            PowerVerb::InjectNmi => done(virt_sys::virDomainInjectNMI(raw, 0), "virDomainInjectNMI"),
            PowerVerb::SendKeys { codes, .. } => {
                let mut codes: Vec<c_uint> = codes.clone();
                let set = virt_sys::VIR_KEYCODE_SET_LINUX;
                let count = c_int::try_from(codes.len()).unwrap_or(0);
                done(
                    virt_sys::virDomainSendKey(raw, set, HOLD, codes.as_mut_ptr(), count, 0),
                    "virDomainSendKey",
                )
            }
            PowerVerb::CoreDump { path, memory_only } => {
                const DURING: &str = "virDomainCoreDumpWithFormat";
                let path = c_string(path.raw(), DURING)?;
                let flags = if *memory_only {
                    virt_sys::VIR_DUMP_MEMORY_ONLY
                } else {
                    0
                };
                let format = virt_sys::VIR_DOMAIN_CORE_DUMP_FORMAT_RAW;
                done(
                    virt_sys::virDomainCoreDumpWithFormat(raw, path.as_ptr(), format, flags),
                    DURING,
                )
            }
            PowerVerb::SetAutostart(on) => done(
                virt_sys::virDomainSetAutostart(raw, c_int::from(*on)),
                "virDomainSetAutostart",
            ),
        }
    }
}
