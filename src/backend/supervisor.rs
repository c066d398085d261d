//! The asynchronous task that looks after one host.
//!
//! It owns the state machine and everything that is known of the host, hands calls to lanes and
//! never calls libvirt itself; it cannot be held up by a host.

mod actions;
mod answers;
mod calls;
mod changes;
mod commands;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::backend::askpass::{Askpass, Pass};
use crate::backend::console::{Asking, Consoles, Removals, Tools, Tunnels, Whereabouts};
use crate::backend::event_queue::{Dirty, EventQueue};
use crate::backend::focus::Attention;
use crate::backend::lane::{LaneThread, Report};
use crate::backend::limits::{Lane, Limits};
use crate::backend::logbook::{Logbook, unix_millis};
use crate::backend::machine::{Action, CallId, Input, State, step};
use crate::backend::prompts::Prompts;
use crate::backend::queue::Queue;
use crate::backend::replay::Player;
use crate::backend::roster::Roster;
use crate::backend::sampler::Sampler;
use crate::backend::shared::Shared;
use crate::backend::work::Work;
use crate::base::ids::Epoch;
use crate::base::text::Text;
use crate::base::time::{Clock, Stamp};
use crate::hv::command::HostCommand;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::{HostEvent, HostMessage, LogEntry, Prompt, Severity, Subject};
use crate::hv::host::HostFacts;
use crate::hv::network::NetworkRecord;
use crate::hv::storage::PoolRecord;
use crate::hv::topology::HostEntry;
use crate::hv::vm::VmRecord;

/// `VIR_DOMAIN_SHUTOFF_MIGRATED`.
const SHUTOFF_MIGRATED: i32 = 4;

/// What every supervisor of a fleet is given.
#[derive(Clone)]
pub(super) struct Common {
    pub(super) clock: Clock,
    pub(super) interval: std::time::Duration,
    pub(super) read_only: bool,
    pub(super) interactive: bool,
    pub(super) askpass_program: Option<std::path::PathBuf>,
    pub(super) askpass: Option<Arc<Askpass>>,
    pub(super) limits: Limits,
    pub(super) scrollback: usize,
    pub(super) removals: Removals,
    pub(super) slots: Arc<Semaphore>,
    pub(super) sink: UnboundedSender<HostMessage>,
}

/// A connection and what belongs to it.
struct Link {
    shared: Arc<Shared>,
    lanes: HashMap<Lane, LaneThread>,
    events: Arc<EventQueue>,
    facts: Option<Arc<HostFacts>>,
}

/// Looks after one host.
pub(super) struct Supervisor {
    entry: HostEntry,
    common: Common,
    state: State,
    reports: UnboundedSender<Report>,
    inbox: UnboundedReceiver<Report>,
    bell: Arc<Notify>,
    link: Option<Link>,
    /// An open that has just succeeded, until the machine says what to do with it.
    opened: Option<Arc<Shared>>,
    permit: Option<OwnedSemaphorePermit>,
    pass: Option<Pass>,
    queue: Queue,
    running: HashMap<CallId, Work>,
    next_call: u64,
    vms: Roster<VmRecord>,
    pools: Roster<PoolRecord>,
    networks: Roster<NetworkRecord>,
    attention: Attention,
    sampler: Sampler,
    dirty: Dirty,
    /// When events are looked at next.
    events_due: Option<Stamp>,
    /// When everything is listed again.
    relist_due: Option<Stamp>,
    /// When the VMs of a driver without events are listed again.
    poll_due: Option<Stamp>,
    prompts: Prompts,
    /// The user has cancelled a question of the present attempt.
    cancelled: bool,
    logbook: Logbook,
    player: Option<Player>,
    consoles: Consoles,
    /// What was last said about a failure, so that the same retry is not logged again and again.
    said: Option<Text>,
}

impl Supervisor {
    pub(super) fn new(entry: HostEntry, common: Common, first: Epoch) -> Self {
        let (reports, inbox) = unbounded_channel();
        let player = entry
            .recorded
            .then(crate::backend::recording::Recording::embedded)
            .flatten()
            .map(|recording| Player::new(recording, &entry.name));
        let consoles = Consoles::new(Tools {
            host: entry.id,
            sink: common.sink.clone(),
            reports: reports.clone(),
            clock: common.clock,
            scrollback: common.scrollback,
            removals: common.removals.clone(),
            asking: Asking::new(
                reports.clone(),
                common.interactive,
                common.askpass.clone().zip(common.askpass_program.clone()),
            ),
            tunnels: Tunnels::default(),
            read_only: common.read_only || entry.read_only,
            uri: entry.uri.clone(),
            ssh: entry.ssh.clone(),
        });
        Self {
            state: State::new(common.limits).starting_at(first),
            reports,
            inbox,
            bell: Arc::new(Notify::new()),
            link: None,
            opened: None,
            permit: None,
            pass: None,
            queue: Queue::default(),
            running: HashMap::new(),
            next_call: 0,
            vms: Roster::default(),
            pools: Roster::default(),
            networks: Roster::default(),
            attention: Attention::default(),
            sampler: Sampler::new(common.interval),
            dirty: Dirty::default(),
            events_due: None,
            relist_due: None,
            poll_due: None,
            prompts: Prompts::default(),
            cancelled: false,
            logbook: Logbook::new(common.clock.now()),
            player,
            said: None,
            consoles,
            entry,
            common,
        }
    }

    /// Works until `commands` is closed.
    pub(super) async fn run(mut self, mut commands: UnboundedReceiver<HostCommand>) {
        self.drive(if self.entry.enabled {
            Input::Reconnect
        } else {
            Input::Tick
        });
        let bell = Arc::clone(&self.bell);
        loop {
            let pause = self.next_wake().map(|due| due.since(self.now()));
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.command(command),
                    None => return,
                },
                report = self.inbox.recv() => {
                    if let Some(report) = report {
                        self.report(report);
                    }
                }
                () = bell.notified() => {
                    let due = self.now().after(self.common.limits.settle);
                    self.events_due.get_or_insert(due);
                }
                () = tokio::time::sleep(pause.unwrap_or_default()), if pause.is_some() => {}
            }
            self.on_time();
            self.dispatch();
            self.place_consoles();
        }
    }

    /// Consoles follow their VMs.
    fn place_consoles(&mut self) {
        if self.consoles.is_empty() {
            return;
        }
        let connection = self.state.is_listed().then(|| self.state.epoch().0);
        let vms = &self.vms;
        self.consoles.place(connection, |uuid| match vms.get(uuid) {
            None => Whereabouts::Gone,
            Some(vm) if vm.status.state.is_active() => Whereabouts::Active(vm.id.map_or(-1, |id| id as i32)),
            Some(vm) if vm.managed_save => Whereabouts::Saved,
            Some(vm) if vm.status.reason == SHUTOFF_MIGRATED => Whereabouts::Migrated,
            Some(_) => Whereabouts::Off,
        });
    }

    fn now(&self) -> Stamp {
        self.common.clock.now()
    }

    fn read_only(&self) -> bool {
        self.common.read_only || self.entry.read_only
    }

    fn next_wake(&self) -> Option<Stamp> {
        let connected = self.state.is_listed();
        let sampling = connected && (self.player.is_some() || self.state.may_call(Lane::Sample));
        [
            self.state.next_wake(),
            self.events_due,
            self.relist_due.filter(|_| connected),
            self.poll_due.filter(|_| connected),
            self.sampler.next().filter(|_| sampling),
            self.logbook.next(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Does what is due by the clock.
    fn on_time(&mut self) {
        let now = self.now();
        if self.state.next_wake().is_some_and(|due| now >= due) {
            self.drive(Input::Tick);
        }
        if self.events_due.is_some_and(|due| now >= due) {
            self.events_due = None;
            self.take_events();
        }
        if self.relist_due.is_some_and(|due| now >= due) && self.state.is_listed() {
            self.relist_due = Some(now.after(self.common.limits.relist));
            self.ask(Work::List);
        }
        if self.poll_due.is_some_and(|due| now >= due) && self.state.is_listed() {
            self.poll_due = Some(now.after(self.common.limits.poll));
            self.ask(Work::ListVms);
        }
        if self.logbook.next().is_some_and(|due| now >= due) {
            for entry in self.logbook.flush(now) {
                self.emit(HostEvent::Log(entry));
            }
        }
    }

    /// Tells the rest of the program; nobody may be listening any more, which is no error.
    fn emit(&self, event: HostEvent) {
        drop(self.common.sink.send(HostMessage {
            host: self.entry.id,
            epoch: self.state.epoch(),
            event,
        }));
    }

    fn log(&mut self, severity: Severity, message: impl Into<Text>) {
        let entry = LogEntry {
            unix_millis: unix_millis(),
            severity,
            subject: Subject::Host,
            name: self.entry.name.clone(),
            message: message.into(),
        };
        let now = self.now();
        if let Some(entry) = self.logbook.admit(entry, now) {
            self.emit(HostEvent::Log(entry));
        }
    }

    /// Feeds the machine and does what it says.
    fn drive(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let (state, mut actions) = step(self.state.clone(), input, self.common.clock.now(), fastrand::f64());
            self.state = state;
            // a new epoch starts with its state
            actions.sort_by_key(|action| !matches!(action, Action::Announce(_)));
            for action in actions {
                inputs.extend(self.perform(action));
            }
        }
    }

    fn report(&mut self, report: Report) {
        match report {
            Report::Slot(permit) => {
                self.permit = Some(permit);
                self.drive(Input::SlotGranted);
            }
            Report::Opened { id, result } => match result {
                Ok(shared) => {
                    self.opened = Some(shared);
                    self.drive(Input::Opened(id));
                }
                Err(mut error) => {
                    if self.cancelled && self.state.is_current(id) {
                        // ssh and SASL call it a failed login; asking again would pester
                        error.kind = ErrorKind::Cancelled;
                    }
                    self.drive(Input::OpenFailed(id, error));
                }
            },
            Report::Question {
                id,
                prompt,
                question,
                reply,
            } => {
                // an attempt that is over, or that the user has called off, gets no answer: dropping
                // `reply` cancels
                let aside = matches!(id, CallId::Aside(_));
                if aside || self.state.is_current(id) && !self.cancelled {
                    self.prompts.add(prompt, id, reply);
                    if !aside {
                        self.drive(Input::Asked(id));
                    }
                    self.emit(HostEvent::Prompt(Prompt {
                        id: prompt,
                        asker: question.asker,
                        question: question.question,
                        kind: question.kind,
                    }));
                }
            }
            Report::Aside(aside) => self.ask(Work::Aside(aside)),
            Report::Withdraw(id) => {
                for prompt in self.prompts.withdraw(id) {
                    self.emit(HostEvent::PromptGone(prompt));
                }
            }
            Report::QuestionGone(prompt) => {
                self.answer_prompt(prompt, None);
            }
            Report::Progress { id, what } => {
                if self.state.is_current(id) {
                    self.drive(Input::Progress(id, what));
                }
            }
            Report::Returned { id, result, alive } => self.returned(id, *result, alive),
        }
    }
}

fn no_thread(error: &std::io::Error) -> HvError {
    HvError::own(
        ErrorKind::Internal,
        "thread",
        format!("no thread could be started: {error}"),
    )
}
