//! The handle on all hosts.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::backend::askpass::Askpass;
use crate::backend::console::Removals;
use crate::backend::libvirt;
use crate::backend::limits::Limits;
use crate::backend::supervisor::{Common, Supervisor};
use crate::base::ids::{Epoch, HostId};
use crate::base::time::Clock;
use crate::hv::command::HostCommand;
use crate::hv::event::HostMessage;
use crate::hv::topology::{HostEntry, Topology};

/// How hosts are looked after.
#[derive(Debug, Clone)]
pub struct FleetOptions {
    /// The program's clock.
    pub clock: Clock,
    /// Time between two readings of a host that answers quickly.
    pub interval: Duration,
    /// Most hosts that are being connected to at a time.
    pub connect_limit: usize,
    /// Open every host read-only.
    pub read_only: bool,
    /// Whether somebody is there to answer questions; otherwise nothing is ever asked.
    pub interactive: bool,
    /// This program's own executable, as askpass helper of `ssh`.
    pub askpass_program: Option<PathBuf>,
    /// Lines of a serial console that are kept.
    pub scrollback: usize,
}

impl FleetOptions {
    /// Two seconds, eight connects at a time, and nobody to ask.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            interval: Duration::from_secs(2),
            connect_limit: 8,
            read_only: false,
            interactive: false,
            askpass_program: None,
            scrollback: 10_000,
        }
    }
}

struct Member {
    commands: UnboundedSender<HostCommand>,
    task: tokio::task::AbortHandle,
}

#[derive(Default)]
struct Members {
    by_id: HashMap<HostId, Member>,
    /// Supervisors started so far: each has epochs of its own, later than those before.
    started: u64,
}

/// All supervisors. Dropping it stops them at once and waits for nothing; connections are closed
/// in the background, or by the end of the process.
pub struct Fleet {
    common: Common,
    runtime: Handle,
    members: Mutex<Members>,
}

impl Fleet {
    /// Starts a supervisor for every host; those that are enabled connect at once. What happens
    /// is told through `sink`.
    pub fn start(
        topology: &Topology,
        options: FleetOptions,
        sink: UnboundedSender<HostMessage>,
        runtime: &Handle,
    ) -> Self {
        Self::start_with(topology, options, Limits::default(), sink, runtime)
    }

    /// [`Fleet::start`] with other deadlines.
    pub fn start_with(
        topology: &Topology,
        options: FleetOptions,
        limits: Limits,
        sink: UnboundedSender<HostMessage>,
        runtime: &Handle,
    ) -> Self {
        libvirt::init();
        let askpass = if options.interactive && options.askpass_program.is_some() {
            Askpass::start(runtime)
                .inspect_err(|error| tracing::warn!("ssh cannot ask questions: {error}"))
                .ok()
                .map(Arc::new)
        } else {
            None
        };
        let fleet = Self {
            common: Common {
                clock: options.clock,
                interval: options.interval,
                read_only: options.read_only,
                interactive: options.interactive,
                askpass_program: options.askpass_program,
                askpass,
                limits,
                scrollback: options.scrollback,
                removals: Removals::default(),
                slots: Arc::new(Semaphore::new(options.connect_limit.max(1))),
                sink,
            },
            runtime: runtime.clone(),
            members: Mutex::default(),
        };
        for entry in &topology.hosts {
            fleet.add(entry.clone());
        }
        fleet
    }

    /// Hands a command to a host's supervisor; never blocks. Unknown hosts are ignored.
    pub fn send(&self, host: HostId, command: HostCommand) {
        let members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(member) = members.by_id.get(&host) {
            drop(member.commands.send(command));
        }
    }

    /// Starts looking after a host. One of the same identity is replaced; what it still tells
    /// has an older epoch.
    pub fn add(&self, entry: HostEntry) {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        members.started += 1;
        let first = Epoch(members.started << 32);
        let (commands, inbox) = unbounded_channel();
        let id = entry.id;
        let supervisor = Supervisor::new(entry, self.common.clone(), first);
        let task = self.runtime.spawn(supervisor.run(inbox)).abort_handle();
        if let Some(before) = members.by_id.insert(id, Member { commands, task }) {
            before.task.abort();
        }
    }

    /// Stops looking after a host; its connection is closed in the background.
    pub fn remove(&self, host: HostId) {
        let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(member) = members.by_id.remove(&host) {
            member.task.abort();
        }
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let members = self.members.get_mut().unwrap_or_else(PoisonError::into_inner);
        for member in members.by_id.values() {
            member.task.abort();
        }
    }
}

#[cfg(test)]
mod tests;
