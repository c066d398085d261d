//! The way in: what the command line asks for, and with which hosts.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

use crate::base::text::show;
use crate::base::time::Clock;
use crate::cli::args::{self, Cli, Command, Global, Refusal};
use crate::config::paths::Paths;
use crate::config::settings::Settings;
use crate::hv::topology::{Environment, Topology};
use crate::inventory::columns::VmColumn;
use crate::runtime::files::{Files, Origin};
use crate::runtime::{colours, console, demo, exit, inventory_file, logging, panic, signals, terminal};

/// Set when `ssh` starts this program to ask something.
const ASKPASS_VARIABLE: &str = "VIRT_DECK_ASKPASS_SOCKET";
/// Wrong command line or files.
const WRONG: u8 = 2;

/// Hosts, and where they come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// The hosts.
    pub topology: Topology,
    /// Environments that hosts can be given.
    pub environments: Vec<Environment>,
    /// Where they come from.
    pub origin: Origin,
    /// The same in words.
    pub said: String,
    /// Why they cannot be changed, if they cannot.
    pub locked: Option<String>,
    /// There is no inventory yet, or no host in it.
    pub first: bool,
    /// Problems that do not matter enough to stop.
    pub problems: Vec<String>,
}

/// Runs the program.
pub fn main_entry() -> ExitCode {
    if std::env::var_os(ASKPASS_VARIABLE).is_some() {
        let question = std::env::args_os().nth(1).unwrap_or_default();
        return match crate::backend::askpass::askpass_client(&question.to_string_lossy()) {
            Ok(()) => ExitCode::SUCCESS,
            // ssh takes this for a cancelled question
            Err(_) => ExitCode::FAILURE,
        };
    }
    if panic::install().is_err() {
        return refuse("the panic hooks could not be installed");
    }
    let cli = match args::parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(Refusal::Shown(text)) => return say(text.as_bytes()),
        Err(Refusal::Wrong(line)) => return refuse(&line),
    };
    match run(&cli) {
        Ok(code) => code,
        Err(line) => refuse(&line),
    }
}

fn run(cli: &Cli) -> Result<ExitCode, String> {
    match &cli.command {
        Some(Command::Completions { shell }) => return Ok(say(&args::completions(*shell))),
        Some(Command::Man) => return Ok(say(&args::manual().map_err(|error| error.to_string())?)),
        Some(Command::Check | Command::List(_)) => crate::backend::libvirt::quiet(),
        None => {
            let term = std::env::var("TERM").ok();
            terminal::usable(term.as_deref())
                .map_err(|why| format!("{why}; the console needs one, 'virt-deck list' prints without it"))?;
        }
    }
    let log = cli.global.log.as_deref().map(logging::start).transpose()?;
    let paths = Paths::discover();
    let (settings, mut problems) = settings(&cli.global, paths.as_ref());
    let fleet = fleet(&cli.global, paths.as_ref())?;
    problems.extend(fleet.problems.iter().cloned());
    let files = Files {
        paths,
        settings,
        origin: fleet.origin.clone(),
        no_colour: colours::unwanted(std::env::var_os("NO_COLOR").as_deref()),
        state: Mutex::new(None),
    };
    let clock = Clock::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| format!("the asynchronous runtime cannot be started: {error}"))?;
    if cli.command.is_some() {
        // without a terminal to give back, there is still something to remove
        signals::end(runtime.handle()).map_err(|error| format!("signals cannot be handled: {error}"))?;
    }
    let mut options = files.fleet_options(clock);
    let code = match &cli.command {
        Some(Command::Check) => {
            report(&problems);
            options.interactive = false;
            runtime.block_on(crate::cli::check::run(&fleet.topology, options))
        }
        Some(Command::List(list)) => {
            report(&problems);
            options.interactive = false;
            runtime.block_on(crate::cli::list::run(list, &fleet.topology, options))
        }
        Some(Command::Completions { .. } | Command::Man) | None => {
            console::run(&cli.global, &fleet, files, problems, log.as_ref(), clock, &runtime)?
        }
    };
    // dropping the runtime or the fleet would wait for calls of libvirt
    exit::now(code)
}

/// The user's settings with the command line over them, and what is wrong in the file.
fn settings(global: &Global, paths: Option<&Paths>) -> (Settings, Vec<String>) {
    let (mut settings, problems) = paths.map_or_else(Default::default, |paths| {
        let columns: Vec<&str> = VmColumn::ALL.iter().map(|column| column.id()).collect();
        Settings::load(&paths.settings(), &columns)
    });
    settings.read_only |= global.read_only;
    settings.ascii |= global.ascii;
    settings.mouse &= !global.no_mouse;
    if let Some(theme) = &global.theme {
        settings.theme.clone_from(theme);
    }
    if let Some(keymap) = &global.keymap {
        settings.keymap.clone_from(keymap);
    }
    if let Some(way) = global
        .graphics
        .as_deref()
        .and_then(crate::config::settings::consoles::graphics)
    {
        settings.consoles.graphics = way;
    }
    (settings, problems.iter().map(ToString::to_string).collect())
}

/// Finds out which hosts to connect to.
fn fleet(global: &Global, paths: Option<&Paths>) -> Result<Fleet, String> {
    if global.demo {
        let path = demo::unpack().map_err(|error| format!("the demo cannot be unpacked: {error}"))?;
        let mut read = inventory_file::read(&path, None)?;
        demo::mark_recorded(&mut read.topology);
        return Ok(fixed(
            read.topology,
            read.environments,
            "the bundled demo",
            "the demo's hosts are fixed",
        ));
    }
    if !global.connect.is_empty() {
        let read = inventory_file::ad_hoc(&global.connect)?;
        let why = "hosts given with -c are not in an inventory file";
        return Ok(fixed(read.topology, read.environments, "the command line", why));
    }
    let default = paths.map(Paths::inventory);
    let (path, wanted) = match (&global.inventory, default) {
        (Some(path), _) => (path.clone(), true),
        (None, Some(path)) => (path, false),
        (None, None) => return local(None),
    };
    if !wanted && !path.exists() {
        return local(Some(path));
    }
    if wanted && !path.exists() {
        return Err(format!("{}: there is no such file", show(&path.to_string_lossy())));
    }
    let read = inventory_file::read(&path, None)?;
    Ok(Fleet {
        first: read.topology.hosts.is_empty(),
        topology: read.topology,
        environments: read.environments,
        said: show(&path.to_string_lossy()).into_owned(),
        origin: Origin::File(path),
        locked: None,
        problems: read.problems,
    })
}

fn fixed(topology: Topology, environments: Vec<Environment>, said: &str, locked: &str) -> Fleet {
    Fleet {
        topology,
        environments,
        origin: Origin::Fixed,
        said: said.to_owned(),
        locked: Some(locked.to_owned()),
        first: false,
        problems: Vec::new(),
    }
}

/// This machine, when there is no inventory; hosts that are added go to a new file.
fn local(path: Option<PathBuf>) -> Result<Fleet, String> {
    let uri = local_uri(|socket| std::os::unix::net::UnixStream::connect(socket).is_ok());
    let place = path
        .as_ref()
        .map(|path| format!(" in {}", show(&path.to_string_lossy())))
        .unwrap_or_default();
    let read = inventory_file::ad_hoc(&[uri.to_owned()])?;
    Ok(Fleet {
        topology: read.topology,
        environments: read.environments,
        said: format!("{uri}, because there is no inventory{place}"),
        locked: path
            .is_none()
            .then(|| "there is no home directory to keep an inventory in".to_owned()),
        origin: path.map_or(Origin::Fixed, Origin::File),
        first: true,
        problems: Vec::new(),
    })
}

/// The system's libvirt if its socket lets us in, else the user's own.
fn local_uri(reachable: impl Fn(&str) -> bool) -> &'static str {
    let sockets = [
        "/run/libvirt/libvirt-sock",
        "/run/libvirt/virtqemud-sock",
        "/var/run/libvirt/libvirt-sock",
    ];
    if sockets.iter().any(|socket| reachable(socket)) {
        "qemu:///system"
    } else {
        "qemu:///session"
    }
}

fn report(problems: &[String]) {
    let mut out = std::io::stderr().lock();
    for problem in problems {
        let _ = writeln!(out, "virt-deck: {problem}");
    }
}

fn refuse(line: &str) -> ExitCode {
    exit::restore();
    exit::clean();
    let _ = writeln!(std::io::stderr(), "virt-deck: {line}");
    ExitCode::from(WRONG)
}

/// Prints to a reader that may have gone away.
fn say(bytes: &[u8]) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => refuse(&format!("cannot print: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_taken_when_it_lets_us_in() {
        assert_eq!(local_uri(|_| false), "qemu:///session");
        assert_eq!(local_uri(|socket| socket.ends_with("virtqemud-sock")), "qemu:///system");
    }

    #[test]
    fn the_command_line_wins_over_the_settings() {
        let global = Global {
            read_only: true,
            no_mouse: true,
            theme: Some("nord".to_owned()),
            ..Global::default()
        };
        let (settings, problems) = settings(&global, None);
        assert!(settings.read_only && !settings.mouse);
        assert_eq!((settings.theme.as_str(), problems.len()), ("nord", 0));
    }
}
