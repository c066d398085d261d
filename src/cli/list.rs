//! `virt-deck list`: the same engine without a screen.

use std::collections::BTreeSet;
use std::io::{self, Write as _};

use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::backend::fleet::{Fleet, FleetOptions};
use crate::base::ids::{HostId, NodeId};
use crate::base::moment::Zone;
use crate::base::time::{Clock, Stamp};
use crate::cli::args::{Kind, List};
use crate::cli::fields;
use crate::cli::output::{self, Listing};
use crate::hv::command::HostCommand;
use crate::hv::event::{HostEvent, HostMessage, Subject};
use crate::hv::host::ConnState;
use crate::hv::topology::Topology;
use crate::inventory::tables::{self, Row};
use crate::inventory::value::Value;
use crate::inventory::{Filter, Store};

/// What is still to come before everything is known.
#[derive(Debug, Default)]
struct Pending {
    /// Hosts that have neither been listed and read nor failed.
    hosts: BTreeSet<HostId>,
    /// Pools whose volumes have been asked for.
    pools: BTreeSet<(HostId, uuid::Uuid)>,
    /// Two readings of the counters are needed for rates; those that have had one.
    sampled: BTreeSet<HostId>,
}

/// Lists what was asked for; returns the exit code: 1 when a host failed.
pub async fn run(list: &List, topology: &Topology, options: FleetOptions) -> i32 {
    let clock = options.clock;
    let (sender, receiver) = unbounded_channel();
    let fleet = Fleet::start(topology, options, sender, &Handle::current());
    let (store, pending) = collect(list, topology, &fleet, receiver, clock).await;
    // its end would wait for hosts that do not answer; the end of the process does not
    std::mem::forget(fleet);
    let failed = failures(&store, &pending);
    let mut errors = io::stderr().lock();
    for line in &failed {
        let _ = writeln!(errors, "virt-deck: {line}");
    }
    match print(list, &store, clock.now()) {
        Ok(()) => i32::from(!failed.is_empty()),
        // whoever read us has seen enough
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(error) => {
            let _ = writeln!(errors, "virt-deck: cannot print: {error}");
            1
        }
    }
}

async fn collect(
    list: &List,
    topology: &Topology,
    fleet: &Fleet,
    mut messages: UnboundedReceiver<HostMessage>,
    clock: Clock,
) -> (Store, Pending) {
    let mut store = Store::new(topology.clone());
    let mut pending = Pending::default();
    pending
        .hosts
        .extend(topology.hosts.iter().filter(|host| host.enabled).map(|host| host.id));
    let deadline = tokio::time::sleep(list.deadline());
    tokio::pin!(deadline);
    while !(pending.hosts.is_empty() && pending.pools.is_empty()) {
        tokio::select! {
            message = messages.recv() => {
                let Some(message) = message else { break };
                store.apply(&message, clock.now());
                pending.take(&message, list.kind, &store, fleet);
            }
            () = &mut deadline => break,
        }
    }
    (store, pending)
}

impl Pending {
    fn take(&mut self, message: &HostMessage, kind: Kind, store: &Store, fleet: &Fleet) {
        let host = message.host;
        match &message.event {
            // what becomes of the connection is told last, and is an event itself
            HostEvent::Log(entry) if kind == Kind::Events && entry.subject == Subject::Host => {
                self.hosts.remove(&host);
            }
            _ if kind == Kind::Events => {}
            HostEvent::Conn(ConnState::Down { .. } | ConnState::Disabled) => {
                self.hosts.remove(&host);
                self.pools.retain(|(of, _)| *of != host);
            }
            HostEvent::ListEnd if kind == Kind::Volumes => {
                for uuid in store.host(host).into_iter().flat_map(|state| state.pools.keys()) {
                    self.pools.insert((host, *uuid));
                    fleet.send(host, HostCommand::FetchVolumes(*uuid));
                }
                self.hosts.remove(&host);
            }
            HostEvent::ListEnd if !needs_rates(kind) => {
                self.hosts.remove(&host);
            }
            HostEvent::Samples(_) => {
                let listed = store.host(host).is_some_and(|state| state.listed);
                // the first reading has no rates yet
                if listed && !self.sampled.insert(host) {
                    self.hosts.remove(&host);
                }
            }
            HostEvent::Volumes { pool, .. } => {
                self.pools.remove(&(host, *pool));
            }
            _ => {}
        }
    }
}

/// Whether rows of this kind have numbers that need two readings.
fn needs_rates(kind: Kind) -> bool {
    matches!(kind, Kind::Vms | Kind::Hosts | Kind::Clusters | Kind::Datacenters)
}

/// A line for each host that is not or not completely known.
fn failures(store: &Store, pending: &Pending) -> Vec<String> {
    let mut lines = Vec::new();
    for (entry, host) in store.hosts() {
        let what = if let ConnState::Down { error, .. } = &host.conn {
            let hint = error.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("{error}{hint}")
        } else if pending.hosts.contains(&entry.id) && !host.listed {
            format!("no answer in time ({})", host.conn.word())
        } else {
            continue;
        };
        lines.push(format!("{} ({}): {what}", entry.name, entry.uri));
    }
    lines
}

fn print(list: &List, store: &Store, now: Stamp) -> io::Result<()> {
    let places = fields::choose(list).map_err(io::Error::other)?;
    let filter = Filter::parse(list.search.as_deref().unwrap_or(""));
    let table = tables::table(store, fields::table_kind(list.kind), NodeId::Fleet, &filter, now);
    let ids: Vec<&str> = table.columns.iter().map(|column| column.id).collect();
    let rows = table
        .rows
        .into_iter()
        .filter(|row| !list.active || is_active(store, row, &ids));
    let pick = |row: Row| {
        places
            .iter()
            .map(|place| row.cells.get(*place).cloned().unwrap_or(Value::None))
            .collect()
    };
    let listing = Listing {
        fields: places
            .iter()
            .filter_map(|place| table.columns.get(*place).copied())
            .collect(),
        rows: rows.map(pick).collect(),
    };
    output::print(
        &listing,
        list.output,
        &Zone::system(),
        &mut io::BufWriter::new(io::stdout().lock()),
    )
}

/// Whether a row is of something that runs or is in use.
fn is_active(store: &Store, row: &Row, ids: &[&str]) -> bool {
    if let NodeId::Vm(key) = row.node {
        return store.vm(key).is_some_and(|vm| vm.record.status.state.is_active());
    }
    let cell = |id: &str| {
        ids.iter()
            .position(|known| *known == id)
            .and_then(|place| row.cells.get(place))
    };
    match (cell("active"), cell("state")) {
        (Some(Value::Bool(active)), _) => *active,
        (_, Some(Value::Word(word))) => {
            matches!(*word, "active" | "degraded" | "up" | "slow" | "running")
        }
        // groups, volumes and events are there or not
        _ => true,
    }
}
