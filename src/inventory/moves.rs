//! VMs that vanish on one host and are on another: migrations.

use std::time::Duration;

use uuid::Uuid;

use crate::base::ids::{HostId, VmKey};
use crate::base::time::Stamp;

/// How long a VM that vanished may take to appear on another host.
pub const WAIT: Duration = Duration::from_mins(1);
/// How many vanished VMs are remembered.
const LIMIT: usize = 20_000;

/// VMs that vanished lately and were nowhere else.
#[derive(Debug, Clone, Default)]
pub(super) struct Moves {
    gone: Vec<(Uuid, HostId, Stamp)>,
}

impl Moves {
    /// Remembers that a VM vanished.
    pub(super) fn vanished(&mut self, key: VmKey, now: Stamp) {
        if self.gone.len() >= LIMIT {
            self.gone.remove(0);
        }
        self.gone.push((key.uuid, key.host, now));
    }

    /// Where a VM that appears now vanished lately, if it did.
    pub(super) fn appeared(&mut self, key: VmKey, now: Stamp) -> Option<VmKey> {
        if self.gone.is_empty() {
            return None;
        }
        self.gone.retain(|(_, _, at)| now.since(*at) <= WAIT);
        // the last place counts when it vanished at several; back at its old place it did not move
        let last = self.gone.iter().rposition(|(uuid, ..)| *uuid == key.uuid)?;
        let (uuid, host, _) = self.gone[last];
        self.gone.retain(|(other, ..)| *other != uuid);
        (host != key.host).then_some(VmKey { host, uuid })
    }
}
