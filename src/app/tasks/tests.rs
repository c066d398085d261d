//! Tasks on plain data.

use super::*;
use crate::base::ids::HostId;
use crate::hv::command::AskMode;
use crate::hv::error::ErrorKind;
use crate::hv::vm::VmState;
use uuid::Uuid;

fn key(n: u128) -> VmKey {
    VmKey {
        host: HostId(1),
        uuid: Uuid::from_u128(n),
    }
}

fn status(state: VmState) -> VmStatus {
    VmStatus { state, reason: 0 }
}

fn add(tasks: &mut Tasks, verb: PowerVerb, n: u128, grace: Option<u64>) -> TaskId {
    let batch = tasks.new_batch();
    let wait = Duration::from_mins(1);
    tasks.add(
        batch,
        verb,
        key(n),
        "vm".into(),
        "host".into(),
        wait,
        grace.map(Duration::from_secs),
        Stamp::default(),
    )
}

#[test]
fn done_only_when_the_state_is_reached() {
    let mut tasks = Tasks::default();
    let id = add(&mut tasks, PowerVerb::Shutdown(AskMode::Acpi), 1, None);
    let at = Stamp::from_millis(10);
    assert_eq!(
        tasks.update(id, &TaskUpdate::Accepted, Some(status(VmState::Running)), at),
        None
    );
    assert!(tasks.pending(key(1)).is_some());
    assert_eq!(tasks.observe(key(1), Some(status(VmState::ShuttingDown)), at), None);
    assert!(tasks.observe(key(1), Some(status(VmState::ShutOff)), at).is_some());
    assert!(tasks.pending(key(1)).is_none());
}

#[test]
fn overdue_lets_the_vm_go() {
    let mut tasks = Tasks::default();
    let id = add(&mut tasks, PowerVerb::Shutdown(AskMode::Default), 1, None);
    tasks.update(
        id,
        &TaskUpdate::Accepted,
        Some(status(VmState::Running)),
        Stamp::default(),
    );
    assert!(tasks.tick(Stamp::from_millis(59_999)).1.is_empty());
    assert_eq!(tasks.tick(Stamp::from_millis(60_000)).1.len(), 1);
    assert!(tasks.pending(key(1)).is_none());
    assert!(tasks.overdue(key(1)).is_some());
}

#[test]
fn grace_is_sent_once_or_called_back() {
    let mut tasks = Tasks::default();
    add(&mut tasks, PowerVerb::Pause, 1, Some(5));
    add(&mut tasks, PowerVerb::Pause, 2, Some(9));
    assert_eq!(tasks.next_deadline(), Some(Stamp::from_millis(5000)));
    let (send, _) = tasks.tick(Stamp::from_millis(5000));
    assert_eq!(send.iter().map(|task| task.key).collect::<Vec<_>>(), [key(1)]);
    assert_eq!(tasks.call_back(Stamp::from_millis(6000)).len(), 1);
    assert!(tasks.tick(Stamp::from_millis(20_000)).0.is_empty());
}

#[test]
fn a_batch_is_summed_up() {
    let mut tasks = Tasks::default();
    let batch = tasks.new_batch();
    let ids: Vec<TaskId> = (1..=3)
        .map(|n| {
            let name = format!("vm{n}");
            let wait = Duration::from_mins(1);
            tasks.add(
                batch,
                PowerVerb::Start,
                key(n),
                name.into(),
                "host".into(),
                wait,
                None,
                Stamp::default(),
            )
        })
        .collect();
    let now = Stamp::default();
    let refused = HvError::own(ErrorKind::Busy, "virDomainCreate", "held");
    assert_eq!(tasks.update(ids[0], &TaskUpdate::Failed(refused), None, now), None);
    assert_eq!(
        tasks.update(ids[1], &TaskUpdate::Accepted, Some(status(VmState::Running)), now),
        None
    );
    assert_eq!(
        tasks.update(ids[2], &TaskUpdate::Accepted, Some(status(VmState::ShutOff)), now),
        None
    );
    assert_eq!(tasks.observe(key(3), Some(status(VmState::Running)), now), Some(batch));
    let summary = tasks.summary(batch).unwrap();
    assert_eq!((summary.done, summary.failed.len()), (2, 1));
}

#[test]
fn a_vanished_transient_vm_counts_as_off() {
    let mut tasks = Tasks::default();
    let id = add(&mut tasks, PowerVerb::ForceOff, 1, None);
    tasks.update(
        id,
        &TaskUpdate::Accepted,
        Some(status(VmState::Running)),
        Stamp::default(),
    );
    assert!(tasks.observe(key(1), None, Stamp::default()).is_some());
}
