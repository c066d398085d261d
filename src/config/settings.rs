//! `config.toml`: how the user wants the program to be. Flags of the command line win over it.
//!
//! ```toml
//! version = 1
//! theme = "default"
//! keymap = "default"
//! colours = "auto"          # auto, 16, 256, true or none
//! ascii = false
//! mouse = true
//! clipboard = true          # copy by OSC 52
//! read_only = false
//! interval = 2              # seconds between two statistics of a host, 0.5 to 300
//! connect_limit = 8         # hosts being connected at the same time, 1 to 64
//! columns = ["name", "state", "cpu"]   # of the flat list, until changed on the screen
//! [confirm]
//! disruptive = true         # ask before reboot and the like of a single VM; otherwise it can be called back
//! quit = true               # ask before leaving by q, and while tasks run
//! grace = 5                 # seconds in which a verb can be called back, 0 to 60
//! shutdown_wait = 60        # seconds until force off is offered, 5 to 3600
//! [consoles]
//! leader = "f12"            # the key before commands; pressed twice it goes to the guest
//! graphics = "auto"         # auto, half-blocks, kitty, sixel or iterm2
//! budget = 0                # bytes a second to the terminal, 0 for no limit
//! wall_budget = 2000000     # bytes a second from each host for the screenshot wall
//! scrollback = 10000        # lines of a serial console that are kept
//! guest_clipboard = false   # guests may write to the clipboard
//! ```

pub mod consoles;

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use toml_edit::Item;

use super::ConfigError;
use super::source::{self, Fields, Source};
use super::theme::ColourDepth;

/// Which colours to send to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColourChoice {
    /// What the environment says the terminal can.
    #[default]
    Auto,
    /// This many.
    Depth(ColourDepth),
    /// None at all.
    None,
}

/// When to ask before acting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfirmSettings {
    /// Ask before a verb that interrupts a single VM, instead of letting it be called back.
    /// Several VMs, production and destruction are always asked for.
    pub disruptive: bool,
    /// Ask before leaving by `q`, and while tasks run.
    pub quit: bool,
    /// How long a verb can be called back before it is sent; zero sends it at once.
    pub grace: Duration,
    /// How long a guest may take to shut down before force off is offered.
    pub shutdown_wait: Duration,
}

/// The user's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Theme by name.
    pub theme: String,
    /// Keymap by name.
    pub keymap: String,
    /// Colours of the terminal.
    pub colours: ColourChoice,
    /// Draw with ASCII only.
    pub ascii: bool,
    /// Listen to the mouse.
    pub mouse: bool,
    /// Copy to the clipboard by OSC 52.
    pub clipboard: bool,
    /// Open every host read-only.
    pub read_only: bool,
    /// Time between two statistics of a host.
    pub interval: Duration,
    /// Hosts being connected at the same time.
    pub connect_limit: usize,
    /// Columns of the flat list by name; empty means the program's choice.
    pub columns: Vec<String>,
    /// When to ask.
    pub confirm: ConfirmSettings,
    /// Consoles.
    pub consoles: consoles::ConsoleSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: "default".to_owned(),
            keymap: "default".to_owned(),
            colours: ColourChoice::Auto,
            ascii: false,
            mouse: true,
            clipboard: true,
            read_only: false,
            interval: Duration::from_secs(2),
            connect_limit: 8,
            columns: Vec::new(),
            consoles: consoles::ConsoleSettings::default(),
            confirm: ConfirmSettings {
                disruptive: true,
                quit: true,
                grace: Duration::from_secs(5),
                shutdown_wait: Duration::from_mins(1),
            },
        }
    }
}

/// Statistics are not asked for more often or less often than this, in seconds.
pub const INTERVAL_RANGE: RangeInclusive<f64> = 0.5..=300.0;

impl Settings {
    /// Reads the file; without one everything has its default. What is wrong in it is returned
    /// beside, and has its default as well. `columns` are the names that columns may have.
    pub fn load(path: &Path, columns: &[&str]) -> (Self, Vec<ConfigError>) {
        match source::read(path) {
            Ok(Some(text)) => Self::parse(path, &text, columns),
            Ok(None) => (Self::default(), Vec::new()),
            Err(error) => (Self::default(), vec![error]),
        }
    }

    /// Reads settings from text; `path` is for messages.
    pub fn parse(path: &Path, text: &str, columns: &[&str]) -> (Self, Vec<ConfigError>) {
        let source = Source::new(path, text);
        let mut problems = Vec::new();
        let root = source.parse_forgiving(&mut problems);
        let mut settings = Self::default();
        let fields = Fields {
            source: &source,
            table: &root,
            span: None,
            what: "the settings",
        };
        fields.unknown(
            &[
                "version",
                "theme",
                "keymap",
                "colours",
                "ascii",
                "mouse",
                "clipboard",
                "read_only",
                "interval",
                "connect_limit",
                "columns",
                "confirm",
                "consoles",
            ],
            &mut problems,
        );
        fields.read("version", "1", &mut problems, |item| {
            item.as_integer().filter(|version| *version == 1)
        });
        let wrong = &mut problems;
        set(&mut settings.theme, fields.string("theme", wrong));
        set(&mut settings.keymap, fields.string("keymap", wrong));
        set(
            &mut settings.colours,
            fields.read(
                "colours",
                "\"auto\", \"16\", \"256\", \"true\" or \"none\"",
                wrong,
                colours,
            ),
        );
        set(&mut settings.ascii, fields.boolean("ascii", wrong));
        set(&mut settings.mouse, fields.boolean("mouse", wrong));
        set(&mut settings.clipboard, fields.boolean("clipboard", wrong));
        set(&mut settings.read_only, fields.boolean("read_only", wrong));
        set(
            &mut settings.interval,
            fields.read("interval", "0.5 to 300 seconds", wrong, |item| {
                seconds(item, &INTERVAL_RANGE)
            }),
        );
        set(
            &mut settings.connect_limit,
            fields.read("connect_limit", "a number from 1 to 64", wrong, |item| {
                let limit = usize::try_from(item.as_integer()?).ok()?;
                (1..=64).contains(&limit).then_some(limit)
            }),
        );
        set(&mut settings.columns, fields.strings("columns", wrong));
        settings.columns.retain(|name| {
            let known = columns.contains(&name.as_str());
            if !known {
                let message = format!("'{name}' is no column; there are {}", columns.join(", "));
                wrong.push(source.error(fields.value_span("columns"), message));
            }
            known
        });
        let confirm = fields.read("confirm", "a section [confirm]", wrong, |item| {
            item.as_table_like().map(|_| ())
        });
        if confirm.is_some()
            && let Some(item) = root.get("confirm")
            && let Some(table) = item.as_table_like()
        {
            let fields = Fields {
                source: &source,
                table,
                span: item.span(),
                what: "[confirm]",
            };
            fields.unknown(&["disruptive", "quit", "grace", "shutdown_wait"], wrong);
            let confirm = &mut settings.confirm;
            set(&mut confirm.disruptive, fields.boolean("disruptive", wrong));
            set(&mut confirm.quit, fields.boolean("quit", wrong));
            set(
                &mut confirm.grace,
                fields.read("grace", "0 to 60 seconds", wrong, |item| seconds(item, &(0.0..=60.0))),
            );
            set(
                &mut confirm.shutdown_wait,
                fields.read("shutdown_wait", "5 to 3600 seconds", wrong, |item| {
                    seconds(item, &(5.0..=3600.0))
                }),
            );
        }
        let section = fields.read("consoles", "a section [consoles]", wrong, |item| {
            item.as_table_like().map(|_| ())
        });
        if section.is_some()
            && let Some(item) = root.get("consoles")
            && let Some(table) = item.as_table_like()
        {
            let fields = Fields {
                source: &source,
                table,
                span: item.span(),
                what: "[consoles]",
            };
            settings.consoles.read(&fields, wrong);
        }
        problems.sort_by_key(|problem| (problem.line, problem.column));
        (settings, problems)
    }
}

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn seconds(item: &Item, range: &RangeInclusive<f64>) -> Option<Duration> {
    let seconds = item
        .as_float()
        .or_else(|| item.as_integer().map(|whole| whole as f64))?;
    range.contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

fn colours(item: &Item) -> Option<ColourChoice> {
    let number = item.as_integer().map(|number| number.to_string());
    match item.as_str().or(number.as_deref())? {
        "auto" => Some(ColourChoice::Auto),
        "16" => Some(ColourChoice::Depth(ColourDepth::Sixteen)),
        "256" => Some(ColourChoice::Depth(ColourDepth::TwoHundredFiftySix)),
        "true" => Some(ColourChoice::Depth(ColourDepth::True)),
        "none" => Some(ColourChoice::None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_can_be_set() {
        let (settings, problems) = Settings::parse(
            Path::new("config.toml"),
            "theme = \"nord\"\nkeymap = \"vim\"\ncolours = 256\nascii = true\nmouse = false\nclipboard = false\nread_only = true\ninterval = 0.5\nconnect_limit = 3\ncolumns = [\"name\"]\n[confirm]\ndisruptive = false\nquit = false\ngrace = 0\nshutdown_wait = 90\n[consoles]\nleader = \"ctrl-g\"\ngraphics = \"sixel\"\nbudget = 20000\nwall_budget = 1000\nscrollback = 500\nguest_clipboard = true\n",
            &["name"],
        );
        assert_eq!(problems, []);
        assert_eq!(
            settings,
            Settings {
                theme: "nord".to_owned(),
                keymap: "vim".to_owned(),
                colours: ColourChoice::Depth(ColourDepth::TwoHundredFiftySix),
                ascii: true,
                mouse: false,
                clipboard: false,
                read_only: true,
                interval: Duration::from_millis(500),
                connect_limit: 3,
                columns: vec!["name".to_owned()],
                consoles: consoles::ConsoleSettings {
                    leader: crate::base::key::Key::ctrl('g'),
                    graphics: Some(crate::hv::console::PictureProtocol::Sixel),
                    budget: 20_000,
                    wall_budget: 1000,
                    scrollback: 500,
                    guest_clipboard: true,
                },
                confirm: ConfirmSettings {
                    disruptive: false,
                    quit: false,
                    grace: Duration::ZERO,
                    shutdown_wait: Duration::from_secs(90),
                },
            }
        );
    }

    #[test]
    fn wrong_values_keep_their_default_and_are_placed() {
        let (settings, problems) = Settings::parse(
            Path::new("config.toml"),
            "columns = [\"name\", \"nope\"]\ntheme = 3\ninterval = nan\ninterval2 = 1\nmouse = \"yes\"\nconnect_limit = 0\nascii = true\ncolours = \"8\"\n[confirm]\nshutdown_wait = 1\n",
            &["name", "cpu"],
        );
        let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
        assert_eq!(lines, [1, 2, 3, 4, 5, 6, 8, 10], "{problems:?}");
        assert_eq!(
            problems[0].to_string(),
            "config.toml:1:11: 'nope' is no column; there are name, cpu"
        );
        assert_eq!(
            problems[4].to_string(),
            "config.toml:5:9: 'mouse' must be true or false, not \"yes\""
        );
        assert_eq!(
            settings,
            Settings {
                ascii: true,
                columns: vec!["name".to_owned()],
                ..Settings::default()
            }
        );
    }

    #[test]
    fn no_file_is_no_problem_and_a_directory_is_one() {
        let dir = tempfile::tempdir().unwrap();
        let (settings, problems) = Settings::load(&dir.path().join("config.toml"), &[]);
        assert_eq!((settings, problems), (Settings::default(), Vec::new()));
        let (_, problems) = Settings::load(dir.path(), &[]);
        assert!(problems[0].to_string().contains("directory"));
    }
}
