//! Tasks: every verb that was ordered, until it has taken effect or failed, and afterwards until
//! the list is full.
//!
//! libvirt answers most verbs before their effect (`virDomainShutdown` only asks). A task is done
//! when the VM has reached the verb's target state, not when the call returned.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::base::ids::{TaskId, VmKey};
use crate::base::text::Text;
use crate::base::time::Stamp;
use crate::hv::command::PowerVerb;
use crate::hv::error::HvError;
use crate::hv::event::TaskUpdate;
use crate::hv::vm::VmStatus;

/// Finished tasks kept for reading.
const KEEP: usize = 1000;

/// Where a task stands.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskState {
    /// Ordered, sent when the moment comes unless called back.
    Grace {
        /// When it is sent.
        until: Stamp,
    },
    /// Handed to the host's connection.
    Sent,
    /// Accepted by libvirt; the VM has not reached the target state yet.
    Waiting {
        /// Since when.
        since: Stamp,
    },
    /// Still not there after the time allowed. No longer holds the VM.
    Overdue {
        /// Since when.
        since: Stamp,
    },
    /// Done.
    Done,
    /// Failed or refused.
    Failed(HvError),
    /// Called back before it was sent.
    CalledBack,
    /// The user does not wait for it any more.
    GivenUp,
}

impl TaskState {
    /// Whether nothing more will happen.
    pub fn is_finished(&self) -> bool {
        match self {
            Self::Grace { .. } | Self::Sent | Self::Waiting { .. } => false,
            Self::Overdue { .. } | Self::Done | Self::Failed(_) | Self::CalledBack | Self::GivenUp => true,
        }
    }

    /// The state in a word or two.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Grace { .. } => "about to",
            Self::Sent => "sent",
            Self::Waiting { .. } => "waiting",
            Self::Overdue { .. } => "overdue",
            Self::Done => "done",
            Self::Failed(_) => "failed",
            Self::CalledBack => "called back",
            Self::GivenUp => "given up",
        }
    }
}

/// One verb on one VM.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Identity.
    pub id: TaskId,
    /// All tasks ordered together share this number.
    pub batch: u64,
    /// The verb.
    pub verb: PowerVerb,
    /// The VM.
    pub key: VmKey,
    /// The VM's name when it was ordered.
    pub vm: Text,
    /// The host's name when it was ordered.
    pub host: Text,
    /// Where it stands.
    pub state: TaskState,
    /// When it was ordered.
    pub created: Stamp,
    /// When it was finished.
    pub finished: Option<Stamp>,
    /// How long the VM may take to reach the target state.
    pub wait: Duration,
}

/// What an order became: how many of its tasks ended how.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchSummary {
    /// The verb.
    pub verb: PowerVerb,
    /// Tasks that are done.
    pub done: usize,
    /// VM name and reason of each that failed.
    pub failed: Vec<(Text, HvError)>,
    /// VM names of those that are overdue.
    pub overdue: Vec<Text>,
    /// Called back or given up.
    pub dropped: usize,
}

/// All tasks.
#[derive(Debug, Default)]
pub struct Tasks {
    all: BTreeMap<TaskId, Task>,
    pending: HashMap<VmKey, TaskId>,
    last: u64,
    last_batch: u64,
}

impl Tasks {
    /// A new number for tasks that are ordered together.
    pub fn new_batch(&mut self) -> u64 {
        self.last_batch += 1;
        self.last_batch
    }

    /// Adds a task. The caller has made sure that the VM has no pending one.
    #[expect(clippy::too_many_arguments, reason = "a task is what it is ordered with")]
    pub fn add(
        &mut self,
        batch: u64,
        verb: PowerVerb,
        key: VmKey,
        vm: Text,
        host: Text,
        wait: Duration,
        grace: Option<Duration>,
        now: Stamp,
    ) -> TaskId {
        self.last += 1;
        let id = TaskId(self.last);
        let state = grace.map_or(TaskState::Sent, |grace| TaskState::Grace {
            until: now.after(grace),
        });
        self.all.insert(
            id,
            Task {
                id,
                batch,
                verb,
                key,
                vm,
                host,
                state,
                created: now,
                finished: None,
                wait,
            },
        );
        self.pending.insert(key, id);
        if self.all.len() > KEEP
            && let Some(oldest) = self
                .all
                .values()
                .find(|task| task.state.is_finished())
                .map(|task| task.id)
        {
            self.all.remove(&oldest);
        }
        id
    }

    /// The task that holds a VM.
    pub fn pending(&self, key: VmKey) -> Option<&Task> {
        self.pending.get(&key).and_then(|id| self.all.get(id))
    }

    /// The newest overdue task of a VM, as long as no other task came after it.
    pub fn overdue(&self, key: VmKey) -> Option<&Task> {
        let last = self.all.values().rev().find(|task| task.key == key)?;
        matches!(last.state, TaskState::Overdue { .. }).then_some(last)
    }

    /// A task by its identity.
    pub fn get(&self, id: TaskId) -> Option<&Task> {
        self.all.get(&id)
    }

    /// All tasks, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Task> {
        self.all.values().rev()
    }

    /// How many tasks are not finished.
    pub fn running(&self) -> usize {
        self.pending.len()
    }

    /// Sends what has waited long enough; returns the tasks to send and those that became overdue.
    pub fn tick(&mut self, now: Stamp) -> (Vec<Task>, Vec<Task>) {
        let mut send = Vec::new();
        let mut overdue = Vec::new();
        let ids: Vec<TaskId> = self.pending.values().copied().collect();
        for id in ids {
            let Some(task) = self.all.get_mut(&id) else {
                continue;
            };
            match task.state {
                TaskState::Grace { until } if now >= until => {
                    task.state = TaskState::Sent;
                    send.push(task.clone());
                }
                TaskState::Waiting { since } if now.since(since) >= task.wait => {
                    overdue.push(task.clone());
                    self.finish(id, TaskState::Overdue { since: now }, now);
                }
                _ => {}
            }
        }
        send.sort_by_key(|task| task.id);
        (send, overdue)
    }

    /// News from the host. Returns the batch that is complete with it.
    pub fn update(&mut self, id: TaskId, update: &TaskUpdate, status: Option<VmStatus>, now: Stamp) -> Option<u64> {
        let task = self.all.get_mut(&id)?;
        match update {
            TaskUpdate::Sent => None,
            TaskUpdate::Accepted => {
                if task.verb.target().is_none() || status.is_none_or(|status| task.verb.reached(status)) {
                    return self.finish(id, TaskState::Done, now);
                }
                task.state = TaskState::Waiting { since: now };
                None
            }
            TaskUpdate::Failed(error) => self.finish(id, TaskState::Failed(error.clone()), now),
        }
    }

    /// The VM's state became this; `None` when the VM is gone. Returns the batch that is
    /// complete with it.
    pub fn observe(&mut self, key: VmKey, status: Option<VmStatus>, now: Stamp) -> Option<u64> {
        let task = self.pending(key)?;
        let waiting = matches!(task.state, TaskState::Waiting { .. });
        // a transient VM that stops is gone: that is the target state of stopping it
        let reached = status.map_or(task.verb.target() == Some(crate::hv::vm::VmState::ShutOff), |status| {
            task.verb.reached(status)
        });
        let id = task.id;
        if waiting && reached {
            self.finish(id, TaskState::Done, now)
        } else {
            None
        }
    }

    /// Calls back everything that has not been sent; returns what was called back.
    pub fn call_back(&mut self, now: Stamp) -> Vec<Task> {
        let waiting: Vec<Task> = self
            .pending
            .values()
            .filter_map(|id| self.all.get(id))
            .filter(|task| matches!(task.state, TaskState::Grace { .. }))
            .cloned()
            .collect();
        for task in &waiting {
            self.finish(task.id, TaskState::CalledBack, now);
        }
        waiting
    }

    /// Stops waiting for a VM's pending task.
    pub fn give_up(&mut self, key: VmKey, now: Stamp) -> Option<Task> {
        let task = self.pending(key)?.clone();
        self.finish(task.id, TaskState::GivenUp, now);
        Some(task)
    }

    /// The earliest moment at which [`Tasks::tick`] has something to do.
    pub fn next_deadline(&self) -> Option<Stamp> {
        self.pending
            .values()
            .filter_map(|id| self.all.get(id))
            .filter_map(|task| match task.state {
                TaskState::Grace { until } => Some(until),
                TaskState::Waiting { since } => Some(since.after(task.wait)),
                TaskState::Sent
                | TaskState::Overdue { .. }
                | TaskState::Done
                | TaskState::Failed(_)
                | TaskState::CalledBack
                | TaskState::GivenUp => None,
            })
            .min()
    }

    /// How a batch ended.
    pub fn summary(&self, batch: u64) -> Option<BatchSummary> {
        let mut tasks = self.all.values().filter(|task| task.batch == batch).peekable();
        let verb = tasks.peek()?.verb.clone();
        let mut summary = BatchSummary {
            verb,
            done: 0,
            failed: Vec::new(),
            overdue: Vec::new(),
            dropped: 0,
        };
        for task in tasks {
            match &task.state {
                TaskState::Done => summary.done += 1,
                TaskState::Failed(error) => summary.failed.push((task.vm.clone(), error.clone())),
                TaskState::Overdue { .. } => summary.overdue.push(task.vm.clone()),
                TaskState::CalledBack | TaskState::GivenUp => summary.dropped += 1,
                TaskState::Grace { .. } | TaskState::Sent | TaskState::Waiting { .. } => {}
            }
        }
        Some(summary)
    }

    /// Ends a task and lets its VM go; returns its batch when that is complete with it.
    fn finish(&mut self, id: TaskId, state: TaskState, now: Stamp) -> Option<u64> {
        let task = self.all.get_mut(&id)?;
        task.state = state;
        task.finished = Some(now);
        let (key, batch) = (task.key, task.batch);
        if self.pending.get(&key) == Some(&id) {
            self.pending.remove(&key);
        }
        self.all
            .values()
            .filter(|task| task.batch == batch)
            .all(|task| task.state.is_finished())
            .then_some(batch)
    }

    /// The batch of a task, when all tasks of it are finished.
    pub fn complete_batch(&self, id: TaskId) -> Option<u64> {
        let batch = self.all.get(&id)?.batch;
        self.all
            .values()
            .filter(|task| task.batch == batch)
            .all(|task| task.state.is_finished())
            .then_some(batch)
    }
}

#[cfg(test)]
mod tests;
