//! What was last told of a host's objects, so that only differences are told again. Pure.

use std::collections::HashMap;

use uuid::Uuid;

use crate::hv::network::NetworkRecord;
use crate::hv::storage::PoolRecord;
use crate::hv::vm::VmRecord;

/// An object with a UUID.
pub trait Keyed: Clone + PartialEq {
    /// The UUID.
    fn uuid(&self) -> Uuid;
}

impl Keyed for VmRecord {
    fn uuid(&self) -> Uuid {
        self.uuid
    }
}

impl Keyed for PoolRecord {
    fn uuid(&self) -> Uuid {
        self.uuid
    }
}

impl Keyed for NetworkRecord {
    fn uuid(&self) -> Uuid {
        self.uuid
    }
}

/// Objects of one kind as they were last told.
#[derive(Debug, Clone)]
pub struct Roster<T> {
    known: HashMap<Uuid, T>,
}

impl<T> Default for Roster<T> {
    fn default() -> Self {
        Self { known: HashMap::new() }
    }
}

impl<T: Keyed> Roster<T> {
    /// Replaces everything; tells what is new or different, and what is gone.
    pub fn replace(&mut self, now: Vec<T>) -> (Vec<T>, Vec<Uuid>) {
        let mut before = std::mem::take(&mut self.known);
        let mut changed = Vec::new();
        for item in now {
            if before.remove(&item.uuid()).as_ref() != Some(&item) {
                changed.push(item.clone());
            }
            self.known.insert(item.uuid(), item);
        }
        (changed, before.into_keys().collect())
    }

    /// Notes one object; whether it is new or different.
    pub fn note(&mut self, item: &T) -> bool {
        let different = self.known.get(&item.uuid()) != Some(item);
        if different {
            self.known.insert(item.uuid(), item.clone());
        }
        different
    }

    /// Forgets one object; whether it was known.
    pub fn remove(&mut self, uuid: Uuid) -> bool {
        self.known.remove(&uuid).is_some()
    }

    /// One object.
    pub fn get(&self, uuid: Uuid) -> Option<&T> {
        self.known.get(&uuid)
    }

    /// All objects, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.known.values()
    }
}

impl Roster<VmRecord> {
    /// How many VMs have a hypervisor process.
    pub fn active(&self) -> usize {
        self.iter().filter(|vm| vm.status.state.is_active()).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vm(number: u128, name: &str) -> VmRecord {
        VmRecord {
            uuid: Uuid::from_u128(number),
            name: name.into(),
            ..VmRecord::default()
        }
    }

    #[test]
    fn tells_differences_only() {
        let mut roster = Roster::default();
        let (changed, gone) = roster.replace(vec![vm(1, "a"), vm(2, "b")]);
        assert_eq!((changed.len(), gone.len()), (2, 0));
        let (changed, gone) = roster.replace(vec![vm(1, "a"), vm(3, "c")]);
        assert_eq!(changed, [vm(3, "c")]);
        assert_eq!(gone, [Uuid::from_u128(2)]);
        assert!(!roster.note(&vm(1, "a")));
        assert!(roster.note(&vm(1, "renamed")));
        assert!(roster.remove(Uuid::from_u128(1)));
        assert!(!roster.remove(Uuid::from_u128(1)));
    }
}
