//! Any size of screen.

use proptest::prelude::*;

use crate::app::layers::Layer;
use crate::app::view::{MINIMUM, Pane, Panel, Tab, View};
use crate::base::ids::{HostId, NodeId};
use crate::ui::tests::fixture::{Desk, text, vm_key};
use crate::ui::tests::layers;

#[test]
fn too_small_says_what_is_needed() {
    let mut desk = Desk::new();
    let (shown, _) = desk.screen(40, 10);
    assert!(
        shown.contains("needs 60x15") && shown.contains("this is 40x10"),
        "{shown}"
    );
    let (shown, _) = desk.screen(MINIMUM.0, MINIMUM.1);
    assert!(shown.contains("web-1") && !shown.contains("needs"), "{shown}");
    for (width, height) in [(1, 1), (2, 300), (300, 2), (59, 15), (60, 14)] {
        desk.screen(width, height);
    }
}

#[test]
fn every_tab_at_every_common_size() {
    let mut desk = Desk::new();
    for (width, height) in [MINIMUM, (80, 24), (120, 40), (200, 60)] {
        for node in [
            NodeId::Fleet,
            NodeId::Host(HostId(1)),
            NodeId::Host(HostId(2)),
            NodeId::Vm(vm_key(1, 4)),
        ] {
            for tab in Tab::of(node) {
                let (shown, _) = desk.tab(node, *tab).screen(width, height);
                assert!(shown.contains(&format!("[{}]", tab.title())), "{shown}");
            }
        }
    }
}

#[test]
fn drawing_changes_nothing() {
    let mut desk = Desk::new();
    desk.screen(120, 40);
    let once = text(&desk.drawn(120, 40).0);
    assert_eq!(once, text(&desk.drawn(120, 40).0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn no_size_panics(
        width in 1u16..300,
        height in 1u16..120,
        row in 0usize..20,
        tab in 0usize..7,
        list in any::<bool>(),
        zoom in any::<bool>(),
        ascii in any::<bool>(),
        pane in prop_oneof![Just(Pane::Navigator), Just(Pane::Detail), Just(Pane::Panel)],
        panel in prop_oneof![Just(None), Just(Some(Panel::Tasks)), Just(Some(Panel::Events))],
        layer in prop::option::of(0usize..11),
    ) {
        let mut desk = Desk::new();
        desk.model.options.ascii = ascii;
        desk.model.zoom = zoom;
        desk.model.panel = panel;
        let nodes = desk.model.tree.nodes.clone();
        desk.model.tree.cursor.go(&nodes, row);
        let node = desk.model.selected();
        if let Some(tab) = Tab::of(node).get(tab) {
            desk.model.detail.set_tab(node, *tab);
        }
        if list {
            desk.model.view = View::List;
            desk.rebuild();
        }
        desk.model.pane = pane;
        if let Some(layer) = layer {
            let chosen: Layer = layers::all().swap_remove(layer);
            desk.model.layers = vec![chosen];
        }
        desk.screen(width, height);
    }
}
