//! The state of one host's connection as a pure machine: inputs and the time go in, the new state
//! and what to do come out. It knows nothing of threads, libvirt or clocks.
//!
//! Rules it keeps: every attempt and every loss starts a new epoch; a call that misses its deadline
//! is given up but remembered until its thread comes back; while too many such threads are alive,
//! nothing new is started by itself.

use crate::backend::limits::{IN_FLIGHT, Lane, Limits};
use crate::base::ids::Epoch;
use crate::base::time::Stamp;
use crate::hv::error::HvError;
use crate::hv::host::ConnState;

mod transitions;

/// Identity of a call to libvirt, unique while the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CallId {
    /// The `virConnectOpenAuth` of this epoch.
    Open(Epoch),
    /// A call on a lane.
    Lane(u64),
    /// No call of libvirt but something of a console that may ask questions, such as a tunnel.
    Aside(u64),
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Connect now, whatever was before.
    Reconnect,
    /// Disconnect and stay so.
    Disconnect,
    /// It is this host's turn to connect.
    SlotGranted,
    /// An open succeeded.
    Opened(CallId),
    /// An open failed.
    OpenFailed(CallId, HvError),
    /// An open asks the user something.
    Asked(CallId),
    /// One such question is answered or withdrawn.
    Answered(CallId),
    /// The first full list of this connection is complete.
    Listed,
    /// A call was handed to a lane.
    Called(CallId, Lane, &'static str),
    /// A call of several steps has come to this step.
    Progress(CallId, &'static str),
    /// A call came back.
    Returned(CallId),
    /// The connection is gone.
    Lost(HvError),
    /// Time has passed.
    Tick,
}

/// What to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Tell the new state of the connection.
    Announce(ConnState),
    /// Queue for a connect slot; [`Input::SlotGranted`] follows.
    RequestSlot,
    /// Give the connect slot back.
    ReleaseSlot,
    /// Start `virConnectOpenAuth` on a thread of its own.
    Open(CallId),
    /// Take over the connection that was just opened and read everything.
    Adopt,
    /// Close the connection that was just opened: nobody waits for it any more.
    Discard,
    /// Withdraw the questions of this open.
    Withdraw(CallId),
    /// Tell whoever waits for this call that it failed; leave its thread alone.
    GiveUp(CallId, HvError),
    /// Forget the connection and everything that was queued for it.
    Drop(HvError),
    /// Tell how many calls are past their deadline and have not come back.
    Abandoned(u32),
}

#[derive(Debug, Clone, PartialEq)]
enum Phase {
    Disabled,
    Queued,
    Connecting {
        since: Stamp,
        deadline: Stamp,
        questions: u32,
        asking_since: Stamp,
    },
    Syncing {
        since: Stamp,
    },
    Live {
        since: Stamp,
    },
    Down {
        retry_at: Stamp,
        error: HvError,
        /// Down because too many calls never came back.
        capped: bool,
    },
}

#[derive(Debug, Clone, PartialEq)]
struct Call {
    id: CallId,
    lane: Option<Lane>,
    what: &'static str,
    since: Stamp,
    deadline: Stamp,
    /// Past its deadline; nobody waits for it any more.
    stuck: bool,
}

/// One host's connection.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    limits: Limits,
    epoch: Epoch,
    phase: Phase,
    failures: u32,
    auth_failures: u32,
    down_since: Option<Stamp>,
    /// Calls on the present connection.
    calls: Vec<Call>,
    /// Calls of former connections and opens that have not come back.
    orphans: Vec<Call>,
    slot_requested: bool,
    slot_held: bool,
    /// Deadlines are multiplied by this after they turned out too short.
    patience: u32,
    /// The oldest call that shows the host as slow.
    slow: Option<(Stamp, &'static str)>,
    announced: Option<(Epoch, ConnState)>,
    told_abandoned: u32,
}

/// One step of the machine. `jitter` (0.0 to 1.0) spreads retries.
pub fn step(mut state: State, input: Input, now: Stamp, jitter: f64) -> (State, Vec<Action>) {
    let mut actions = Vec::new();
    state.apply(input, now, jitter, &mut actions);
    state.settle(&mut actions);
    (state, actions)
}

impl State {
    /// A host that is not connected.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            epoch: Epoch::default(),
            phase: Phase::Disabled,
            failures: 0,
            auth_failures: 0,
            down_since: None,
            calls: Vec::new(),
            orphans: Vec::new(),
            slot_requested: false,
            slot_held: false,
            patience: 1,
            slow: None,
            announced: None,
            told_abandoned: 0,
        }
    }

    /// The same with epochs that start after this one.
    #[must_use]
    pub fn starting_at(mut self, first: Epoch) -> Self {
        self.epoch = first;
        self
    }

    /// The present generation.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether there is a connection.
    pub fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Syncing { .. } | Phase::Live { .. })
    }

    /// Whether the first full list of this connection is complete.
    pub fn is_listed(&self) -> bool {
        matches!(self.phase, Phase::Live { .. })
    }

    /// Whether this call belongs to the present and somebody waits for it.
    pub fn is_current(&self, id: CallId) -> bool {
        match id {
            CallId::Open(epoch) => epoch == self.epoch && matches!(self.phase, Phase::Connecting { .. }),
            CallId::Lane(_) => self.calls.iter().any(|call| call.id == id && !call.stuck),
            // the connection's state has nothing to do with it
            CallId::Aside(_) => false,
        }
    }

    /// Whether a call may be handed to this lane now.
    pub fn may_call(&self, lane: Lane) -> bool {
        self.is_connected()
            && self.calls.len() + lane.spare() < IN_FLIGHT
            && !self.calls.iter().any(|call| call.lane == Some(lane) && !call.stuck)
    }

    /// Calls past their deadline whose threads have not come back.
    pub fn abandoned(&self) -> usize {
        self.calls.iter().chain(&self.orphans).filter(|call| call.stuck).count()
    }

    /// The moment at which [`Input::Tick`] is due.
    pub fn next_wake(&self) -> Option<Stamp> {
        let mut due = Vec::new();
        match &self.phase {
            Phase::Connecting {
                since,
                deadline,
                questions,
                ..
            } => {
                if *questions == 0 {
                    due.push(*deadline);
                }
                if self.slot_held {
                    due.push(since.after(self.limits.slot));
                }
            }
            Phase::Down { retry_at, .. } if *retry_at != Stamp::NEVER => due.push(*retry_at),
            _ => {}
        }
        for call in self.calls.iter().filter(|call| !call.stuck) {
            due.push(call.deadline);
            // one slow call at a time is enough to show
            if call.tells_of_host() && self.slow.is_none() {
                due.push(call.half());
            }
        }
        due.extend(self.orphans.iter().filter(|call| !call.stuck).map(|call| call.deadline));
        due.into_iter().min()
    }

    /// Tells what is different from what was told last.
    fn settle(&mut self, out: &mut Vec<Action>) {
        if !self.is_connected() {
            self.slow = None;
        }
        let shown = (self.epoch, self.shown());
        if self.announced.as_ref() != Some(&shown) {
            out.push(Action::Announce(shown.1.clone()));
            self.announced = Some(shown);
        }
        let abandoned = u32::try_from(self.abandoned()).unwrap_or(u32::MAX);
        if abandoned != self.told_abandoned {
            self.told_abandoned = abandoned;
            out.push(Action::Abandoned(abandoned));
        }
    }

    fn shown(&self) -> ConnState {
        match &self.phase {
            Phase::Disabled => ConnState::Disabled,
            Phase::Queued => ConnState::Queued,
            Phase::Connecting {
                questions,
                asking_since,
                ..
            } if *questions > 0 => ConnState::Asking { since: *asking_since },
            Phase::Connecting { since, .. } => ConnState::Connecting {
                since: *since,
                attempt: self.failures.saturating_add(1),
            },
            Phase::Syncing { since } | Phase::Live { since } => match self.slow {
                Some((since, waiting_for)) => ConnState::Slow { since, waiting_for },
                None if self.is_listed() => ConnState::Live { since: *since },
                None => ConnState::Syncing { since: *since },
            },
            Phase::Down { retry_at, error, .. } => ConnState::Down {
                since: self.down_since.unwrap_or_default(),
                retry_at: *retry_at,
                attempt: self.failures.saturating_add(1),
                error: error.clone(),
            },
        }
    }
}

impl Call {
    fn tells_of_host(&self) -> bool {
        self.lane.is_some_and(Lane::tells_of_host)
    }

    /// The moment from which on the host is shown as slow.
    fn half(&self) -> Stamp {
        self.since.after(self.deadline.since(self.since) / 2)
    }
}

#[cfg(test)]
mod tests;
