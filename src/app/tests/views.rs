//! Moving about by keys.

use super::*;

#[test]
fn filter_keeps_ancestors_and_clears() {
    let mut desk = Desk::new();
    desk.keys("/ 2 - 1 enter");
    let vms: Vec<_> = desk.model.tree.nodes.iter().filter_map(|node| node.vm()).collect();
    assert_eq!(vms, [key(2, 1)]);
    assert!(
        desk.model.tree.nodes.contains(&NodeId::Host(HostId(2))),
        "the host above the hit stays"
    );
    assert_eq!(desk.model.selected(), NodeId::Vm(key(2, 1)));
    desk.keys("esc");
    assert_eq!(
        desk.model.tree.nodes.iter().filter(|node| node.vm().is_some()).count(),
        9
    );
    assert_eq!(
        desk.model.selected(),
        NodeId::Vm(key(2, 1)),
        "the cursor stays on the VM"
    );
}

#[test]
fn cursor_and_marks_follow_a_migration() {
    let mut desk = Desk::new();
    desk.go(1, 0).keys("space");
    desk.go(1, 0);
    let mut moved = vm(1, 0, VmState::Running);
    moved.name = "vm-1-0".into();
    desk.host(2, HostEvent::Vms(vec![moved]));
    desk.host(1, HostEvent::VmGone(key(1, 0).uuid));
    let there = VmKey {
        host: HostId(2),
        uuid: key(1, 0).uuid,
    };
    assert_eq!(desk.model.selected(), NodeId::Vm(there));
    assert!(desk.model.marks.contains(&there));
}

#[test]
fn a_lost_host_keeps_rows_and_refuses_verbs_with_the_reason() {
    let mut desk = Desk::new();
    let error = crate::hv::error::HvError::own(crate::hv::error::ErrorKind::Unreachable, "virConnectOpen", "gone");
    let now = desk.now;
    desk.host(
        1,
        HostEvent::Conn(ConnState::Down {
            since: now,
            retry_at: now,
            attempt: 1,
            error,
        }),
    );
    assert!(desk.model.store.vm(key(1, 0)).is_some());
    desk.go(1, 0).keys("p f");
    assert!(desk.said().contains("host lab is down"), "{}", desk.said());
}

#[test]
fn list_sorts_and_comes_back_to_the_same_vm() {
    let mut desk = Desk::new();
    desk.go(2, 1).keys("L");
    assert_eq!(desk.model.view, View::List);
    assert_eq!(desk.model.selected(), NodeId::Vm(key(2, 1)));
    desk.keys("1 1");
    assert_eq!(
        desk.model.selected(),
        NodeId::Vm(key(2, 1)),
        "sorting does not move the cursor's VM"
    );
    desk.keys("L");
    assert_eq!(
        (desk.model.view, desk.model.selected()),
        (View::Tree, NodeId::Vm(key(2, 1)))
    );
}

#[test]
fn command_line_completes_runs_and_explains() {
    let mut desk = Desk::new();
    desk.go(1, 2);
    for c in ":vm.star".chars() {
        desk.send(Msg::Key {
            key: crate::base::key::Key::char(c),
            repeat: false,
        });
    }
    desk.keys("tab enter");
    assert_eq!(desk.ordered(), [(PowerVerb::Start, key(1, 2))]);
    desk.keys(": x y z enter");
    let Some(Layer::Command(line)) = desk.model.layers.last() else {
        panic!("the line stays open")
    };
    assert!(
        line.error
            .as_deref()
            .is_some_and(|error| error.contains("is no action"))
    );
}

#[test]
fn palette_goes_to_a_vm() {
    let mut desk = Desk::new();
    desk.keys("ctrl-p v m - 3 - 2 enter");
    assert_eq!(desk.model.selected(), NodeId::Vm(key(3, 2)));
}

#[test]
fn quitting_asks_and_back_goes_step_by_step() {
    let mut desk = Desk::new();
    desk.keys("tab");
    assert_eq!(desk.model.pane, Pane::Detail);
    desk.keys("q");
    assert_eq!(desk.model.pane, Pane::Navigator);
    desk.keys("q");
    assert!(desk.question().is_some());
    desk.keys("n q y");
    assert!(desk.effects.contains(&Effect::Quit));
}

#[test]
fn hosts_are_told_what_is_looked_at() {
    let mut desk = Desk::new();
    desk.go(2, 1).keys("up down");
    let focus = desk.effects.iter().rev().find_map(|effect| match effect {
        Effect::Host(HostId(2), HostCommand::Focus(focus)) => Some(focus.clone()),
        _ => None,
    });
    assert_eq!(focus.and_then(|focus| focus.detail), Some(key(2, 1).uuid));
}

#[test]
fn columns_are_chosen_ordered_and_kept() {
    let mut desk = Desk::new();
    desk.keys("L C");
    let Some(Layer::Form(form)) = desk.model.layers.last() else {
        panic!("a form of columns")
    };
    assert!(
        form.fields[0].label.contains("< and > move it"),
        "how is always in view"
    );
    // hides the name, moves the state behind the host
    desk.keys("space down > enter");
    let ids: Vec<&str> = desk.model.list.columns.iter().map(|column| column.id()).collect();
    assert_eq!(ids[..3], ["host", "state", "cpu"]);
    assert!(desk.effects.contains(&Effect::SaveState));
}

#[test]
fn a_phrase_can_be_typed_fast_but_not_answered_by_a_held_key() {
    use crate::base::key::{Key, KeyCode};
    let mut desk = Desk::new();
    desk.go(2, 0).keys("p f");
    let held = |desk: &mut Desk, key| desk.send(Msg::Key { key, repeat: true });
    let phrase = match desk.model.layers.last() {
        Some(Layer::Confirm(question)) => question.phrase.clone().expect("production wants it typed"),
        other => panic!("{other:?}"),
    };
    for c in phrase.chars() {
        held(&mut desk, Key::char(c));
    }
    held(&mut desk, Key::plain(KeyCode::Enter));
    assert_eq!(desk.ordered(), []);
    desk.keys("enter");
    assert_eq!(desk.ordered(), [(PowerVerb::ForceOff, key(2, 0))]);
}

#[test]
fn questions_name_vms_in_their_natural_order() {
    let mut desk = Desk::new();
    desk.host(
        1,
        HostEvent::Vms(vec![{
            let mut last = vm(1, 0, VmState::Running);
            last.name = "vm-1-10".into();
            last
        }]),
    );
    desk.go(1, 0).keys("space");
    desk.go(1, 1).keys("space p f");
    let Some(Layer::Confirm(question)) = desk.model.layers.last() else {
        panic!("a question")
    };
    let at = |name: &str| question.lines.iter().position(|line| line.contains(name));
    assert!(at("vm-1-1 ") < at("vm-1-10 "), "{:?}", question.lines);
}
