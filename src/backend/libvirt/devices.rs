//! Devices of a host.
#![expect(unsafe_code, reason = "calls libvirt")]

use crate::backend::libvirt::handle::{Owned, list, taken};
use crate::base::text::Text;
use crate::hv::error::HvError;
use crate::hv::host::NodeDevice;

/// All devices of the host; one call each, so for the slow lane only.
pub(super) fn devices(connection: &Owned<virt_sys::virConnect>) -> Result<Vec<NodeDevice>, HvError> {
    let all: Vec<Owned<virt_sys::virNodeDevice>> = list("virConnectListAllNodeDevices", |array| {
        // SAFETY: a valid connection; the array goes to `list`.
        unsafe { virt_sys::virConnectListAllNodeDevices(connection.ptr(), array, 0) }
    })?;
    let mut devices = Vec::with_capacity(all.len());
    for device in &all {
        // SAFETY: a valid device; the XML is ours. One that vanished meanwhile is passed over.
        let xml = unsafe {
            taken(
                virt_sys::virNodeDeviceGetXMLDesc(device.ptr(), 0),
                "virNodeDeviceGetXMLDesc",
            )
        };
        if let Some(device) = xml.ok().and_then(|xml| describe(&xml)) {
            devices.push(device);
        }
    }
    Ok(devices)
}

fn describe(xml: &str) -> Option<NodeDevice> {
    let document = roxmltree::Document::parse(xml).ok()?;
    let root = document.root_element();
    let text = |name: &str| {
        let node = root.descendants().find(|node| node.has_tag_name(name))?;
        node.text()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let capabilities: Vec<Text> = root
        .descendants()
        .filter(|node| node.has_tag_name("capability"))
        .filter_map(|node| node.attribute("type"))
        .map(Text::new)
        .collect();
    let parts = [
        text("vendor"),
        text("product"),
        text("interface"),
        text("block"),
        text("model"),
    ];
    let mut summary: Vec<String> = parts.into_iter().flatten().collect();
    summary.dedup();
    let driver = root.children().find(|node| node.has_tag_name("driver"));
    let group = root.descendants().find(|node| node.has_tag_name("iommuGroup"));
    Some(NodeDevice {
        name: root.children().find(|node| node.has_tag_name("name"))?.text()?.into(),
        parent: root
            .children()
            .find(|node| node.has_tag_name("parent"))
            .and_then(|node| node.text())
            .map(Text::new),
        capabilities,
        summary: summary.join(" ").into(),
        driver: driver
            .and_then(|node| node.children().find(|node| node.has_tag_name("name")))
            .and_then(|node| node.text())
            .map(Text::new),
        iommu_group: group
            .and_then(|node| node.attribute("number"))
            .and_then(|number| number.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_device_xml() {
        let device = describe(
            "<device><name>pci_0</name><parent>computer</parent><driver><name>e1000</name></driver>\
             <capability type='pci'><product id='1'>NIC</product><vendor id='2'>Maker</vendor>\
             <iommuGroup number='7'/></capability></device>",
        )
        .unwrap();
        assert_eq!(device.summary.raw(), "Maker NIC");
        assert_eq!((device.iommu_group, device.driver.unwrap().raw()), (Some(7), "e1000"));
    }
}
