//! Runs actions: one exhaustive match.

use crate::app::actions::{ActionId as Id, Availability, spec};
use crate::app::effect::{Effect, InventoryChange};
use crate::app::input::Input;
use crate::app::keymap::Call;
use crate::app::layers::Layer;
use crate::app::layers::confirm::{Confirmation, Intent};
use crate::app::layers::viewer::{Subject, Viewer};
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::{
    choose, console_commands, console_keys, consoles, display, forms, go, inventory, marks, open, panel, power,
    questions, rows, say, shell, typing, views, wall,
};
use crate::app::view::{Front, Pane, Panel, Tab, View};
use crate::base::ids::NodeId;
use crate::base::key::Key;
use crate::hv::command::HostCommand;
use crate::hv::console::{ConsoleCommand, DisplayCommand};

/// Runs an action with its argument, or says why it cannot be done.
pub(super) fn call(model: &mut Model, call: &Call, key: Option<Key>, effects: &mut Vec<Effect>) {
    let spec = spec(call.action);
    let targets = model.targets();
    if let Availability::Disabled(reason) = (spec.available)(model, &targets) {
        say(model, Level::Warning, format!("{}: {reason}", spec.title));
        return;
    }
    run(model, call, key, effects);
}

#[expect(
    clippy::too_many_lines,
    reason = "one line for each action, so that the compiler misses none"
)]
fn run(model: &mut Model, call: &Call, key: Option<Key>, effects: &mut Vec<Effect>) {
    let argument = call.argument.as_deref();
    match call.action {
        Id::Up => go::step(model, -1),
        Id::Down => go::step(model, 1),
        Id::PageUp => go::page(model, -2),
        Id::PageDown => go::page(model, 2),
        Id::HalfPageUp => go::page(model, -1),
        Id::HalfPageDown => go::page(model, 1),
        Id::Top => go::end(model, false),
        Id::Bottom => go::end(model, true),
        Id::Left => go::left(model),
        Id::Right => go::right(model),
        Id::Open if model.front == Front::Wall => consoles::open(model, &consoles::screen_kind(false), effects),
        Id::Open => go::open(model),
        Id::NextPane => go::pane(model, 1),
        Id::PreviousPane => go::pane(model, -1),
        Id::HistoryBack => go::back(model),
        Id::HistoryForward => go::forward(model),
        Id::NextMatch => go::next_match(model, 1),
        Id::PreviousMatch => go::next_match(model, -1),
        Id::ShowTree => views::show(model, View::Tree),
        Id::ShowList => views::show(
            model,
            if model.view == View::List {
                View::Tree
            } else {
                View::List
            },
        ),
        Id::FoldAll => {
            let hosts = model.store.topology().hosts.iter().map(|host| NodeId::Host(host.id));
            model.tree.folds = hosts.collect();
            rows::rebuild(model);
        }
        Id::UnfoldAll => {
            model.tree.folds.clear();
            rows::rebuild(model);
        }
        Id::Filter => views::filter(model, argument),
        Id::Clear => views::clear(model),
        Id::SortBy => views::sort(model, argument.unwrap_or_default()),
        Id::SortLeft => views::shift_sort(model, -1),
        Id::SortRight => views::shift_sort(model, 1),
        Id::SortReverse => views::set_sort(model, model.list.sort.0, !model.list.sort.1),
        Id::Columns => forms::columns(model),
        Id::TabNext => model.detail.step_tab(model.selected(), 1),
        Id::TabPrevious => model.detail.step_tab(model.selected(), -1),
        Id::Tab => views::tab(model, argument.unwrap_or_default()),
        Id::Zoom => model.zoom = !model.zoom,
        Id::Header => model.header = !model.header,
        Id::Freeze => {
            model.frozen = if model.frozen.is_some() { None } else { Some(model.now) };
            model.built = None;
        }
        Id::Redraw => effects.push(Effect::Redraw),
        Id::MarkToggle => marks::toggle(model),
        Id::MarkRange => marks::range(model),
        Id::MarkAll => marks::all(model),
        Id::MarkInvert => marks::invert(model),
        Id::MarkClear => {
            model.marks.clear();
            model.range = None;
        }
        Id::Shutdown | Id::ShutdownAcpi | Id::ShutdownAgent => match argument.map(str::parse::<u64>).transpose() {
            Ok(wait) => {
                if let Some(verb) = power::verb(call.action) {
                    power::ask(model, call.action, verb, wait, key, effects);
                }
            }
            Err(_) => say(model, Level::Warning, "the seconds to wait must be a whole number"),
        },
        Id::Start
        | Id::StartPaused
        | Id::Reboot
        | Id::RebootAcpi
        | Id::RebootAgent
        | Id::Reset
        | Id::ForceOff
        | Id::Pause
        | Id::Resume
        | Id::ManagedSave
        | Id::DiscardSaved
        | Id::InjectNmi
        | Id::AutostartOn
        | Id::AutostartOff => {
            if let Some(verb) = power::verb(call.action) {
                power::ask(model, call.action, verb, None, key, effects);
            }
        }
        Id::SendKeys => forms::send_keys(model, argument, effects),
        Id::CoreDump => forms::core_dump(model, argument, effects),
        Id::ConsoleScreen => consoles::open(model, &consoles::screen_kind(false), effects),
        Id::ConsoleScreenshots => consoles::open(model, &consoles::screen_kind(true), effects),
        Id::ConsoleSerial => consoles::open(model, &consoles::serial_kind(), effects),
        Id::ConsoleShell => shell::ask(model, effects),
        Id::ConsoleWall => wall::toggle(model),
        Id::ConsoleShow => consoles::enter(model),
        Id::ConsoleLeave => consoles::leave(model),
        Id::ConsoleClose => consoles::close(model, effects),
        Id::ConsoleNext => model.consoles.step(1),
        Id::ConsolePrevious => model.consoles.step(-1),
        Id::ConsoleOther => consoles::other(model, effects),
        Id::ConsoleSplit => model.consoles.split(),
        Id::ConsoleFocus => model.consoles.step_focus(1),
        Id::ConsoleBroadcast => console_commands::broadcast(model),
        Id::ConsoleCtrlAltDelete => console_commands::chord(model, "ctrl-alt-delete", effects),
        Id::ConsoleChord => match argument {
            Some(keys) => console_commands::chord(model, keys, effects),
            None => choose::open_chords(model),
        },
        Id::ConsoleTypeText => console_keys::paste(model, argument.unwrap_or_default(), effects),
        Id::ConsoleZoom => console_commands::zoom(model),
        Id::ConsolePanLeft => console_commands::pan(model, -64, 0),
        Id::ConsolePanRight => console_commands::pan(model, 64, 0),
        Id::ConsolePanUp => console_commands::pan(model, 0, -64),
        Id::ConsolePanDown => console_commands::pan(model, 0, 64),
        Id::ConsoleText => console_commands::read_text(model),
        Id::ConsoleProtocol => console_commands::protocol(model, argument),
        Id::ConsoleBudget => console_commands::budget(model, argument.unwrap_or_default()),
        Id::ConsoleScrollUp => console_commands::scroll(model, 1, effects),
        Id::ConsoleScrollDown => console_commands::scroll(model, -1, effects),
        Id::ConsoleScrollTop => consoles::tell_current(model, ConsoleCommand::Scroll(i32::MAX), effects),
        Id::ConsoleScrollBottom => consoles::tell_current(model, ConsoleCommand::Scroll(i32::MIN), effects),
        Id::ConsoleSearch => match argument {
            Some(text) => console_commands::search(model, Some(text), true, effects),
            None => console_commands::ask(
                model,
                call.action,
                "Search",
                "Text",
                "",
                "Looked for in all lines that are kept.",
            ),
        },
        Id::ConsoleSearchBack => console_commands::search(model, None, true, effects),
        Id::ConsoleSearchForth => console_commands::search(model, None, false, effects),
        Id::ConsoleCopy => consoles::tell_current(model, ConsoleCommand::CopyText { all: false }, effects),
        Id::ConsoleCopyAll => consoles::tell_current(model, ConsoleCommand::CopyText { all: true }, effects),
        Id::ConsoleLog => console_commands::log_or_ask(model, argument, effects),
        Id::ConsoleWatch => console_commands::watch_or_ask(model, argument, effects),
        Id::ConsoleTellSize => consoles::tell_current(model, ConsoleCommand::TellSize, effects),
        Id::ConsoleTakeOver => consoles::tell_current(model, ConsoleCommand::TakeOver, effects),
        Id::ConsoleRetry => consoles::tell_current(model, ConsoleCommand::Retry, effects),
        Id::ConsoleSavePicture => console_commands::save_picture(model, argument, effects),
        Id::ConsoleTicket => display::ticket(model, argument, effects),
        Id::ConsoleTicketClear => display::send(model, &DisplayCommand::ClearTicket, effects),
        Id::ConsoleViewerFile => display::viewer_file(model, argument, effects),
        Id::ConsoleViewer => display::viewer(model, argument, effects),
        Id::Reconnect => hosts(model, &HostCommand::Reconnect, effects),
        Id::Disconnect => hosts(model, &HostCommand::Disconnect, effects),
        Id::Refresh => {
            model.asked.clear();
            hosts(model, &HostCommand::Relist, effects);
            refresh_vm(model, effects);
        }
        Id::HostAdd => forms::host(model, None, argument),
        Id::HostEdit => {
            if let NodeId::Host(host) = model.selected() {
                forms::host(model, Some(host), None);
            }
        }
        Id::HostRemove => remove(model, key),
        Id::DatacenterAdd => forms::datacenter(model, argument),
        Id::ClusterAdd => forms::cluster(model, argument),
        Id::GroupRename => forms::rename(model, argument),
        Id::GroupRemove => remove(model, key),
        Id::Import => effects.push(Effect::FindImports),
        Id::Reload => effects.push(Effect::Reload),
        Id::Tasks => views::panel(model, Panel::Tasks),
        Id::Events => views::panel(model, Panel::Events),
        Id::Undo => power::call_back(model),
        Id::StopWaiting => {
            for key in model.targets().iter().filter_map(|node| node.vm()) {
                if let Some(task) = model.tasks.give_up(key, model.now) {
                    say(
                        model,
                        Level::Info,
                        format!("not waiting any more for {}: {}", task.vm, task.verb.word()),
                    );
                }
            }
        }
        Id::Questions => questions::ask_next(model),
        Id::Help => viewer(model, "Help", Subject::Help),
        Id::Command => typing::open_command_line(model, argument.unwrap_or_default()),
        Id::Palette => choose::open_palette(model),
        Id::Menu => choose::open_menu(model),
        Id::Back => back(model, key, effects),
        Id::Quit => quit(model, key, effects),
        Id::Theme => match argument {
            Some(name) => effects.push(Effect::LoadTheme(name.to_owned())),
            None => choose::open_names(model, "Theme", Id::Theme),
        },
        Id::Keymap => match argument {
            Some(name) => effects.push(Effect::LoadKeymap(name.to_owned())),
            None => choose::open_names(model, "Keymap", Id::Keymap),
        },
        Id::Mouse => {
            model.options.mouse = !model.options.mouse;
            effects.push(Effect::Mouse(model.options.mouse));
            let owner = if model.options.mouse {
                "virt-deck"
            } else {
                "the terminal"
            };
            say(model, Level::Info, format!("the mouse belongs to {owner}"));
        }
        Id::Copy => {
            let first = panel::copies(model).into_iter().next();
            let text = first.map_or_else(|| model.name(model.selected()), |(_, text)| text);
            say(model, Level::Info, format!("copied: {text}"));
            effects.push(Effect::Copy(text));
        }
        Id::CopyMenu => choose::open_copy_menu(model),
        Id::Notices => viewer(model, "Messages", Subject::Notices),
    }
}

fn viewer(model: &mut Model, title: &str, subject: Subject) {
    open(
        model,
        Layer::Viewer(Viewer {
            title: title.to_owned(),
            subject,
            lines: Vec::new(),
            offset: 0,
        }),
    );
}

/// Sends a command to every host that the chosen objects are on or hold.
fn hosts(model: &mut Model, command: &HostCommand, effects: &mut Vec<Effect>) {
    let mut hosts: Vec<_> = model
        .targets()
        .into_iter()
        .flat_map(|node| model.store.hosts_below(node))
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    effects.extend(hosts.into_iter().map(|host| Effect::Host(host, command.clone())));
}

fn refresh_vm(model: &Model, effects: &mut Vec<Effect>) {
    if let NodeId::Vm(key) = model.selected() {
        let fetch = match model.detail.tab(NodeId::Vm(key)) {
            Tab::Snapshots => HostCommand::FetchSnapshots(key.uuid),
            Tab::Guest => HostCommand::FetchGuest(key.uuid),
            _ => HostCommand::FetchDesc(key.uuid),
        };
        effects.push(Effect::Host(key.host, fetch));
    }
}

/// Asks before something is taken out of the inventory.
fn remove(model: &mut Model, key: Option<Key>) {
    let node = model.selected();
    let Some((change, inside)) = inventory::removal(model, node) else {
        return;
    };
    let name = model.name(node);
    let mut lines = vec![
        format!("Take {name} out of the inventory?"),
        "Nothing on any host changes.".to_owned(),
    ];
    if inside > 0 {
        lines.insert(1, format!("{inside} hosts in it are taken out as well."));
    }
    let phrase = (inside > 0 || !matches!(change, InventoryChange::RemoveHost { .. })).then(|| name.clone());
    open(
        model,
        Layer::Confirm(Confirmation {
            title: "Remove from inventory".to_owned(),
            lines,
            environment: None,
            phrase,
            input: Input::default(),
            intent: Intent::Inventory(change),
            opened_by: key,
        }),
    );
}

/// `q`: back to where one came from, at the root the question whether to quit.
fn back(model: &mut Model, key: Option<Key>, effects: &mut Vec<Effect>) {
    if model.front != Front::Fleet {
        consoles::leave(model);
    } else if model.zoom {
        model.zoom = false;
    } else if model.pane != Pane::Navigator {
        model.pane = Pane::Navigator;
    } else if model.panel.is_some() {
        model.panel = None;
    } else if model.view == View::List {
        views::show(model, View::Tree);
    } else if model.options.confirm_quit {
        ask_to_quit(model, key);
    } else {
        effects.extend([Effect::SaveState, Effect::Quit]);
    }
}

fn quit(model: &mut Model, key: Option<Key>, effects: &mut Vec<Effect>) {
    if model.tasks.running() > 0 && model.options.confirm_quit {
        ask_to_quit(model, key);
    } else {
        effects.extend([Effect::SaveState, Effect::Quit]);
    }
}

fn ask_to_quit(model: &mut Model, key: Option<Key>) {
    let mut lines = vec!["Leave virt-deck?".to_owned()];
    let running = model.tasks.running();
    if running > 0 {
        lines.push(format!(
            "{running} tasks are not finished. What was sent goes on on the hosts; what was not is dropped."
        ));
    }
    open(
        model,
        Layer::Confirm(Confirmation {
            title: "Quit".to_owned(),
            lines,
            environment: None,
            phrase: None,
            input: Input::default(),
            intent: Intent::Quit,
            opened_by: key,
        }),
    );
}
