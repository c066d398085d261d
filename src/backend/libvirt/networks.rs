//! Virtual networks and their DHCP leases.
#![expect(unsafe_code, reason = "calls libvirt")]

use std::ptr;

use uuid::Uuid;

use crate::backend::libvirt::error::last_error;
use crate::backend::libvirt::handle::{Owned, borrowed, free_memory, list, taken, uuid_of};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::network::{Lease, NetworkRecord};

type Connection = Owned<virt_sys::virConnect>;
type Network = Owned<virt_sys::virNetwork>;

fn all(connection: &Connection) -> Result<Vec<Network>, HvError> {
    list("virConnectListAllNetworks", |array| {
        // SAFETY: a valid connection; the array goes to `list`.
        unsafe { virt_sys::virConnectListAllNetworks(connection.ptr(), array, 0) }
    })
}

/// All networks of the host.
pub(super) fn networks(connection: &Connection) -> Result<Vec<NetworkRecord>, HvError> {
    let mut records = Vec::new();
    for network in all(connection)? {
        match record(&network) {
            Ok(record) => records.push(record),
            Err(error) if error.kind == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(records)
}

/// One network.
pub(super) fn network(connection: &Connection, uuid: Uuid) -> Result<NetworkRecord, HvError> {
    // SAFETY: 16 bytes; null or a reference that is ours.
    let network = unsafe {
        Owned::take(
            virt_sys::virNetworkLookupByUUID(connection.ptr(), uuid.as_bytes().as_ptr()),
            "virNetworkLookupByUUID",
        )?
    };
    record(&network)
}

fn record(network: &Network) -> Result<NetworkRecord, HvError> {
    let raw = network.ptr();
    let uuid = uuid_of("virNetworkGetUUID", |bytes| {
        // SAFETY: a valid network; 16 bytes are written.
        unsafe { virt_sys::virNetworkGetUUID(raw, bytes) }
    })?;
    let mut autostart = 0;
    // SAFETY: a valid network; the XML is ours.
    let (name, xml, active, persistent, starts) = unsafe {
        (
            borrowed(virt_sys::virNetworkGetName(raw)).unwrap_or_default(),
            taken(virt_sys::virNetworkGetXMLDesc(raw, 0), "virNetworkGetXMLDesc")?,
            virt_sys::virNetworkIsActive(raw) == 1,
            virt_sys::virNetworkIsPersistent(raw) == 1,
            virt_sys::virNetworkGetAutostart(raw, &raw mut autostart) >= 0 && autostart == 1,
        )
    };
    let mut record = NetworkRecord {
        uuid,
        name,
        active,
        persistent,
        autostart: starts,
        ..NetworkRecord::default()
    };
    describe(&xml, &mut record);
    Ok(record)
}

fn describe(xml: &str, record: &mut NetworkRecord) {
    let Ok(document) = roxmltree::Document::parse(xml) else {
        return;
    };
    let root = document.root_element();
    let child = |name: &str| root.children().find(|node| node.has_tag_name(name));
    record.bridge = child("bridge")
        .and_then(|node| node.attribute("name"))
        .unwrap_or_default()
        .into();
    record.forward = child("forward")
        .map_or("isolated", |node| node.attribute("mode").unwrap_or("nat"))
        .into();
    for ip in root.children().filter(|node| node.has_tag_name("ip")) {
        let Some(address) = ip.attribute("address") else {
            continue;
        };
        let prefix = ip.attribute("prefix").map(str::to_owned).or_else(|| {
            let mask: std::net::Ipv4Addr = ip.attribute("netmask")?.parse().ok()?;
            Some(u32::from(mask).count_ones().to_string())
        });
        record.addresses.push(
            prefix
                .map_or_else(|| address.to_owned(), |prefix| format!("{address}/{prefix}"))
                .into(),
        );
    }
}

/// DHCP leases of all active networks.
pub(super) fn leases(connection: &Connection) -> Result<Vec<Lease>, HvError> {
    let mut leases = Vec::new();
    for network in all(connection)? {
        // SAFETY: a valid network.
        if unsafe { virt_sys::virNetworkIsActive(network.ptr()) } == 1 {
            match network_leases(&network, &mut leases) {
                // bridges and the like have no server of libvirt's
                Err(error) if matches!(error.kind, ErrorKind::WrongState | ErrorKind::NotFound) => {}
                other => other?,
            }
        }
    }
    Ok(leases)
}

fn network_leases(network: &Network, leases: &mut Vec<Lease>) -> Result<(), HvError> {
    const DURING: &str = "virNetworkGetDHCPLeases";
    let mut array: *mut virt_sys::virNetworkDHCPLeasePtr = ptr::null_mut();
    // SAFETY: a valid network; the array and its entries are ours afterwards.
    let count = unsafe { virt_sys::virNetworkGetDHCPLeases(network.ptr(), ptr::null(), &raw mut array, 0) };
    let count = usize::try_from(count).map_err(|_| last_error(DURING))?;
    // SAFETY: the name lives as long as the network.
    let name = unsafe { borrowed(virt_sys::virNetworkGetName(network.ptr())) }.unwrap_or_default();
    for n in 0..count {
        // SAFETY: libvirt filled `count` entries; each is copied, then freed once.
        unsafe {
            let lease = *array.add(n);
            let address = borrowed((*lease).ipaddr).unwrap_or_default();
            leases.push(Lease {
                network: name.clone(),
                mac: borrowed((*lease).mac).unwrap_or_default(),
                address: format!("{}/{}", address.raw(), (*lease).prefix).into(),
                hostname: borrowed((*lease).hostname),
                expiry: (*lease).expirytime,
            });
            virt_sys::virNetworkDHCPLeaseFree(lease);
        }
    }
    // SAFETY: malloc'ed by libvirt, not used afterwards.
    unsafe { free_memory(array) };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_network_xml() {
        let mut record = NetworkRecord::default();
        describe(
            "<network><forward mode='nat'/><bridge name='virbr0'/><ip address='10.0.0.1' netmask='255.255.255.0'/></network>",
            &mut record,
        );
        assert_eq!((record.forward.raw(), record.bridge.raw()), ("nat", "virbr0"));
        assert_eq!(record.addresses, ["10.0.0.1/24".into()]);
    }
}
