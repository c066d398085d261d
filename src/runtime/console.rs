//! The console: terminal taken, threads started, loop run, terminal given back.

use std::fs::File;
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc::unbounded_channel;

use crate::app::console::ConsoleOptions;
use crate::app::model::{Model, Options};
use crate::app::msg::Msg;
use crate::app::notices::Level;
use crate::base::moment::Zone;
use crate::base::time::Clock;
use crate::cli::args::Global;
use crate::config::paths::Paths;
use crate::config::state::{StateFile, ViewState};
use crate::inventory::Store;
use crate::inventory::columns::VmColumn;
use crate::runtime::event_loop::{EventLoop, Keyboard, Sources};
use crate::runtime::files::{self, Files};
use crate::runtime::perform::Performer;
use crate::runtime::start::Fleet;
use crate::runtime::{colours, exit, input, keyboard, screen, signals, stderr, terminal, watchdog, writer};

/// How long hosts may take to let go of at the end.
const GRACE: Duration = Duration::from_millis(200);

/// Opens the console on a fleet and runs it to its end; returns the exit code.
///
/// # Errors
/// In words, when it cannot be opened; the terminal is then as it was.
pub fn run(
    global: &Global,
    fleet: &Fleet,
    files: Files,
    problems: Vec<String>,
    log: Option<&File>,
    clock: Clock,
    runtime: &Runtime,
) -> Result<i32, String> {
    // a theme or keymap named on the command line must exist; one from the settings may fall back
    let theme = named(files.theme(&files.settings.theme), global.theme.is_some(), || {
        files.theme("default")
    })?;
    let keymap = named(files.keymap(&files.settings.keymap), global.keymap.is_some(), || {
        files.keymap("default")
    })?;
    let mut notices: Vec<(Level, String)> = Vec::new();
    notices.extend(problems.into_iter().map(|problem| (Level::Warning, problem)));
    let found = files.problems(&files.settings.theme, &files.settings.keymap);
    notices.extend(found.into_iter().map(|problem| (Level::Warning, problem)));
    let (state, notice) = recall(&files, global.demo);
    notices.extend(notice.map(|notice| (Level::Warning, notice)));
    notices.push((Level::Info, format!("hosts from {}", fleet.said)));

    let mut model = Model::new(
        Store::new(fleet.topology.clone()),
        options(global, fleet, &files),
        keymap,
        theme,
    );
    model.environments.clone_from(&fleet.environments);
    (model.theme_names, model.keymap_names) = files.names();
    files::recall(&mut model, &state);

    let failed = |error: std::io::Error| format!("the console cannot be opened: {error}");
    let (input_in, input_out) = unbounded_channel();
    let (local_in, local_out) = unbounded_channel();
    let (hosts_in, hosts_out) = unbounded_channel();
    let gone = input_in.clone();
    let writer = writer::for_terminal(move || {
        let _ = gone.send(input::Input::HungUp);
    })
    .map_err(failed)?;
    signals::start(runtime.handle(), &input_in).map_err(failed)?;
    stderr::redirect(log).map_err(failed)?;
    let _ = terminal::set_mouse(files.settings.mouse);
    terminal::enter().map_err(|error| {
        exit::restore();
        failed(error)
    })?;
    watchdog::start(input_in.clone()).map_err(failed)?;
    let tap = keyboard::Tap::new().map_err(failed)?;
    keyboard::start(clock, Arc::clone(&tap), input_in.clone(), local_in.clone()).map_err(failed)?;
    #[cfg(debug_assertions)]
    crate::runtime::panic::test(global.panic_test);

    for (level, text) in notices {
        let _ = local_in.send(Msg::Notice(level, text));
    }
    let files = Arc::new(files);
    if fleet.first && !state.flag(files::IMPORT_OFFERED) {
        offer_imports(&files, fleet, &local_in, runtime);
    }
    let connections =
        crate::backend::fleet::Fleet::start(&fleet.topology, files.fleet_options(clock), hosts_in, runtime.handle());
    let connections = Arc::new(connections);
    let performer = Performer::new(
        Arc::clone(&connections),
        files,
        local_in,
        runtime.handle().clone(),
        clock,
    );
    let screen = screen::new(terminal::size()).map_err(failed)?;
    let reader = Keyboard { tap, input: input_in };
    let sources = Sources {
        input: input_out,
        local: local_out,
        hosts: hosts_out,
    };
    let code = runtime.block_on(EventLoop::new(clock, model, screen, writer, performer, reader).run(sources));
    disconnect(connections);
    Ok(code)
}

/// Lets go of the hosts in the background; whoever does not let us go in time is left behind.
fn disconnect(connections: Arc<crate::backend::fleet::Fleet>) {
    let (done, wait) = std::sync::mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("disconnect".to_owned())
        .spawn(move || {
            drop(connections);
            let _ = done.send(());
        });
    if thread.is_ok() {
        let _ = wait.recv_timeout(GRACE);
    }
}

fn named<T>(
    found: Result<T, String>,
    must_exist: bool,
    fallback: impl FnOnce() -> Result<T, String>,
) -> Result<T, String> {
    match found {
        Err(_) if !must_exist => fallback(),
        found => found,
    }
}

fn options(global: &Global, fleet: &Fleet, files: &Files) -> Options {
    let variable = |name: &str| std::env::var(name).ok();
    let ascii = colours::ascii_locale(
        variable("LC_ALL").as_deref(),
        variable("LC_CTYPE").as_deref(),
        variable("LANG").as_deref(),
    );
    let confirm = files.settings.confirm;
    let chosen = files.settings.columns.iter();
    let columns: Vec<_> = chosen.filter_map(|name| VmColumn::from_id(name)).collect();
    Options {
        read_only: files.settings.read_only,
        ascii: files.settings.ascii || ascii,
        mouse: files.settings.mouse,
        demo: global.demo,
        grace: confirm.grace,
        shutdown_wait: confirm.shutdown_wait,
        confirm_disruptive: confirm.disruptive,
        confirm_quit: confirm.quit,
        clipboard: files.settings.clipboard,
        interval: files.settings.interval,
        columns: if columns.is_empty() {
            VmColumn::defaults()
        } else {
            columns
        },
        zone: Zone::system(),
        inventory_locked: fleet.locked.clone(),
        origin: fleet.said.clone(),
        console: console_options(files),
    }
}

/// Consoles as the settings want them; what the terminal can is found out later.
fn console_options(files: &Files) -> ConsoleOptions {
    let wanted = &files.settings.consoles;
    ConsoleOptions {
        leader: wanted.leader,
        protocol: wanted.graphics.unwrap_or_default(),
        forced: wanted.graphics.is_some(),
        depth: colours::for_guests(files.settings.colours, files.no_colour),
        budget: wanted.budget,
        wall_budget: wanted.wall_budget,
        guest_clipboard: wanted.guest_clipboard,
        ..ConsoleOptions::default()
    }
}

/// What was remembered, and what was wrong with it. The demo remembers nothing: its hosts would
/// mix with the user's.
fn recall(files: &Files, demo: bool) -> (ViewState, Option<String>) {
    let path = files.paths.as_ref().map(Paths::state_file).filter(|_| !demo);
    let Some(path) = path else {
        return (ViewState::default(), None);
    };
    let (file, state, notice) = StateFile::load(Path::new(&path));
    *files.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
    (state, notice.map(|notice| notice.to_string()))
}

/// Offers hosts that other programs know, when there are any.
fn offer_imports(
    files: &Arc<Files>,
    fleet: &Fleet,
    answers: &tokio::sync::mpsc::UnboundedSender<Msg>,
    runtime: &Runtime,
) {
    let (files, answers, known) = (Arc::clone(files), answers.clone(), fleet.topology.clone());
    runtime.spawn_blocking(move || {
        let found = files.imports(&known);
        if !found.is_empty() {
            let _ = answers.send(Msg::ImportFound(found));
        }
    });
}
