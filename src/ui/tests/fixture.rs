//! A small fleet filled with plain data, and its screen as text.

use std::sync::Arc;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use uuid::Uuid;

use crate::app::keymap::Keymap;
use crate::app::model::{Model, Options};
use crate::app::msg::Msg;
use crate::app::update::{laid_out, update};
use crate::app::view::{Pane, Tab};
use crate::base::ids::{ClusterId, DatacenterId, Epoch, HostId, NodeId, VmKey};
use crate::base::time::Stamp;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::{HostEvent, HostMessage};
use crate::hv::host::{ConnState, HostFacts, NodeInfo, NumaCell};
use crate::hv::topology::{Cluster, Datacenter, Environment, HostEntry, SshOptions, Topology};
use crate::hv::vm::{VmRecord, VmState, VmStatus};
use crate::inventory::Store;
use crate::ui::{HitMap, draw};

/// A name that tries everything.
pub(super) const HOSTILE: &str = "evil\x1b[2J\u{9b}31m\u{202e}\r\n\u{200b}e\u{301}日本語";

/// A console and its moment.
pub(super) struct Desk {
    pub model: Model,
    pub now: Stamp,
}

pub(super) fn vm_key(host: u32, n: u128) -> VmKey {
    VmKey {
        host: HostId(host),
        uuid: Uuid::from_u128(u128::from(host) << 64 | n),
    }
}

fn entry(id: u32, name: &str) -> HostEntry {
    HostEntry {
        id: HostId(id),
        name: name.into(),
        uri: format!("qemu+ssh://{name}/system").into(),
        datacenter: Some(DatacenterId(1)),
        cluster: Some(ClusterId(1)),
        read_only: false,
        enabled: true,
        environment: (id == 1).then(|| Environment {
            name: "prod".into(),
            word: "PROD".into(),
            colour: Some("red".to_owned()),
            strict: true,
        }),
        tags: vec!["rack-7".into()],
        ssh: SshOptions::default(),
        recorded: false,
    }
}

impl Desk {
    /// Two hosts in a cluster in a data center: `alpha` with five VMs of all kinds, and `beta`,
    /// which was listed and then lost.
    pub fn new() -> Self {
        let topology = Topology {
            datacenters: vec![Datacenter {
                id: DatacenterId(1),
                name: "east".into(),
            }],
            clusters: vec![Cluster {
                id: ClusterId(1),
                name: "blue".into(),
                datacenter: Some(DatacenterId(1)),
            }],
            hosts: vec![entry(1, "alpha"), entry(2, "beta")],
        };
        let keymap = Keymap::new(&crate::config::keymap::load("default", None)).0;
        let theme = crate::config::theme::load("default", None).theme;
        let model = Model::new(
            Store::new(topology),
            Options::default(),
            Arc::new(keymap),
            Arc::new(theme),
        );
        let mut desk = Self {
            model,
            now: Stamp::from_millis(1000),
        };
        for host in 1..=2 {
            desk.list(host);
        }
        desk.details();
        for _ in 0..30 {
            desk.now = desk.now.after(Duration::from_secs(2));
            desk.sample();
        }
        let error = HvError::own(ErrorKind::Unreachable, "virConnectOpen", "Connection refused by beta")
            .with_hint("start libvirtd");
        let (since, retry_at) = (desk.now, desk.now.after(Duration::from_secs(9)));
        desk.host(
            2,
            HostEvent::Conn(ConnState::Down {
                since,
                retry_at,
                attempt: 3,
                error,
            }),
        );
        desk.now = desk.now.after(Duration::from_secs(1));
        desk.send(Msg::Tick);
        desk
    }

    pub fn send(&mut self, msg: Msg) {
        update(&mut self.model, msg, self.now);
    }

    pub fn host(&mut self, host: u32, event: HostEvent) {
        self.send(Msg::Host(Box::new(HostMessage {
            host: HostId(host),
            epoch: Epoch(1),
            event,
        })));
    }

    /// Takes a change of view or filter over into the rows.
    pub fn rebuild(&mut self) {
        self.model.built = None;
        self.send(Msg::Tick);
    }

    fn list(&mut self, host: u32) {
        let since = self.now;
        self.host(host, HostEvent::Conn(ConnState::Live { since }));
        let cell = NumaCell {
            id: 0,
            memory: 64 << 30,
            cpus: (0..16).collect(),
        };
        let facts = HostFacts {
            hostname: "alpha.example".into(),
            driver: "QEMU".into(),
            libvirt_version: (10, 0, 0),
            node: NodeInfo {
                cpus: 16,
                memory: 64 << 30,
                ..NodeInfo::default()
            },
            cells: vec![cell],
            ..HostFacts::default()
        };
        self.host(host, HostEvent::Facts(Arc::new(facts)));
        self.host(host, HostEvent::ListStart);
        let states = [
            ("web-1", VmState::Running, 1),
            ("web-2", VmState::ShutOff, 1),
            ("db-1", VmState::Paused, 5),
            ("crash-1", VmState::Crashed, 1),
            (HOSTILE, VmState::Running, 1),
        ];
        let records = states.iter().enumerate().map(|(n, (name, state, reason))| VmRecord {
            uuid: vm_key(host, n as u128).uuid,
            name: (*name).into(),
            status: VmStatus {
                state: *state,
                reason: *reason,
            },
            persistent: true,
            has_snapshots: n == 0,
            vcpus: Some(2),
            vcpus_max: Some(4),
            memory: Some(2 << 30),
            memory_max: Some(4 << 30),
            ..VmRecord::default()
        });
        self.host(host, HostEvent::Vms(records.collect()));
        self.host(host, HostEvent::ListEnd);
    }

    /// Goes to a node.
    pub fn go(&mut self, node: NodeId) -> &mut Self {
        let nodes = self.model.tree.nodes.clone();
        assert!(self.model.tree.cursor.go_to(&nodes, node), "{node:?}");
        self
    }

    /// Goes to a tab of a node, in the details.
    pub fn tab(&mut self, node: NodeId, tab: Tab) -> &mut Self {
        self.go(node);
        self.model.detail.set_tab(node, tab);
        self.model.pane = Pane::Detail;
        self
    }

    /// The screen of this size, drawn as often as the sizes flowing back need to settle.
    pub fn screen(&mut self, width: u16, height: u16) -> (String, HitMap) {
        self.send(Msg::Resize(width, height));
        for _ in 0..2 {
            let (_, hits) = self.drawn(width, height);
            laid_out(&mut self.model, &hits.sizes);
        }
        let (buffer, hits) = self.drawn(width, height);
        let shown = text(&buffer);
        clean(&shown, self.model.options.ascii);
        (shown, hits)
    }

    pub fn drawn(&self, width: u16, height: u16) -> (Buffer, HitMap) {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test backend");
        let mut hits = HitMap::default();
        let frame = terminal.draw(|frame| hits = draw(&self.model, frame)).expect("drawn");
        (frame.buffer.clone(), hits)
    }
}

/// The screen at a size, when all that depends on the size has settled.
pub(super) fn settled(width: u16, height: u16, prepare: impl Fn(&mut Desk)) -> Buffer {
    let mut desk = Desk::new();
    desk.send(Msg::Resize(width, height));
    prepare(&mut desk);
    for _ in 0..2 {
        let (_, hits) = desk.drawn(width, height);
        laid_out(&mut desk.model, &hits.sizes);
    }
    desk.drawn(width, height).0
}

/// The cells as lines; cells that a wide character covers are left out.
pub(super) fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut x = buffer.area.left();
        while x < buffer.area.right() {
            let symbol = buffer[(x, y)].symbol();
            out.push_str(symbol);
            x += crate::base::text::width(symbol).max(1) as u16;
        }
        while out.ends_with(' ') {
            out.pop();
        }
        out.push('\n');
    }
    out
}

/// Nothing may reach the terminal that could alter it.
fn clean(shown: &str, ascii: bool) {
    for c in shown.chars() {
        let fine = c == '\n' || (!c.is_control() && !matches!(c, '\u{202e}' | '\u{200b}'));
        assert!(fine, "{c:?} in\n{shown}");
    }
    let own = shown.chars().filter(|c| !c.is_ascii());
    if ascii {
        // only what foreign names bring
        assert!(
            own.clone().all(|c| "日本語é\u{301}".contains(c)),
            "{:?}\n{shown}",
            own.collect::<String>()
        );
    }
}
