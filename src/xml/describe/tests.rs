//! Domain XML as hosts give it.

use super::*;

const FULL: &str = r#"<domain type='kvm' id='7' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
  <name>db-01</name>
  <uuid>0b3c0c52-3b4e-4b2e-9d57-0f4bd5f3e001</uuid>
  <title>Orders database</title>
  <description>PostgreSQL 15
primary</description>
  <metadata>
    <libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0">
      <libosinfo:os id="http://debian.org/debian/12"/>
    </libosinfo:libosinfo>
  </metadata>
  <memory unit='GiB'>8</memory>
  <currentMemory unit='KiB'>4194304</currentMemory>
  <vcpu placement='static' current='2'>8</vcpu>
  <os>
    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
    <loader readonly='yes' secure='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.ms.fd</loader>
    <boot dev='hd'/>
  </os>
  <cpu mode='custom' match='exact'>
    <model fallback='forbid'>Skylake-Server-IBRS</model>
    <topology sockets='1' dies='2' cores='2' threads='2'/>
  </cpu>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' cache='none'/>
      <source file='/var/lib/libvirt/images/db-01.snap2' index='3'/>
      <backingStore type='file' index='2'>
        <format type='qcow2'/>
        <source file='/var/lib/libvirt/images/db-01.snap1'/>
        <backingStore type='file'>
          <format type='qcow2'/>
          <source file='/var/lib/libvirt/images/db-01.qcow2'/>
          <backingStore/>
        </backingStore>
      </backingStore>
      <target dev='vda' bus='virtio'/>
      <boot order='2'/>
    </disk>
    <disk type='volume' device='disk'>
      <driver name='qemu' type='raw'/>
      <source pool='ssd' volume='db-01-wal'/>
      <target dev='vdb' bus='virtio'/>
      <shareable/>
    </disk>
    <disk type='network' device='disk'>
      <source protocol='rbd' name='vms/db-01-data'><host name='ceph1' port='6789'/></source>
      <target dev='vdc' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'>
      <target dev='sda' bus='sata'/>
      <readonly/>
    </disk>
    <interface type='network'>
      <mac address='52:54:00:aa:bb:01'/>
      <source network='default' portid='x' bridge='virbr0'/>
      <target dev='vnet7'/>
      <model type='virtio'/>
      <boot order='1'/>
    </interface>
    <interface type='bridge'>
      <mac address='52:54:00:aa:bb:02'/>
      <source bridge='br0'/>
      <link state='down'/>
    </interface>
    <graphics type='spice' port='5901' tlsPort='5902' autoport='yes' listen='127.0.0.1'>
      <listen type='address' address='127.0.0.1'/>
    </graphics>
    <graphics type='vnc' port='-1' autoport='yes'><listen type='socket' socket='/run/vnc.sock'/></graphics>
    <channel type='unix'>
      <source mode='bind' path='/run/agent.sock'/>
      <target type='virtio' name='org.qemu.guest_agent.0' state='connected'/>
    </channel>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source><address domain='0x0000' bus='0x3b' slot='0x00' function='0x1'/></source>
    </hostdev>
    <hostdev mode='subsystem' type='usb'>
      <source><vendor id='0x0951'/><product id='0x1666'/></source>
    </hostdev>
    <video><model type='qxl' ram='65536' vram='65536'/></video>
    <memballoon model='virtio'/>
    <sparkle colour='pink'/>
  </devices>
</domain>"#;

fn shown(texts: &[Text]) -> Vec<&str> {
    texts.iter().map(Text::raw).collect()
}

#[test]
fn a_full_domain_is_understood() {
    let desc = describe(FULL);
    assert_eq!(desc.warnings, []);
    assert_eq!(&*desc.xml, FULL);
    assert_eq!(desc.title, Some(Text::from("Orders database")));
    assert_eq!(desc.description, Some(Text::from("PostgreSQL 15\nprimary")));
    assert_eq!(desc.virt_type.raw(), "kvm");
    assert_eq!(desc.arch.raw(), "x86_64");
    assert_eq!(desc.machine.raw(), "pc-q35-7.2");
    assert_eq!(desc.firmware.raw(), "uefi, secure boot");
    assert_eq!(desc.cpu.raw(), "Skylake-Server-IBRS");
    assert_eq!(desc.topology, Some((1, 4, 2)));
    assert_eq!((desc.vcpus, desc.vcpus_max), (2, 8));
    assert_eq!((desc.memory, desc.memory_max), (4 << 30, 8 << 30));
    assert_eq!(desc.os_id, Some(Text::from("http://debian.org/debian/12")));
    assert_eq!(shown(&desc.boot), ["network 52:54:00:aa:bb:01", "vda"]);
    assert!(desc.agent_channel);
    assert_eq!(desc.agent_connected, Some(true));
}

#[test]
fn devices_are_understood() {
    let desc = describe(FULL);
    let sources: Vec<&str> = desc.disks.iter().map(|disk| disk.source.raw()).collect();
    assert_eq!(
        sources,
        [
            "/var/lib/libvirt/images/db-01.snap2",
            "ssd/db-01-wal",
            "rbd://ceph1/vms/db-01-data",
            ""
        ]
    );
    assert_eq!(
        shown(&desc.disks[0].backing),
        [
            "/var/lib/libvirt/images/db-01.snap1",
            "/var/lib/libvirt/images/db-01.qcow2"
        ]
    );
    assert_eq!(desc.disks[0].cache.raw(), "none");
    assert!(desc.disks[1].shareable && !desc.disks[1].read_only);
    assert!(desc.disks[3].read_only);
    assert_eq!(desc.disks[3].device.raw(), "cdrom");
    assert_eq!(desc.nics[0].source.raw(), "default");
    assert_eq!(desc.nics[0].target.raw(), "vnet7");
    assert!(!desc.nics[0].link_down && desc.nics[1].link_down);
    assert_eq!(desc.graphics[0].port, Some(5901));
    assert_eq!(desc.graphics[0].tls_port, Some(5902));
    assert_eq!(desc.graphics[1].port, None);
    assert_eq!(desc.graphics[1].listen.raw(), "/run/vnc.sock");
    let others: Vec<(&str, &str)> = desc
        .others
        .iter()
        .map(|(name, summary)| (name.raw(), summary.raw()))
        .collect();
    assert_eq!(
        others,
        [
            ("emulator", "/usr/bin/qemu-system-x86_64"),
            (
                "channel",
                "unix virtio org.qemu.guest_agent.0 connected /run/agent.sock"
            ),
            ("hostdev", "subsystem pci 0000:3b:00.1"),
            ("hostdev", "subsystem usb 0951:1666"),
            ("video", "qxl 64.0M"),
            ("memballoon", "virtio"),
            ("sparkle", "colour=pink"),
        ]
    );
}

#[test]
fn small_domains_have_libvirts_defaults() {
    let desc = describe(
        "<domain type='test'><name>a</name><memory>8192</memory><os><type>hvm</type>\
         <boot dev='network'/><boot dev='hd'/></os></domain>",
    );
    assert_eq!((desc.vcpus, desc.vcpus_max), (1, 1));
    assert_eq!((desc.memory, desc.memory_max), (8 << 20, 8 << 20));
    assert_eq!(desc.firmware.raw(), "bios");
    assert_eq!(shown(&desc.boot), ["network", "hd"]);
    assert!(!desc.agent_channel);
}

#[test]
fn firmware_forms() {
    for (os, firmware) in [
        ("<os><type>hvm</type></os>", "bios"),
        ("<os firmware='efi'><type>hvm</type></os>", "uefi"),
        ("<os firmware='bios'><type>hvm</type></os>", "bios"),
        (
            "<os firmware='efi'><type>hvm</type><firmware><feature enabled='yes' name='secure-boot'/></firmware></os>",
            "uefi, secure boot",
        ),
        (
            "<os firmware='efi'><type>hvm</type><firmware><feature enabled='no' name='secure-boot'/></firmware></os>",
            "uefi",
        ),
        (
            "<os><type>hvm</type><loader type='rom'>/usr/share/seabios/bios.bin</loader></os>",
            "bios",
        ),
        ("<os><type>exe</type><init>/sbin/init</init></os>", ""),
    ] {
        let desc = describe(&format!("<domain>{os}</domain>"));
        assert_eq!(desc.firmware.raw(), firmware, "{os}");
    }
}

#[test]
fn memory_units() {
    for (amount, unit, bytes) in [
        ("1", None, Some(1024)),
        ("1", Some("b"), Some(1)),
        ("5", Some("bytes"), Some(5)),
        ("1", Some("KB"), Some(1000)),
        ("1", Some("k"), Some(1024)),
        ("2", Some("MiB"), Some(2 << 20)),
        ("2", Some("MB"), Some(2_000_000)),
        ("3", Some("G"), Some(3 << 30)),
        ("1", Some("TiB"), Some(1 << 40)),
        ("1", Some("parsec"), None),
        ("much", None, None),
        ("99999999999999999", Some("EiB"), None),
    ] {
        assert_eq!(memory_bytes(amount, unit), bytes, "{amount} {unit:?}");
    }
}

#[test]
fn nonsense_becomes_a_warning() {
    for xml in [
        "",
        "<domain",
        "<domain><memory>lots</memory></domain>",
        "<domain><vcpu>many</vcpu></domain>",
        "<network/>",
        "<!DOCTYPE d [<!ENTITY a 'aaaa'>]><domain>&a;</domain>",
    ] {
        let desc = describe(xml);
        assert!(!desc.warnings.is_empty(), "{xml}");
        assert_eq!(&*desc.xml, xml);
    }
}

proptest::proptest! {
    #[test]
    fn anything_can_be_read(cut in 0usize..FULL.len(), insert in ".{0,12}") {
        let mut xml = FULL.to_owned();
        let at = (0..=cut).rev().find(|at| xml.is_char_boundary(*at)).unwrap_or(0);
        xml.insert_str(at, &insert);
        let whole = describe(&xml);
        proptest::prop_assert_eq!(&*whole.xml, xml.as_str());
        describe(&xml[..at]);
    }
}

#[test]
fn the_demo_fleet_is_understood_and_large_enough() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo");
    let mut hosts = 0;
    let mut vms = std::collections::BTreeSet::new();
    for file in std::fs::read_dir(directory).expect("assets") {
        let path = file.expect("entry").path();
        if path.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        hosts += 1;
        let text = std::fs::read_to_string(&path).expect("readable");
        let document = Document::parse(&text).expect("well-formed");
        for domain in children(document.root_element(), "domain") {
            let uuid = child_text(domain, "uuid").expect("fixed identity");
            assert!(vms.insert(uuid.clone()), "{uuid} twice");
            let desc = describe(&text[domain.range()]);
            // prefixes are declared on each domain, so that it can be read alone
            assert_eq!(desc.warnings, [], "{}", path.display());
            assert!(!desc.disks.is_empty() && desc.vcpus > 0 && desc.memory > 0);
        }
    }
    assert!(hosts >= 7, "{hosts} hosts");
    assert!(vms.len() >= 60, "{} VMs", vms.len());
}
