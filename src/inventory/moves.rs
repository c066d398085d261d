//! VMs that vanish on one host and are on another: migrations.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use uuid::Uuid;

use crate::base::ids::{HostId, VmKey};
use crate::base::time::Stamp;

/// How long a VM that vanished may take to appear on another host.
pub const WAIT: Duration = Duration::from_mins(1);
/// How many vanished VMs are remembered.
const LIMIT: usize = 20_000;

/// VMs that vanished lately and were nowhere else. Ten thousand may vanish and come back with
/// one list, so each costs the same however many there are.
#[derive(Debug, Clone, Default)]
pub(super) struct Moves {
    /// Where each was last; the last place counts when it vanished at several.
    places: HashMap<Uuid, (HostId, Stamp)>,
    /// The same in the order in which they vanished, some of them found again since.
    queue: VecDeque<(Uuid, Stamp)>,
}

impl Moves {
    /// Remembers that a VM vanished.
    pub(super) fn vanished(&mut self, key: VmKey, now: Stamp) {
        self.forget(now, LIMIT - 1);
        self.places.insert(key.uuid, (key.host, now));
        self.queue.push_back((key.uuid, now));
    }

    /// Where a VM that appears now vanished lately, if it did.
    pub(super) fn appeared(&mut self, key: VmKey, now: Stamp) -> Option<VmKey> {
        self.forget(now, LIMIT);
        let (host, _) = self.places.remove(&key.uuid)?;
        // back at its old place it did not move
        (host != key.host).then_some(VmKey { host, uuid: key.uuid })
    }

    /// Forgets what vanished too long ago, and the oldest beyond `keep`.
    fn forget(&mut self, now: Stamp, keep: usize) {
        while let Some((uuid, at)) = self.queue.front().copied()
            && (self.queue.len() > keep || now.since(at) > WAIT)
        {
            self.queue.pop_front();
            // it may have vanished once more since
            if self.places.get(&uuid).is_some_and(|(_, last)| *last == at) {
                self.places.remove(&uuid);
            }
        }
    }
}
