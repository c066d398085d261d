//! The `<devices>` of a domain.

use roxmltree::Node;

use crate::base::text::Text;
use crate::hv::vm::{DiskDesc, GraphicsDesc, NicDesc, VmDesc};
use crate::xml::describe::{attribute, child, child_attribute, child_text, children, memory_bytes};

/// The channel name of the QEMU guest agent.
const AGENT_CHANNEL: &str = "org.qemu.guest_agent.0";
/// How far a chain of backing files is followed; libvirt itself stops at 200.
const CHAIN_LIMIT: usize = 200;

/// Adds every device below `<devices>` to the description.
pub(super) fn read(list: Node<'_, '_>, desc: &mut VmDesc) {
    for device in list.children().filter(Node::is_element) {
        match device.tag_name().name() {
            "disk" => desc.disks.push(disk(device)),
            "interface" => desc.nics.push(nic(device)),
            "graphics" => desc.graphics.push(graphics(device)),
            name => {
                if name == "channel" {
                    note_agent(device, desc);
                }
                desc.others.push((Text::from(name), Text::from(summary(device))));
            }
        }
    }
}

/// What a device is called in the boot order: a disk's target, else kind and address.
pub(super) fn boot_label(device: Node<'_, '_>) -> Text {
    match device.tag_name().name() {
        "disk" => child_attribute(device, "target", "dev"),
        "interface" => Text::from(format!("network {}", child_attribute(device, "mac", "address").raw())),
        name => Text::from(name),
    }
}

fn note_agent(channel: Node<'_, '_>, desc: &mut VmDesc) {
    let Some(target) = child(channel, "target") else {
        return;
    };
    if target.attribute("name") == Some(AGENT_CHANNEL) {
        desc.agent_channel = true;
        desc.agent_connected = target.attribute("state").map(|state| state == "connected");
    }
}

fn disk(node: Node<'_, '_>) -> DiskDesc {
    let driver = child(node, "driver");
    let of_driver = |name: &str| Text::from(driver.and_then(|found| found.attribute(name)).unwrap_or(""));
    DiskDesc {
        target: child_attribute(node, "target", "dev"),
        bus: child_attribute(node, "target", "bus"),
        device: Text::from(node.attribute("device").unwrap_or("disk")),
        source: child(node, "source").map(source).unwrap_or_default(),
        format: of_driver("type"),
        cache: of_driver("cache"),
        read_only: child(node, "readonly").is_some(),
        shareable: child(node, "shareable").is_some(),
        backing: backing(node),
    }
}

/// What a disk's `<source>` names, whatever its type.
fn source(node: Node<'_, '_>) -> Text {
    if let (Some(pool), Some(volume)) = (node.attribute("pool"), node.attribute("volume")) {
        return Text::from(format!("{pool}/{volume}"));
    }
    if let Some(protocol) = node.attribute("protocol") {
        let host = child(node, "host").and_then(|host| host.attribute("name"));
        let name = node.attribute("name").unwrap_or_default();
        return Text::from(match host {
            Some(host) => format!("{protocol}://{host}/{}", name.trim_start_matches('/')),
            None => format!("{protocol}:{name}"),
        });
    }
    ["file", "dev", "dir", "path", "volume", "name"]
        .into_iter()
        .find_map(|name| node.attribute(name))
        .map(Text::from)
        .unwrap_or_default()
}

fn backing(disk: Node<'_, '_>) -> Vec<Text> {
    let mut chain = Vec::new();
    let mut layer = child(disk, "backingStore");
    while let Some(node) = layer {
        if let Some(found) = child(node, "source").map(source) {
            chain.push(found);
        }
        if chain.len() >= CHAIN_LIMIT {
            break;
        }
        layer = child(node, "backingStore");
    }
    chain
}

fn nic(node: Node<'_, '_>) -> NicDesc {
    NicDesc {
        mac: child_attribute(node, "mac", "address"),
        kind: attribute(node, "type"),
        source: child(node, "source")
            .and_then(|found| {
                ["network", "bridge", "dev", "name", "path", "address"]
                    .into_iter()
                    .find_map(|name| found.attribute(name))
                    .map(Text::from)
            })
            .unwrap_or_default(),
        model: child_attribute(node, "model", "type"),
        target: child_attribute(node, "target", "dev"),
        link_down: child(node, "link").and_then(|link| link.attribute("state")) == Some("down"),
    }
}

fn graphics(node: Node<'_, '_>) -> GraphicsDesc {
    let listen = child(node, "listen");
    let port = |name: &str| {
        node.attribute(name)
            .and_then(|text| text.parse::<u16>().ok())
            .filter(|port| *port != 0)
    };
    GraphicsDesc {
        kind: attribute(node, "type"),
        listen: node
            .attribute("socket")
            .or_else(|| listen.and_then(|found| found.attribute("socket")))
            .or_else(|| node.attribute("listen"))
            .or_else(|| listen.and_then(|found| found.attribute("address")))
            .or_else(|| listen.and_then(|found| found.attribute("network")))
            .map(Text::from)
            .unwrap_or_default(),
        port: port("port"),
        tls_port: port("tlsPort"),
    }
}

/// One line about any other device.
fn summary(node: Node<'_, '_>) -> String {
    let own = |name: &str| node.attribute(name).unwrap_or_default().to_owned();
    let of = |name: &'static str, key: &str| child_attribute(node, name, key).raw().to_owned();
    let parts: Vec<String> = match node.tag_name().name() {
        "emulator" => vec![node.text().unwrap_or_default().trim().to_owned()],
        "controller" => vec![own("type"), own("index"), own("model")],
        "input" => vec![own("type"), own("bus")],
        "sound" | "memballoon" | "iommu" | "panic" | "shmem" | "vsock" | "crypto" => {
            vec![own("model"), own("name"), of("model", "type")]
        }
        "watchdog" => vec![own("model"), own("action")],
        "video" => {
            let vram = child(node, "model")
                .and_then(|model| model.attribute("vram"))
                .and_then(|vram| memory_bytes(vram, None))
                .map(crate::base::units::bytes)
                .unwrap_or_default();
            vec![of("model", "type"), vram]
        }
        "channel" | "serial" | "console" | "parallel" => vec![
            own("type"),
            of("target", "type"),
            of("target", "name"),
            of("target", "state"),
            of("source", "path"),
        ],
        "rng" => vec![
            own("model"),
            of("backend", "model"),
            child_text(node, "backend")
                .map(|text| text.raw().to_owned())
                .unwrap_or_default(),
        ],
        "tpm" => vec![own("model"), of("backend", "type"), of("backend", "version")],
        "filesystem" => vec![
            own("type"),
            child(node, "source")
                .map(|found| source(found).raw().to_owned())
                .unwrap_or_default(),
            of("target", "dir"),
        ],
        "memory" => vec![
            own("model"),
            child(node, "target")
                .and_then(|target| child(target, "size"))
                .and_then(|size| memory_bytes(size.text().unwrap_or_default(), size.attribute("unit")))
                .map(crate::base::units::bytes)
                .unwrap_or_default(),
        ],
        "hostdev" => vec![own("mode"), own("type"), host_address(node)],
        "redirdev" => vec![own("bus"), own("type")],
        "audio" => vec![own("type")],
        _ => node
            .attributes()
            .map(|found| format!("{}={}", found.name(), found.value()))
            .collect(),
    };
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The address of a device that is passed through, as `lspci` and `lsusb` write it.
fn host_address(node: Node<'_, '_>) -> String {
    let Some(source) = child(node, "source") else {
        return String::new();
    };
    if let Some(address) = child(source, "address") {
        let part = |name: &str| {
            address
                .attribute(name)
                .unwrap_or("0")
                .trim_start_matches("0x")
                .to_owned()
        };
        if let Some(uuid) = address.attribute("uuid") {
            return uuid.to_owned();
        }
        return if address.attribute("slot").is_some() {
            format!(
                "{}:{}:{}.{}",
                part("domain"),
                part("bus"),
                part("slot"),
                part("function")
            )
        } else {
            format!("bus {} device {}", part("bus"), part("device"))
        };
    }
    let ids: Vec<String> = children(source, "vendor")
        .chain(children(source, "product"))
        .filter_map(|found| found.attribute("id"))
        .map(|id| id.trim_start_matches("0x").to_owned())
        .collect();
    ids.join(":")
}
