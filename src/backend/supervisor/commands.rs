//! What is asked of a host by the rest of the program.

use super::Supervisor;
use crate::backend::machine::{CallId, Input};
use crate::backend::work::Work;
use crate::base::ids::PromptId;
use crate::hv::command::{HostCommand, Secret};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::{HostEvent, TaskUpdate};

impl Supervisor {
    pub(super) fn command(&mut self, command: HostCommand) {
        match command {
            HostCommand::Reconnect => self.drive(Input::Reconnect),
            HostCommand::Disconnect => self.drive(Input::Disconnect),
            HostCommand::Relist => {
                if self.state.is_listed() {
                    self.ask(Work::List);
                }
            }
            HostCommand::Power { task, uuid, verb } => {
                if self.read_only() {
                    let error = HvError::own(ErrorKind::Permission, "read-only", "this host is opened read-only");
                    self.emit(HostEvent::Task {
                        task,
                        update: TaskUpdate::Failed(error),
                    });
                } else {
                    self.ask(Work::Power { task, uuid, verb });
                }
            }
            HostCommand::FetchDesc(uuid) => {
                if self.state.is_connected() {
                    self.attention.ask(uuid);
                }
            }
            HostCommand::FetchGuest(uuid) => self.ask(Work::Guest(uuid)),
            HostCommand::FetchSnapshots(uuid) => self.ask(Work::Snapshots(uuid)),
            HostCommand::FetchVolumes(pool) => self.ask(Work::Volumes(pool)),
            HostCommand::FetchDevices => self.ask(Work::Devices),
            HostCommand::FetchLeases => self.ask(Work::Leases),
            HostCommand::Focus(focus) => self.attention.look(focus),
            HostCommand::Console { console, command } => self.consoles.command(console, command),
            HostCommand::Display { uuid, command } => self.consoles.display(uuid, command),
            HostCommand::Thumbnails(wish) => self.consoles.thumbnails(wish),
            HostCommand::Answer { prompt, reply } => {
                let refused = reply.is_none();
                let asked = self.answer_prompt(prompt, reply);
                if let Some(CallId::Open(_)) = asked {
                    self.cancelled |= refused;
                }
            }
        }
    }

    /// Answers or cancels a question; what asked it, when it is still open.
    pub(super) fn answer_prompt(&mut self, prompt: PromptId, reply: Option<Secret>) -> Option<CallId> {
        let call = self.prompts.answer(prompt, reply)?;
        self.emit(HostEvent::PromptGone(prompt));
        if !matches!(call, CallId::Aside(_)) {
            self.drive(Input::Answered(call));
        }
        Some(call)
    }
}
