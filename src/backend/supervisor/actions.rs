//! What the state machine asks for.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Link, Supervisor, no_thread};
use crate::backend::event_queue::{Dirty, EventQueue};
use crate::backend::lane::{Report, open};
use crate::backend::libvirt::{AskpassEnv, OpenRequest};
use crate::backend::machine::{Action, CallId, Input};
use crate::backend::prompts::asker;
use crate::backend::shared::Shared;
use crate::backend::work::Work;
use crate::base::text::Text;
use crate::hv::error::HvError;
use crate::hv::event::{HostEvent, Severity};
use crate::hv::host::ConnState;

impl Supervisor {
    /// Does one thing; what comes of it at once goes back into the machine.
    pub(super) fn perform(&mut self, action: Action) -> Option<Input> {
        match action {
            Action::Announce(state) => self.announce(state),
            Action::RequestSlot => {
                let slots = Arc::clone(&self.common.slots);
                let reports = self.reports.clone();
                tokio::spawn(async move {
                    if let Ok(permit) = slots.acquire_owned().await {
                        drop(reports.send(Report::Slot(permit)));
                    }
                });
            }
            Action::ReleaseSlot => self.permit = None,
            Action::Open(id) => return self.open(id),
            Action::Adopt => {
                self.pass = None;
                if let Some(shared) = self.opened.take() {
                    self.adopt(shared);
                }
            }
            Action::Discard => self.opened = None,
            Action::Withdraw(id) => {
                self.pass = None;
                for prompt in self.prompts.withdraw(id) {
                    self.emit(HostEvent::PromptGone(prompt));
                }
            }
            Action::GiveUp(id, error) => {
                if let Some(work) = self.running.remove(&id) {
                    // the lane's thread is busy with it; the next call gets a new one
                    if let Some(link) = &mut self.link {
                        link.lanes.remove(&work.lane());
                    }
                    tracing::warn!(host = %self.entry.name, "{}: {error}", work.what());
                    self.failed(work, error, true);
                }
            }
            Action::Drop(error) => self.forget_connection(&error),
            Action::Abandoned(count) => self.emit(HostEvent::Abandoned(count)),
        }
        None
    }

    fn open(&mut self, id: CallId) -> Option<Input> {
        self.cancelled = false;
        let askpass = match (&self.common.askpass, &self.common.askpass_program) {
            (Some(server), Some(program)) if self.common.interactive => match server.pass(id, self.reports.clone()) {
                Ok(pass) => {
                    let env = AskpassEnv {
                        program: program.clone(),
                        socket: pass.socket.clone(),
                        token: pass.token.clone(),
                    };
                    self.pass = Some(pass);
                    Some(env)
                }
                Err(error) => {
                    tracing::warn!("askpass: {error}");
                    None
                }
            },
            _ => None,
        };
        let request = OpenRequest {
            uri: self.entry.uri.clone(),
            read_only: self.read_only(),
            ssh: self.entry.ssh.clone(),
            askpass,
            asker: asker(id, self.reports.clone(), self.common.interactive),
        };
        let name = format!("vd-open-{}", self.entry.id.0);
        open(name, id, request, self.reports.clone())
            .err()
            .map(|error| Input::OpenFailed(id, no_thread(&error)))
    }

    fn adopt(&mut self, shared: Arc<Shared>) {
        self.link = Some(Link {
            shared,
            lanes: HashMap::new(),
            events: EventQueue::new(Arc::clone(&self.bell)),
            facts: None,
        });
        self.ask(Work::Greet);
    }

    fn forget_connection(&mut self, error: &HvError) {
        // the last lane to let go of it closes it on a thread of its own
        self.link = None;
        self.sampler.stop();
        self.attention.forget();
        self.dirty = Dirty::default();
        self.events_due = None;
        self.relist_due = None;
        self.poll_due = None;
        for work in self.queue.drain() {
            self.failed(work, error.clone(), false);
        }
    }

    fn announce(&mut self, state: ConnState) {
        tracing::info!(host = %self.entry.name, epoch = self.state.epoch().0, "{}", state.word());
        self.emit(HostEvent::Conn(state.clone()));
        match state {
            ConnState::Live { .. } if self.said.as_ref().is_none_or(|said| !said.is_empty()) => {
                self.said = Some(Text::default());
                self.log(Severity::Normal, "connected");
            }
            ConnState::Down { error, .. } if self.said.as_ref() != Some(&error.message) => {
                self.said = Some(error.message.clone());
                let text = format!("down: {}: {}", error.kind.word(), error.message.raw());
                self.log(Severity::Error, text);
            }
            ConnState::Slow { waiting_for, .. } => {
                self.log(Severity::Warning, format!("slow: waits for {waiting_for}"));
            }
            ConnState::Disabled if self.said.is_some() => {
                self.said = None;
                self.log(Severity::Normal, "disconnected");
            }
            _ => {}
        }
    }
}
