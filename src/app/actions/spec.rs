//! What is said of an action.

use crate::app::model::Model;
use crate::base::ids::NodeId;

/// Every action there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the registry says what each one means")]
pub enum ActionId {
    Up,
    Down,
    PageUp,
    PageDown,
    HalfPageUp,
    HalfPageDown,
    Top,
    Bottom,
    Left,
    Right,
    Open,
    NextPane,
    PreviousPane,
    HistoryBack,
    HistoryForward,
    NextMatch,
    PreviousMatch,
    ShowTree,
    ShowList,
    FoldAll,
    UnfoldAll,
    Filter,
    Clear,
    SortBy,
    SortLeft,
    SortRight,
    SortReverse,
    Columns,
    TabNext,
    TabPrevious,
    Tab,
    Zoom,
    Header,
    Freeze,
    Redraw,
    MarkToggle,
    MarkRange,
    MarkAll,
    MarkInvert,
    MarkClear,
    Start,
    StartPaused,
    Shutdown,
    ShutdownAcpi,
    ShutdownAgent,
    Reboot,
    RebootAcpi,
    RebootAgent,
    Reset,
    ForceOff,
    Pause,
    Resume,
    ManagedSave,
    DiscardSaved,
    InjectNmi,
    SendKeys,
    CoreDump,
    AutostartOn,
    AutostartOff,
    ConsoleScreen,
    ConsoleSerial,
    ConsoleScreenshots,
    ConsoleShell,
    ConsoleWall,
    ConsoleShow,
    ConsoleLeave,
    ConsoleClose,
    ConsoleNext,
    ConsolePrevious,
    ConsoleOther,
    ConsoleSplit,
    ConsoleFocus,
    ConsoleBroadcast,
    ConsoleCtrlAltDelete,
    ConsoleChord,
    ConsoleTypeText,
    ConsoleZoom,
    ConsolePanLeft,
    ConsolePanRight,
    ConsolePanUp,
    ConsolePanDown,
    ConsoleText,
    ConsoleProtocol,
    ConsoleBudget,
    ConsoleScrollUp,
    ConsoleScrollDown,
    ConsoleScrollTop,
    ConsoleScrollBottom,
    ConsoleSearch,
    ConsoleSearchBack,
    ConsoleSearchForth,
    ConsoleCopy,
    ConsoleCopyAll,
    ConsoleLog,
    ConsoleWatch,
    ConsoleTellSize,
    ConsoleTakeOver,
    ConsoleRetry,
    ConsoleSavePicture,
    ConsoleTicket,
    ConsoleTicketClear,
    ConsoleViewerFile,
    ConsoleViewer,
    Reconnect,
    Disconnect,
    Refresh,
    HostAdd,
    HostEdit,
    HostRemove,
    DatacenterAdd,
    ClusterAdd,
    GroupRename,
    GroupRemove,
    Import,
    Reload,
    Tasks,
    Events,
    Undo,
    StopWaiting,
    Questions,
    Help,
    Command,
    Palette,
    Menu,
    Back,
    Quit,
    Theme,
    Keymap,
    Mouse,
    Copy,
    CopyMenu,
    Notices,
}

/// Where an action is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Moving about.
    Move,
    /// What is shown and how.
    View,
    /// Marking VMs.
    Mark,
    /// VM power.
    Power,
    /// Ways to the screens and serial lines of VMs.
    Console,
    /// What can be done inside an open console.
    InConsole,
    /// Hosts and their connections.
    Host,
    /// The inventory file.
    Inventory,
    /// The program.
    Program,
}

impl Group {
    /// Every group in the order help shows them.
    pub const ALL: [Self; 9] = [
        Self::Move,
        Self::View,
        Self::Mark,
        Self::Power,
        Self::Console,
        Self::InConsole,
        Self::Host,
        Self::Inventory,
        Self::Program,
    ];

    /// The heading in help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::View => "View",
            Self::Mark => "Mark",
            Self::Power => "VM power",
            Self::Console => "Consoles",
            Self::InConsole => "Inside a console",
            Self::Host => "Host",
            Self::Inventory => "Inventory",
            Self::Program => "Program",
        }
    }
}

/// What an action may do to running work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Danger {
    /// Changes nothing on any host.
    None,
    /// Changes something on a host, harmlessly.
    Write,
    /// Interrupts work.
    Disruptive,
    /// Loses something.
    Destructive,
}

/// How an action is confirmed, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Confirm {
    /// At once.
    Never,
    /// At once after a few seconds in which it can be called back.
    Grace,
    /// Yes or no, default no.
    Ask,
    /// The name of the object, or the number of objects, typed.
    Type,
}

impl Confirm {
    /// One grade stronger.
    #[must_use]
    pub fn stronger(self) -> Self {
        match self {
            Self::Never => Self::Never,
            Self::Grace => Self::Ask,
            Self::Ask | Self::Type => Self::Type,
        }
    }
}

/// Whether an action can be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability {
    /// Yes.
    Ready,
    /// No, and this is why; shown greyed with the reason.
    Disabled(String),
}

impl Availability {
    /// Whether it can be done.
    pub fn is_ready(&self) -> bool {
        *self == Self::Ready
    }
}

/// An action as everything the user reads about it is derived from.
pub struct ActionSpec {
    /// Identity.
    pub id: ActionId,
    /// Name in keymaps and on the command line, `area.verb`.
    pub name: &'static str,
    /// A few words for menus, palette and footer.
    pub title: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// Where it is listed.
    pub group: Group,
    /// What it may do.
    pub danger: Danger,
    /// How it is confirmed.
    pub confirm: Confirm,
    /// What its argument means, when it takes one; in brackets when it may be left out.
    pub argument: Option<&'static str>,
    /// Whether it can be done now to these objects, and why not.
    pub available: fn(&Model, &[NodeId]) -> Availability,
}

impl std::fmt::Debug for ActionSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ActionSpec")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
