//! The wall: which pictures it has, which of them hosts are asked for.

use super::*;
use crate::app::view::Front;
use crate::base::cells::CellGrid;
use crate::hv::console::ConsoleCommand;
use crate::hv::display::{Thumbnail, ThumbnailWish};

/// What hosts were last asked for.
fn wishes(desk: &mut Desk) -> Vec<(u32, ThumbnailWish)> {
    let effects = std::mem::take(&mut desk.effects);
    let wishes = effects.into_iter().filter_map(|effect| match effect {
        Effect::Host(host, HostCommand::Thumbnails(wish)) => Some((host.0, wish)),
        _ => None,
    });
    wishes.collect()
}

fn picture(desk: &mut Desk, n: u32, fingerprint: u64) {
    let thumbnail = Thumbnail {
        grid: CellGrid::new(38, 14),
        size: (640, 480),
        black: false,
        text: None,
        words: Vec::new(),
        fingerprint,
    };
    let event = HostEvent::Thumbnail {
        uuid: key(1, n).uuid,
        thumbnail: Ok(Arc::new(thumbnail)),
    };
    desk.host(1, event);
}

#[test]
fn the_wall_has_the_running_vms_of_the_selection() {
    let mut desk = Desk::new();
    desk.go(1, 2).keys("W");
    assert_eq!(desk.model.front, Front::Wall);
    assert_eq!(
        desk.model.wall.vms,
        [key(1, 0), key(1, 1)],
        "of the VM's host, without what is off"
    );
    let asked = wishes(&mut desk);
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].0, asked[0].1.vms.len()), (1, 2));
    desk.keys("q");
    assert_eq!(desk.model.front, Front::Fleet);
    assert_eq!(
        wishes(&mut desk),
        [(1, ThumbnailWish::default())],
        "nobody looks any more"
    );
    desk.model.marks.extend([key(1, 1), key(2, 0), key(2, 2)]);
    desk.keys("W");
    assert_eq!(desk.model.wall.vms, [key(1, 1), key(2, 0)]);
    desk.keys("W");
    assert_eq!(desk.model.front, Front::Fleet);
}

#[test]
fn only_the_page_on_the_screen_is_asked_for() {
    let mut desk = Desk::new();
    let vms = (10..40).map(|n| vm(1, n, VmState::Running)).collect();
    desk.host(1, HostEvent::Vms(vms));
    desk.send(Msg::Resize(160, 50));
    desk.go(1, 0);
    desk.effects.clear();
    desk.keys("W");
    let (across, down) = (4, 3);
    let first = wishes(&mut desk);
    assert_eq!(first[0].1.vms.len(), across * down);
    assert_eq!(first[0].1.vms[0], desk.model.wall.vms[0].uuid);
    desk.keys("right down");
    assert_eq!(desk.model.wall.cursor.index(), across + 1);
    assert_eq!(wishes(&mut desk), [], "the same page");
    desk.keys("pagedown");
    let second = wishes(&mut desk);
    assert_eq!(second[0].1.vms[0], desk.model.wall.vms[across * down].uuid);
    desk.keys("end");
    assert_eq!(desk.model.wall.cursor.index(), 31);
    assert_eq!(wishes(&mut desk)[0].1.vms.len(), 32 - 24);
    desk.keys("ctrl-f");
    assert_eq!(
        wishes(&mut desk),
        [(1, ThumbnailWish::default())],
        "frozen screens need nothing"
    );
    desk.keys("ctrl-f home");
    assert_eq!(desk.model.wall.cursor.index(), 0);
    desk.send(Msg::Resize(80, 24));
    let small = wishes(&mut desk);
    assert_eq!(small.last().map(|(_, wish)| wish.vms.len()), Some(2));
}

#[test]
fn enter_opens_the_screen_under_the_cursor() {
    let mut desk = Desk::new();
    desk.go(1, 0).keys("W right enter");
    assert_eq!(desk.model.front, Front::Consoles);
    let console = desk.model.consoles.current().unwrap();
    assert_eq!((console.vm, console.is_serial()), (key(1, 1), false));
    let told = desk.told();
    let opened = told
        .iter()
        .filter(|(_, command)| matches!(command, ConsoleCommand::Open { .. }));
    assert_eq!(opened.count(), 1);
}

#[test]
fn pictures_that_stay_the_same_count_from_the_first() {
    let mut desk = Desk::new();
    desk.go(1, 0).keys("W");
    picture(&mut desk, 0, 7);
    let first = desk.now;
    desk.wait(90);
    picture(&mut desk, 0, 7);
    assert_eq!(desk.model.wall.seen[&key(1, 0)].since, first);
    assert_eq!(desk.model.wall.seen[&key(1, 0)].at, desk.now);
    picture(&mut desk, 0, 8);
    assert_eq!(desk.model.wall.seen[&key(1, 0)].since, desk.now);
}

#[test]
fn a_vm_that_goes_takes_the_cursor_to_its_neighbour() {
    let mut desk = Desk::new();
    desk.go(1, 0).keys("W right");
    assert_eq!(desk.model.selected(), NodeId::Vm(key(1, 1)));
    desk.host(1, HostEvent::VmGone(key(1, 1).uuid));
    assert_eq!(desk.model.selected(), NodeId::Vm(key(1, 0)));
}
