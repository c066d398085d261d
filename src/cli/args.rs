//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::cli::fields;

/// Full-screen terminal console for libvirt fleets.
///
/// Without a command the console opens on the hosts of your inventory, or, when there is none, on
/// this machine's qemu:///system (else qemu:///session).
#[derive(Debug, Parser)]
#[command(name = "virt-deck", version, max_term_width = 100, args_override_self = true)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do instead of opening the console.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags that may stand before and after a command.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct Global {
    /// Connect to this libvirt URI instead of the inventory's hosts; repeatable
    #[arg(short = 'c', long = "connect", value_name = "URI", global = true)]
    pub connect: Vec<String>,
    /// Read the hosts from this file
    #[arg(long, value_name = "FILE", global = true)]
    pub inventory: Option<PathBuf>,
    /// Show the bundled fleet; needs no host, no daemon and no network
    #[arg(long, global = true)]
    pub demo: bool,
    /// Open every host read-only and refuse every change
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Use this colour theme
    #[arg(long, value_name = "NAME", global = true)]
    pub theme: Option<String>,
    /// Use this set of keys
    #[arg(long, value_name = "NAME", global = true)]
    pub keymap: Option<String>,
    /// Draw lines and signs with ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Leave the mouse to the terminal
    #[arg(long, global = true)]
    pub no_mouse: bool,
    /// How pictures of VMs are drawn: auto, half-blocks, kitty, sixel or iterm2
    #[arg(long, value_name = "WAY", global = true, value_parser = crate::config::settings::consoles::GRAPHICS)]
    pub graphics: Option<String>,
    /// Append a log to this file; VIRT_DECK_LOG sets the level
    #[arg(long, value_name = "FILE", global = true)]
    pub log: Option<PathBuf>,
    /// Panic after the start, to see the terminal restored
    #[cfg(debug_assertions)]
    #[arg(long, hide = true, global = true)]
    pub panic_test: bool,
}

/// What to do instead of opening the console.
#[derive(Debug, Clone, PartialEq, Subcommand)]
pub enum Command {
    /// Connect to every host and say whether it works, or why not
    Check,
    /// Print what is known of the fleet, for scripts
    List(List),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}

/// What `list` prints.
#[derive(Debug, Clone, PartialEq, Args)]
#[command(after_long_help = fields::help())]
pub struct List {
    /// What to list
    #[arg(value_enum, value_name = "KIND", default_value_t = Kind::Vms)]
    pub kind: Kind,
    /// Only what matches, as `/` does on the screen
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// Only these fields, in this order; see the end of `list --help`
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', conflicts_with_all = ["full", "extended"])]
    pub fields: Vec<String>,
    /// Every field
    #[arg(long, conflicts_with = "extended")]
    pub full: bool,
    /// More fields than usual
    #[arg(long)]
    pub extended: bool,
    /// Only what is running or active
    #[arg(long)]
    pub active: bool,
    /// How to print
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = Format::Table)]
    pub output: Format,
    /// Give up on hosts that have not answered after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub wait: u64,
}

impl List {
    /// How long to wait for hosts.
    pub fn deadline(&self) -> Duration {
        Duration::from_secs(self.wait)
    }
}

/// What can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Kind {
    /// Virtual machines
    Vms,
    /// Hosts
    Hosts,
    /// Clusters
    Clusters,
    /// Data centers
    Datacenters,
    /// Storage pools
    Pools,
    /// Storage volumes
    Volumes,
    /// Virtual networks
    Networks,
    /// Events since the start
    Events,
}

impl Kind {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Vms => "vms",
            Self::Hosts => "hosts",
            Self::Clusters => "clusters",
            Self::Datacenters => "datacenters",
            Self::Pools => "pools",
            Self::Volumes => "volumes",
            Self::Networks => "networks",
            Self::Events => "events",
        }
    }
}

/// How `list` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Format {
    /// Aligned columns for reading
    Table,
    /// An array of objects
    Json,
    /// Comma-separated values with a heading
    Csv,
}

/// Why the command line was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Help or version were asked for: print it, all is well.
    Shown(String),
    /// One line that says what is wrong and what is allowed.
    Wrong(String),
}

/// Reads the command line, program name first.
///
/// # Errors
/// See [`Refusal`].
pub fn parse<I>(arguments: I) -> Result<Cli, Refusal>
where
    I: IntoIterator<Item = OsString>,
{
    let (arguments, connect) = collect_connects(arguments.into_iter().collect());
    let matches = Cli::command()
        .try_get_matches_from(arguments)
        .map_err(|error| refusal(&error))?;
    let mut cli = Cli::from_arg_matches(&matches).map_err(|error| refusal(&error))?;
    if !connect.is_empty() {
        cli.global.connect = connect;
    }
    let sources = [
        (!cli.global.connect.is_empty(), "-c"),
        (cli.global.inventory.is_some(), "--inventory"),
        (cli.global.demo, "--demo"),
    ];
    let given: Vec<_> = sources
        .into_iter()
        .filter(|(given, _)| *given)
        .map(|(_, name)| name)
        .collect();
    if let [one, other, ..] = given[..] {
        return Err(Refusal::Wrong(format!(
            "{one} cannot be used together with {other}; choose one source of hosts"
        )));
    }
    if let Some(Command::List(list)) = &cli.command {
        fields::choose(list).map_err(Refusal::Wrong)?;
    }
    Ok(cli)
}

/// Takes every `-c URI` together: when some stand before the command and some after it, clap
/// would keep only the latter. The first one stays for clap to see.
fn collect_connects(arguments: Vec<OsString>) -> (Vec<OsString>, Vec<String>) {
    let mut uris = Vec::new();
    let mut iter = arguments.iter().skip(1);
    while let Some(argument) = iter.next() {
        let Some(text) = argument.to_str() else {
            continue;
        };
        if text == "--" {
            break;
        }
        let joined = text.strip_prefix("--connect=").or_else(|| {
            text.strip_prefix("-c")
                .filter(|rest| !rest.is_empty())
                .map(|rest| rest.strip_prefix('=').unwrap_or(rest))
        });
        if let Some(uri) = joined {
            uris.push(uri.to_owned());
        } else if matches!(text, "-c" | "--connect") {
            if let Some(uri) = iter
                .next()
                .and_then(|next| next.to_str())
                .filter(|next| !next.starts_with('-'))
            {
                uris.push(uri.to_owned());
            }
        } else if TAKES_VALUE.contains(&text) {
            iter.next();
        }
    }
    (arguments, uris)
}

/// Options whose value is the next argument, so that a value is never taken for an option.
const TAKES_VALUE: &[&str] = &[
    "--inventory",
    "--theme",
    "--keymap",
    "--graphics",
    "--log",
    "--search",
    "--fields",
    "--output",
    "-o",
    "--wait",
];

fn refusal(error: &clap::Error) -> Refusal {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Refusal::Shown(text),
        _ => {
            let lines: Vec<String> = text
                .lines()
                .map(str::trim)
                .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
                .filter(|line| !line.is_empty())
                .map(|line| crate::base::text::show(line.strip_prefix("error: ").unwrap_or(line)).into_owned())
                .collect();
            Refusal::Wrong(format!("{}; virt-deck --help tells what is allowed", lines.join("; ")))
        }
    }
}

/// The completion script of a shell.
pub fn completions(shell: Shell) -> Vec<u8> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "virt-deck", &mut out);
    out
}

/// The manual page.
///
/// # Errors
/// Never in practice: it is written into memory.
pub fn manual() -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut out)?;
    for command in Cli::command().get_subcommands() {
        // each command in a section of its own, since there is one page only
        out.extend_from_slice(format!(".SH \"COMMAND {}\"\n", command.get_name().to_uppercase()).as_bytes());
        let man = clap_mangen::Man::new(command.clone());
        man.render_description_section(&mut out)?;
        man.render_options_section(&mut out)?;
        man.render_extra_section(&mut out)?;
    }
    Ok(out)
}

#[cfg(test)]
#[path = "args_tests.rs"]
mod tests;
