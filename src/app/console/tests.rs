//! Tabs and panes on plain data.

use super::*;
use crate::base::ids::HostId;

fn console(n: u128) -> Console {
    let vm = VmKey {
        host: HostId(1),
        uuid: uuid::Uuid::from_u128(n),
    };
    let kind = ConsoleKind::Serial {
        device: None,
        force: false,
    };
    Console::new(vm, kind, 0)
}

#[test]
fn tabs_keep_what_is_shown_when_others_go() {
    let mut consoles = Consoles::default();
    let ids: Vec<ConsoleId> = (0..3).map(|n| consoles.add(console(n))).collect();
    consoles.show(ids[1]);
    consoles.remove(ids[0]);
    assert_eq!(consoles.focused(), Some(ids[1]));
    consoles.remove(ids[1]);
    assert_eq!(consoles.focused(), Some(ids[2]));
    consoles.remove(ids[2]);
    assert_eq!(consoles.focused(), None);
    assert!(consoles.tabs.is_empty() && consoles.open.is_empty());
}

#[test]
fn splitting_and_back_loses_nobody() {
    let mut consoles = Consoles::default();
    let ids: Vec<ConsoleId> = (0..3).map(|n| consoles.add(console(n))).collect();
    consoles.show(ids[1]);
    consoles.split();
    assert_eq!(consoles.focused(), Some(ids[1]));
    consoles.split();
    assert_eq!(consoles.tabs.len(), 1);
    assert_eq!(consoles.shown().map(|tab| tab.panes.len()), Some(3));
    assert_eq!(consoles.focused(), Some(ids[1]));
    consoles.tabs[0].broadcast = true;
    assert_eq!(consoles.typed_to().len(), 3);
    consoles.split();
    assert_eq!(consoles.tabs.len(), 3);
    assert_eq!(consoles.focused(), Some(ids[1]));
    assert_eq!(consoles.typed_to(), [ids[1]]);
}

#[test]
fn gathering_takes_from_everywhere() {
    let mut consoles = Consoles::default();
    let ids: Vec<ConsoleId> = (0..4).map(|n| consoles.add(console(n))).collect();
    consoles.tab = 0;
    consoles.split();
    consoles.tabs[0].broadcast = true;
    consoles.gather(&[ids[1], ids[2]]);
    assert_eq!(consoles.tabs.len(), 3);
    assert_eq!(consoles.shown().unwrap().panes, [ids[1], ids[2]]);
    // one console alone is not typed to together with others
    assert!(consoles.tabs.iter().all(|tab| !tab.broadcast));
    assert_eq!(consoles.typed_to().len(), 1);
}

#[test]
fn the_keys_stay_when_an_earlier_console_of_the_tab_goes() {
    let mut consoles = Consoles::default();
    let ids: Vec<ConsoleId> = (0..3).map(|n| consoles.add(console(n))).collect();
    consoles.gather(&ids);
    consoles.show(ids[2]);
    consoles.remove(ids[0]);
    assert_eq!(consoles.focused(), Some(ids[2]));
}
