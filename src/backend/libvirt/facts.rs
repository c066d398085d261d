//! What a host tells about itself.
#![expect(unsafe_code, reason = "calls libvirt")]

use std::collections::BTreeSet;
use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;

use crate::backend::libvirt::auth::split_version;
use crate::backend::libvirt::handle::{Owned, borrowed, check, taken};
use crate::base::text::Text;
use crate::hv::error::HvError;
use crate::hv::host::{Feature, HostFacts, NodeInfo, NumaCell};

type Connection = Owned<virt_sys::virConnect>;

/// What libvirt's test driver was seen to refuse; other drivers are asked.
const TEST_LACKS: &[Feature] = &[
    Feature::NodeMemoryStats,
    Feature::NwFilters,
    Feature::Secrets,
    Feature::DomainCapabilities,
    Feature::DhcpLeases,
    Feature::GuestInfo,
    Feature::Migration,
    Feature::Console,
];

/// Everything but what the driver refuses.
pub(super) fn facts(connection: &Connection, read_only: bool) -> Result<HostFacts, HvError> {
    let raw = connection.ptr();
    // SAFETY: a valid connection; strings that are ours are taken, the type's name is libvirt's.
    let (hostname, uri, driver) = unsafe {
        (
            taken(virt_sys::virConnectGetHostname(raw), "virConnectGetHostname").unwrap_or_default(),
            taken(virt_sys::virConnectGetURI(raw), "virConnectGetURI").unwrap_or_default(),
            borrowed(virt_sys::virConnectGetType(raw)).unwrap_or_default(),
        )
    };
    let (mut library, mut hypervisor) = (0, 0);
    // SAFETY: two numbers are written.
    check(
        unsafe { virt_sys::virConnectGetLibVersion(raw, &raw mut library) },
        "virConnectGetLibVersion",
    )?;
    // SAFETY: as above; a host without the hypervisor answers with an error.
    let versioned = unsafe { virt_sys::virConnectGetVersion(raw, &raw mut hypervisor) } >= 0;
    // SAFETY: local knowledge of the connection.
    let (encrypted, secure) = unsafe {
        (
            virt_sys::virConnectIsEncrypted(raw) == 1,
            virt_sys::virConnectIsSecure(raw) == 1,
        )
    };
    // SAFETY: the string is ours.
    let capabilities = unsafe { taken(virt_sys::virConnectGetCapabilities(raw), "virConnectGetCapabilities") };
    let mut facts = HostFacts {
        hostname: hostname.into(),
        uri: uri.into(),
        hypervisor_version: (versioned && hypervisor > 0).then(|| split_version(hypervisor)),
        libvirt_version: split_version(library),
        encrypted,
        secure,
        read_only,
        node: node(connection)?,
        ..HostFacts::default()
    };
    if let Ok(capabilities) = capabilities {
        read_capabilities(&capabilities, &mut facts);
    }
    if driver.raw().eq_ignore_ascii_case("test") {
        facts.unsupported = TEST_LACKS.iter().copied().collect::<BTreeSet<_>>();
    }
    facts.driver = driver;
    Ok(facts)
}

fn node(connection: &Connection) -> Result<NodeInfo, HvError> {
    let mut raw = MaybeUninit::<virt_sys::virNodeInfo>::zeroed();
    // SAFETY: the structure is writable.
    check(
        unsafe { virt_sys::virNodeGetInfo(connection.ptr(), raw.as_mut_ptr()) },
        "virNodeGetInfo",
    )?;
    // SAFETY: all bits zero is a valid value, and the call filled it in.
    let raw = unsafe { raw.assume_init() };
    let model: &[c_char] = &raw.model;
    // SAFETY: libvirt terminates the model within the field.
    let arch = unsafe { CStr::from_ptr(model.as_ptr()) };
    Ok(NodeInfo {
        arch: Text::from_bytes(arch.to_bytes()),
        memory: raw.memory.saturating_mul(1024),
        cpus: raw.cpus,
        mhz: raw.mhz,
        nodes: raw.nodes,
        sockets: raw.sockets,
        cores: raw.cores,
        threads: raw.threads,
    })
}

/// CPU, host UUID and NUMA cells of the capabilities' XML.
fn read_capabilities(xml: &str, facts: &mut HostFacts) {
    let Ok(document) = roxmltree::Document::parse(xml) else {
        return;
    };
    let Some(host) = document
        .root_element()
        .children()
        .find(|node| node.has_tag_name("host"))
    else {
        return;
    };
    let child = |node: roxmltree::Node<'_, '_>, name: &str| -> Option<String> {
        node.children()
            .find(|child| child.has_tag_name(name))?
            .text()
            .map(str::to_owned)
    };
    facts.host_uuid = child(host, "uuid").unwrap_or_default().into();
    if let Some(cpu) = host.children().find(|node| node.has_tag_name("cpu")) {
        facts.cpu_model = child(cpu, "model").unwrap_or_default().into();
        facts.cpu_vendor = child(cpu, "vendor").unwrap_or_default().into();
    }
    for cell in host.descendants().filter(|node| node.has_tag_name("cell")) {
        let Some(id) = cell.attribute("id").and_then(|id| id.parse().ok()) else {
            continue;
        };
        let memory = child(cell, "memory")
            .and_then(|text| text.trim().parse::<u64>().ok())
            .unwrap_or(0);
        let cpus = cell
            .descendants()
            .filter(|node| node.has_tag_name("cpu"))
            .filter_map(|cpu| cpu.attribute("id")?.parse().ok())
            .collect();
        facts.cells.push(NumaCell {
            id,
            memory: memory.saturating_mul(1024),
            cpus,
        });
    }
}
