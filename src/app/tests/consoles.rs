//! Consoles by keys: opening, tabs, who gets what is typed, the leader key.

use super::*;
use crate::app::console::Console;
use crate::app::view::Front;
use crate::hv::console::{ConsoleCommand, ConsoleFrame, ConsoleId, ConsoleState, ConsoleUpdate, Stroke, Typed};
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::vm::VmDesc;

impl Desk {
    /// Commands that consoles were sent, oldest first, since the last time.
    pub(super) fn told(&mut self) -> Vec<(ConsoleId, ConsoleCommand)> {
        let effects = std::mem::take(&mut self.effects);
        let told = effects.into_iter().filter_map(|effect| match effect {
            Effect::Host(_, HostCommand::Console { console, command }) => Some((console, command)),
            _ => None,
        });
        told.collect()
    }

    /// What is typed into which console, in the words of the keys.
    fn typed(&mut self) -> Vec<(u64, String)> {
        let told = self.told().into_iter().filter_map(|(id, command)| match command {
            ConsoleCommand::Type {
                typed: Typed::Key(key),
                stroke: Stroke::Tap,
            } => Some((id.0, key.to_string())),
            ConsoleCommand::TypeText(text) => Some((id.0, format!("text {text}"))),
            _ => None,
        });
        told.collect()
    }

    pub(super) fn news(&mut self, id: ConsoleId, update: ConsoleUpdate) {
        let host = self.model.consoles.open.get(&id).map_or(1, |console| console.vm.host.0);
        self.host(host, HostEvent::Console { console: id, update });
    }

    pub(super) fn live(&mut self, id: ConsoleId) {
        let state = ConsoleState::Live {
            way: "serial line".into(),
            note: None,
            keys: true,
        };
        self.news(id, ConsoleUpdate::State(state));
    }

    /// Opens the serial line of a VM and lets it be live.
    pub(super) fn line(&mut self, host: u32, n: u32) -> ConsoleId {
        if self.model.front != Front::Fleet {
            self.keys("f12 q");
        }
        self.go(host, n).keys("s");
        let id = self.model.consoles.focused().unwrap();
        self.live(id);
        self.told();
        id
    }

    pub(super) fn console(&self, id: ConsoleId) -> &Console {
        &self.model.consoles.open[&id]
    }

    fn panes(&self) -> Vec<u64> {
        let tab = self.model.consoles.shown();
        tab.map_or_else(Vec::new, |tab| tab.panes.iter().map(|id| id.0).collect())
    }

    pub(super) fn frame(&mut self, id: ConsoleId, serial: u64) {
        let frame = ConsoleFrame {
            serial,
            size: (80, 24),
            ..ConsoleFrame::default()
        };
        self.news(id, ConsoleUpdate::Frame(Arc::new(frame)));
    }
}

fn opened(told: &[(ConsoleId, ConsoleCommand)]) -> usize {
    let opens = |(_, command): &&(ConsoleId, ConsoleCommand)| matches!(command, ConsoleCommand::Open { .. });
    told.iter().filter(opens).count()
}

#[test]
fn an_open_console_is_gone_to_not_opened_again() {
    let mut desk = Desk::new();
    desk.go(1, 0).keys("s");
    assert_eq!(desk.model.front, Front::Consoles);
    assert_eq!(opened(&desk.told()), 1);
    desk.keys("f12 q");
    assert_eq!(desk.model.front, Front::Fleet);
    assert_eq!(desk.model.consoles.tabs.len(), 1, "leaving closes nothing");
    desk.keys("s");
    assert_eq!(desk.model.front, Front::Consoles);
    assert_eq!(opened(&desk.told()), 0);
    // another kind of the same VM is another console
    desk.keys("f12 q c");
    assert_eq!(opened(&desk.told()), 1);
    assert_eq!(desk.model.consoles.tabs.len(), 2);
    desk.keys("f12 q o");
    assert_eq!(desk.model.front, Front::Consoles);
}

#[test]
fn marked_vms_stand_side_by_side_wherever_they_were() {
    let mut desk = Desk::new();
    let second = desk.line(1, 1);
    let other = desk.line(2, 0);
    desk.keys("f12 q");
    for n in 0..3 {
        desk.model.marks.insert(key(1, n));
    }
    desk.keys("s");
    assert_eq!(opened(&desk.told()), 1, "one was open, one is off");
    assert!(desk.panes().contains(&second.0));
    assert_eq!(desk.panes().len(), 2);
    assert_eq!(desk.model.consoles.tabs[0].panes, [other]);
    assert_eq!(desk.said(), "vm-1-2: needs an active VM; it is shut off");
}

#[test]
fn marked_vms_stand_in_the_order_of_their_names() {
    let mut desk = Desk::new();
    let mut last = vm(1, 0, VmState::Running);
    last.name = "vm-1-10".into();
    desk.host(1, HostEvent::Vms(vec![last, vm(1, 1, VmState::Running)]));
    desk.model.marks.extend([key(1, 0), key(1, 1)]);
    desk.keys("s");
    let shown: Vec<_> = desk.panes().iter().map(|id| desk.console(ConsoleId(*id)).vm).collect();
    assert_eq!(shown, [key(1, 1), key(1, 0)]);
}

#[test]
fn too_many_are_not_opened() {
    let mut desk = Desk::new();
    let vms = (10..30).map(|n| vm(1, n, VmState::Running)).collect();
    desk.host(1, HostEvent::Vms(vms));
    for n in 10..30 {
        desk.model.marks.insert(key(1, n));
    }
    desk.keys("s");
    assert!(desk.said().contains("20 VMs are marked"), "{}", desk.said());
    assert!(desk.model.consoles.is_empty());
}

#[test]
fn typing_goes_to_one_or_to_all_of_the_tab() {
    let mut desk = Desk::new();
    let (one, two) = (desk.line(1, 0), desk.line(1, 1));
    desk.keys("a");
    assert_eq!(desk.typed(), [(two.0, "a".to_owned())]);
    desk.keys("f12 B");
    assert_eq!(desk.typed(), [], "one console alone has no others to type to");
    assert!(desk.said().contains("several consoles"), "{}", desk.said());
    desk.keys("f12 |");
    assert_eq!(desk.panes().len(), 2);
    desk.keys("b f12 B c");
    let both = |text: &str| vec![(two.0, text.to_owned()), (one.0, text.to_owned())];
    assert_eq!(desk.typed(), [vec![(two.0, "b".to_owned())], both("c")].concat());
    desk.send(Msg::Paste("echo 1\n".to_owned()));
    assert_eq!(desk.typed(), both("text echo 1\n"));
    desk.keys("f12 B");
    desk.keys("d");
    assert_eq!(desk.typed().len(), 1);
    // one that goes ends it
    desk.keys("f12 B f12 x e");
    assert_eq!(desk.typed(), [(one.0, "e".to_owned())]);
}

#[test]
fn the_leader_key_twice_is_for_the_guest() {
    let mut desk = Desk::new();
    let id = desk.line(1, 0);
    desk.keys("f12");
    assert!(desk.model.consoles.leader);
    assert_eq!(desk.typed(), []);
    desk.keys("f12");
    assert!(!desk.model.consoles.leader);
    assert_eq!(desk.typed(), [(id.0, "f12".to_owned())]);
}

#[test]
fn commands_that_are_none_do_nothing_and_say_so() {
    let mut desk = Desk::new();
    desk.line(1, 0);
    let before = desk.model.navigated();
    desk.keys("f12 esc");
    assert!(!desk.model.consoles.leader);
    assert_eq!(
        desk.model.front,
        Front::Consoles,
        "Esc takes the leader key back, no more"
    );
    assert_eq!(desk.typed(), []);
    desk.keys("f12 j");
    assert_eq!(desk.model.navigated(), before, "nothing moves behind the consoles");
    assert!(desk.said().contains("consoles hide"), "{}", desk.said());
    desk.keys("f12 space");
    assert!(desk.model.marks.is_empty());
    desk.keys("f12 f8");
    assert!(desk.said().contains("f8 is not bound"), "{}", desk.said());
    desk.keys("f12 p esc");
    assert!(!desk.model.consoles.leader && desk.model.pending_keys.is_empty());
    assert_eq!(desk.typed(), []);
    desk.keys("x");
    assert_eq!(desk.typed().len(), 1, "keys are the guest's again");
}

#[test]
fn moving_about_is_repeated_without_the_leader() {
    let mut desk = Desk::new();
    desk.line(1, 0);
    desk.keys("f12 pageup pageup pagedown");
    let scrolls: Vec<i32> = desk
        .told()
        .into_iter()
        .filter_map(|(_, command)| match command {
            ConsoleCommand::Scroll(lines) => Some(lines),
            _ => None,
        })
        .collect();
    assert_eq!(scrolls, [46, 46, -46], "most of the 48 lines that are seen");
    assert!(desk.model.consoles.leader && desk.model.consoles.lingering);
    desk.keys("esc a");
    assert_eq!(desk.typed().len(), 1);
    // the leader begins the next command then, and is not typed
    desk.keys("f12 pageup f12 q");
    assert_eq!(desk.typed(), []);
    assert_eq!(desk.model.front, Front::Fleet);
}

#[test]
fn who_goes_to_another_console_types_there() {
    let mut desk = Desk::new();
    let (one, two) = (desk.line(1, 0), desk.line(1, 1));
    desk.keys("f12 ] l f12 [ s");
    assert_eq!(desk.typed(), [(one.0, "l".to_owned()), (two.0, "s".to_owned())]);
}

#[test]
fn the_other_kind_of_the_same_vm_is_one_key_away() {
    let mut desk = Desk::new();
    let line = desk.line(1, 0);
    desk.keys("f12 tab");
    let screen = desk.model.consoles.focused().unwrap();
    assert!(!desk.console(screen).is_serial());
    assert_eq!(desk.console(screen).vm, desk.console(line).vm);
    desk.keys("f12 tab");
    assert_eq!(desk.model.consoles.focused(), Some(line));
    desk.keys("f12 tab");
    assert_eq!(desk.model.consoles.focused(), Some(screen));
    assert_eq!(desk.model.consoles.tabs.len(), 2);
}

#[test]
fn splits_come_and_go_and_the_keys_follow() {
    let mut desk = Desk::new();
    let ids = [desk.line(1, 0), desk.line(1, 1), desk.line(2, 0)];
    desk.keys("f12 [");
    assert_eq!(desk.model.consoles.focused(), Some(ids[1]));
    desk.keys("f12 |");
    assert_eq!(desk.panes(), [ids[1].0, ids[2].0]);
    desk.keys("f12 o");
    assert_eq!(desk.model.consoles.focused(), Some(ids[2]));
    desk.keys("f12 | f12 |");
    assert_eq!(desk.model.consoles.tabs.len(), 3, "the third split has nothing to add");
    assert_eq!(desk.model.consoles.focused(), Some(ids[2]));
    desk.keys("f12 x");
    desk.keys("f12 x f12 x");
    assert_eq!(desk.model.front, Front::Fleet, "the last one leaves");
    let closed = desk.told();
    let closes = closed.iter().filter(|(_, command)| *command == ConsoleCommand::Close);
    assert_eq!(closes.count(), 3);
}

#[test]
fn consoles_are_told_what_is_seen_of_them() {
    let mut desk = Desk::new();
    let one = desk.line(1, 0);
    let two = desk.line(1, 1);
    let told = |desk: &Desk, id| desk.console(id).told.unwrap();
    assert!(told(&desk, two).visible && !told(&desk, one).visible);
    assert_eq!((told(&desk, two).columns, told(&desk, two).rows), (160, 48));
    desk.keys("f12 |");
    assert!(told(&desk, one).visible && told(&desk, one).rows < 48 + 1);
    assert_eq!(
        told(&desk, one).columns + told(&desk, two).columns,
        159,
        "a line between them"
    );
    desk.send(Msg::Resize(80, 24));
    assert_eq!(told(&desk, one).columns, 80, "one above the other");
    desk.keys("f12 q");
    assert!(!told(&desk, one).visible && !told(&desk, two).visible);
    let size = told(&desk, one).rows;
    desk.send(Msg::Resize(200, 60));
    assert!(!told(&desk, one).visible);
    assert!(told(&desk, one).rows >= size);
}

#[test]
fn a_frame_is_acknowledged_once_and_only_when_seen() {
    let mut desk = Desk::new();
    let one = desk.line(1, 0);
    let two = desk.line(1, 1);
    desk.frame(one, 1);
    desk.frame(two, 1);
    let drawn = |desk: &mut Desk| {
        let effects = crate::app::update::consoles::drawn(&mut desk.model, 100);
        desk.effects = effects;
        desk.told()
    };
    let expected = ConsoleCommand::Drawn { serial: 1, bytes: 100 };
    assert_eq!(drawn(&mut desk), [(two, expected)]);
    assert_eq!(drawn(&mut desk), []);
    desk.keys("f12 q");
    desk.frame(two, 2);
    assert_eq!(drawn(&mut desk), []);
}

#[test]
fn what_cannot_be_opened_says_why() {
    let mut desk = Desk::new();
    desk.go(1, 2).keys("s");
    assert_eq!(desk.said(), "Serial console: needs an active VM; it is shut off");
    desk.go(3, 0).keys("c");
    assert!(desk.said().contains("read-only"), "{}", desk.said());
    let desc = VmDesc {
        others: vec![("channel".into(), "agent".into())],
        ..VmDesc::default()
    };
    let uuid = key(1, 0).uuid;
    desk.host(
        1,
        HostEvent::Desc {
            uuid,
            desc: Arc::new(desc),
        },
    );
    desk.go(1, 0).keys("s");
    assert!(desk.said().contains("no serial or console device"), "{}", desk.said());
    desk.keys("c");
    assert!(desk.said().contains("no graphics device"), "{}", desk.said());
    desk.keys(": c o n s o l e . t i c k e t enter");
    assert!(desk.said().contains("no VNC display"), "{}", desk.said());
    let error = HvError::own(ErrorKind::Unreachable, "virConnectOpen", "no route");
    let down = ConnState::Down {
        since: desk.now,
        retry_at: desk.now,
        attempt: 1,
        error,
    };
    desk.host(1, HostEvent::Conn(down));
    desk.go(1, 1).keys("s");
    assert!(desk.said().contains("host lab is"), "{}", desk.said());
    assert!(desk.model.consoles.is_empty());
    desk.keys("o");
    assert!(desk.said().contains("no console is open"), "{}", desk.said());
}
