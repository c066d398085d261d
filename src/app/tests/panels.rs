//! Rows of tasks and events, and rows inside of the details.

use super::*;
use crate::app::msg::MouseAction;
use crate::app::view::{Hit, Panel, Tab};
use crate::base::text::Text;
use crate::hv::error::{ErrorKind, HvError};
use crate::hv::event::{LogEntry, Severity, Subject};

/// An event about a VM of the first host.
fn log(desk: &mut Desk, n: u32, message: &str) {
    desk.host(
        1,
        HostEvent::Log(LogEntry {
            unix_millis: i64::from(n),
            severity: Severity::Normal,
            subject: Subject::Vm(key(1, n).uuid),
            name: Text::from(format!("vm-1-{n}")),
            message: message.into(),
        }),
    );
}

fn event(desk: &Desk) -> String {
    let found = desk.model.panel_event();
    found.map_or_else(String::new, |record| record.entry.message.to_string())
}

fn click(desk: &mut Desk, action: MouseAction, hit: Hit) {
    desk.send(Msg::Mouse { action, hit: Some(hit) });
}

#[test]
fn the_cursor_stays_on_its_event() {
    let mut desk = Desk::new();
    for (n, message) in [(0, "first"), (1, "second"), (2, "third")] {
        log(&mut desk, n, message);
    }
    desk.keys("e");
    assert_eq!(event(&desk), "third", "a new panel shows the newest");
    desk.model.pane = Pane::Panel;
    desk.keys("down");
    assert_eq!(event(&desk), "second");
    log(&mut desk, 0, "fourth");
    assert_eq!(event(&desk), "second", "a new event moves rows, not the cursor");
    desk.keys("g g");
    log(&mut desk, 0, "fifth");
    assert_eq!(event(&desk), "fifth", "at the top it stays with the newest");
}

#[test]
fn enter_opens_the_row_that_the_filter_shows() {
    let mut desk = Desk::new();
    log(&mut desk, 2, "wanted");
    log(&mut desk, 1, "something else");
    desk.keys("/ w a n t e d enter");
    desk.keys("e");
    desk.model.pane = Pane::Panel;
    desk.keys("enter");
    assert_eq!(desk.model.selected(), NodeId::Vm(key(1, 2)));
}

#[test]
fn rows_of_panels_are_clicked_and_wheeled() {
    let mut desk = Desk::new();
    for n in 0..3 {
        log(&mut desk, n, &format!("event {n}"));
    }
    desk.keys("e");
    click(&mut desk, MouseAction::Press, Hit::PanelRow(1));
    assert_eq!((desk.model.pane, event(&desk)), (Pane::Panel, "event 1".to_owned()));
    click(&mut desk, MouseAction::Wheel(1), Hit::PanelRow(1));
    assert_eq!(event(&desk), "event 0");
    click(&mut desk, MouseAction::DoublePress, Hit::PanelRow(0));
    assert_eq!(desk.model.selected(), NodeId::Vm(key(1, 2)));
}

#[test]
fn messages_are_copied_from_panels() {
    let mut desk = Desk::new();
    desk.go(1, 0).keys("p f y");
    let id = desk.model.tasks.iter().next().expect("a task").id;
    let error = HvError::own(ErrorKind::Permission, "virDomainDestroyFlags", "no permission for you");
    desk.host(
        1,
        HostEvent::Task {
            task: id,
            update: TaskUpdate::Failed(error),
        },
    );
    desk.model.layers.clear();
    desk.keys("w");
    desk.model.pane = Pane::Panel;
    desk.effects.clear();
    desk.keys("y");
    assert_eq!(desk.effects, [Effect::Copy("no permission for you".to_owned())]);
    desk.keys("Y");
    let Some(Layer::Menu(menu)) = desk.model.layers.last() else {
        panic!("a menu of what can be copied")
    };
    assert!(menu.entries[0].label.contains("no permission for you"));
}

#[test]
fn wide_screens_show_events_until_they_are_closed() {
    let mut desk = Desk::new();
    assert_eq!(desk.model.shown_panel(), None);
    desk.send(Msg::Resize(200, 50));
    assert_eq!(desk.model.shown_panel(), Some(Panel::Events));
    desk.keys("shift-tab");
    assert_eq!(desk.model.pane, Pane::Panel);
    desk.send(Msg::Resize(160, 50));
    assert_eq!(desk.model.pane, Pane::Navigator, "keys never go where nothing is");
    desk.send(Msg::Resize(200, 50));
    desk.keys("e");
    assert_eq!(desk.model.shown_panel(), None);
    desk.keys("w");
    assert_eq!(desk.model.shown_panel(), Some(Panel::Tasks));
}

#[test]
fn vms_in_the_details_have_a_cursor() {
    let mut desk = Desk::new();
    let host = NodeId::Host(HostId(2));
    let nodes = desk.model.tree.nodes.clone();
    assert!(desk.model.tree.cursor.go_to(&nodes, host));
    desk.model.detail.set_tab(host, Tab::Vms);
    desk.model.pane = Pane::Detail;
    (desk.model.sizes.detail_lines, desk.model.sizes.detail_rows) = (4, 20);
    desk.keys("down");
    assert_eq!(desk.model.detail.pointer(host), Some(NodeId::Vm(key(2, 0))));
    desk.keys("down");
    let mut gone = desk.model.store.vm(key(2, 0)).expect("known").record.clone();
    gone.name = "zz-last".into();
    desk.host(2, HostEvent::Vms(vec![gone]));
    assert_eq!(desk.model.detail.pointer(host), Some(NodeId::Vm(key(2, 1))));
    desk.keys("enter");
    assert_eq!(desk.model.selected(), NodeId::Vm(key(2, 1)));
    assert_eq!(desk.model.pane, Pane::Detail);
    click(&mut desk, MouseAction::DoublePress, Hit::Link(NodeId::Vm(key(3, 0))));
    assert_eq!(desk.model.selected(), NodeId::Vm(key(3, 0)));
}

#[test]
fn what_no_event_tells_of_is_read_again_while_looked_at() {
    let mut desk = Desk::new();
    desk.go(1, 0);
    desk.send(Msg::Tick);
    desk.host(
        1,
        HostEvent::Guest {
            uuid: key(1, 0).uuid,
            info: Arc::default(),
        },
    );
    let fetch = Effect::Host(HostId(1), HostCommand::FetchGuest(key(1, 0).uuid));
    desk.effects.clear();
    desk.wait(20);
    assert!(!desk.effects.contains(&fetch));
    desk.wait(20).wait(1);
    let count = desk.effects.iter().filter(|effect| **effect == fetch).count();
    assert_eq!(count, 1, "once, not with every tick");
}

#[test]
fn rows_of_dashboards_are_reached_by_keys() {
    let mut desk = Desk::new();
    desk.keys("g g tab");
    assert_eq!(desk.model.selected(), NodeId::Fleet);
    let (host, vm) = (NodeId::Host(HostId(3)), NodeId::Vm(key(2, 0)));
    desk.model.sizes.links = vec![host, vm];
    desk.keys("n n");
    assert_eq!(desk.model.detail.pointer(NodeId::Fleet), Some(vm));
    desk.keys("N");
    assert_eq!(desk.model.detail.pointer(NodeId::Fleet), Some(host));
    desk.keys("enter");
    assert_eq!((desk.model.selected(), desk.model.pane), (host, Pane::Detail));
}
