//! The wall of thumbnails: the screens of many VMs at a glance.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::cursor::Cursor;
use crate::base::ids::{HostId, VmKey};
use crate::base::time::Stamp;
use crate::hv::console::{Thumbnail, ThumbnailWish};
use crate::hv::error::HvError;

/// What was last seen of one VM.
#[derive(Debug, Clone, PartialEq)]
pub struct Glimpse {
    /// The picture, or why there is none.
    pub seen: Result<Arc<Thumbnail>, HvError>,
    /// When it was taken.
    pub at: Stamp,
    /// Since when it looks the same.
    pub since: Stamp,
}

/// The wall.
#[derive(Debug, Default)]
pub struct Wall {
    /// The VMs, in the order of the screen.
    pub vms: Vec<VmKey>,
    /// The cursor.
    pub cursor: Cursor<VmKey>,
    /// What was seen.
    pub seen: BTreeMap<VmKey, Glimpse>,
    /// What each host was last told to look at.
    pub told: BTreeMap<HostId, ThumbnailWish>,
}

/// Cells of a picture without its title: 4 to 3 with half blocks.
pub const PICTURE: (u16, u16) = (38, 14);

impl Wall {
    /// Takes a picture in.
    pub fn see(&mut self, vm: VmKey, seen: Result<Arc<Thumbnail>, HvError>, now: Stamp) {
        let same = match (self.seen.get(&vm).map(|before| &before.seen), &seen) {
            (Some(Ok(before)), Ok(after)) => before.fingerprint == after.fingerprint,
            (Some(Err(_)), Err(_)) => true,
            (Some(_) | None, _) => false,
        };
        let since = self.seen.get(&vm).filter(|_| same).map_or(now, |before| before.since);
        self.seen.insert(vm, Glimpse { seen, at: now, since });
    }

    /// Pictures side by side and one above the other on a screen of this size.
    pub fn grid((columns, rows): (u16, u16)) -> (usize, usize) {
        let across = (columns / (PICTURE.0 + 2)).max(1);
        let down = (rows.saturating_sub(2) / (PICTURE.1 + 2)).max(1);
        (usize::from(across), usize::from(down))
    }
}
