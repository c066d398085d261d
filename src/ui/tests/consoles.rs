//! Consoles, the wall and the commands after the leader key, as text at a small and a large size.

use std::sync::Arc;
use std::time::Duration;

use super::fixture::{Desk, settled, text, vm_key};
use crate::app::msg::Msg;
use crate::base::cells::{Cell, CellGrid};
use crate::base::ids::NodeId;
use crate::base::key::KeySequence;
use crate::hv::command::Secret;
use crate::hv::console::{ConsoleFrame, ConsoleState, ConsoleUpdate, Traffic};
use crate::hv::display::{DisplayAnswer, Thumbnail};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::HostEvent;
use crate::hv::vm::{GraphicsDesc, VmDesc};

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];
const BOOT: [&str; 3] = ["[    0.000000] Linux version 6.1.0", "web login: root", "# uptime"];

impl Desk {
    fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.parse::<KeySequence>().expect("keys").0 {
            self.send(Msg::Key { key, repeat: false });
        }
        self
    }

    /// A VM with a serial line and a screen.
    fn wired(&mut self, n: u128) -> &mut Self {
        let desc = VmDesc {
            others: vec![("serial".into(), "pty".into())],
            graphics: vec![GraphicsDesc {
                kind: "vnc".into(),
                ..GraphicsDesc::default()
            }],
            ..VmDesc::default()
        };
        let uuid = vm_key(1, n).uuid;
        self.host(
            1,
            HostEvent::Desc {
                uuid,
                desc: Arc::new(desc),
            },
        );
        self
    }

    fn news(&mut self, update: ConsoleUpdate) -> &mut Self {
        let console = self.model.consoles.focused().expect("a console");
        self.host(1, HostEvent::Console { console, update });
        self
    }

    fn live(&mut self, way: &str, lines: &[&str]) -> &mut Self {
        let state = ConsoleState::Live {
            way: way.into(),
            note: None,
            keys: true,
        };
        self.news(ConsoleUpdate::State(state));
        let frame = ConsoleFrame {
            serial: 1,
            grid: grid(80, 20, lines),
            cursor: Some((9, 2)),
            size: (80, 20),
            ..ConsoleFrame::default()
        };
        self.news(ConsoleUpdate::Frame(Arc::new(frame)));
        self.model.notices.dismiss();
        self.news(ConsoleUpdate::Traffic(Traffic {
            received: 1234,
            ..Traffic::default()
        }))
    }

    /// The serial line of web-1, live.
    fn line(&mut self) -> &mut Self {
        self.wired(0)
            .go(NodeId::Vm(vm_key(1, 0)))
            .keys("s")
            .live("serial line", &BOOT)
    }

    /// The same with the line of a second VM, whose name tries everything, in a tab of its own.
    fn two_lines(&mut self) -> &mut Self {
        self.line().keys("f12 q").go(NodeId::Vm(vm_key(1, 4)));
        self.keys("s").live("serial line", &["second guest"])
    }
}

fn grid(columns: u16, rows: u16, lines: &[&str]) -> CellGrid {
    let mut grid = CellGrid::new(columns, rows);
    for (row, line) in lines.iter().enumerate() {
        for (cell, c) in grid.row_mut(row as u16).iter_mut().zip(line.chars()) {
            *cell = Cell::new(c);
        }
    }
    grid
}

fn keep(name: &str, prepare: impl Fn(&mut Desk)) {
    for (width, height) in SIZES {
        let buffer = settled(width, height, &prepare);
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), text(&buffer));
        });
    }
}

#[test]
fn one_line_and_its_commands() {
    keep("console_serial", |desk| {
        desk.line();
    });
    keep("console_leader", |desk| {
        desk.line().keys("f12");
    });
    keep("console_scrolled", |desk| {
        desk.line().keys("f12 pageup");
        let frame = ConsoleFrame {
            serial: 2,
            grid: grid(80, 20, &BOOT),
            size: (80, 20),
            scrolled: (18, 400),
            ..ConsoleFrame::default()
        };
        desk.news(ConsoleUpdate::Frame(Arc::new(frame)));
    });
}

#[test]
fn two_lines_that_are_typed_to() {
    keep("console_split", |desk| {
        desk.two_lines().keys("f12 |");
    });
    keep("console_broadcast", |desk| {
        desk.two_lines().keys("f12 | f12 B");
        desk.news(ConsoleUpdate::State(ConsoleState::Waiting {
            why: "the VM is not running".into(),
        }));
        desk.model.notices.dismiss();
    });
}

#[test]
fn a_screen_and_what_is_in_its_way() {
    keep("console_screen", |desk| {
        desk.wired(0).go(NodeId::Vm(vm_key(1, 0))).keys("c");
        desk.live("VNC through ssh, TLS", &BOOT);
    });
    keep("console_screen_leader", |desk| {
        desk.wired(0).go(NodeId::Vm(vm_key(1, 0))).keys("c");
        desk.live("VNC through ssh, TLS", &BOOT).keys("f12");
    });
    keep("console_held", |desk| {
        desk.line();
        let error = HvError::own(
            ErrorKind::Busy,
            "virDomainOpenConsole",
            "Active console session exists for this domain",
        );
        desk.news(ConsoleUpdate::State(ConsoleState::Held(error)));
    });
}

#[test]
fn a_ticket() {
    keep("console_ticket", |desk| {
        let answer = DisplayAnswer::Ticket {
            address: "192.0.2.1".into(),
            port: 5900,
            password: Secret::new("k3fD9-qa".to_owned()),
            valid: Duration::from_mins(2),
        };
        let uuid = vm_key(1, 0).uuid;
        desk.host(
            1,
            HostEvent::Display {
                uuid,
                answer: Ok(answer),
            },
        );
        desk.now = desk.now.after(Duration::from_secs(45));
        desk.send(Msg::Tick);
        desk.model.notices.dismiss();
    });
}

#[test]
fn the_wall_of_pictures() {
    keep("wall", |desk| {
        desk.go(NodeId::Vm(vm_key(1, 0))).keys("W");
        let thumbnail = |lines: &[&str], black, words: &[&'static str]| Thumbnail {
            grid: grid(38, 14, lines),
            size: (720, 400),
            black,
            text: None,
            words: words.to_vec(),
            fingerprint: u64::from(black),
        };
        for (n, picture) in [
            (0, Ok(thumbnail(&["Kernel panic - not syncing"], false, &["panic"]))),
            (2, Ok(thumbnail(&[], true, &[]))),
            (
                4,
                Err(HvError::own(
                    ErrorKind::Unsupported,
                    "virDomainScreenshot",
                    "no graphics device",
                )),
            ),
        ] {
            let uuid = vm_key(1, n).uuid;
            let thumbnail = picture.map(Arc::new);
            desk.host(1, HostEvent::Thumbnail { uuid, thumbnail });
        }
        desk.now = desk.now.after(Duration::from_secs(90));
        desk.send(Msg::Tick);
        desk.model.notices.dismiss();
    });
}

#[test]
fn pictures_do_not_lie_over_the_commands() {
    let mut desk = Desk::new();
    desk.send(Msg::Resize(120, 40));
    desk.wired(0).go(NodeId::Vm(vm_key(1, 0))).keys("c");
    desk.live("VNC", &[]);
    let frame = ConsoleFrame {
        serial: 2,
        grid: grid(80, 20, &[]),
        tiles: vec![crate::hv::console::Tile {
            column: 0,
            row: 0,
            columns: 80,
            rows: 38,
            id: 0,
            version: 1,
            bytes: Arc::from(*b"x"),
        }],
        ..ConsoleFrame::default()
    };
    desk.news(ConsoleUpdate::Frame(Arc::new(frame)));
    assert_eq!(desk.drawn(120, 40).1.tiles.len(), 1);
    desk.keys("f12");
    assert_eq!(desk.drawn(120, 40).1.tiles.len(), 0);
    desk.keys("z");
    assert_eq!(desk.drawn(120, 40).1.tiles.len(), 1, "zooming is seen while it is done");
}
