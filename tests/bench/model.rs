//! Decisions and drawing in this process, on a fleet of plain data.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;
use virt_deck::app::keymap::Keymap;
use virt_deck::app::model::{Model, Options};
use virt_deck::app::msg::Msg;
use virt_deck::app::update::{laid_out, update};
use virt_deck::app::view::View;
use virt_deck::base::ids::{ClusterId, DatacenterId, Epoch, HostId};
use virt_deck::base::key::{Key, KeyCode};
use virt_deck::base::time::{Clock, Stamp};
use virt_deck::hv::event::{HostEvent, HostMessage};
use virt_deck::hv::host::{ConnState, HostFacts, NodeInfo};
use virt_deck::hv::sample::{
    CpuTimes, DiskCounters, HostCounters, HostMemory, MemoryCounters, NicCounters, SampleSet, VmCounters,
};
use virt_deck::hv::topology::{Cluster, Datacenter, HostEntry, SshOptions, Topology};
use virt_deck::hv::vm::{VmRecord, VmState, VmStatus};
use virt_deck::inventory::columns::VmColumn;
use virt_deck::inventory::{Filter, Store, flat, tree};
use virt_deck::runtime::screen::{self, Screen};
use virt_deck::ui;

use crate::report::{Goal, Report, Times};

const HOSTS: u32 = 40;
const VMS: u32 = 250;
const EVERY: Duration = Duration::from_secs(2);
/// As long as the loop takes messages of hosts in before it looks at keys again.
const BATCH: Duration = Duration::from_millis(4);

/// A console over 40 hosts with 250 VMs each, four of five running.
struct Desk {
    clock: Clock,
    model: Model,
    screen: Screen,
    now: Stamp,
    tick: u64,
}

fn entry(id: u32) -> HostEntry {
    HostEntry {
        id: HostId(id),
        name: format!("host{id:02}").as_str().into(),
        uri: format!("qemu+ssh://host{id:02}/system").as_str().into(),
        datacenter: Some(DatacenterId(id % 2)),
        cluster: Some(ClusterId(id % 4)),
        read_only: false,
        enabled: true,
        environment: None,
        tags: Vec::new(),
        ssh: SshOptions::default(),
        recorded: false,
    }
}

fn uuid(host: u32, vm: u32) -> Uuid {
    Uuid::from_u128(u128::from(host) << 96 | u128::from(vm).wrapping_mul(0x9e37_79b9_7f4a_7c15) << 24 | u128::from(vm))
}

fn state(vm: u32) -> VmState {
    if vm.is_multiple_of(5) {
        VmState::ShutOff
    } else {
        VmState::Running
    }
}

fn record(host: u32, vm: u32) -> VmRecord {
    VmRecord {
        uuid: uuid(host, vm),
        name: format!(
            "app-{}-{host:02}-{vm:03}",
            ["web", "db", "ci", "cache"][vm as usize % 4]
        )
        .as_str()
        .into(),
        id: (state(vm) == VmState::Running).then_some(vm + 1),
        status: VmStatus {
            state: state(vm),
            reason: 1,
        },
        persistent: true,
        vcpus: Some(1 + vm % 8),
        vcpus_max: Some(8),
        memory: Some(u64::from(1 + vm % 16) << 30),
        memory_max: Some(16 << 30),
        ..VmRecord::default()
    }
}

/// Counters of all running VMs of a host at a tick; every one of them has moved.
fn samples(host: u32, tick: u64, at: Stamp) -> SampleSet {
    let vms = (0..VMS).filter(|vm| state(*vm) == VmState::Running).map(|vm| {
        let load = u64::from(vm * 7919 + host * 104_729) % 1000 + tick * 31 % 97;
        let moved = Some(tick * load * 4096);
        VmCounters {
            uuid: uuid(host, vm),
            status: VmStatus {
                state: VmState::Running,
                reason: 1,
            },
            cpu_time: Some(tick * load * 1_500_000),
            vcpus_current: Some(1 + vm % 8),
            vcpus_max: Some(8),
            memory: MemoryCounters {
                current: Some(u64::from(1 + vm % 16) << 30),
                available: Some(u64::from(1 + vm % 16) << 30),
                usable: Some((u64::from(1 + vm % 16) << 29) + (tick * load) % 4096),
                rss: Some(1 << 30),
                ..MemoryCounters::default()
            },
            disks: vec![DiskCounters {
                name: "vda".into(),
                rd_reqs: moved,
                rd_bytes: moved,
                rd_times: moved,
                wr_reqs: moved,
                wr_bytes: moved,
                wr_times: moved,
                ..DiskCounters::default()
            }],
            nics: vec![NicCounters {
                name: "vnet0".into(),
                rx_bytes: moved,
                tx_bytes: moved,
                ..NicCounters::default()
            }],
            ..VmCounters::default()
        }
    });
    let memory = HostMemory {
        total: 1 << 40,
        free: (1 << 39) + tick,
        ..HostMemory::default()
    };
    SampleSet {
        at,
        took: Duration::from_millis(20),
        interval: EVERY,
        host: Some(HostCounters {
            cpu: Some(CpuTimes {
                user: tick * 40_000_000_000,
                kernel: tick * 9_000_000_000,
                idle: tick * 79_000_000_000,
                ..CpuTimes::default()
            }),
            memory: Some(memory),
            cells: Vec::new(),
        }),
        vms: vms.collect(),
        ..SampleSet::default()
    }
}

fn message(host: u32, event: HostEvent) -> HostMessage {
    HostMessage {
        host: HostId(host),
        epoch: Epoch(1),
        event,
    }
}

impl Desk {
    fn new(clock: Clock, size: (u16, u16)) -> Result<Self, String> {
        let topology = Topology {
            datacenters: (0..2)
                .map(|id| Datacenter {
                    id: DatacenterId(id),
                    name: format!("dc{id}").as_str().into(),
                })
                .collect(),
            clusters: (0..4)
                .map(|id| Cluster {
                    id: ClusterId(id),
                    name: format!("cluster{id}").as_str().into(),
                    datacenter: Some(DatacenterId(id % 2)),
                })
                .collect(),
            hosts: (0..HOSTS).map(entry).collect(),
        };
        let (keymap, _) = Keymap::new(&virt_deck::config::keymap::load("default", None));
        let theme = virt_deck::config::theme::load("default", None).theme;
        let model = Model::new(
            Store::new(topology),
            Options::default(),
            Arc::new(keymap),
            Arc::new(theme),
        );
        let mut desk = Self {
            clock,
            model,
            screen: screen::new(size).map_err(|error| error.to_string())?,
            now: Stamp::from_millis(1000),
            tick: 1,
        };
        desk.send(Msg::Resize(size.0, size.1));
        for host in 0..HOSTS {
            let since = desk.now;
            let facts = HostFacts {
                driver: "QEMU".into(),
                libvirt_version: (9, 0, 0),
                node: NodeInfo {
                    cpus: 64,
                    memory: 1 << 40,
                    ..NodeInfo::default()
                },
                ..HostFacts::default()
            };
            for event in [
                HostEvent::Conn(ConnState::Live { since }),
                HostEvent::Facts(Arc::new(facts)),
                HostEvent::ListStart,
                HostEvent::Vms((0..VMS).map(|vm| record(host, vm)).collect()),
                HostEvent::ListEnd,
            ] {
                desk.send(Msg::Host(Box::new(message(host, event))));
            }
        }
        for _ in 0..5 {
            for message in desk.next_tick() {
                desk.send(Msg::Host(Box::new(message)));
            }
        }
        desk.settle();
        Ok(desk)
    }

    fn send(&mut self, msg: Msg) {
        update(&mut self.model, msg, self.now);
    }

    fn key(&mut self, code: KeyCode) {
        self.send(Msg::Key {
            key: Key::plain(code),
            repeat: false,
        });
    }

    /// The next tick's messages of all hosts.
    fn next_tick(&mut self) -> Vec<HostMessage> {
        self.tick += 1;
        self.now = self.now.after(EVERY);
        (0..HOSTS)
            .map(|host| message(host, HostEvent::Samples(samples(host, self.tick, self.now))))
            .collect()
    }

    /// One frame as the loop draws it: cells, the difference to the last ones, bytes.
    fn draw(&mut self) -> usize {
        let model = &self.model;
        let mut sizes = None;
        let drawn = self
            .screen
            .draw(|frame| sizes = Some(ui::draw(model, frame).sizes))
            .is_ok();
        if let Some(sizes) = sizes.filter(|_| drawn) {
            laid_out(&mut self.model, &sizes);
        }
        self.screen.backend_mut().take().len()
    }

    fn settle(&mut self) {
        for _ in 0..3 {
            self.draw();
        }
    }

    fn show(&mut self, view: View) {
        self.send(Msg::Key {
            key: Key::char(if view == View::List { 'L' } else { 'T' }),
            repeat: false,
        });
        self.settle();
    }

    fn go(&mut self, share: f64) {
        match self.model.view {
            View::Tree => {
                let nodes = std::mem::take(&mut self.model.tree.nodes);
                self.model
                    .tree
                    .cursor
                    .go(&nodes, ((nodes.len() - 1) as f64 * share) as usize);
                self.model.tree.nodes = nodes;
            }
            View::List => {
                let rows = std::mem::take(&mut self.model.list.rows);
                self.model
                    .list
                    .cursor
                    .go(&rows, ((rows.len() - 1) as f64 * share) as usize);
                self.model.list.rows = rows;
            }
        }
        self.settle();
    }
}

fn repeat(clock: Clock, times: usize, mut what: impl FnMut()) -> Times {
    (0..times)
        .map(|_| {
            let start = clock.now();
            what();
            clock.now().since(start)
        })
        .collect()
}

/// Frames, filter, sort, rows and readings of 10,000 VMs.
pub fn measure(clock: Clock, report: &mut Report) -> Result<(), String> {
    let mut desk = Desk::new(clock, (200, 60))?;
    for (size, goal) in [
        ((200, 60), Goal::Most(1.5, 3.0)),
        ((80, 24), Goal::Most(1.5, 3.0)),
        ((400, 100), Goal::Most(4.0, 8.0)),
    ] {
        desk.screen.backend_mut().resize(size);
        desk.send(Msg::Resize(size.0, size.1));
        desk.settle();
        for view in [View::Tree, View::List] {
            desk.show(view);
            for (place, share) in [("top", 0.0), ("middle", 0.5), ("end", 1.0)] {
                desk.go(share);
                let times = repeat(clock, 300, || {
                    desk.draw();
                });
                let name = if view == View::Tree { "tree" } else { "list" };
                report.times(
                    "P6",
                    format!("frame {}x{}, {name} of 10,000, {place}", size.0, size.1),
                    &times,
                    0.5,
                    goal,
                );
            }
        }
    }
    rows(clock, &desk.model.store, desk.now, report);
    desk.screen.backend_mut().resize((200, 60));
    desk.send(Msg::Resize(200, 60));
    readings(clock, &mut desk, report);
    for view in [View::Tree, View::List] {
        keys(clock, &mut desk, view, report);
    }
    Ok(())
}

fn rows(clock: Clock, store: &Store, now: Stamp, report: &mut Report) {
    let goal = Goal::Most(5.0, 16.0);
    let (none, word) = (Filter::default(), Filter::parse("web-1 !07"));
    let folds = HashSet::new();
    // in a fresh store the texts that are searched are still to be made
    let fresh = store.clone();
    let first = repeat(clock, 1, || {
        tree::rows(&fresh, &word, &folds);
    });
    report.times("P7", "filter the tree of 10,000, the first time", &first, 0.5, goal);
    for (what, times) in [
        (
            "filter the tree of 10,000",
            repeat(clock, 100, || {
                tree::rows(store, &word, &folds);
            }),
        ),
        (
            "filter and sort the list of 10,000 by name",
            repeat(clock, 100, || {
                flat::rows(store, &word, (VmColumn::Name, false), now);
            }),
        ),
        (
            "sort the list of 10,000 by name",
            repeat(clock, 100, || {
                flat::rows(store, &none, (VmColumn::Name, false), now);
            }),
        ),
        (
            "sort the list of 10,000 by CPU",
            repeat(clock, 100, || {
                flat::rows(store, &none, (VmColumn::Cpu, true), now);
            }),
        ),
        (
            "sort the list of 10,000 by host",
            repeat(clock, 100, || {
                flat::rows(store, &none, (VmColumn::Host, false), now);
            }),
        ),
        (
            "rows of the whole tree of 10,000",
            repeat(clock, 100, || {
                tree::rows(store, &none, &folds);
            }),
        ),
    ] {
        report.times("P7", what, &times, 0.5, goal);
    }
}

fn readings(clock: Clock, desk: &mut Desk, report: &mut Report) {
    let (mut all, mut one) = (Times::default(), Times::default());
    for _ in 0..50 {
        let messages = desk.next_tick();
        let now = desk.now;
        let start = clock.now();
        for message in &messages {
            let begun = clock.now();
            desk.model.store.apply(message, now);
            one.push(clock.now().since(begun));
        }
        all.push(clock.now().since(start));
    }
    report.times("b", "take in a reading of 10,000 VMs (40 hosts)", &all, 0.5, Goal::None);
    report.times("b", "take in a reading of one host with 250 VMs", &one, 0.5, Goal::None);
}

/// A key that comes just after the loop began to take in a reading of the whole fleet.
fn keys(clock: Clock, desk: &mut Desk, view: View, report: &mut Report) {
    desk.show(view);
    desk.go(0.5);
    let (mut alone, mut busy) = (Times::default(), Times::default());
    let mut waiting: Vec<HostMessage> = Vec::new();
    for n in 0..400 {
        let code = if n % 7 == 6 { KeyCode::Up } else { KeyCode::Down };
        if waiting.is_empty() {
            waiting = desk.next_tick();
        }
        let start = clock.now();
        while clock.now().since(start) < BATCH {
            let Some(message) = waiting.pop() else { break };
            desk.send(Msg::Host(Box::new(message)));
        }
        let pressed = desk.clock.now();
        desk.key(code);
        desk.draw();
        alone.push(clock.now().since(pressed));
        busy.push(clock.now().since(start));
    }
    let name = if view == View::Tree { "tree" } else { "list" };
    report.times(
        "P5",
        format!("key to bytes inside the program, 200x60 {name}, 10,000"),
        &alone,
        0.99,
        Goal::Most(8.0, 16.0),
    );
    report.times(
        "P5",
        format!("the same, the key waiting for a batch of readings, {name}"),
        &busy,
        0.99,
        Goal::Most(8.0, 16.0),
    );
}
