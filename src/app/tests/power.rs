//! Power verbs by keys.

use super::*;

#[test]
fn a_harmless_verb_is_sent_at_once() {
    let mut desk = Desk::new();
    desk.go(1, 2).keys("p s");
    assert_eq!(desk.ordered(), [(PowerVerb::Start, key(1, 2))]);
    assert_eq!(desk.model.tasks.running(), 1);
    desk.keys("p s");
    assert_eq!(desk.ordered().len(), 1, "a second verb is refused");
    assert!(desk.said().contains("has a pending task: start"), "{}", desk.said());
}

#[test]
fn shutting_down_can_be_called_back_and_then_goes_overdue() {
    let mut desk = Desk::new();
    desk.go(1, 0).keys("p d");
    assert!(desk.ordered().is_empty());
    desk.keys("z").wait(10);
    assert!(desk.ordered().is_empty(), "it was called back");
    desk.keys("p d").wait(5);
    assert_eq!(desk.ordered(), [(PowerVerb::Shutdown(AskMode::Default), key(1, 0))]);
    let task = desk.model.tasks.pending(key(1, 0)).unwrap().id;
    desk.host(
        1,
        HostEvent::Task {
            task,
            update: TaskUpdate::Accepted,
        },
    );
    desk.wait(60);
    assert!(desk.said().contains("p f forces it off"), "{}", desk.said());
    desk.keys("p f");
    assert!(
        desk.question().is_some(),
        "force off is offered although the shutdown was ordered"
    );
}

#[test]
fn only_y_answers_a_question() {
    let mut desk = Desk::new();
    desk.go(1, 0).keys("p f");
    let lines = desk.question().unwrap().lines.join("\n");
    assert!(
        lines.contains("vm-1-0") && lines.contains("lab"),
        "the question names VM and host: {lines}"
    );
    desk.keys("enter space f");
    assert!(desk.question().is_some() && desk.ordered().is_empty());
    for _ in 0..50 {
        desk.send(Msg::Key {
            key: "y".parse().unwrap(),
            repeat: true,
        });
    }
    assert!(desk.ordered().is_empty(), "a held key does not answer");
    desk.keys("n");
    assert!(desk.question().is_none() && desk.ordered().is_empty());
    desk.keys("p f y");
    assert_eq!(desk.ordered(), [(PowerVerb::ForceOff, key(1, 0))]);
}

#[test]
fn production_asks_for_the_name() {
    let mut desk = Desk::new();
    desk.go(2, 0).keys("p f");
    assert_eq!(desk.question().unwrap().phrase.as_deref(), Some("vm-2-0"));
    assert_eq!(desk.question().unwrap().environment.as_deref(), Some("PROD"));
    desk.keys("y enter");
    assert!(desk.ordered().is_empty(), "y is not the name");
    desk.keys("backspace v m - 2 - 0 enter");
    assert_eq!(desk.ordered().len(), 1);
}

#[test]
fn read_only_refuses_every_write() {
    let mut desk = Desk::new();
    desk.go(3, 0);
    let writes = ACTIONS.iter().filter(|spec| spec.danger != Danger::None);
    for spec in writes {
        let call = crate::app::keymap::Call {
            action: spec.id,
            argument: None,
        };
        let available = (spec.available)(&desk.model, &desk.model.targets());
        assert!(
            !available.is_ready(),
            "{} is not refused on a read-only host",
            call.action as u8
        );
    }
    desk.keys("p d p f p p");
    assert!(desk.said().contains("read-only"), "{}", desk.said());
    desk.wait(10);
    assert!(desk.ordered().is_empty());
}

#[test]
fn marked_vms_are_done_together_and_summed_up() {
    let mut desk = Desk::new();
    desk.go(1, 0).keys("space space space p f");
    let question = desk.question().unwrap();
    assert!(
        question
            .lines
            .iter()
            .any(|line| line.contains("1 of the marked VMs cannot")),
        "{:?}",
        question.lines
    );
    desk.keys("y");
    assert_eq!(desk.ordered().len(), 2);
    let tasks: Vec<_> = desk.model.tasks.iter().map(|task| task.id).collect();
    let refused =
        crate::hv::error::HvError::own(crate::hv::error::ErrorKind::Busy, "virDomainDestroy", "held by another");
    desk.host(
        1,
        HostEvent::Task {
            task: tasks[0],
            update: TaskUpdate::Failed(refused),
        },
    );
    desk.host(
        1,
        HostEvent::Task {
            task: tasks[1],
            update: TaskUpdate::Accepted,
        },
    );
    desk.host(1, HostEvent::Vms(vec![vm(1, 0, VmState::ShutOff)]));
    assert!(
        desk.said().contains("1 done, 1 failed") && desk.said().contains("held by another"),
        "{}",
        desk.said()
    );
}

#[test]
fn a_task_is_done_when_the_state_is_there() {
    let mut desk = Desk::new();
    desk.go(1, 0).keys("p p").wait(5);
    let id = desk.model.tasks.pending(key(1, 0)).unwrap().id;
    desk.host(
        1,
        HostEvent::Task {
            task: id,
            update: TaskUpdate::Accepted,
        },
    );
    assert!(matches!(
        desk.model.tasks.get(id).unwrap().state,
        TaskState::Waiting { .. }
    ));
    desk.host(1, HostEvent::Vms(vec![vm(1, 0, VmState::Paused)]));
    assert_eq!(desk.model.tasks.get(id).unwrap().state, TaskState::Done);
}

#[test]
fn what_went_away_or_changed_while_a_question_was_open_is_not_touched() {
    let mut desk = Desk::new();
    desk.go(1, 0).keys("p f");
    assert!(desk.question().is_some());
    desk.host(1, HostEvent::VmGone(key(1, 0).uuid));
    desk.keys("y");
    assert!(desk.ordered().is_empty(), "it is gone");
    assert!(desk.said().contains("gone"), "{}", desk.said());
    let mut desk = Desk::new();
    desk.go(1, 0).keys("p f");
    let mut renamed = vm(1, 0, VmState::Running);
    renamed.name = "somebody-else".into();
    desk.host(1, HostEvent::Vms(vec![renamed]));
    desk.keys("y");
    let hit: Vec<VmKey> = desk.ordered().into_iter().map(|(_, key)| key).collect();
    assert!(
        hit.iter().all(|hit| *hit == key(1, 0)),
        "only what was asked about is meant"
    );
    let mut desk = Desk::new();
    desk.go(1, 0).keys("p f");
    desk.host(1, HostEvent::Vms(vec![vm(1, 0, VmState::ShutOff)]));
    desk.keys("y");
    assert!(desk.ordered().is_empty(), "it is off by itself now");
}
