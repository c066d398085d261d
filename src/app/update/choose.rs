//! Menus, the palette, and text to read.

use crate::app::actions::{ACTIONS, ActionId, Availability, Group, spec};
use crate::app::effect::Effect;
use crate::app::keymap::Call;
use crate::app::layers::Layer;
use crate::app::layers::menu::{Choice, Entry, Menu};
use crate::app::layers::palette::{self, Palette, Target};
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::{go, open, panel, run, say};
use crate::base::ids::NodeId;
use crate::base::key::{Key, KeyCode};

fn reason(model: &Model, action: ActionId) -> Option<String> {
    match (spec(action).available)(model, &model.targets()) {
        Availability::Ready => None,
        Availability::Disabled(reason) => Some(reason),
    }
}

fn keys(model: &Model, action: ActionId) -> String {
    model
        .keymap
        .keys_of(model.context(), action)
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// Opens the menu of what can be done with the object or the marked VMs.
pub(super) fn open_menu(model: &mut Model) {
    let node = model.selected();
    let groups: &[Group] = match node {
        _ if !model.marks.is_empty() => &[Group::Power, Group::Console],
        NodeId::Vm(_) => &[Group::Power, Group::Console, Group::Host],
        NodeId::Host(_) | NodeId::Fleet | NodeId::Datacenter(_) | NodeId::Cluster(_) => {
            &[Group::Host, Group::Inventory]
        }
    };
    let entries = ACTIONS
        .iter()
        .filter(|spec| groups.contains(&spec.group))
        .map(|spec| Entry {
            label: spec.title.to_owned(),
            keys: keys(model, spec.id),
            choice: Choice::Run(Call {
                action: spec.id,
                argument: None,
            }),
            disabled: reason(model, spec.id),
        })
        .collect();
    let title = match model.marks.len() {
        0 => model.name(node),
        count => format!("{count} marked VMs"),
    };
    open(model, Layer::Menu(Menu::new(title, entries)));
}

/// Opens a menu of themes or keymaps.
pub(super) fn open_names(model: &mut Model, title: &str, action: ActionId) {
    let (names, current) = if action == ActionId::Theme {
        (model.theme_names.clone(), model.theme.name.clone())
    } else {
        (model.keymap_names.clone(), model.keymap.name.clone())
    };
    let index = names.iter().position(|name| *name == current).unwrap_or(0);
    let entries = names
        .into_iter()
        .map(|name| Entry {
            label: crate::base::text::show(&name).into_owned(),
            keys: String::new(),
            choice: Choice::Run(Call {
                action,
                argument: Some(name),
            }),
            disabled: None,
        })
        .collect();
    let mut menu = Menu::new(title.to_owned(), entries);
    menu.index = index;
    open(model, Layer::Menu(menu));
}

/// Opens the menu of key combinations for a console.
pub(super) fn open_chords(model: &mut Model) {
    let entries = super::forms::COMBINATIONS.iter().map(|keys| Entry {
        label: (*keys).to_owned(),
        keys: String::new(),
        choice: Choice::Run(Call {
            action: ActionId::ConsoleChord,
            argument: Some((*keys).to_owned()),
        }),
        disabled: None,
    });
    let menu = Menu::new("Send keys".to_owned(), entries.collect());
    open(model, Layer::Menu(menu));
}

/// Opens the menu of what can be copied.
pub(super) fn open_copy_menu(model: &mut Model) {
    let node = model.selected();
    let mut items = panel::copies(model);
    if items.is_empty() {
        items = object_copies(model, node);
    }
    let entries = items
        .into_iter()
        .map(|(label, value)| {
            let first = value.lines().next().unwrap_or_default();
            Entry {
                label: format!("{label:<14} {}", crate::base::text::fit(first, 60)),
                keys: String::new(),
                choice: Choice::Copy(value),
                disabled: None,
            }
        })
        .collect();
    open(model, Layer::Menu(Menu::new("Copy".to_owned(), entries)));
}

/// What can be copied of an object.
fn object_copies(model: &Model, node: NodeId) -> Vec<(&'static str, String)> {
    let mut items: Vec<(&str, String)> = vec![("Name", model.name(node))];
    if let Some(entry) = node.host().and_then(|host| model.entry(host)) {
        let uri = entry.uri.to_string();
        if let NodeId::Vm(key) = node {
            items.push(("UUID", key.uuid.to_string()));
            if let Some(vm) = model.store.vm(key) {
                if let Some(address) = vm.guest.as_ref().and_then(|guest| guest.addresses.first()) {
                    let address = address.address.to_string();
                    let plain = address.split('/').next().unwrap_or(&address).to_owned();
                    items.push(("ssh command", format!("ssh {plain}")));
                    items.push(("Address", plain));
                }
                if let Some(desc) = &vm.desc {
                    items.push(("XML", crate::base::text::show_lines(&desc.xml).join("\n")));
                }
            }
            items.push((
                "virsh command",
                format!("virsh -c '{}' dominfo {}", uri.replace('\'', "'\\''"), key.uuid),
            ));
        }
        items.push(("Host URI", uri));
    }
    items
}

/// Takes a key for the topmost menu.
pub(super) fn menu_key(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let rows = isize::from(i16::try_from(model.sizes.layer_rows).unwrap_or(10));
    let Some(Layer::Menu(menu)) = model.layers.last_mut() else {
        return;
    };
    match key.code {
        KeyCode::Esc | KeyCode::Char('q') => {
            model.layers.pop();
        }
        KeyCode::Char('c') if key.ctrl => {
            model.layers.pop();
        }
        KeyCode::Up | KeyCode::Char('k') => menu.step(-1),
        KeyCode::Down | KeyCode::Char('j') => menu.step(1),
        KeyCode::PageUp => menu.step(-rows),
        KeyCode::PageDown => menu.step(rows),
        KeyCode::Home | KeyCode::Char('g') => menu.step(isize::MIN / 2),
        KeyCode::End | KeyCode::Char('G') => menu.step(isize::MAX / 2),
        KeyCode::Enter => {
            let index = menu.index;
            choose_entry(model, index, key, effects);
        }
        _ => {}
    }
}

/// Chooses an entry of the topmost menu.
pub(super) fn choose_entry(model: &mut Model, index: usize, key: Key, effects: &mut Vec<Effect>) {
    let Some(Layer::Menu(menu)) = model.layers.last() else {
        return;
    };
    let Some(entry) = menu.entries.get(index).cloned() else {
        return;
    };
    if let Some(reason) = entry.disabled {
        return say(model, Level::Warning, reason);
    }
    model.layers.pop();
    match entry.choice {
        Choice::Run(call) => run::call(model, &call, Some(key), effects),
        Choice::Copy(text) => {
            effects.push(Effect::Copy(text));
            say(model, Level::Info, "copied");
        }
    }
}

/// Opens the palette over actions and objects.
pub(super) fn open_palette(model: &mut Model) {
    let mut entries = Vec::new();
    for spec in ACTIONS {
        // what needs an argument is for the command line
        if spec.argument.is_some_and(|argument| !argument.starts_with('[')) {
            continue;
        }
        let keys = keys(model, spec.id);
        entries.push(palette::Entry {
            label: spec.title.to_owned(),
            note: if keys.is_empty() {
                spec.name.to_owned()
            } else {
                format!("{} {keys}", spec.name)
            },
            target: Target::Run(Call {
                action: spec.id,
                argument: None,
            }),
            disabled: reason(model, spec.id),
        });
    }
    let topology = model.store.topology();
    let groups = topology
        .datacenters
        .iter()
        .map(|found| (NodeId::Datacenter(found.id), "data center"))
        .chain(
            topology
                .clusters
                .iter()
                .map(|found| (NodeId::Cluster(found.id), "cluster")),
        )
        .chain(topology.hosts.iter().map(|found| (NodeId::Host(found.id), "host")));
    for (node, note) in groups {
        entries.push(palette::Entry {
            label: model.name(node),
            note: note.to_owned(),
            target: Target::Node(node),
            disabled: None,
        });
    }
    for (key, _, vm) in model.store.vms() {
        entries.push(palette::Entry {
            label: vm.record.name.to_string(),
            note: format!("VM on {}", model.name(NodeId::Host(key.host))),
            target: Target::Node(NodeId::Vm(key)),
            disabled: None,
        });
    }
    open(model, Layer::Palette(Palette::new(entries)));
}

/// Takes a key for the palette.
pub(super) fn palette_key(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let rows = isize::from(i16::try_from(model.sizes.layer_rows).unwrap_or(10));
    let Some(Layer::Palette(palette)) = model.layers.last_mut() else {
        return;
    };
    match key.code {
        KeyCode::Esc => {
            model.layers.pop();
        }
        KeyCode::Char('c') if key.ctrl => {
            model.layers.pop();
        }
        KeyCode::Up => palette.step(-1),
        KeyCode::Down => palette.step(1),
        KeyCode::Char('p') if key.ctrl => palette.step(-1),
        KeyCode::Char('n') if key.ctrl => palette.step(1),
        KeyCode::PageUp => palette.step(-rows),
        KeyCode::PageDown => palette.step(rows),
        KeyCode::Enter => choose_hit(model, key, effects),
        _ => {
            if palette.input.key(key) {
                palette.search();
            }
        }
    }
}

/// Does what the entry under the palette's cursor says.
pub(super) fn choose_hit(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let Some(Layer::Palette(palette)) = model.layers.last() else {
        return;
    };
    let Some(entry) = palette.chosen().cloned() else {
        return;
    };
    if let Some(reason) = entry.disabled {
        return say(model, Level::Warning, reason);
    }
    model.layers.pop();
    match entry.target {
        Target::Node(node) => go::jump(model, node),
        Target::Run(call) => run::call(model, &call, Some(key), effects),
    }
}

/// Takes a key for text that is being read.
pub(super) fn viewer_key(model: &mut Model, key: Key) {
    let (lines, rows) = (model.sizes.layer_lines, usize::from(model.sizes.layer_rows));
    let Some(Layer::Viewer(viewer)) = model.layers.last_mut() else {
        return;
    };
    let page = (rows as isize - 1).max(1);
    let by = match key.code {
        KeyCode::Esc | KeyCode::Char('q' | '?') | KeyCode::Enter | KeyCode::Function(1) => {
            model.layers.pop();
            return;
        }
        KeyCode::Up | KeyCode::Char('k') => -1,
        KeyCode::Down | KeyCode::Char('j') => 1,
        KeyCode::PageUp => -page,
        KeyCode::PageDown | KeyCode::Char(' ') => page,
        KeyCode::Home | KeyCode::Char('g') => isize::MIN / 2,
        KeyCode::End | KeyCode::Char('G') => isize::MAX / 2,
        _ => return,
    };
    viewer.offset = viewer.offset.saturating_add_signed(by).min(lines.saturating_sub(rows));
}
