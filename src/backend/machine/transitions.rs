//! What each input does to the state of a connection.

use std::time::Duration;

use super::{Action, Call, CallId, Input, Phase, State};
use crate::backend::limits::Lane;
use crate::base::backoff;
use crate::base::time::{Stamp, short};
use crate::hv::error::{ErrorKind, HvError};

impl State {
    pub(super) fn apply(&mut self, input: Input, now: Stamp, jitter: f64, out: &mut Vec<Action>) {
        match input {
            Input::Reconnect => self.reconnect(now, out),
            Input::Disconnect => {
                let error = HvError::own(ErrorKind::Cancelled, "disconnect", "disconnected");
                self.leave(&error, out);
                self.phase = Phase::Disabled;
                self.failures = 0;
                self.auth_failures = 0;
                self.down_since = None;
                self.patience = 1;
            }
            Input::SlotGranted => self.granted(now, out),
            Input::Opened(id) if self.is_current(id) => {
                self.release_slot(out);
                self.auth_failures = 0;
                self.phase = Phase::Syncing { since: now };
                out.push(Action::Withdraw(id));
                out.push(Action::Adopt);
            }
            Input::Opened(id) => {
                self.came_back(id, now, jitter);
                out.push(Action::Discard);
            }
            Input::OpenFailed(id, error) if self.is_current(id) => {
                out.push(Action::Withdraw(id));
                self.fail(error, now, jitter, out);
            }
            Input::OpenFailed(id, _) | Input::Returned(id) => self.came_back(id, now, jitter),
            Input::Asked(id) => {
                if self.is_current(id)
                    && let Phase::Connecting {
                        questions,
                        asking_since,
                        ..
                    } = &mut self.phase
                {
                    if *questions == 0 {
                        *asking_since = now;
                    }
                    *questions += 1;
                    self.release_slot(out);
                }
            }
            Input::Answered(id) => {
                let fresh = now.after(self.limits.open);
                if self.is_current(id)
                    && let Phase::Connecting {
                        questions, deadline, ..
                    } = &mut self.phase
                {
                    *questions = questions.saturating_sub(1);
                    *deadline = fresh;
                }
            }
            Input::Listed => {
                if matches!(self.phase, Phase::Syncing { .. }) {
                    self.phase = Phase::Live { since: now };
                    self.down_since = None;
                }
            }
            Input::Called(id, lane, what) => {
                let deadline = self.deadline(lane, now);
                self.calls.push(Call {
                    id,
                    lane: Some(lane),
                    what,
                    since: now,
                    deadline,
                    stuck: false,
                });
            }
            Input::Progress(id, what) => {
                let patience = self.patience;
                let limits = self.limits;
                if let Some(call) = self.calls.iter_mut().find(|call| call.id == id)
                    && let Some(lane) = call.lane
                {
                    call.what = what;
                    call.since = now;
                    call.deadline = now.after(limits.deadline(lane).saturating_mul(patience));
                }
            }
            Input::Lost(error) => {
                if self.is_connected() {
                    self.fail(error, now, jitter, out);
                }
            }
            Input::Tick => {}
        }
        self.pass_time(now, jitter, out);
    }

    fn deadline(&self, lane: Lane, now: Stamp) -> Stamp {
        now.after(self.limits.deadline(lane).saturating_mul(self.patience))
    }

    fn reconnect(&mut self, now: Stamp, out: &mut Vec<Action>) {
        self.failures = 0;
        self.auth_failures = 0;
        self.patience = 1;
        if matches!(self.phase, Phase::Queued) {
            return;
        }
        if !matches!(self.phase, Phase::Disabled) {
            self.down_since.get_or_insert(now);
        }
        let error = HvError::own(ErrorKind::Cancelled, "reconnect", "reconnecting");
        self.leave(&error, out);
        self.enqueue(out);
    }

    fn enqueue(&mut self, out: &mut Vec<Action>) {
        self.phase = Phase::Queued;
        if !self.slot_requested {
            self.slot_requested = true;
            out.push(Action::RequestSlot);
        }
    }

    fn granted(&mut self, now: Stamp, out: &mut Vec<Action>) {
        self.slot_requested = false;
        self.slot_held = true;
        if !matches!(self.phase, Phase::Queued) {
            self.release_slot(out);
            return;
        }
        self.epoch = self.epoch.next();
        self.phase = Phase::Connecting {
            since: now,
            deadline: now.after(self.limits.open),
            questions: 0,
            asking_since: now,
        };
        out.push(Action::Open(CallId::Open(self.epoch)));
    }

    fn release_slot(&mut self, out: &mut Vec<Action>) {
        if self.slot_held {
            self.slot_held = false;
            out.push(Action::ReleaseSlot);
        }
    }

    /// Leaves the present connection or attempt, if there is one; its calls become orphans.
    fn leave(&mut self, error: &HvError, out: &mut Vec<Action>) {
        if let Phase::Connecting { since, deadline, .. } = self.phase {
            let id = CallId::Open(self.epoch);
            self.orphans.push(Call {
                id,
                lane: None,
                what: "virConnectOpenAuth",
                since,
                deadline,
                stuck: false,
            });
            out.push(Action::Withdraw(id));
            self.epoch = self.epoch.next();
        }
        self.release_slot(out);
        if self.is_connected() {
            for call in self.calls.drain(..) {
                if !call.stuck {
                    out.push(Action::GiveUp(call.id, error.clone()));
                }
                self.orphans.push(call);
            }
            out.push(Action::Drop(error.clone()));
            self.epoch = self.epoch.next();
        }
    }

    /// The attempt or connection failed: down until the next attempt.
    fn fail(&mut self, error: HvError, now: Stamp, jitter: f64, out: &mut Vec<Action>) {
        if let Phase::Live { since } | Phase::Syncing { since } = self.phase
            && now.since(since) >= self.limits.healthy_after
        {
            self.failures = 0;
        }
        if matches!(self.phase, Phase::Connecting { .. }) {
            // the call itself came back, only the attempt is over
            self.release_slot(out);
            self.epoch = self.epoch.next();
        } else {
            self.leave(&error, out);
        }
        self.go_down(error, now, jitter);
    }

    fn go_down(&mut self, error: HvError, now: Stamp, jitter: f64) {
        self.failures = self.failures.saturating_add(1);
        self.down_since.get_or_insert(now);
        let pause = backoff::delay(self.failures, jitter);
        let retry_at = match error.kind {
            ErrorKind::Auth => {
                self.auth_failures += 1;
                if self.auth_failures >= self.limits.auth_attempts {
                    Stamp::NEVER
                } else {
                    now.after(pause.max(self.limits.auth_pause))
                }
            }
            ErrorKind::Cancelled => Stamp::NEVER,
            _ => now.after(pause),
        };
        self.phase = Phase::Down {
            retry_at,
            error,
            capped: false,
        };
    }

    /// A call came back that may be one of those nobody waits for.
    fn came_back(&mut self, id: CallId, now: Stamp, jitter: f64) {
        self.calls.retain(|call| call.id != id);
        self.orphans.retain(|call| call.id != id);
        if let Phase::Down {
            retry_at, capped: true, ..
        } = &mut self.phase
            && *retry_at == Stamp::NEVER
        {
            *retry_at = now.after(backoff::delay(1, jitter));
        }
    }

    fn pass_time(&mut self, now: Stamp, jitter: f64, out: &mut Vec<Action>) {
        self.mark_stuck(now);
        match self.phase.clone() {
            Phase::Connecting {
                since,
                deadline,
                questions,
                ..
            } => {
                if questions == 0 && now >= deadline {
                    let error = no_answer("virConnectOpenAuth", self.limits.open);
                    self.leave(&error, out);
                    self.mark_stuck(now);
                    self.go_down(error, now, jitter);
                } else if now >= since.after(self.limits.slot) {
                    self.release_slot(out);
                }
            }
            Phase::Syncing { since } | Phase::Live { since } => {
                self.overdue(since, now, jitter, out);
            }
            Phase::Down { retry_at, .. } if retry_at != Stamp::NEVER && now >= retry_at => {
                let alive = self.abandoned();
                if alive >= self.limits.stuck_cap {
                    self.phase = Phase::Down {
                        retry_at: Stamp::NEVER,
                        error: too_many(alive),
                        capped: true,
                    };
                } else {
                    self.enqueue(out);
                }
            }
            _ => {}
        }
    }

    /// Counts calls without a connection that are past their deadline.
    fn mark_stuck(&mut self, now: Stamp) {
        for orphan in &mut self.orphans {
            orphan.stuck |= now >= orphan.deadline;
        }
    }

    /// Looks for calls on the present connection that are past their deadline.
    fn overdue(&mut self, since: Stamp, now: Stamp, jitter: f64, out: &mut Vec<Action>) {
        while let Some(at) = self.calls.iter().position(|call| !call.stuck && now >= call.deadline) {
            let others_stuck = self.calls.iter().any(|call| call.stuck);
            let call = &mut self.calls[at];
            let error = no_answer(call.what, call.deadline.since(call.since));
            if call.tells_of_host() || others_stuck {
                if now.since(since) >= self.limits.healthy_after.saturating_mul(20) {
                    self.patience = 1;
                }
                self.patience = (self.patience * 2).min(8);
                self.fail(error, now, jitter, out);
                self.mark_stuck(now);
                return;
            }
            call.stuck = true;
            out.push(Action::GiveUp(call.id, error));
        }
        self.slow = self
            .calls
            .iter()
            .filter(|call| call.tells_of_host() && !call.stuck && now >= call.half())
            .min_by_key(|call| call.since)
            .map(|call| (call.since, call.what));
    }
}

fn no_answer(during: &'static str, after: Duration) -> HvError {
    HvError::own(
        ErrorKind::Timeout,
        during,
        format!(
            "no answer to {during} within {}; it may still be running on the host",
            short(after)
        ),
    )
}

fn too_many(alive: usize) -> HvError {
    HvError::own(
        ErrorKind::Timeout,
        "virConnectOpenAuth",
        format!("{alive} calls to this host never came back; waiting for one of them before trying again"),
    )
    .with_hint("look at libvirtd on the host; 'reconnect now' tries once more at once")
}
