//! Events as plain data, as libvirt's event loop delivers them.

use std::sync::Arc;

use uuid::Uuid;

use crate::base::text::Text;

/// Takes events. Called on the event-loop thread: it must only put the event into a queue.
pub type RawSink = Arc<dyn Fn(RawEvent) + Send + Sync>;

/// An event of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RawEvent {
    /// About a VM.
    Domain {
        /// Its UUID.
        uuid: Uuid,
        /// Its name at that moment.
        name: Text,
        /// What happened.
        what: DomainEvent,
    },
    /// About a virtual network.
    Network {
        /// Its UUID.
        uuid: Uuid,
        /// Its name at that moment.
        name: Text,
        /// What happened.
        what: NetworkEvent,
    },
    /// About a storage pool.
    Pool {
        /// Its UUID.
        uuid: Uuid,
        /// Its name at that moment.
        name: Text,
        /// What happened.
        what: PoolEvent,
    },
    /// About a device of the host.
    Device {
        /// Its name.
        name: Text,
        /// What happened.
        what: DeviceEvent,
    },
    /// The connection is gone (`virConnectCloseReason`): 0 error, 1 end of file, 2 keepalive
    /// timeout, 3 closed by us.
    Closed {
        /// The reason's number.
        reason: i32,
    },
}

/// `virDomainEventID` with what each carries. Numbers are libvirt's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DomainEvent {
    /// `VIR_DOMAIN_EVENT_ID_LIFECYCLE`.
    Lifecycle {
        /// `virDomainEventType`.
        event: i32,
        /// The detail's number; its meaning depends on the event.
        detail: i32,
    },
    /// `VIR_DOMAIN_EVENT_ID_REBOOT`.
    Reboot,
    /// `VIR_DOMAIN_EVENT_ID_WATCHDOG`.
    Watchdog {
        /// `virDomainEventWatchdogAction`.
        action: i32,
    },
    /// `VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON`, or `VIR_DOMAIN_EVENT_ID_IO_ERROR` without a reason.
    IoError {
        /// Source file or device.
        path: Text,
        /// Device alias.
        device: Text,
        /// `virDomainEventIOErrorAction`: 0 none, 1 paused, 2 reported to the guest.
        action: i32,
        /// Such as `enospc`.
        reason: Option<Text>,
    },
    /// `VIR_DOMAIN_EVENT_ID_CONTROL_ERROR`: the monitor connection is lost.
    ControlError,
    /// `VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2`.
    BlockJob {
        /// Disk target.
        disk: Text,
        /// `virDomainBlockJobType`.
        kind: i32,
        /// `virConnectDomainEventBlockJobStatus`.
        status: i32,
    },
    /// `VIR_DOMAIN_EVENT_ID_DISK_CHANGE`.
    DiskChange {
        /// Device alias.
        device: Text,
        /// Source before.
        old: Option<Text>,
        /// Source now.
        new: Option<Text>,
        /// `virConnectDomainEventDiskChangeReason`.
        reason: i32,
    },
    /// `VIR_DOMAIN_EVENT_ID_TRAY_CHANGE`.
    TrayChange {
        /// Device alias.
        device: Text,
        /// Whether the tray is open now.
        open: bool,
    },
    /// `VIR_DOMAIN_EVENT_ID_PMWAKEUP`.
    PmWakeup,
    /// `VIR_DOMAIN_EVENT_ID_PMSUSPEND`.
    PmSuspend,
    /// `VIR_DOMAIN_EVENT_ID_PMSUSPEND_DISK`.
    PmSuspendDisk,
    /// `VIR_DOMAIN_EVENT_ID_BALLOON_CHANGE`.
    BalloonChange {
        /// Memory now, bytes.
        bytes: u64,
    },
    /// `VIR_DOMAIN_EVENT_ID_DEVICE_ADDED`.
    DeviceAdded {
        /// Device alias.
        device: Text,
    },
    /// `VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED`.
    DeviceRemoved {
        /// Device alias.
        device: Text,
    },
    /// `VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED`.
    DeviceRemovalFailed {
        /// Device alias.
        device: Text,
    },
    /// `VIR_DOMAIN_EVENT_ID_TUNABLE`: CPU or I/O tuning changed.
    Tunable,
    /// `VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE`.
    Agent {
        /// Whether the guest agent's channel is open now.
        connected: bool,
        /// `virConnectDomainEventAgentLifecycleReason`.
        reason: i32,
    },
    /// `VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION`.
    MigrationIteration {
        /// Pass over the memory, from 1.
        iteration: i32,
    },
    /// `VIR_DOMAIN_EVENT_ID_JOB_COMPLETED`.
    JobCompleted {
        /// `operation` (`virDomainJobOperation`), where reported.
        operation: Option<i32>,
        /// `success`, where reported.
        success: Option<bool>,
    },
    /// `VIR_DOMAIN_EVENT_ID_METADATA_CHANGE`.
    MetadataChange {
        /// `virDomainMetadataType`: 0 description, 1 title, 2 element.
        kind: i32,
    },
    /// `VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE`.
    MemoryFailure {
        /// `virDomainMemoryFailureRecipientType`: 0 hypervisor, 1 guest.
        recipient: i32,
        /// `virDomainMemoryFailureActionType`.
        action: i32,
    },
}

/// `virNetworkEventLifecycleType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NetworkEvent {
    /// `VIR_NETWORK_EVENT_DEFINED`.
    Defined,
    /// `VIR_NETWORK_EVENT_UNDEFINED`.
    Undefined,
    /// `VIR_NETWORK_EVENT_STARTED`.
    Started,
    /// `VIR_NETWORK_EVENT_STOPPED`.
    Stopped,
    /// A number newer than this program.
    Other(i32),
}

/// `virStoragePoolEventLifecycleType` and `VIR_STORAGE_POOL_EVENT_ID_REFRESH`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PoolEvent {
    /// `VIR_STORAGE_POOL_EVENT_DEFINED`.
    Defined,
    /// `VIR_STORAGE_POOL_EVENT_UNDEFINED`.
    Undefined,
    /// `VIR_STORAGE_POOL_EVENT_STARTED`.
    Started,
    /// `VIR_STORAGE_POOL_EVENT_STOPPED`.
    Stopped,
    /// `VIR_STORAGE_POOL_EVENT_CREATED`.
    Created,
    /// `VIR_STORAGE_POOL_EVENT_DELETED`.
    Deleted,
    /// `VIR_STORAGE_POOL_EVENT_ID_REFRESH`: volumes were read again.
    Refreshed,
    /// A number newer than this program.
    Other(i32),
}

/// `virNodeDeviceEventLifecycleType` and `VIR_NODE_DEVICE_EVENT_ID_UPDATE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceEvent {
    /// `VIR_NODE_DEVICE_EVENT_CREATED`.
    Created,
    /// `VIR_NODE_DEVICE_EVENT_DELETED`.
    Deleted,
    /// `VIR_NODE_DEVICE_EVENT_DEFINED`.
    Defined,
    /// `VIR_NODE_DEVICE_EVENT_UNDEFINED`.
    Undefined,
    /// `VIR_NODE_DEVICE_EVENT_ID_UPDATE`.
    Updated,
    /// A number newer than this program.
    Other(i32),
}
