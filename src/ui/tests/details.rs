//! What overviews and tables say, and what of them can be clicked.

use std::sync::Arc;
use std::time::Duration;

use crate::app::msg::Msg;
use crate::app::view::{Hit, Pane, Panel, Tab, View};
use crate::base::ids::{HostId, NodeId};
use crate::hv::event::HostEvent;
use crate::hv::guest::{AddressSource, GuestAddress, GuestInfo};
use crate::ui::HitMap;
use crate::ui::tests::fixture::{Desk, vm_key};

fn has(shown: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(shown.contains(wanted), "no '{wanted}' in\n{shown}");
    }
}

/// Everything that can be hit on a screen of this size.
fn hits(map: &HitMap, width: u16, height: u16) -> Vec<Hit> {
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    places.filter_map(|(x, y)| map.hit(x, y)).collect()
}

#[test]
fn rows_can_be_clicked() {
    let mut desk = Desk::new();
    for (tab, node) in [
        (Tab::Overview, NodeId::Vm(vm_key(1, 3))),
        (Tab::Overview, NodeId::Host(HostId(2))),
        (Tab::Vms, NodeId::Vm(vm_key(1, 0))),
    ] {
        let (_, map) = desk.tab(NodeId::Fleet, tab).screen(160, 50);
        assert!(hits(&map, 160, 50).contains(&Hit::Link(node)), "{tab:?} {node:?}");
    }
    desk.model.panel = Some(Panel::Events);
    let (_, map) = desk.screen(160, 50);
    assert!(hits(&map, 160, 50).contains(&Hit::PanelRow(1)));
}

#[test]
fn a_vm_tells_all_its_numbers() {
    let mut desk = Desk::new();
    let vm = NodeId::Vm(vm_key(1, 0));
    let (shown, _) = desk.tab(vm, Tab::Overview).screen(160, 60);
    has(
        &shown,
        &[
            "of 2 vCPUs (at most 4)",
            "of the host",
            "steal",
            "requests",
            "latency ",
            "errors ",
            "drops ",
            "VM web-1 on alpha",
        ],
    );
    let (shown, _) = desk.tab(NodeId::Host(HostId(1)), Tab::Overview).screen(160, 60);
    has(&shown, &["iowait", "idle", "cache", "buffers", "cell 0", "vCPUs given"]);
}

#[test]
fn one_address_names_all_its_sources() {
    let mut desk = Desk::new();
    let address = |source| GuestAddress {
        interface: "vnet0".into(),
        mac: "52:54:00:00:00:01".into(),
        address: "192.0.2.7/24".into(),
        source,
    };
    let info = GuestInfo {
        addresses: vec![address(AddressSource::Lease), address(AddressSource::Arp)],
        ..GuestInfo::default()
    };
    let uuid = vm_key(1, 0).uuid;
    desk.host(
        1,
        HostEvent::Guest {
            uuid,
            info: Arc::new(info),
        },
    );
    let (shown, _) = desk.tab(NodeId::Vm(vm_key(1, 0)), Tab::Guest).screen(160, 50);
    has(&shown, &["lease, arp"]);
    assert_eq!(shown.matches("192.0.2.7/24").count(), 1, "{shown}");
    assert!(!shown.contains("read "), "what is fresh needs no age\n{shown}");
    desk.now = desk.now.after(Duration::from_secs(12));
    desk.send(Msg::Tick);
    let (shown, _) = desk.screen(160, 50);
    has(&shown, &["Addresses, read 12s ago"]);
}

#[test]
fn old_numbers_show_their_age_everywhere() {
    let mut desk = Desk::new();
    desk.now = desk.now.after(Duration::from_secs(12));
    desk.send(Msg::Tick);
    let (tree, _) = desk.tab(NodeId::Fleet, Tab::Overview).screen(160, 50);
    has(&tree, &["up to 13s old"]);
    for name in ["fleet ", "blue ", "alpha ", "web-1 "] {
        let found = tree.lines().any(|line| {
            let left: String = line.chars().take(75).collect();
            left.contains(name) && left.contains("13s")
        });
        assert!(found, "{name}\n{tree}");
    }
    desk.model.view = View::List;
    desk.rebuild();
    let (list, _) = desk.screen(160, 50);
    assert!(
        list.lines().any(|line| line.contains("web-1") && line.contains("13s")),
        "{list}"
    );
}

#[test]
fn the_path_fits_beside_everything_else() {
    let mut desk = Desk::new();
    desk.model.options.demo = true;
    desk.go(NodeId::Vm(vm_key(1, 0)));
    let first = |desk: &mut Desk, width| desk.screen(width, 24).0.lines().next().unwrap_or_default().to_owned();
    has(
        &first(&mut desk, 120),
        &[
            "virt-deck",
            "fleet › east › blue › alpha › web-1",
            "PROD",
            "hosts ▲1 up",
        ],
    );
    has(
        &first(&mut desk, 80),
        &["fleet › east › blue › alpha › web-1", "PROD", "DEMO", "▲1"],
    );
    has(&first(&mut desk, 60), &["web-1", "PROD", "▲1"]);
}

#[test]
fn columns_that_do_not_fit_are_counted() {
    let mut desk = Desk::new();
    desk.model.view = View::List;
    desk.rebuild();
    has(&desk.screen(80, 24).0, &["8 of 10 columns fit"]);
    assert!(!desk.screen(250, 24).0.contains("columns fit"));
}

#[test]
fn the_tree_names_its_numbers() {
    let mut desk = Desk::new();
    for width in [80, 120, 200] {
        has(&desk.screen(width, 24).0, &[" CPU", " MEM"]);
    }
}

#[test]
fn lines_of_a_chart_are_told_apart_without_colour() {
    let mut desk = Desk::new();
    let vm = NodeId::Vm(vm_key(1, 0));
    let (coloured, _) = desk.tab(vm, Tab::Statistics).screen(120, 50);
    has(&coloured, &["━ busy", "━ steal"]);
    desk.model.theme = Arc::new(crate::config::theme::load("mono", None).theme);
    let (plain, _) = desk.screen(120, 50);
    has(&plain, &["* busy", "+ steal"]);
}

#[test]
fn what_a_narrow_panel_says_fits() {
    let mut desk = Desk::new();
    desk.model.panel = Some(Panel::Events);
    desk.model.pane = Pane::Navigator;
    let (wide, _) = desk.screen(160, 50);
    has(&wide, &["12-31 23:59:59", "normal"]);
    let (beside, _) = desk.screen(180, 50);
    has(&beside, &["23:59:59 · web-1 on alpha: started (booted)"]);
    // the row with the cursor is told in full below only when it is cut
    desk.model.pane = Pane::Panel;
    let (below, _) = desk.screen(80, 24);
    assert_eq!(
        below.matches("vda").count() + below.matches("started (booted)").count(),
        2,
        "{below}"
    );
}

#[test]
fn dialogs_are_ascii_too() {
    let mut desk = Desk::new();
    desk.model.options.ascii = true;
    desk.model.pane = Pane::Navigator;
    for layer in crate::ui::tests::layers::all() {
        desk.model.layers = vec![layer];
        // the fixture looks for foreign characters
        desk.screen(80, 24);
    }
}
