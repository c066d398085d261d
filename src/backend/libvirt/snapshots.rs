//! Snapshots of a VM.
#![expect(unsafe_code, reason = "calls libvirt")]

use uuid::Uuid;

use crate::backend::libvirt::handle::{Owned, list, taken};
use crate::backend::libvirt::lists::lookup;
use crate::base::text::Text;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::guest::SnapshotRecord;

/// All snapshots of a VM, oldest first.
pub(super) fn snapshots(connection: &Owned<virt_sys::virConnect>, uuid: Uuid) -> Result<Vec<SnapshotRecord>, HvError> {
    let domain = lookup(connection, uuid)?;
    let all: Vec<Owned<virt_sys::virDomainSnapshot>> = list("virDomainListAllSnapshots", |array| {
        // SAFETY: a valid domain; the array goes to `list`.
        unsafe { virt_sys::virDomainListAllSnapshots(domain.ptr(), array, 0) }
    })?;
    let mut records = Vec::with_capacity(all.len());
    for snapshot in &all {
        // SAFETY: a valid snapshot; the XML is ours.
        let xml = unsafe {
            taken(
                virt_sys::virDomainSnapshotGetXMLDesc(snapshot.ptr(), 0),
                "virDomainSnapshotGetXMLDesc",
            )
        };
        // SAFETY: a valid snapshot.
        let current = unsafe { virt_sys::virDomainSnapshotIsCurrent(snapshot.ptr(), 0) } == 1;
        match xml {
            Ok(xml) => records.extend(describe(&xml, current)),
            Err(error) if error.kind == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    records.sort_by(|one, other| one.created.cmp(&other.created).then_with(|| one.name.cmp(&other.name)));
    Ok(records)
}

fn describe(xml: &str, current: bool) -> Option<SnapshotRecord> {
    let document = roxmltree::Document::parse(xml).ok()?;
    let root = document.root_element();
    let child = |name: &str| root.children().find(|node| node.has_tag_name(name));
    let text = |name: &str| child(name).and_then(|node| node.text()).map(Text::new);
    let disks = child("disks").into_iter().flat_map(|disks| disks.children());
    Some(SnapshotRecord {
        name: text("name")?,
        parent: child("parent")
            .and_then(|node| node.children().find(|node| node.has_tag_name("name"))?.text())
            .map(Text::new),
        description: text("description"),
        created: text("creationTime")
            .and_then(|time| time.raw().trim().parse().ok())
            .unwrap_or(0),
        state: text("state").unwrap_or_default(),
        memory: child("memory")
            .and_then(|node| node.attribute("snapshot"))
            .unwrap_or("no")
            .into(),
        external: disks
            .filter_map(|disk| disk.attribute("snapshot"))
            .any(|kind| kind == "external"),
        current,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_snapshot_xml() {
        let record = describe(
            "<domainsnapshot><name>s2</name><parent><name>s1</name></parent><creationTime>17</creationTime>\
             <state>running</state><memory snapshot='internal'/>\
             <disks><disk name='vda' snapshot='external'/></disks></domainsnapshot>",
            true,
        )
        .unwrap();
        assert_eq!(
            (record.parent.unwrap().raw(), record.created, record.external),
            ("s1", 17, true)
        );
        assert_eq!(record.memory.raw(), "internal");
    }
}
