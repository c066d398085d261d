//! The registry and everything derived from it; whole key sequences on plain data.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::app::actions::{ACTIONS, ActionId, Confirm, Danger, by_name};
use crate::app::effect::Effect;
use crate::app::keymap::{Context, Keymap, Lookup};
use crate::app::layers::Layer;
use crate::app::model::{Model, Options};
use crate::app::msg::Msg;
use crate::app::tasks::TaskState;
use crate::app::update::update;
use crate::app::view::{Pane, View};
use crate::base::ids::{Epoch, HostId, NodeId, VmKey};
use crate::base::key::KeySequence;
use crate::base::time::Stamp;
use crate::config::theme::Theme;
use crate::hv::command::{AskMode, HostCommand, PowerVerb};
use crate::hv::event::{HostEvent, HostMessage, TaskUpdate};
use crate::hv::host::ConnState;
use crate::hv::topology::{Environment, HostEntry, SshOptions, Topology};
use crate::hv::vm::{VmRecord, VmState, VmStatus};
use crate::inventory::Store;

fn keymap(name: &str) -> Keymap {
    let source = crate::config::keymap::load(name, None);
    assert_eq!(source.problems, [], "{name}");
    let (keymap, problems) = Keymap::new(&source);
    assert_eq!(problems, [], "{name}");
    keymap
}

fn entry(id: u32, name: &str, strict: bool, read_only: bool) -> HostEntry {
    HostEntry {
        id: HostId(id),
        name: name.into(),
        uri: "test:///default".into(),
        datacenter: None,
        cluster: None,
        read_only,
        enabled: true,
        environment: strict.then(|| Environment {
            name: "prod".into(),
            word: "PROD".into(),
            colour: None,
            strict: true,
        }),
        tags: Vec::new(),
        ssh: SshOptions::default(),
        recorded: false,
    }
}

/// A console over three hosts: `lab`, `production` and `sealed` (read-only), two running VMs and
/// one that is off on each.
struct Desk {
    model: Model,
    now: Stamp,
    effects: Vec<Effect>,
}

impl Desk {
    fn new() -> Self {
        let hosts = vec![
            entry(1, "lab", false, false),
            entry(2, "production", true, false),
            entry(3, "sealed", false, true),
        ];
        let store = Store::new(Topology {
            hosts,
            ..Topology::default()
        });
        let model = Model::new(
            store,
            Options::default(),
            Arc::new(keymap("default")),
            Arc::new(Theme::default()),
        );
        let mut desk = Self {
            model,
            now: Stamp::from_millis(1000),
            effects: Vec::new(),
        };
        for host in 1..=3 {
            desk.host(host, HostEvent::Conn(ConnState::Live { since: desk.now }));
            desk.host(host, HostEvent::ListStart);
            let states = [VmState::Running, VmState::Running, VmState::ShutOff];
            let vms = (0..3).map(|n| vm(host, n, states[n as usize])).collect();
            desk.host(host, HostEvent::Vms(vms));
            desk.host(host, HostEvent::ListEnd);
        }
        desk.send(Msg::Resize(160, 50));
        desk.effects.clear();
        desk
    }

    fn send(&mut self, msg: Msg) {
        self.effects.extend(update(&mut self.model, msg, self.now));
    }

    fn host(&mut self, host: u32, event: HostEvent) {
        self.send(Msg::Host(Box::new(HostMessage {
            host: HostId(host),
            epoch: Epoch(1),
            event,
        })));
    }

    fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.parse::<KeySequence>().unwrap().0 {
            self.send(Msg::Key { key, repeat: false });
        }
        self
    }

    fn go(&mut self, host: u32, n: u32) -> &mut Self {
        let nodes = self.model.tree.nodes.clone();
        assert!(self.model.tree.cursor.go_to(&nodes, NodeId::Vm(key(host, n))));
        self
    }

    fn wait(&mut self, seconds: u64) -> &mut Self {
        self.now = self.now.after(Duration::from_secs(seconds));
        self.send(Msg::Tick);
        self
    }

    /// Power verbs sent so far, with the VM's number.
    fn ordered(&self) -> Vec<(PowerVerb, VmKey)> {
        self.effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Host(host, HostCommand::Power { uuid, verb, .. }) => Some((
                    verb.clone(),
                    VmKey {
                        host: *host,
                        uuid: *uuid,
                    },
                )),
                _ => None,
            })
            .collect()
    }

    fn said(&self) -> String {
        self.model
            .notices
            .current(self.now)
            .map(|notice| notice.text.clone())
            .unwrap_or_default()
    }

    fn question(&self) -> Option<&crate::app::layers::confirm::Confirmation> {
        match self.model.layers.last() {
            Some(Layer::Confirm(question)) => Some(question),
            _ => None,
        }
    }
}

fn key(host: u32, n: u32) -> VmKey {
    VmKey {
        host: HostId(host),
        uuid: Uuid::from_u128(u128::from(host * 100 + n)),
    }
}

fn vm(host: u32, n: u32, state: VmState) -> VmRecord {
    VmRecord {
        uuid: key(host, n).uuid,
        name: format!("vm-{host}-{n}").into(),
        status: VmStatus { state, reason: 1 },
        persistent: true,
        ..VmRecord::default()
    }
}

#[test]
fn every_action_is_told_once_and_well() {
    let ids: BTreeSet<ActionId> = ACTIONS.iter().map(|spec| spec.id).collect();
    assert_eq!(ids.len(), ACTIONS.len(), "an action is listed twice");
    let last = ActionId::Notices as usize;
    assert_eq!(ids.len(), last + 1, "an action is missing in the registry");
    for spec in ACTIONS {
        assert_eq!(
            by_name(spec.name).map(|found| found.id),
            Some(spec.id),
            "{} is not unique",
            spec.name
        );
        assert!(
            spec.name
                .split_once('.')
                .is_some_and(|(area, verb)| !area.is_empty() && !verb.is_empty()),
            "{}",
            spec.name
        );
        assert!(
            spec.help.ends_with('.') && spec.help.starts_with(char::is_uppercase),
            "{}: {}",
            spec.name,
            spec.help
        );
        if spec.danger == Danger::Destructive {
            assert!(
                spec.confirm >= Confirm::Ask,
                "{} is destructive and not confirmed",
                spec.name
            );
        }
    }
}

#[test]
fn shipped_keymaps_are_sound() {
    let forbidden = ["ctrl-a", "ctrl-b", "ctrl-s", "ctrl-q", "ctrl-z"];
    for name in ["default", "vim", "k9s"] {
        let keymap = keymap(name);
        for (context, keys, call) in keymap.iter() {
            let first = keys.0[0].to_string();
            assert!(
                !forbidden.contains(&first.as_str()),
                "{name}: {first} belongs to the terminal"
            );
            assert_eq!(
                keymap.lookup(context, &keys.0),
                Lookup::Call(call.clone()),
                "{name}: {keys}"
            );
            let shadow = (1..keys.0.len()).any(|n| matches!(keymap.lookup(context, &keys.0[..n]), Lookup::Call(_)));
            assert!(!shadow, "{name}: {keys} in {} cannot be reached", context.name());
        }
        for action in [
            ActionId::Help,
            ActionId::Back,
            ActionId::Menu,
            ActionId::Palette,
            ActionId::ForceOff,
        ] {
            assert!(
                keymap.keys_of(Context::Tree, action).is_some(),
                "{name}: {action:?} has no key"
            );
        }
    }
}

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
