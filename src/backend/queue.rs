//! What waits for a lane. Pure.

use std::collections::{HashMap, VecDeque};

use crate::backend::limits::Lane;
use crate::backend::work::Work;

/// Most calls that may wait on one lane.
const BOUND: usize = 20_000;

/// Calls that wait, in order for each lane.
#[derive(Debug, Default)]
pub struct Queue {
    lanes: HashMap<Lane, VecDeque<Work>>,
}

impl Queue {
    /// Lets a call wait. What only reads and waits already is not added twice. Gives the call
    /// back when too many wait.
    pub fn push(&mut self, work: Work) -> Result<(), Work> {
        let lane = self.lanes.entry(work.lane()).or_default();
        if !matches!(work, Work::Power { .. }) && lane.contains(&work) {
            return Ok(());
        }
        if lane.len() >= BOUND {
            return Err(work);
        }
        lane.push_back(work);
        Ok(())
    }

    /// The next call of a lane.
    pub fn pop(&mut self, lane: Lane) -> Option<Work> {
        self.lanes.get_mut(&lane)?.pop_front()
    }

    /// Whether something waits for this lane.
    pub fn waits(&self, lane: Lane) -> bool {
        self.lanes.get(&lane).is_some_and(|queue| !queue.is_empty())
    }

    /// Everything that waited.
    pub fn drain(&mut self) -> Vec<Work> {
        let mut out = Vec::new();
        for lane in Lane::ALL {
            out.extend(self.lanes.remove(&lane).into_iter().flatten());
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::TaskId;
    use crate::hv::command::PowerVerb;
    use uuid::Uuid;

    #[test]
    fn reads_wait_once_and_verbs_each() {
        let mut queue = Queue::default();
        let verb = Work::Power {
            task: TaskId(1),
            uuid: Uuid::nil(),
            verb: PowerVerb::Pause,
        };
        for _ in 0..3 {
            assert_eq!(queue.push(Work::Devices), Ok(()));
            assert_eq!(queue.push(verb.clone()), Ok(()));
        }
        assert_eq!(queue.pop(Lane::Slow), Some(Work::Devices));
        assert_eq!(queue.pop(Lane::Slow), None);
        assert!(queue.waits(Lane::Power));
        assert_eq!(queue.drain().len(), 3);
        assert!(!queue.waits(Lane::Power));
    }

    #[test]
    fn long_verbs_do_not_stand_before_others() {
        let mut queue = Queue::default();
        let save = Work::Power {
            task: TaskId(1),
            uuid: Uuid::nil(),
            verb: PowerVerb::ManagedSave,
        };
        assert_eq!(queue.push(save), Ok(()));
        assert!(!queue.waits(Lane::Power));
        assert!(queue.waits(Lane::Long));
    }
}
