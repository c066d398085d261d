//! Events in an admin's words. Pure.

use crate::backend::libvirt::{DeviceEvent, DomainEvent, NetworkEvent, PoolEvent, RawEvent};
use crate::base::text::Text;
use crate::hv::event::{LogEntry, Severity, Subject};

/// The entry for the events pane, if the event deserves one.
pub fn entry(event: &RawEvent, unix_millis: i64) -> Option<LogEntry> {
    let (subject, name, severity, message) = match event {
        RawEvent::Domain { uuid, name, what } => {
            let (severity, message) = domain(what)?;
            (Subject::Vm(*uuid), name, severity, message)
        }
        RawEvent::Network { uuid, name, what } => (
            Subject::Network(*uuid),
            name,
            Severity::Normal,
            Text::from(network(*what)),
        ),
        RawEvent::Pool { uuid, name, what } => (Subject::Pool(*uuid), name, Severity::Normal, Text::from(pool(*what))),
        RawEvent::Device { name, what } => (Subject::Device, name, Severity::Normal, Text::from(device(*what))),
        RawEvent::Closed { .. } => return None,
    };
    Some(LogEntry {
        unix_millis,
        severity,
        subject,
        name: name.clone(),
        message,
    })
}

/// `virConnectCloseReason` in words.
pub fn close_reason(reason: i32) -> &'static str {
    match reason {
        1 => "the connection was closed by the host",
        2 => "the host no longer answers (keepalive timeout)",
        3 => "the connection was closed by this program",
        _ => "the connection broke",
    }
}

fn domain(what: &DomainEvent) -> Option<(Severity, Text)> {
    use Severity::{Error, Normal, Warning};
    Some(match what {
        DomainEvent::Lifecycle { event, detail } => lifecycle(*event, *detail),
        DomainEvent::Reboot => (Normal, "rebooted".into()),
        DomainEvent::Watchdog { action } => (
            Warning,
            with(
                "watchdog fired",
                word(
                    &[
                        "nothing done",
                        "paused",
                        "reset",
                        "powered off",
                        "shut down",
                        "debugged",
                        "NMI sent",
                    ],
                    *action,
                ),
            ),
        ),
        DomainEvent::IoError {
            path,
            device,
            action,
            reason,
        } => {
            let mut text = format!("I/O error on {}", path.raw());
            if path.is_empty() {
                text = format!("I/O error on {}", device.raw());
            }
            if let Some(reason) = reason.as_ref().filter(|reason| !reason.is_empty()) {
                text = format!("{text}: {}", reason.raw());
            }
            (
                Error,
                with(&text, word(&["", "paused", "reported to the guest"], *action)),
            )
        }
        DomainEvent::ControlError => (Error, "the hypervisor's monitor is lost".into()),
        DomainEvent::BlockJob { disk, kind, status } => {
            let kind = word(&["", "pull", "copy", "commit", "active commit", "backup"], *kind).unwrap_or("block job");
            let (severity, status) = match status {
                0 => (Normal, "completed"),
                1 => (Error, "failed"),
                2 => (Warning, "cancelled"),
                3 => (Normal, "ready"),
                _ => (Normal, "changed"),
            };
            (severity, format!("{kind} on {} {status}", disk.raw()).into())
        }
        DomainEvent::DiskChange { device, new, .. } => (
            Normal,
            match new.as_ref().filter(|new| !new.is_empty()) {
                Some(new) => format!("medium of {} is now {}", device.raw(), new.raw()).into(),
                None => format!("medium of {} removed", device.raw()).into(),
            },
        ),
        DomainEvent::TrayChange { device, open } => (
            Normal,
            format!("tray of {} {}", device.raw(), if *open { "opened" } else { "closed" }).into(),
        ),
        DomainEvent::PmWakeup => (Normal, "woken up".into()),
        DomainEvent::PmSuspend => (Normal, "suspended by the guest".into()),
        DomainEvent::PmSuspendDisk => (Normal, "hibernated by the guest".into()),
        DomainEvent::DeviceAdded { device } => (Normal, format!("device {} added", device.raw()).into()),
        DomainEvent::DeviceRemoved { device } => (Normal, format!("device {} removed", device.raw()).into()),
        DomainEvent::DeviceRemovalFailed { device } => (
            Error,
            format!("the guest did not give up device {}", device.raw()).into(),
        ),
        DomainEvent::Agent { connected, .. } => (
            Normal,
            if *connected {
                "guest agent connected".into()
            } else {
                "guest agent disconnected".into()
            },
        ),
        DomainEvent::MigrationIteration { iteration } => (Normal, format!("migration: pass {iteration}").into()),
        DomainEvent::JobCompleted { operation, success } => {
            let name = operation
                .and_then(|operation| word(OPERATIONS, operation))
                .unwrap_or("job");
            match success {
                Some(false) => (Error, format!("{name} failed").into()),
                _ => (Normal, format!("{name} completed").into()),
            }
        }
        DomainEvent::MetadataChange { kind } => (
            Normal,
            match kind {
                0 => "description changed".into(),
                1 => "title changed".into(),
                _ => "metadata changed".into(),
            },
        ),
        DomainEvent::MemoryFailure { recipient, action } => (
            Error,
            with(
                if *recipient == 1 {
                    "memory failure in the guest"
                } else {
                    "memory failure in the hypervisor"
                },
                word(&["ignored", "injected", "fatal", "reset"], *action),
            ),
        ),
        // both come every few seconds on a busy host and say nothing that the numbers do not
        DomainEvent::BalloonChange { .. } | DomainEvent::Tunable => return None,
    })
}

/// `virDomainJobOperation`.
const OPERATIONS: &[&str] = &[
    "",
    "start",
    "save",
    "restore",
    "incoming migration",
    "migration",
    "snapshot",
    "snapshot revert",
    "dump",
    "backup",
    "snapshot deletion",
];

/// `virDomainEventType` with the details of each.
fn lifecycle(event: i32, detail: i32) -> (Severity, Text) {
    use Severity::{Error, Normal, Warning};
    let (what, details): (&str, &[&str]) = match event {
        0 => ("defined", &["", "changed", "renamed", "from snapshot"]),
        1 => ("undefined", &["", "renamed"]),
        2 => (
            "started",
            &["booted", "migrated", "restored", "from snapshot", "woken up"],
        ),
        3 => (
            "paused",
            &[
                "by user",
                "migrating",
                "I/O error",
                "watchdog",
                "restored",
                "from snapshot",
                "API error",
                "post-copy",
                "post-copy failed",
            ],
        ),
        4 => (
            "resumed",
            &["unpaused", "migrated", "from snapshot", "post-copy", "post-copy failed"],
        ),
        5 => (
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
        6 => ("shutting down", &["finished", "by the guest", "by the host"]),
        7 => ("suspended", &["to memory", "to disk"]),
        8 => ("crashed", &["panicked", "crash kernel loaded"]),
        _ => ("changed", &[]),
    };
    let severity = match (event, detail) {
        (8, _) | (3, 2) | (5, 2 | 5) => Error,
        (3, 3 | 6 | 8) | (4, 4) => Warning,
        _ => Normal,
    };
    (severity, with(what, word(details, detail)))
}

fn network(what: NetworkEvent) -> &'static str {
    match what {
        NetworkEvent::Defined => "defined",
        NetworkEvent::Undefined => "undefined",
        NetworkEvent::Started => "started",
        NetworkEvent::Stopped => "stopped",
        NetworkEvent::Other(_) => "changed",
    }
}

fn pool(what: PoolEvent) -> &'static str {
    match what {
        PoolEvent::Defined => "defined",
        PoolEvent::Undefined => "undefined",
        PoolEvent::Started => "started",
        PoolEvent::Stopped => "stopped",
        PoolEvent::Created => "created",
        PoolEvent::Deleted => "deleted",
        PoolEvent::Refreshed => "refreshed",
        PoolEvent::Other(_) => "changed",
    }
}

fn device(what: DeviceEvent) -> &'static str {
    match what {
        DeviceEvent::Created => "appeared",
        DeviceEvent::Deleted => "disappeared",
        DeviceEvent::Defined => "defined",
        DeviceEvent::Undefined => "undefined",
        DeviceEvent::Updated | DeviceEvent::Other(_) => "changed",
    }
}

fn word(words: &[&'static str], number: i32) -> Option<&'static str> {
    usize::try_from(number)
        .ok()
        .and_then(|number| words.get(number))
        .copied()
        .filter(|word| !word.is_empty())
}

fn with(what: &str, detail: Option<&str>) -> Text {
    match detail {
        Some(detail) => format!("{what} ({detail})").into(),
        None => what.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn reasons_are_libvirts() {
        for (event, detail, severity, text) in [
            (2, 0, Severity::Normal, "started (booted)"),
            (3, 2, Severity::Error, "paused (I/O error)"),
            (5, 1, Severity::Normal, "stopped (forced off)"),
            (8, 0, Severity::Error, "crashed (panicked)"),
            (0, 0, Severity::Normal, "defined"),
            (99, 5, Severity::Normal, "changed"),
            (5, 99, Severity::Normal, "stopped"),
            (5, -1, Severity::Normal, "stopped"),
        ] {
            assert_eq!(lifecycle(event, detail), (severity, Text::from(text)));
        }
    }

    #[test]
    fn hostile_reasons_stay_text() {
        let event = RawEvent::Domain {
            uuid: Uuid::nil(),
            name: "vm".into(),
            what: DomainEvent::IoError {
                path: "/disk\x1b[2J".into(),
                device: "vda".into(),
                action: 1,
                reason: Some("enospc".into()),
            },
        };
        let entry = entry(&event, 5).unwrap();
        assert_eq!(entry.message.show(), "I/O error on /disk\\x1b[2J: enospc (paused)");
    }
}
