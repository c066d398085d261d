//! Events in an admin's words, for the events pane. Pure.

use crate::backend::libvirt::events::{DeviceEvent, DomainEvent, NetworkEvent, PoolEvent};
use crate::hv::event::Severity;

/// `virDomainEventType` and its details.
const LIFECYCLE: &[(&str, &[&str])] = &[
    ("defined", &["added", "updated", "renamed", "from snapshot"]),
    ("undefined", &["removed", "renamed"]),
    (
        "started",
        &[
            "booted",
            "migrated",
            "restored",
            "from snapshot",
            "woken up",
            "recovered",
        ],
    ),
    (
        "paused",
        &[
            "by user",
            "migrated",
            "I/O error",
            "watchdog",
            "restored",
            "from snapshot",
            "API error",
            "post-copy",
            "post-copy failed",
        ],
    ),
    (
        "resumed",
        &["by user", "migrated", "from snapshot", "post-copy", "post-copy failed"],
    ),
    (
        "stopped",
        &[
            "shut down",
            "forced off",
            "crashed",
            "migrated",
            "saved",
            "failed",
            "from snapshot",
        ],
    ),
    ("shut down by its guest", &["finished", "by the guest", "by the host"]),
    ("suspended by its guest", &["memory", "disk"]),
    ("crashed", &["panicked", "crash loaded"]),
];

fn word(words: &[&'static str], number: i32) -> Option<&'static str> {
    usize::try_from(number)
        .ok()
        .and_then(|number| words.get(number))
        .copied()
}

/// A VM's event: how grave it is and what to say. `None` for events that nobody wants to read.
pub fn domain(event: &DomainEvent) -> Option<(Severity, String)> {
    let normal = |text: String| Some((Severity::Normal, text));
    match event {
        DomainEvent::Lifecycle { event, detail } => {
            let Some((verb, details)) = usize::try_from(*event).ok().and_then(|event| LIFECYCLE.get(event)) else {
                return normal(format!("event {event} ({detail})"));
            };
            let severity = match (*event, *detail) {
                (3, 2 | 3) | (5, 2 | 5) | (8, _) => Severity::Error,
                (3, 6 | 8) => Severity::Warning,
                _ => Severity::Normal,
            };
            Some((
                severity,
                word(details, *detail).map_or_else(|| (*verb).to_owned(), |detail| format!("{verb} ({detail})")),
            ))
        }
        DomainEvent::Reboot => normal("rebooted".to_owned()),
        DomainEvent::Watchdog { action } => {
            let action = word(
                &[
                    "nothing done",
                    "paused",
                    "reset",
                    "powered off",
                    "shut down",
                    "reported",
                    "NMI sent",
                ],
                *action,
            );
            Some((
                Severity::Error,
                format!("watchdog fired: {}", action.unwrap_or("unknown action")),
            ))
        }
        DomainEvent::IoError {
            path,
            device,
            action,
            reason,
        } => {
            let action = word(&["ignored", "VM paused", "reported to the guest"], *action).unwrap_or("unknown action");
            let reason = reason
                .as_ref()
                .filter(|reason| !reason.is_empty())
                .map(|reason| format!(", {reason}"))
                .unwrap_or_default();
            Some((
                Severity::Error,
                format!("I/O error on {device} {path}{reason}: {action}"),
            ))
        }
        DomainEvent::ControlError => Some((Severity::Error, "the host lost control of the VM's monitor".to_owned())),
        DomainEvent::BlockJob { disk, kind, status } => {
            let kind = word(&["job", "pull", "copy", "commit", "active commit", "backup"], *kind).unwrap_or("job");
            let status = word(&["completed", "failed", "cancelled", "ready"], *status).unwrap_or("changed");
            let severity = if status == "failed" {
                Severity::Error
            } else {
                Severity::Normal
            };
            Some((severity, format!("block {kind} on {disk} {status}")))
        }
        DomainEvent::DiskChange { device, new, .. } => normal(new.as_ref().map_or_else(
            || format!("disk {device} dropped"),
            |new| format!("disk {device} is {new} now"),
        )),
        DomainEvent::TrayChange { device, open } => {
            normal(format!("tray of {device} {}", if *open { "opened" } else { "closed" }))
        }
        DomainEvent::PmWakeup => normal("woken up".to_owned()),
        DomainEvent::PmSuspend => normal("suspended by its guest (memory)".to_owned()),
        DomainEvent::PmSuspendDisk => normal("suspended by its guest (disk)".to_owned()),
        DomainEvent::BalloonChange { bytes } => normal(format!("memory is {} now", crate::base::units::bytes(*bytes))),
        DomainEvent::DeviceAdded { device } => normal(format!("device {device} added")),
        DomainEvent::DeviceRemoved { device } => normal(format!("device {device} removed")),
        DomainEvent::DeviceRemovalFailed { device } => Some((
            Severity::Warning,
            format!("device {device} was not let go by the guest"),
        )),
        DomainEvent::Tunable => normal("tuning changed".to_owned()),
        DomainEvent::Agent { connected, .. } => normal(format!(
            "guest agent {}",
            if *connected { "connected" } else { "disconnected" }
        )),
        DomainEvent::MigrationIteration { iteration } => normal(format!("migration: pass {iteration} over the memory")),
        DomainEvent::JobCompleted {
            success: Some(false), ..
        } => Some((Severity::Error, "job failed".to_owned())),
        DomainEvent::JobCompleted { .. } => normal("job completed".to_owned()),
        DomainEvent::MetadataChange { kind } => normal(format!(
            "{} changed",
            word(&["description", "title", "metadata"], *kind).unwrap_or("metadata")
        )),
        DomainEvent::MemoryFailure { recipient, .. } => Some((
            Severity::Error,
            format!(
                "memory failure of the host, reported to the {}",
                if *recipient == 1 { "guest" } else { "hypervisor" }
            ),
        )),
    }
}

/// A network's event.
pub fn network(event: NetworkEvent) -> String {
    match event {
        NetworkEvent::Defined => "network defined".to_owned(),
        NetworkEvent::Undefined => "network undefined".to_owned(),
        NetworkEvent::Started => "network started".to_owned(),
        NetworkEvent::Stopped => "network stopped".to_owned(),
        NetworkEvent::Other(number) => format!("network event {number}"),
    }
}

/// A pool's event.
pub fn pool(event: PoolEvent) -> String {
    match event {
        PoolEvent::Defined => "pool defined".to_owned(),
        PoolEvent::Undefined => "pool undefined".to_owned(),
        PoolEvent::Started => "pool started".to_owned(),
        PoolEvent::Stopped => "pool stopped".to_owned(),
        PoolEvent::Created => "pool created".to_owned(),
        PoolEvent::Deleted => "pool deleted".to_owned(),
        PoolEvent::Refreshed => "pool refreshed".to_owned(),
        PoolEvent::Other(number) => format!("pool event {number}"),
    }
}

/// A device's event.
pub fn device(event: DeviceEvent) -> String {
    match event {
        DeviceEvent::Created => "device appeared".to_owned(),
        DeviceEvent::Deleted => "device is gone".to_owned(),
        DeviceEvent::Defined => "device defined".to_owned(),
        DeviceEvent::Undefined => "device undefined".to_owned(),
        DeviceEvent::Updated => "device changed".to_owned(),
        DeviceEvent::Other(number) => format!("device event {number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifecycle_in_words() {
        let say = |event, detail| domain(&DomainEvent::Lifecycle { event, detail });
        assert_eq!(say(2, 0), Some((Severity::Normal, "started (booted)".into())));
        assert_eq!(say(3, 2), Some((Severity::Error, "paused (I/O error)".into())));
        assert_eq!(say(5, 1), Some((Severity::Normal, "stopped (forced off)".into())));
        assert_eq!(say(99, 7), Some((Severity::Normal, "event 99 (7)".into())));
    }
}
