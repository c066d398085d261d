//! What the panes say.

use crate::app::view::{Hit, Pane, Panel, Tab, View};
use crate::base::ids::{ClusterId, HostId, NodeId};
use crate::ui::tests::fixture::{Desk, vm_key};

fn has(shown: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(shown.contains(wanted), "no '{wanted}' in\n{shown}");
    }
}

#[test]
fn tree_shows_states_by_letter() {
    let mut desk = Desk::new();
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let (shown, hits) = desk.screen(width, height);
        has(
            &shown,
            &[
                "virt-deck",
                "fleet",
                "east",
                "blue",
                "▲U",
                "▼D",
                "alpha",
                "beta",
                "PROD",
            ],
        );
        has(
            &shown,
            &[
                "●R web-1",
                "○O web-2",
                "◐P db-1",
                "✖X crash-1",
                "I/O error",
                "Connection refus",
            ],
        );
        has(&shown, &["▲1 up", "▼1 down"]);
        assert!(hits.sizes.navigator_rows > 10);
        if width > 100 {
            has(&shown, &["Capacity and use", "[Overview]", "Problems", "16 of 32 CPUs"]);
        }
    }
}

#[test]
fn hosts_and_vms_in_detail() {
    let mut desk = Desk::new();
    let (host, vm, lost) = (
        NodeId::Host(HostId(1)),
        NodeId::Vm(vm_key(1, 0)),
        NodeId::Host(HostId(2)),
    );
    for (node, tab, wanted) in [
        (
            NodeId::Fleet,
            Tab::Overview,
            &["Hosts (2)", "Most CPU", "web-1", "crashed on alpha"][..],
        ),
        (
            NodeId::Cluster(ClusterId(1)),
            Tab::Vms,
            &["NAME", "web-2", "○O shut off"],
        ),
        (
            host,
            Tab::Overview,
            &[
                "state",
                "up for",
                "qemu+ssh://alpha",
                "NUMA cells",
                "11.0G cache",
                "10.0.0",
            ],
        ),
        (host, Tab::Statistics, &["user", "iowait", "100%", "now"]),
        (
            host,
            Tab::Storage,
            &["Pool images", "web-1.qcow2", "60.0G free of 100G"],
        ),
        (host, Tab::Networks, &["Network default", "DHCP leases", "192.0.2.7"]),
        (host, Tab::Devices, &["pci_0000_00_02_0", "A graphic"]),
        (
            lost,
            Tab::Overview,
            &[
                "down for 1s",
                "Connection refused by beta",
                "start libvirtd",
                "attempt 3",
                "last that is known",
            ],
        ),
        (
            vm,
            Tab::Overview,
            &[
                "running (booted)",
                "The first web server",
                "192.0.2.7/24 (source: lease)",
                "steal",
            ],
        ),
        (vm, Tab::Statistics, &["CPU, of its vCPUs", "busy", "steal"]),
        (vm, Tab::Devices, &["vda", "/pool/web-1.qcow2", "52:54:00:00:00:01"]),
        (vm, Tab::Guest, &["Guest agent is not responding", "lease", "ext4"]),
        (vm, Tab::Snapshots, &["base", "└─ patched", "you are here"]),
        (
            vm,
            Tab::Xml,
            &["1 <domain type='kvm'>", "<name>web-1</name>", "<U+202E>"],
        ),
        (
            vm,
            Tab::Events,
            &["12-31 23:59:59 ", "started (booted)", "\\x1b]0;x\\x07vda"],
        ),
        (
            NodeId::Vm(vm_key(2, 0)),
            Tab::Overview,
            &["host beta is down", "last that is known"],
        ),
    ] {
        let (shown, hits) = desk.tab(node, tab).screen(110, 60);
        has(&shown, wanted);
        assert!(hits.sizes.detail_lines > 0);
    }
}

#[test]
fn long_content_scrolls() {
    let mut desk = Desk::new();
    let host = NodeId::Host(HostId(1));
    let (_, hits) = desk.tab(host, Tab::Overview).screen(80, 15);
    let (lines, rows) = (hits.sizes.detail_lines, usize::from(hits.sizes.detail_rows));
    assert!(lines > rows);
    desk.model.detail.set_offset(host, lines, lines, rows);
    let (shown, _) = desk.screen(80, 15);
    has(&shown, &["cell 0", &format!("{lines}/{lines}")]);
}

#[test]
fn search_finds_lines() {
    let mut desk = Desk::new();
    desk.tab(NodeId::Vm(vm_key(1, 0)), Tab::Xml);
    desk.model.detail.search = Some(crate::app::input::Input::new("NAME"));
    desk.model.detail.typing = true;
    let (shown, hits) = desk.screen(120, 40);
    assert_eq!(hits.sizes.matches, [1]);
    has(&shown, &["search: NAME", "1 line"]);
    assert!(!shown.contains("1 lines"), "{shown}");
    desk.model.detail.typing = false;
    has(&desk.screen(120, 40).0, &["/NAME match 1/1"]);
}

#[test]
fn the_list_drops_columns_that_do_not_fit() {
    let mut desk = Desk::new();
    desk.model.view = View::List;
    desk.rebuild();
    let (shown, hits) = desk.screen(80, 24);
    has(&shown, &["NAME↑", "STATE", "web-1", "◐P I/O error"]);
    let (wide, _) = desk.screen(200, 40);
    has(&wide, &["VCPU"]);
    assert!(!shown.contains("VCPU"));
    let column = (0..80).find(|x| hits.hit(*x, 2) == Some(Hit::Column(1)));
    assert!(column.is_some(), "headings can be clicked");
    assert!((0..80).any(|x| hits.hit(x, 4) == Some(Hit::Row(1))));
}

#[test]
fn panels_below_and_beside() {
    let mut desk = Desk::new();
    for panel in [Panel::Events, Panel::Tasks] {
        for (width, height) in [(80, 24), (120, 40), (200, 60)] {
            for pane in [Pane::Navigator, Pane::Panel] {
                desk.model.panel = Some(panel);
                desk.model.pane = pane;
                let (shown, hits) = desk.screen(width, height);
                match panel {
                    Panel::Events => has(&shown, &["Events (2)"]),
                    Panel::Tasks => has(&shown, &["nothing was ordered yet"]),
                }
                let alone = width == 80 && pane == Pane::Panel;
                assert_eq!(shown.contains("web-2"), !alone, "{shown}");
                assert_eq!(hits.sizes.panel_lines, if panel == Panel::Events { 2 } else { 0 });
            }
        }
    }
}

#[test]
fn a_filter_keeps_and_greys_ancestors() {
    let mut desk = Desk::new();
    desk.model.filter.set("web-2");
    desk.model.parsed_filter = crate::inventory::Filter::parse("web-2");
    desk.rebuild();
    let (shown, _) = desk.screen(120, 40);
    has(&shown, &["/web-2 2/10", "east"]);
    desk.model.filtering = true;
    let (shown, _) = desk.screen(120, 40);
    has(&shown, &["filter: web-2", "2/10"]);
}

#[test]
fn ascii_is_ascii_everywhere() {
    let mut desk = Desk::new();
    desk.model.options.ascii = true;
    for node in [NodeId::Fleet, NodeId::Host(HostId(1)), NodeId::Vm(vm_key(1, 0))] {
        for tab in Tab::of(node) {
            // the fixture looks for foreign characters
            desk.tab(node, *tab).screen(200, 60);
        }
    }
}
