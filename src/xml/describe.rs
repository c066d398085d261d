//! A VM's XML read into a [`VmDesc`]. Reading never fails: what cannot be understood becomes a
//! warning, because the VM must be shown all the same.

use std::sync::Arc;

use roxmltree::{Document, Node};

use crate::base::text::Text;
use crate::hv::vm::VmDesc;
use crate::xml::devices;

/// The namespace that libosinfo's `<metadata>` uses.
const LIBOSINFO: &str = "http://libosinfo.org/xmlns/libvirt/domain/1.0";

/// Reads the XML of `virDomainGetXMLDesc`.
pub fn describe(xml: &str) -> VmDesc {
    let mut desc = VmDesc {
        xml: Arc::from(xml),
        ..VmDesc::default()
    };
    let document = match Document::parse(xml) {
        Ok(document) => document,
        Err(error) => {
            desc.warnings.push(Text::from(format!("not well-formed XML: {error}")));
            return desc;
        }
    };
    let domain = document.root_element();
    if domain.tag_name().name() != "domain" {
        desc.warnings.push(Text::from(format!(
            "the root element is <{}>, not <domain>",
            domain.tag_name().name()
        )));
    }
    desc.virt_type = attribute(domain, "type");
    desc.title = child_text(domain, "title");
    desc.description = child_text(domain, "description");
    read_memory(domain, &mut desc);
    read_vcpus(domain, &mut desc);
    read_os(domain, &mut desc);
    read_cpu(domain, &mut desc);
    desc.os_id = domain
        .descendants()
        .find(|node| node.has_tag_name((LIBOSINFO, "os")))
        .and_then(|node| node.attribute("id"))
        .map(Text::from);
    for list in children(domain, "devices") {
        devices::read(list, &mut desc);
    }
    desc.boot = boot_order(domain);
    desc
}

/// Elements of this name directly below.
pub(super) fn children<'a, 'input: 'a>(
    node: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children()
        .filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// The first element of this name directly below.
pub(super) fn child<'a, 'input: 'a>(node: Node<'a, 'input>, name: &'static str) -> Option<Node<'a, 'input>> {
    children(node, name).next()
}

/// An attribute, empty when missing.
pub(super) fn attribute(node: Node<'_, '_>, name: &str) -> Text {
    Text::from(node.attribute(name).unwrap_or_default())
}

/// An attribute of the first element of this name directly below, empty when missing.
pub(super) fn child_attribute(node: Node<'_, '_>, name: &'static str, attribute: &str) -> Text {
    Text::from(
        child(node, name)
            .and_then(|found| found.attribute(attribute))
            .unwrap_or_default(),
    )
}

/// The text of the first element of this name directly below, unless blank.
pub(super) fn child_text(node: Node<'_, '_>, name: &'static str) -> Option<Text> {
    child(node, name)
        .and_then(|found| found.text())
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(Text::from)
}

fn read_memory(domain: Node<'_, '_>, desc: &mut VmDesc) {
    let mut read = |name: &'static str| {
        let node = child(domain, name)?;
        let bytes = memory_bytes(node.text().unwrap_or_default(), node.attribute("unit"));
        if bytes.is_none() {
            desc.warnings
                .push(Text::from(format!("<{name}> is not an amount of memory")));
        }
        bytes
    };
    let most = read("memory");
    let now = read("currentMemory");
    desc.memory_max = most.or(now).unwrap_or_default();
    desc.memory = now.or(most).unwrap_or_default();
}

/// An amount with one of libvirt's units (`KiB` when none is given) in bytes.
pub(super) fn memory_bytes(amount: &str, unit: Option<&str>) -> Option<u64> {
    let amount: u64 = amount.trim().parse().ok()?;
    let unit = unit.unwrap_or("KiB").to_ascii_lowercase();
    let factor: u64 = match unit.as_str() {
        "b" | "byte" | "bytes" => 1,
        "kb" => 1000,
        "" | "k" | "kib" => 1 << 10,
        "mb" => 1_000_000,
        "m" | "mib" => 1 << 20,
        "gb" => 1_000_000_000,
        "g" | "gib" => 1 << 30,
        "tb" => 1_000_000_000_000,
        "t" | "tib" => 1 << 40,
        "pb" => 1_000_000_000_000_000,
        "p" | "pib" => 1 << 50,
        "eb" => 1_000_000_000_000_000_000,
        "e" | "eib" => 1 << 60,
        _ => return None,
    };
    amount.checked_mul(factor)
}

fn read_vcpus(domain: Node<'_, '_>, desc: &mut VmDesc) {
    let Some(node) = child(domain, "vcpu") else {
        // libvirt's own default
        (desc.vcpus, desc.vcpus_max) = (1, 1);
        return;
    };
    let Some(most) = node.text().and_then(|text| text.trim().parse().ok()) else {
        desc.warnings.push(Text::from("<vcpu> is not a number"));
        return;
    };
    desc.vcpus_max = most;
    desc.vcpus = node
        .attribute("current")
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(most);
}

fn read_os(domain: Node<'_, '_>, desc: &mut VmDesc) {
    let Some(os) = child(domain, "os") else {
        return;
    };
    if let Some(kind) = child(os, "type") {
        desc.arch = attribute(kind, "arch");
        desc.machine = attribute(kind, "machine");
        if kind.text().map(str::trim) != Some("hvm") {
            // containers and paravirtual guests have no firmware
            return;
        }
    }
    let loader = child(os, "loader");
    let uefi =
        os.attribute("firmware") == Some("efi") || loader.is_some_and(|node| node.attribute("type") == Some("pflash"));
    let secure_loader = loader.is_some_and(|node| node.attribute("secure") == Some("yes"));
    let secure_feature = child(os, "firmware").is_some_and(|firmware| {
        children(firmware, "feature").any(|feature| {
            feature.attribute("name") == Some("secure-boot") && feature.attribute("enabled") == Some("yes")
        })
    });
    desc.firmware = Text::from(match (uefi, secure_loader || secure_feature) {
        (true, true) => "uefi, secure boot",
        (true, false) => "uefi",
        (false, _) => "bios",
    });
}

fn read_cpu(domain: Node<'_, '_>, desc: &mut VmDesc) {
    let Some(cpu) = child(domain, "cpu") else {
        return;
    };
    desc.cpu = match cpu.attribute("mode") {
        Some(mode) if mode != "custom" => Text::from(mode),
        _ => child_text(cpu, "model").unwrap_or_default(),
    };
    desc.topology = child(cpu, "topology").and_then(|topology| {
        let number = |name: &str| topology.attribute(name)?.parse::<u32>().ok();
        // dies and clusters stand between sockets and cores
        let dies = number("dies")
            .unwrap_or(1)
            .saturating_mul(number("clusters").unwrap_or(1));
        Some((
            number("sockets")?,
            number("cores")?.checked_mul(dies)?,
            number("threads")?,
        ))
    });
}

/// The order of `<boot order>` on devices, which excludes and outranks `<os><boot dev>`.
fn boot_order(domain: Node<'_, '_>) -> Vec<Text> {
    let mut devices: Vec<(u32, Text)> = children(domain, "devices")
        .flat_map(|list| list.children())
        .filter(Node::is_element)
        .filter_map(|device| {
            let order = child(device, "boot")?.attribute("order")?.parse().ok()?;
            Some((order, devices::boot_label(device)))
        })
        .collect();
    if devices.is_empty() {
        return children(domain, "os")
            .flat_map(|os| children(os, "boot").collect::<Vec<_>>())
            .filter_map(|boot| boot.attribute("dev"))
            .map(Text::from)
            .collect();
    }
    devices.sort_by_key(|(order, _)| *order);
    devices.into_iter().map(|(_, label)| label).collect()
}

#[cfg(test)]
mod tests;
