//! Screens and serial lines of one host's VMs: a task for each open console, which does all the
//! work of decoding and drawing, so that the user interface only copies cells.
//!
//! A session outlives connections, restarts and migrations: it is told where its VM stands
//! (`session::Place`) and comes back by itself. Calls of libvirt go through the host's lanes
//! ([`Aside`]), so that they obey the same limits and deadlines as all others.

mod aside;
mod asking;
mod canvas;
mod display;
mod flow;
mod handshake;
mod jump;
mod log_file;
mod removal;
mod route;
mod screen;
mod serial;
mod session;
mod tickets;
mod tls;
mod tunnel;
mod tunnel_ssh;
mod viewers;
mod vnc;
mod wall;

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use uuid::Uuid;

pub use aside::Aside;
pub use asking::Asking;
pub use jump::proxy_command;
pub use removal::Removals;
pub use session::Whereabouts;
pub use tunnel::Tunnels;

use crate::backend::console::aside::Caller;
use crate::backend::console::session::{Base, Input, Place};
use crate::backend::lane::Report;
use crate::base::ids::{Epoch, HostId};
use crate::base::text::Text;
use crate::base::time::Clock;
use crate::hv::console::{ConsoleCommand, ConsoleId, ConsoleKind, ConsoleState, ConsoleUpdate, Viewport};
use crate::hv::display::{DisplayCommand, ThumbnailWish};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::{HostEvent, HostMessage};
use crate::hv::topology::SshOptions;

/// What consoles of a host need to work.
#[derive(Clone)]
pub struct Tools {
    /// The host.
    pub host: HostId,
    /// Where messages go.
    pub sink: UnboundedSender<HostMessage>,
    /// How calls get onto the host's lanes.
    pub reports: UnboundedSender<Report>,
    /// The program's clock.
    pub clock: Clock,
    /// How questions get to the user.
    pub asking: Asking,
    /// The host's connection of ssh, shared by all consoles.
    pub tunnels: Tunnels,
    /// Consoles that go with their VMs to another host.
    pub removals: Removals,
    /// Lines of a serial line that are kept.
    pub scrollback: usize,
    /// The host is opened read-only.
    pub read_only: bool,
    /// The host's connection URI.
    pub uri: Text,
    /// Options for ssh.
    pub ssh: SshOptions,
}

impl Tools {
    /// Tells news of a console. They belong to no connection, so that their epoch means nothing.
    pub(crate) fn emit(&self, console: ConsoleId, update: ConsoleUpdate) {
        drop(self.sink.send(HostMessage {
            host: self.host,
            epoch: Epoch(0),
            event: HostEvent::Console { console, update },
        }));
    }
}

struct Session {
    uuid: Uuid,
    inputs: UnboundedSender<Input>,
    told: Option<Place>,
}

/// The open consoles of one host.
pub struct Consoles {
    tools: Tools,
    sessions: HashMap<ConsoleId, Session>,
    wall: Option<wall::Wall>,
    tickets: tickets::Tickets,
}

impl Consoles {
    /// None yet.
    pub fn new(tools: Tools) -> Self {
        Self {
            tools,
            sessions: HashMap::new(),
            wall: None,
            tickets: tickets::Tickets::default(),
        }
    }

    /// Takes a command; must be called inside the runtime.
    pub fn command(&mut self, id: ConsoleId, command: ConsoleCommand) {
        match command {
            ConsoleCommand::Open { uuid, kind, viewport } => self.open(id, uuid, kind, viewport, false),
            ConsoleCommand::OpenMoved { uuid, kind, viewport } => self.open(id, uuid, kind, viewport, true),
            ConsoleCommand::Move => {
                if let Some(session) = self.sessions.remove(&id) {
                    drop(session.inputs.send(Input::Command(ConsoleCommand::Move)));
                }
            }
            ConsoleCommand::Close => {
                // the session ends when nobody can speak to it any more
                self.sessions.remove(&id);
            }
            other => {
                if let Some(session) = self.sessions.get(&id) {
                    drop(session.inputs.send(Input::Command(other)));
                }
            }
        }
    }

    fn open(&mut self, id: ConsoleId, uuid: Uuid, kind: ConsoleKind, viewport: Viewport, moved: bool) {
        if self.tools.read_only {
            let error = HvError::own(
                ErrorKind::Permission,
                "virDomainOpenConsole",
                "this host is opened read-only",
            );
            self.tools.emit(id, ConsoleUpdate::State(ConsoleState::Failed(error)));
            return;
        }
        let (inputs, inbox) = unbounded_channel();
        let base = Base {
            id,
            uuid,
            viewport,
            caller: Caller::new(self.tools.reports.clone()),
            tools: self.tools.clone(),
            inbox,
            place: Place::default(),
        };
        match kind {
            ConsoleKind::Serial { device, force } => {
                let serial = serial::Serial::new(base, device, force);
                if moved {
                    tokio::spawn(serial.go_on());
                } else {
                    tokio::spawn(serial.run());
                }
            }
            ConsoleKind::Screen { screenshots, head } => {
                tokio::spawn(screen::Screen::new(base, screenshots, head).run());
            }
        }
        let session = Session {
            uuid,
            inputs,
            told: None,
        };
        self.sessions.insert(id, session);
    }

    /// Does something with a VM's display; must be called inside the runtime.
    pub fn display(&self, uuid: Uuid, command: DisplayCommand) {
        let desk = display::Desk {
            tools: self.tools.clone(),
            uuid,
            tickets: self.tickets.clone(),
        };
        tokio::spawn(desk.run(command));
    }

    /// Takes thumbnails, or no more; must be called inside the runtime.
    pub fn thumbnails(&mut self, wish: ThumbnailWish) {
        if wish.vms.is_empty() {
            self.wall = None;
            return;
        }
        let wall = self.wall.get_or_insert_with(|| wall::Wall::start(self.tools.clone()));
        wall.wish(wish);
    }

    /// Tells sessions where their VMs stand, when that changed.
    pub fn place(&mut self, connection: Option<u64>, vm: impl Fn(Uuid) -> Whereabouts) {
        if let Some(wall) = &self.wall {
            let runs = |uuid: &&Uuid| connection.is_some() && matches!(vm(**uuid), Whereabouts::Active(_));
            wall.place(wall.wished.iter().filter(runs).copied().collect());
        }
        for session in self.sessions.values_mut() {
            let now = Place {
                connection,
                vm: vm(session.uuid),
            };
            if session.told != Some(now) {
                session.told = Some(now);
                drop(session.inputs.send(Input::Place(now)));
            }
        }
    }

    /// Whether nobody has to be told where VMs stand.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.wall.is_none()
    }
}

/// A function that wakes a task from a thread of libvirt.
pub(crate) fn waker(notify: &Arc<tokio::sync::Notify>) -> crate::backend::libvirt::Wake {
    let notify = Arc::clone(notify);
    Box::new(move || notify.notify_one())
}
