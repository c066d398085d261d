//! What is known from inside a VM: addresses, and the guest agent's answers.
#![expect(unsafe_code, reason = "calls libvirt and frees its arrays")]

use std::ffi::{c_int, c_uint};
use std::ptr;

use uuid::Uuid;

use crate::backend::libvirt::error::last_error;
use crate::backend::libvirt::handle::{Owned, borrowed, free_memory};
use crate::backend::libvirt::lists::lookup;
use crate::backend::libvirt::params::{Value, for_each, indexed};
use crate::base::text::Text;
use crate::hv::error::HvError;
use crate::hv::guest::{AddressSource, GuestAddress, GuestFilesystem, GuestInfo};

type Domain = Owned<virt_sys::virDomain>;

/// Seconds that a guest agent may take; a dead one costs only this.
const AGENT_TIMEOUT: c_int = 2;

/// Everything that can be learnt about a guest; what fails is left out, the agent's error kept.
pub(super) fn guest(connection: &Owned<virt_sys::virConnect>, uuid: Uuid) -> GuestInfo {
    let mut guest = GuestInfo::default();
    let domain = match lookup(connection, uuid) {
        Ok(domain) => domain,
        Err(error) => {
            guest.agent_error = Some(error.message);
            return guest;
        }
    };
    // SAFETY: a valid domain; drivers without agents refuse, which is fine.
    unsafe { virt_sys::virDomainAgentSetResponseTimeout(domain.ptr(), AGENT_TIMEOUT, 0) };
    if let Err(error) = agent(&domain, &mut guest) {
        guest.agent_error = Some(error.message);
    }
    let agent_answers = guest.agent_error.is_none();
    for (source, number) in [
        (AddressSource::Agent, virt_sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT),
        (AddressSource::Lease, virt_sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE),
        (AddressSource::Arp, virt_sys::VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP),
    ] {
        if source != AddressSource::Agent || agent_answers {
            addresses(&domain, source, number, &mut guest.addresses);
        }
    }
    guest
}

fn addresses(domain: &Domain, source: AddressSource, number: c_uint, out: &mut Vec<GuestAddress>) {
    let mut array: *mut virt_sys::virDomainInterfacePtr = ptr::null_mut();
    // SAFETY: a valid domain; the array and its entries are ours afterwards.
    let count = unsafe { virt_sys::virDomainInterfaceAddresses(domain.ptr(), &raw mut array, number, 0) };
    for n in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: libvirt filled `count` entries with `naddrs` addresses; each is copied, then freed once.
        unsafe {
            let interface = *array.add(n);
            for m in 0..(*interface).naddrs as usize {
                let address = &*(*interface).addrs.add(m);
                let text = borrowed(address.addr).unwrap_or_default();
                // the guest's own loopback tells nothing
                if text.raw() == "127.0.0.1" || text.raw() == "::1" {
                    continue;
                }
                out.push(GuestAddress {
                    interface: borrowed((*interface).name).unwrap_or_default(),
                    mac: borrowed((*interface).hwaddr).unwrap_or_default(),
                    address: format!("{}/{}", text.raw(), address.prefix).into(),
                    source,
                });
            }
            virt_sys::virDomainInterfaceFree(interface);
        }
    }
    // SAFETY: malloc'ed by libvirt or null, not used afterwards.
    unsafe { free_memory(array) };
}

fn agent(domain: &Domain, guest: &mut GuestInfo) -> Result<(), HvError> {
    let types = virt_sys::VIR_DOMAIN_GUEST_INFO_USERS
        | virt_sys::VIR_DOMAIN_GUEST_INFO_OS
        | virt_sys::VIR_DOMAIN_GUEST_INFO_TIMEZONE
        | virt_sys::VIR_DOMAIN_GUEST_INFO_HOSTNAME
        | virt_sys::VIR_DOMAIN_GUEST_INFO_FILESYSTEM;
    // an agent that lacks one of the commands fails the whole request; 0 asks for what it has
    let mut result = ask(domain, types, guest);
    if result.is_err() {
        result = ask(domain, 0, guest);
    }
    result
}

fn ask(domain: &Domain, types: c_uint, guest: &mut GuestInfo) -> Result<(), HvError> {
    let mut params: virt_sys::virTypedParameterPtr = ptr::null_mut();
    let mut count: c_int = 0;
    // SAFETY: a valid domain; the parameters are ours afterwards.
    if unsafe { virt_sys::virDomainGetGuestInfo(domain.ptr(), types, &raw mut params, &raw mut count, 0) } < 0 {
        return Err(last_error("virDomainGetGuestInfo"));
    }
    let mut name: [Option<Text>; 3] = [None, None, None];
    // SAFETY: as libvirt filled them in; freed once afterwards.
    unsafe {
        for_each(params, count, |key, value| match key {
            "os.pretty-name" => name[0] = value.text(),
            "os.name" => name[1] = value.text(),
            "os.version" => name[2] = value.text(),
            "os.kernel-release" => guest.kernel = value.text(),
            "timezone.name" => guest.timezone = value.text(),
            "hostname" => guest.hostname = value.text(),
            _ => indexed_value(guest, key, &value),
        });
        virt_sys::virTypedParamsFree(params, count);
    }
    let [pretty, plain, version] = name;
    guest.os = pretty.or_else(|| {
        let version = version.map(|version| format!(" {}", version.raw())).unwrap_or_default();
        plain.map(|plain| format!("{}{version}", plain.raw()).into())
    });
    Ok(())
}

/// More file systems than this are not shown.
const MOST: usize = 256;

fn indexed_value(guest: &mut GuestInfo, key: &str, value: &Value) {
    if let Some((_, "name")) = key.strip_prefix("user.").and_then(indexed) {
        guest.users.extend(value.text());
    }
    let Some((n, field)) = key.strip_prefix("fs.").and_then(indexed).filter(|(n, _)| *n < MOST) else {
        return;
    };
    while guest.filesystems.len() <= n {
        guest.filesystems.push(GuestFilesystem::default());
    }
    let filesystem = &mut guest.filesystems[n];
    match field {
        "mountpoint" => filesystem.mountpoint = value.text().unwrap_or_default(),
        "fstype" => filesystem.kind = value.text().unwrap_or_default(),
        "total-bytes" => filesystem.total = value.unsigned(),
        "used-bytes" => filesystem.used = value.unsigned(),
        _ => {}
    }
}
