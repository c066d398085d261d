//! Whose XML is read: asked for, in detail on the screen, or visible, in this order. Pure.

use std::collections::{HashSet, VecDeque};

use uuid::Uuid;

use crate::hv::command::Focus;

/// Most VMs described in one go, so that re-reads never wait long behind it.
const BATCH: usize = 8;

/// What the user looks at, and whose description is up to date.
#[derive(Debug, Default)]
pub struct Attention {
    focus: Focus,
    fresh: HashSet<Uuid>,
    asked: VecDeque<Uuid>,
}

impl Attention {
    /// The user looks at something else.
    pub fn look(&mut self, focus: Focus) {
        self.focus = focus;
    }

    /// What the user looks at.
    pub fn focus(&self) -> &Focus {
        &self.focus
    }

    /// Somebody asks for a description, fresh or not.
    pub fn ask(&mut self, uuid: Uuid) {
        if !self.asked.contains(&uuid) {
            self.asked.push_back(uuid);
        }
    }

    /// A VM's definition or devices have changed.
    pub fn stale(&mut self, uuid: Uuid) {
        self.fresh.remove(&uuid);
    }

    /// Nothing that was read before counts.
    pub fn forget(&mut self) {
        self.fresh.clear();
        self.asked.clear();
    }

    /// The VMs to describe next. They count as fresh from now on, so that a change while they are
    /// being read is not missed.
    pub fn take(&mut self, exists: impl Fn(Uuid) -> bool) -> Vec<Uuid> {
        let mut out: Vec<Uuid> = Vec::new();
        while let Some(uuid) = self.asked.pop_front() {
            out.push(uuid);
            if out.len() == BATCH {
                break;
            }
        }
        if out.is_empty() {
            let wanted = |uuid: &Uuid| !self.fresh.contains(uuid) && exists(*uuid);
            if let Some(detail) = self.focus.detail.filter(wanted) {
                out.push(detail);
            } else {
                out.extend(self.focus.visible.iter().copied().filter(wanted).take(BATCH));
            }
        }
        self.fresh.extend(&out);
        out
    }

    /// VMs whose devices are read in detail: the one shown, then the visible ones.
    pub fn detailed(&self) -> Vec<Uuid> {
        let mut seen = HashSet::new();
        self.focus
            .detail
            .iter()
            .chain(&self.focus.visible)
            .copied()
            .filter(|uuid| seen.insert(*uuid))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    #[test]
    fn detail_first_then_visible_then_nothing() {
        let mut attention = Attention::default();
        attention.look(Focus {
            visible: (1..=20).map(id).collect(),
            detail: Some(id(7)),
            host_detail: false,
        });
        assert_eq!(attention.take(|_| true), [id(7)]);
        let mut seen = Vec::new();
        loop {
            let batch = attention.take(|uuid| uuid != id(20));
            if batch.is_empty() {
                break;
            }
            assert!(batch.len() <= BATCH);
            seen.extend(batch);
        }
        assert_eq!(seen.len(), 18, "neither the detail again nor what does not exist");
        attention.stale(id(7));
        attention.ask(id(3));
        assert_eq!(attention.take(|_| true), [id(3)]);
        assert_eq!(attention.take(|_| true), [id(7)]);
        assert_eq!(attention.detailed().len(), 20);
        assert_eq!(attention.detailed()[0], id(7));
    }
}
