//! Screens by keys: combinations and panning.

use super::*;
use crate::hv::console::{ConsoleCommand, ConsoleFrame, ConsoleState, ConsoleUpdate};

#[test]
fn key_combinations_take_the_way_that_there_is() {
    let mut desk = Desk::new();
    let line = desk.line(1, 0);
    desk.keys("f12 d");
    assert!(desk.said().contains("serial console"), "{}", desk.said());
    desk.keys("f12 tab");
    let screen = desk.model.consoles.focused().unwrap();
    assert_ne!(line, screen);
    desk.keys("f12 d");
    assert!(desk.said().contains("not connected"), "{}", desk.said());
    desk.live(screen);
    desk.told();
    desk.keys("f12 d");
    assert_eq!(desk.told(), [(screen, ConsoleCommand::Chord(vec![29, 56, 111]))]);
    // pictures take no keys, but libvirt does
    let state = ConsoleState::Live {
        way: "screenshots".into(),
        note: None,
        keys: false,
    };
    desk.news(screen, ConsoleUpdate::State(state));
    desk.keys("f12 d");
    assert!(matches!(&desk.ordered()[..], [(PowerVerb::SendKeys { codes, .. }, vm)]
        if *codes == [29, 56, 111] && *vm == key(1, 0)));
    // the menu has more of them
    desk.keys("f12 k");
    assert!(matches!(desk.model.layers.last(), Some(Layer::Menu(menu)) if menu.entries.len() > 5));
}

#[test]
fn panning_does_not_wait_for_pictures() {
    let mut desk = Desk::new();
    desk.go(1, 0).keys("c");
    let id = desk.model.consoles.focused().unwrap();
    desk.live(id);
    desk.frame(id, 1);
    let frame = |pan| ConsoleFrame {
        serial: 2,
        size: (720, 400),
        pan,
        ..ConsoleFrame::default()
    };
    desk.news(id, ConsoleUpdate::Frame(Arc::new(frame((0, 0)))));
    desk.keys("f12 z right right down");
    assert_eq!(desk.console(id).pan, (128, 64));
    for _ in 0..20 {
        desk.keys("right");
    }
    assert_eq!(desk.console(id).pan.0, 720, "not beyond the picture");
    // it was kept within bounds: one key back is seen at once
    desk.news(id, ConsoleUpdate::Frame(Arc::new(frame((560, 64)))));
    desk.keys("left");
    assert_eq!(desk.console(id).pan, (496, 64));
}
