//! What consoles tell: states, copies, watched texts, tickets, and news of consoles that are gone.

use super::*;
use crate::app::effect::CLIPBOARD;
use crate::app::layers::viewer::Subject;
use crate::hv::command::Secret;
use crate::hv::console::{ConsoleCommand, ConsoleState, ConsoleUpdate, Traffic};
use crate::hv::display::{DisplayAnswer, DisplayCommand};
use crate::hv::error::{ErrorKind, HvError};

fn copied(desk: &Desk) -> Option<&str> {
    desk.effects.iter().rev().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.as_str()),
        _ => None,
    })
}

#[test]
fn a_watched_text_is_told_and_its_console_marked_until_seen() {
    let mut desk = Desk::new();
    let one = desk.line(1, 0);
    desk.keys("f12 w");
    desk.keys("ctrl-u p a n i c enter");
    desk.keys("enter");
    assert_eq!(desk.console(one).watch.as_deref(), Some("panic"));
    assert!(
        desk.told()
            .contains(&(one, ConsoleCommand::Watch(Some("panic".to_owned()))))
    );
    let two = desk.line(1, 1);
    desk.news(one, ConsoleUpdate::Seen("kernel panic\x1b[31m".into()));
    assert_eq!(desk.said(), "vm-1-0: kernel panic\\x1b[31m");
    assert!(desk.console(one).bell && !desk.console(two).bell);
    desk.keys("f12 [");
    assert!(!desk.console(one).bell, "who looks at it has seen it");
    desk.keys("f12 w");
    assert_eq!(desk.console(one).watch, None, "again ends it");
    assert!(desk.told().contains(&(one, ConsoleCommand::Watch(None))));
}

#[test]
fn bells_ring_for_who_does_not_look() {
    let mut desk = Desk::new();
    let one = desk.line(1, 0);
    desk.news(one, ConsoleUpdate::Bell);
    assert!(!desk.console(one).bell);
    desk.keys("f12 q");
    desk.news(one, ConsoleUpdate::Bell);
    assert!(desk.console(one).bell);
    desk.keys("o");
    assert!(!desk.console(one).bell);
}

#[test]
fn a_log_that_fails_is_not_shown_as_one() {
    let mut desk = Desk::new();
    let id = desk.line(1, 0);
    desk.keys("f12 l");
    desk.keys("enter enter");
    assert_eq!(desk.console(id).log.as_deref(), Some("vm-1-0.log"));
    let error = HvError::own(ErrorKind::Invalid, "log", "/x/vm-1-0.log: File exists");
    desk.news(id, ConsoleUpdate::Done(Err(error)));
    assert_eq!(desk.console(id).log, None);
    assert!(desk.said().contains("File exists"));
    desk.keys("f12 l");
    assert!(
        matches!(desk.model.layers.last(), Some(Layer::Form(_))),
        "another file can be named at once"
    );
}

#[test]
fn copies_are_the_newest_that_a_terminal_takes() {
    let mut desk = Desk::new();
    let id = desk.line(1, 0);
    desk.news(id, ConsoleUpdate::Copied("one\ntwo".into()));
    assert_eq!(desk.said(), "copied 2 lines");
    assert_eq!(copied(&desk), Some("one\ntwo"));
    let long: Vec<String> = (0..20_000).map(|n| format!("line {n}")).collect();
    desk.news(id, ConsoleUpdate::Copied(long.join("\n").into()));
    assert!(desk.said().contains("of 20000 lines"), "{}", desk.said());
    let text = copied(&desk).unwrap();
    assert!(text.len() <= CLIPBOARD && text.len() > CLIPBOARD - 100);
    assert!(text.starts_with("line ") && text.ends_with("line 19999"));
    desk.news(id, ConsoleUpdate::Copied("a".into()));
    assert_eq!(desk.said(), "copied 1 line");
}

#[test]
fn guests_get_at_the_clipboard_only_when_allowed() {
    let mut desk = Desk::new();
    let id = desk.line(1, 0);
    desk.news(id, ConsoleUpdate::Clipboard("secret".into()));
    assert_eq!(copied(&desk), None);
    desk.model.options.console.guest_clipboard = true;
    desk.news(id, ConsoleUpdate::Clipboard("secret".into()));
    assert_eq!(copied(&desk), Some("secret"));
    assert!(desk.said().contains("vm-1-0 put a text"), "{}", desk.said());
}

#[test]
fn news_of_consoles_that_are_gone_are_nobodys() {
    let mut desk = Desk::new();
    let id = desk.line(1, 0);
    desk.keys("f12 x");
    let error = HvError::own(ErrorKind::Internal, "log", "disk full");
    for update in [
        ConsoleUpdate::Bell,
        ConsoleUpdate::Traffic(Traffic::default()),
        ConsoleUpdate::State(ConsoleState::Closed),
        ConsoleUpdate::Copied("x".into()),
        ConsoleUpdate::Done(Err(error)),
    ] {
        desk.news(id, update);
    }
    assert!(desk.model.consoles.is_empty());
    assert_eq!(copied(&desk), None);
    assert_eq!(desk.said(), "");
}

#[test]
fn a_console_goes_with_its_vm_and_keeps_what_was_asked_of_it() {
    let mut desk = Desk::new();
    let id = desk.line(1, 0);
    let console = desk.model.consoles.open.get_mut(&id).unwrap();
    console.watch = Some("oops".to_owned());
    console.log = Some("/tmp/a.log".to_owned());
    let mut arrived = vm(2, 9, VmState::Running);
    arrived.uuid = key(1, 0).uuid;
    desk.host(2, HostEvent::Vms(vec![arrived]));
    desk.host(1, HostEvent::VmGone(key(1, 0).uuid));
    let told: Vec<_> = desk.told().into_iter().map(|(_, command)| command).collect();
    assert_eq!(desk.console(id).vm.host, HostId(2), "{told:?}");
    let ways: Vec<_> = told
        .iter()
        .filter(|command| matches!(command, ConsoleCommand::Move | ConsoleCommand::OpenMoved { .. }))
        .collect();
    // the session takes along what was asked of it
    assert!(
        matches!(ways[..], [ConsoleCommand::Move, ConsoleCommand::OpenMoved { .. }]),
        "{told:?}"
    );
    assert_eq!(desk.console(id).watch.as_deref(), Some("oops"));
    assert_eq!(desk.console(id).log.as_deref(), Some("/tmp/a.log"));
}

#[test]
fn a_ticket_is_shown_while_it_lets_in() {
    let mut desk = Desk::new();
    desk.go(1, 0).keys(": c o n s o l e . t i c k e t space 4 enter");
    assert!(desk.said().contains("5 to 86400 seconds"), "{}", desk.said());
    desk.keys(": c o n s o l e . t i c k e t space 6 0 enter");
    let asked = desk.effects.iter().any(|effect| {
        matches!(effect, Effect::Host(_, HostCommand::Display { command: DisplayCommand::Ticket(ticket), .. })
            if ticket.valid == Duration::from_mins(1) && ticket.password.is_none())
    });
    assert!(asked);
    let uuid = key(1, 0).uuid;
    let answer = DisplayAnswer::Ticket {
        address: "192.0.2.1".into(),
        port: 5900,
        password: Secret::new("abcdefgh".to_owned()),
        valid: Duration::from_mins(1),
    };
    desk.host(
        1,
        HostEvent::Display {
            uuid,
            answer: Ok(answer),
        },
    );
    assert!(
        matches!(desk.model.layers.last(), Some(Layer::Viewer(viewer)) if viewer.subject == Subject::Ticket(key(1, 0)))
    );
    let left = |desk: &Desk| desk.model.tickets[&key(1, 0)].until.since(desk.model.now);
    assert_eq!(left(&desk), Duration::from_mins(1));
    desk.wait(45);
    assert_eq!(left(&desk), Duration::from_secs(15));
    let answer = Ok(DisplayAnswer::TicketCleared);
    desk.host(1, HostEvent::Display { uuid, answer });
    assert!(desk.model.tickets.is_empty());
    assert_eq!(desk.said(), "vm-1-0: the ticket is cleared");
}
