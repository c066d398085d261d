//! Storage pools and volumes.
#![expect(unsafe_code, reason = "calls libvirt")]

use std::mem::MaybeUninit;

use uuid::Uuid;

use crate::backend::libvirt::handle::{Owned, borrowed, check, list, taken, uuid_of};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::storage::{PoolRecord, PoolState, VolumeRecord};

type Connection = Owned<virt_sys::virConnect>;
type Pool = Owned<virt_sys::virStoragePool>;

/// All pools of the host.
pub(super) fn pools(connection: &Connection) -> Result<Vec<PoolRecord>, HvError> {
    let all: Vec<Pool> = list("virConnectListAllStoragePools", |array| {
        // SAFETY: a valid connection; the array goes to `list`.
        unsafe { virt_sys::virConnectListAllStoragePools(connection.ptr(), array, 0) }
    })?;
    let mut records = Vec::new();
    for pool in all {
        match record(&pool) {
            Ok(record) => records.push(record),
            Err(error) if error.kind == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(records)
}

fn lookup(connection: &Connection, uuid: Uuid) -> Result<Pool, HvError> {
    // SAFETY: 16 bytes; null or a reference that is ours.
    unsafe {
        Owned::take(
            virt_sys::virStoragePoolLookupByUUID(connection.ptr(), uuid.as_bytes().as_ptr()),
            "virStoragePoolLookupByUUID",
        )
    }
}

/// One pool.
pub(super) fn pool(connection: &Connection, uuid: Uuid) -> Result<PoolRecord, HvError> {
    record(&lookup(connection, uuid)?)
}

fn record(pool: &Pool) -> Result<PoolRecord, HvError> {
    let raw = pool.ptr();
    let uuid = uuid_of("virStoragePoolGetUUID", |bytes| {
        // SAFETY: a valid pool; 16 bytes are written.
        unsafe { virt_sys::virStoragePoolGetUUID(raw, bytes) }
    })?;
    let mut info = MaybeUninit::<virt_sys::virStoragePoolInfo>::zeroed();
    let mut autostart = 0;
    // SAFETY: a valid pool; the structure is writable; the XML is ours.
    let (name, xml, persistent, starts) = unsafe {
        check(
            virt_sys::virStoragePoolGetInfo(raw, info.as_mut_ptr()),
            "virStoragePoolGetInfo",
        )?;
        (
            borrowed(virt_sys::virStoragePoolGetName(raw)).unwrap_or_default(),
            taken(virt_sys::virStoragePoolGetXMLDesc(raw, 0), "virStoragePoolGetXMLDesc")?,
            virt_sys::virStoragePoolIsPersistent(raw) == 1,
            virt_sys::virStoragePoolGetAutostart(raw, &raw mut autostart) >= 0 && autostart == 1,
        )
    };
    // SAFETY: all bits zero is a valid value, and the call filled it in.
    let info = unsafe { info.assume_init() };
    let mut record = PoolRecord {
        uuid,
        name,
        state: match info.state as u32 {
            virt_sys::VIR_STORAGE_POOL_BUILDING => PoolState::Building,
            virt_sys::VIR_STORAGE_POOL_RUNNING => PoolState::Running,
            virt_sys::VIR_STORAGE_POOL_DEGRADED => PoolState::Degraded,
            virt_sys::VIR_STORAGE_POOL_INACCESSIBLE => PoolState::Inaccessible,
            _ => PoolState::Inactive,
        },
        capacity: info.capacity,
        allocation: info.allocation,
        available: info.available,
        autostart: starts,
        persistent,
        ..PoolRecord::default()
    };
    if let Ok(document) = roxmltree::Document::parse(&xml) {
        let root = document.root_element();
        record.kind = root.attribute("type").unwrap_or_default().into();
        let target = root.children().find(|node| node.has_tag_name("target"));
        let path = target.and_then(|node| node.children().find(|node| node.has_tag_name("path")));
        record.path = path.and_then(|node| node.text()).unwrap_or_default().into();
    }
    Ok(record)
}

/// Volumes of an active pool. Slow where there are thousands.
pub(super) fn volumes(connection: &Connection, uuid: Uuid) -> Result<Vec<VolumeRecord>, HvError> {
    let pool = lookup(connection, uuid)?;
    let all: Vec<Owned<virt_sys::virStorageVol>> = list("virStoragePoolListAllVolumes", |array| {
        // SAFETY: a valid pool; the array goes to `list`.
        unsafe { virt_sys::virStoragePoolListAllVolumes(pool.ptr(), array, 0) }
    })?;
    let mut records = Vec::with_capacity(all.len());
    for volume in &all {
        let mut info = MaybeUninit::<virt_sys::virStorageVolInfo>::zeroed();
        // SAFETY: a valid volume; the structure is writable, zeroed and filled in; the path is ours.
        let (info, name, path) = unsafe {
            let known = virt_sys::virStorageVolGetInfo(volume.ptr(), info.as_mut_ptr()) >= 0;
            (
                known.then(|| info.assume_init()),
                borrowed(virt_sys::virStorageVolGetName(volume.ptr())).unwrap_or_default(),
                taken(virt_sys::virStorageVolGetPath(volume.ptr()), "virStorageVolGetPath").unwrap_or_default(),
            )
        };
        let kind = info.map_or("", |info| match info.type_ as u32 {
            virt_sys::VIR_STORAGE_VOL_FILE => "file",
            virt_sys::VIR_STORAGE_VOL_BLOCK => "block",
            virt_sys::VIR_STORAGE_VOL_DIR => "dir",
            virt_sys::VIR_STORAGE_VOL_NETWORK | virt_sys::VIR_STORAGE_VOL_NETDIR => "network",
            virt_sys::VIR_STORAGE_VOL_PLOOP => "ploop",
            _ => "",
        });
        records.push(VolumeRecord {
            name,
            path: path.into(),
            kind: kind.into(),
            capacity: info.map_or(0, |info| info.capacity),
            allocation: info.map_or(0, |info| info.allocation),
        });
    }
    Ok(records)
}
