//! One-time VNC passwords that are out, and what was there before.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::backend::logbook::unix_millis;
use crate::base::text::Text;
use crate::hv::command::Secret;

/// RFB's limit.
pub(super) const LONGEST: usize = 8;
/// Characters of random passwords: none that look alike.
const SAFE: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// QEMU compares the end of a ticket with its own host's clock. This program takes the ticket back
/// by its own clock, in time; the end that QEMU is told is only for when it cannot, and lies later
/// by this much, so that a host whose clock is that far ahead lets somebody in at all.
pub(super) const SLACK: Duration = Duration::from_secs(30);

/// A ticket that is out.
pub(super) struct Issued {
    /// The password that was there before.
    pub before: Option<Secret>,
    /// Until when that one lets in (`passwdValidTo`), if not for ever.
    pub valid_to: Option<Text>,
    /// The ticket that is out: the end of an earlier one means nothing.
    number: u64,
    /// The first one since there was none.
    first: u64,
}

/// Tickets that are out, by VM.
#[derive(Clone, Default)]
pub(super) struct Tickets(Arc<Mutex<HashMap<Uuid, Issued>>>);

impl Tickets {
    /// A ticket is out now; returns its number. What was there before the first one is kept.
    pub fn issue(&self, uuid: Uuid, before: Option<Secret>) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let issued = all.entry(uuid).or_insert(Issued {
            before,
            valid_to: None,
            number,
            first: number,
        });
        issued.number = number;
        number
    }

    /// Notes until when the password before the first ticket lets in.
    pub fn valid_before(&self, uuid: Uuid, number: u64, until: Option<Text>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(issued) = all.get_mut(&uuid).filter(|issued| issued.first == number) {
            issued.valid_to = until;
        }
    }

    /// Takes a ticket back that could not be taken away, unless there is a newer one.
    pub fn keep(&self, uuid: Uuid, issued: Issued) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(uuid).or_insert(issued);
    }

    /// Whether this is the ticket that is out.
    pub fn is_current(&self, uuid: Uuid, number: u64) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&uuid).is_some_and(|issued| issued.number == number)
    }

    /// The ticket that is out, which is not any more.
    pub fn take(&self, uuid: Uuid) -> Option<Issued> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&uuid)
    }
}

/// A password of random characters, from the system's own source.
pub(super) fn random_password() -> Secret {
    let mut bytes = [0_u8; LONGEST];
    let uuid = Uuid::new_v4();
    for (place, byte) in bytes
        .iter_mut()
        .zip(uuid.as_bytes().iter().skip(8).chain(uuid.as_bytes()))
    {
        *place = SAFE[usize::from(*byte) % SAFE.len()];
    }
    Secret::new(String::from_utf8_lossy(&bytes).into_owned())
}

/// The moment in UTC as libvirt wants it, some slack for clocks that differ included.
pub(super) fn valid_until(valid: Duration) -> String {
    let millis = unix_millis().saturating_add(i64::try_from((valid + SLACK).as_millis()).unwrap_or(i64::MAX));
    let time = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
    time.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_passwords_can_be_typed_and_differ() {
        let (one, other) = (random_password(), random_password());
        assert_eq!(one.expose().len(), LONGEST);
        assert!(one.expose().bytes().all(|byte| SAFE.contains(&byte)));
        assert_ne!(one, other);
    }

    #[test]
    fn tickets_end_in_utc() {
        let until = valid_until(Duration::from_mins(2));
        assert_eq!(until.len(), 19);
        assert_eq!(until.as_bytes()[10], b'T');
    }
}
