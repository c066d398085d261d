//! The registry and everything derived from it; whole key sequences on plain data.

mod console_news;
mod console_screens;
mod consoles;
mod panels;
mod power;
mod shell;
mod views;
mod wall;

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
