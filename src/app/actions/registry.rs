//! The actions themselves, one line each.

use crate::app::actions::spec::{ActionId as Id, ActionSpec, Availability, Confirm, Danger, Group};
use crate::app::actions::{consoles, rules};
use crate::app::model::Model;
use crate::base::ids::NodeId;

type Rule = fn(&Model, &[NodeId]) -> Availability;

/// An action that changes nothing on a host.
const fn view(id: Id, name: &'static str, title: &'static str, help: &'static str, group: Group) -> ActionSpec {
    ActionSpec {
        id,
        name,
        title,
        help,
        group,
        danger: Danger::None,
        confirm: Confirm::Never,
        argument: None,
        available: rules::always,
    }
}

impl ActionSpec {
    const fn when(mut self, available: Rule) -> Self {
        self.available = available;
        self
    }

    const fn with(mut self, argument: &'static str) -> Self {
        self.argument = Some(argument);
        self
    }

    const fn danger(mut self, danger: Danger, confirm: Confirm) -> Self {
        self.danger = danger;
        self.confirm = confirm;
        self
    }
}

/// A verb on the VM under the cursor or on all marked ones.
const fn power(
    id: Id,
    name: &'static str,
    title: &'static str,
    help: &'static str,
    danger: Danger,
    confirm: Confirm,
    available: Rule,
) -> ActionSpec {
    view(id, name, title, help, Group::Power)
        .danger(danger, confirm)
        .when(available)
}

/// A way to a VM's screen or serial line.
const fn console(id: Id, name: &'static str, title: &'static str, help: &'static str, available: Rule) -> ActionSpec {
    view(id, name, title, help, Group::Console).when(available)
}

/// An action inside an open console.
const fn inside(id: Id, name: &'static str, title: &'static str, help: &'static str, available: Rule) -> ActionSpec {
    view(id, name, title, help, Group::InConsole).when(available)
}

/// Every action, in the order help shows them.
#[rustfmt::skip]
pub const ACTIONS: &[ActionSpec] = &[
    view(Id::Up, "move.up", "Up", "Move one row up.", Group::Move),
    view(Id::Down, "move.down", "Down", "Move one row down.", Group::Move),
    view(Id::PageUp, "move.page-up", "Page up", "Move one page up.", Group::Move),
    view(Id::PageDown, "move.page-down", "Page down", "Move one page down.", Group::Move),
    view(Id::HalfPageUp, "move.half-page-up", "Half page up", "Move half a page up.", Group::Move),
    view(Id::HalfPageDown, "move.half-page-down", "Half page down", "Move half a page down.", Group::Move),
    view(Id::Top, "move.top", "Top", "Go to the first row.", Group::Move),
    view(Id::Bottom, "move.bottom", "Bottom", "Go to the last row.", Group::Move),
    view(Id::Left, "move.left", "Fold or parent", "Fold the row, or go to its parent; in details, the previous tab.", Group::Move),
    view(Id::Right, "move.right", "Unfold or open", "Unfold the row, or go to its details; in details, the next tab.", Group::Move),
    view(Id::Open, "move.open", "Open", "Open what is under the cursor.", Group::Move),
    view(Id::NextPane, "move.next-pane", "Next pane", "Go to the next pane.", Group::Move),
    view(Id::PreviousPane, "move.previous-pane", "Previous pane", "Go to the previous pane.", Group::Move),
    view(Id::HistoryBack, "move.history-back", "Back in history", "Go back to the object looked at before.", Group::Move),
    view(Id::HistoryForward, "move.history-forward", "Forward in history", "Go forward again.", Group::Move),
    view(Id::NextMatch, "move.next-match", "Next match", "Go to the next match of the search in the text; in other details, to the next row that enter opens.", Group::Move),
    view(Id::PreviousMatch, "move.previous-match", "Previous match", "Go to the previous match of the search in the text, or row that enter opens.", Group::Move),
    view(Id::ShowTree, "view.tree", "Tree", "Show the tree of data centers, clusters, hosts and VMs.", Group::View),
    view(Id::ShowList, "view.list", "All VMs", "Show one flat list of the VMs of the whole fleet; again returns to the tree.", Group::View),
    view(Id::FoldAll, "view.fold-all", "Fold all", "Fold everything down to the hosts.", Group::View),
    view(Id::UnfoldAll, "view.unfold-all", "Unfold all", "Unfold everything.", Group::View),
    view(Id::Filter, "view.filter", "Filter", "Filter as you type; in the XML view, search.", Group::View).with("[TEXT]"),
    view(Id::Clear, "view.clear", "Clear", "Close what is open, then clear the filter, then the marks, then go back.", Group::View),
    view(Id::SortBy, "view.sort", "Sort by column", "Sort the list by a column, by number or name; again reverses.", Group::View).with("COLUMN"),
    view(Id::SortLeft, "view.sort-left", "Sort column left", "Sort by the column to the left.", Group::View),
    view(Id::SortRight, "view.sort-right", "Sort column right", "Sort by the column to the right.", Group::View),
    view(Id::SortReverse, "view.sort-reverse", "Reverse order", "Reverse the order.", Group::View),
    view(Id::Columns, "view.columns", "Columns", "Choose and order the columns of the list.", Group::View),
    view(Id::TabNext, "view.next-tab", "Next tab", "Show the next tab of the details.", Group::View),
    view(Id::TabPrevious, "view.previous-tab", "Previous tab", "Show the previous tab of the details.", Group::View),
    view(Id::Tab, "view.tab", "Show tab", "Show a tab of the details, by number or name.", Group::View).with("TAB"),
    view(Id::Zoom, "view.zoom", "Zoom pane", "Give the whole screen to the pane; again gives it back.", Group::View),
    view(Id::Header, "view.header", "Header", "Show or hide the header line.", Group::View),
    view(Id::Freeze, "view.freeze", "Freeze", "Hold the screen still; the hosts are still being watched.", Group::View),
    view(Id::Redraw, "view.redraw", "Redraw", "Paint the whole screen again.", Group::View),
    view(Id::MarkToggle, "mark.toggle", "Mark", "Mark or unmark the VM, or all VMs below, and go on.", Group::Mark),
    view(Id::MarkRange, "mark.range", "Mark range", "Start or end marking the rows the cursor passes.", Group::Mark),
    view(Id::MarkAll, "mark.all", "Mark all", "Mark every VM that the filter shows.", Group::Mark),
    view(Id::MarkInvert, "mark.invert", "Invert marks", "Mark what is not marked and unmark the rest, among what the filter shows.", Group::Mark),
    view(Id::MarkClear, "mark.clear", "Clear marks", "Unmark everything.", Group::Mark),
    power(Id::Start, "vm.start", "Start", "Start the VM; a saved one goes on where it was.", Danger::Write, Confirm::Never, rules::startable),
    power(Id::StartPaused, "vm.start-paused", "Start paused", "Start the VM with its CPUs stopped.", Danger::Write, Confirm::Never, rules::startable),
    power(Id::Shutdown, "vm.shutdown", "Shut down", "Ask the guest to power off, wait, and offer to force it.", Danger::Disruptive, Confirm::Grace, rules::shutdown).with("[SECONDS]"),
    power(Id::ShutdownAcpi, "vm.shutdown-acpi", "Shut down by ACPI", "Press the guest's ACPI power button.", Danger::Disruptive, Confirm::Grace, rules::shutdown).with("[SECONDS]"),
    power(Id::ShutdownAgent, "vm.shutdown-agent", "Shut down by agent", "Ask the guest's agent to power off.", Danger::Disruptive, Confirm::Grace, rules::shutdown_agent).with("[SECONDS]"),
    power(Id::Reboot, "vm.reboot", "Reboot", "Ask the guest to reboot.", Danger::Disruptive, Confirm::Ask, rules::reboot),
    power(Id::RebootAcpi, "vm.reboot-acpi", "Reboot by ACPI", "Ask the guest to reboot by ACPI.", Danger::Disruptive, Confirm::Ask, rules::reboot),
    power(Id::RebootAgent, "vm.reboot-agent", "Reboot by agent", "Ask the guest's agent to reboot.", Danger::Disruptive, Confirm::Ask, rules::reboot_agent),
    power(Id::Reset, "vm.reset", "Reset", "Reset the VM at once, like its reset button.", Danger::Destructive, Confirm::Ask, rules::reset),
    power(Id::ForceOff, "vm.force-off", "Force off", "Stop the VM at once, like pulling the plug.", Danger::Destructive, Confirm::Ask, rules::active),
    power(Id::Pause, "vm.pause", "Pause", "Stop the VM's CPUs; memory stays.", Danger::Disruptive, Confirm::Grace, rules::pausable),
    power(Id::Resume, "vm.resume", "Resume", "Let a paused VM go on.", Danger::Write, Confirm::Never, rules::resumable),
    power(Id::ManagedSave, "vm.save", "Suspend to disk", "Save the VM's memory on its host and stop it; start goes on from there.", Danger::Disruptive, Confirm::Ask, rules::savable),
    power(Id::DiscardSaved, "vm.discard-saved", "Discard saved state", "Throw the saved memory away; the next start boots.", Danger::Destructive, Confirm::Type, rules::discardable),
    power(Id::InjectNmi, "vm.nmi", "Send NMI", "Send the guest a non-maskable interrupt, which many systems answer with a crash dump.", Danger::Disruptive, Confirm::Ask, rules::nmi),
    power(Id::SendKeys, "vm.send-keys", "Send keys", "Send a key combination to the guest.", Danger::Disruptive, Confirm::Never, rules::send_keys).with("[KEYS]"),
    power(Id::CoreDump, "vm.core-dump", "Core dump", "Write the VM's memory to a file on its host; the VM goes on afterwards.", Danger::Disruptive, Confirm::Never, rules::core_dump).with("[PATH]"),
    power(Id::AutostartOn, "vm.autostart-on", "Autostart on", "Start the VM together with its host.", Danger::Write, Confirm::Never, rules::autostart_on),
    power(Id::AutostartOff, "vm.autostart-off", "Autostart off", "Do not start the VM together with its host.", Danger::Write, Confirm::Never, rules::autostart_off),
    console(Id::ConsoleScreen, "console.screen", "Screen", "Open the VM's screen here: VNC, else screenshots.", consoles::screen),
    console(Id::ConsoleSerial, "console.serial", "Serial console", "Open the VM's serial console here; with marked VMs, all side by side.", consoles::serial),
    console(Id::ConsoleScreenshots, "console.screenshots", "Screenshots", "Watch the VM's screen by screenshots through libvirt, which needs no VNC.", consoles::screen),
    console(Id::ConsoleShell, "console.shell", "Guest shell", "Open ssh to the guest; the console comes back when it ends.", consoles::shell),
    console(Id::ConsoleWall, "console.wall", "Screenshot wall", "Show the screens of all running VMs of the selection, or of the marked ones, as small pictures.", rules::always),
    console(Id::ConsoleShow, "console.show", "Open consoles", "Go to the open consoles.", consoles::open),
    console(Id::ConsoleTicket, "console.ticket", "VNC ticket", "Set a one-time VNC password that expires.", consoles::ticket).with("[SECONDS]").danger(Danger::Write, Confirm::Never),
    console(Id::ConsoleTicketClear, "console.ticket-clear", "Clear ticket", "Put the VNC password back that was there before the ticket.", consoles::ticket).danger(Danger::Write, Confirm::Never),
    console(Id::ConsoleViewerFile, "console.viewer-file", "Save .vv file", "Write a file for remote-viewer, readable by you only.", consoles::screen).with("[FILE]"),
    console(Id::ConsoleViewer, "console.viewer", "External viewer", "Open the screen in remote-viewer, vncviewer or a browser on this machine.", consoles::screen).with("[VIEWER]"),
    inside(Id::ConsoleLeave, "console.leave", "Leave", "Go back to the fleet; the consoles stay open.", rules::always),
    inside(Id::ConsoleClose, "console.close", "Close console", "Close the console that has the keys.", consoles::open),
    inside(Id::ConsoleNext, "console.next", "Next tab", "Show the next tab of consoles.", consoles::open),
    inside(Id::ConsolePrevious, "console.previous", "Previous tab", "Show the previous tab of consoles.", consoles::open),
    inside(Id::ConsoleOther, "console.other", "Screen or serial", "Switch between the screen and the serial console of the same VM.", consoles::open),
    inside(Id::ConsoleSplit, "console.split", "Side by side", "Put the next tab's consoles beside these; with one tab only, give each its own tab again.", consoles::open),
    inside(Id::ConsoleFocus, "console.focus", "Next console", "Give the keys to the next console of the tab.", consoles::several),
    inside(Id::ConsoleBroadcast, "console.broadcast", "Type to all", "What is typed goes to all consoles of the tab; again ends it.", consoles::several),
    inside(Id::ConsoleCtrlAltDelete, "console.ctrl-alt-del", "Ctrl-Alt-Del", "Send Ctrl-Alt-Del to the guest.", consoles::chord).danger(Danger::Disruptive, Confirm::Never),
    inside(Id::ConsoleChord, "console.send-keys", "Send keys", "Send a key combination that the terminal or this program would take itself.", consoles::chord).with("[KEYS]"),
    inside(Id::ConsoleTypeText, "console.type-text", "Type text", "Type a text as keys, no faster than a guest takes it; pasting does the same.", consoles::writable).with("TEXT"),
    inside(Id::ConsoleZoom, "console.zoom", "Zoom", "Fit the screen, show it pixel by pixel, or larger.", consoles::is_screen),
    inside(Id::ConsolePanLeft, "console.pan-left", "Pan left", "Show what is to the left.", consoles::is_screen),
    inside(Id::ConsolePanRight, "console.pan-right", "Pan right", "Show what is to the right.", consoles::is_screen),
    inside(Id::ConsolePanUp, "console.pan-up", "Pan up", "Show what is above.", consoles::is_screen),
    inside(Id::ConsolePanDown, "console.pan-down", "Pan down", "Show what is below.", consoles::is_screen),
    inside(Id::ConsoleText, "console.text", "Text as text", "Show text screens as characters, or as pixels.", consoles::is_screen),
    inside(Id::ConsoleProtocol, "console.graphics", "Graphics", "How pictures are drawn: half-blocks, kitty, sixel or iterm2.", rules::always).with("[PROTOCOL]"),
    inside(Id::ConsoleBudget, "console.budget", "Byte budget", "Bytes a second that this console may send to the terminal; 0 for no limit.", consoles::open).with("BYTES"),
    inside(Id::ConsoleScrollUp, "console.scroll-up", "Scroll back", "Look at earlier lines.", consoles::is_serial),
    inside(Id::ConsoleScrollDown, "console.scroll-down", "Scroll forth", "Look at later lines.", consoles::is_serial),
    inside(Id::ConsoleScrollTop, "console.scroll-top", "Oldest line", "Go to the oldest line that is kept.", consoles::is_serial),
    inside(Id::ConsoleScrollBottom, "console.scroll-bottom", "Newest line", "Go back to the newest line.", consoles::is_serial),
    inside(Id::ConsoleSearch, "console.search", "Search", "Search what the serial line has shown.", consoles::is_serial).with("[TEXT]"),
    inside(Id::ConsoleSearchBack, "console.search-back", "Earlier match", "Go to the match before.", consoles::is_serial),
    inside(Id::ConsoleSearchForth, "console.search-forth", "Later match", "Go to the match after.", consoles::is_serial),
    inside(Id::ConsoleCopy, "console.copy", "Copy", "Copy the text that is shown.", consoles::open),
    inside(Id::ConsoleCopyAll, "console.copy-all", "Copy all", "Copy all the text that is kept.", consoles::open),
    inside(Id::ConsoleLog, "console.log", "Log to file", "Write the serial line to a file with times, or stop.", consoles::is_serial).with("[FILE]"),
    inside(Id::ConsoleWatch, "console.watch", "Watch for text", "Tell when a text appears on the serial line, or stop.", consoles::is_serial).with("[TEXT]"),
    inside(Id::ConsoleTellSize, "console.tell-size", "Tell size", "Type the stty command that tells the guest how large this console is.", consoles::is_serial),
    inside(Id::ConsoleTakeOver, "console.take-over", "Take over", "Take the serial line over from the client that holds it.", consoles::held).danger(Danger::Disruptive, Confirm::Never),
    inside(Id::ConsoleRetry, "console.retry", "Connect again", "Connect the console again now.", consoles::open),
    inside(Id::ConsoleSavePicture, "console.save-picture", "Save picture", "Save the screen as a PNG file.", consoles::is_screen).with("[FILE]"),
    view(Id::Reconnect, "host.reconnect", "Reconnect now", "Connect to the host now instead of waiting.", Group::Host).when(rules::some_host),
    view(Id::Disconnect, "host.disconnect", "Disconnect", "Close the connection and stay disconnected; the rows stay.", Group::Host).when(rules::some_host),
    view(Id::Refresh, "host.refresh", "Refresh", "Read everything about the host again.", Group::Host).when(rules::some_host),
    view(Id::HostAdd, "host.add", "Add host", "Add a host to the inventory.", Group::Inventory).with("[URI]").when(rules::inventory_editable),
    view(Id::HostEdit, "host.edit", "Edit host", "Change the host's entry in the inventory.", Group::Inventory).when(rules::one_inventory_host),
    view(Id::HostRemove, "host.remove", "Remove host", "Take the host out of the inventory; nothing on the host changes.", Group::Inventory).danger(Danger::None, Confirm::Ask).when(rules::one_inventory_host),
    view(Id::DatacenterAdd, "inventory.add-datacenter", "Add data center", "Add a data center to the inventory.", Group::Inventory).with("[NAME]").when(rules::inventory_editable),
    view(Id::ClusterAdd, "inventory.add-cluster", "Add cluster", "Add a cluster to the inventory.", Group::Inventory).with("[NAME]").when(rules::inventory_editable),
    view(Id::GroupRename, "inventory.rename", "Rename group", "Rename the data center or cluster.", Group::Inventory).with("[NAME]").when(rules::one_inventory_group),
    view(Id::GroupRemove, "inventory.remove", "Remove group", "Take the data center or cluster and what is in it out of the inventory; nothing on any host changes.", Group::Inventory).danger(Danger::None, Confirm::Type).when(rules::one_inventory_group),
    view(Id::Import, "inventory.import", "Import hosts", "Offer the hosts of virt-manager and of the ssh configuration.", Group::Inventory).when(rules::inventory_editable),
    view(Id::Reload, "inventory.reload", "Reload files", "Read inventory, theme and keymap files again.", Group::Inventory),
    view(Id::Tasks, "panel.tasks", "Tasks", "Show or hide running and finished tasks.", Group::Program),
    view(Id::Events, "panel.events", "Events", "Show or hide the events of all hosts.", Group::Program),
    view(Id::Undo, "task.call-back", "Call back", "Call back what has been ordered but not sent yet.", Group::Program).when(rules::grace_running),
    view(Id::StopWaiting, "task.stop-waiting", "Stop waiting", "Stop waiting for the VM's pending task; the host may still finish it.", Group::Program).when(rules::task_pending),
    view(Id::Questions, "host.answer", "Answer question", "Answer what a host's connection asks.", Group::Host).when(rules::question_open),
    view(Id::Help, "app.help", "Help", "Show the keys of this view, and what the signs mean.", Group::Program),
    view(Id::Command, "app.command", "Command line", "Type the name of an action.", Group::Program).with("[COMMAND]"),
    view(Id::Palette, "app.palette", "Palette", "Find an action or an object by part of its name.", Group::Program),
    view(Id::Menu, "app.menu", "Action menu", "Show what can be done with the object or the marked VMs.", Group::Program),
    view(Id::Back, "app.back", "Back", "Go back; from the first screen, ask to quit.", Group::Program),
    view(Id::Quit, "app.quit", "Quit", "Leave the program.", Group::Program),
    view(Id::Theme, "app.theme", "Theme", "Choose the colours.", Group::Program).with("[NAME]"),
    view(Id::Keymap, "app.keymap", "Keymap", "Choose the keys.", Group::Program).with("[NAME]"),
    view(Id::Mouse, "app.mouse", "Mouse on or off", "Give the mouse to the program or to the terminal.", Group::Program),
    view(Id::Copy, "app.copy", "Copy name", "Copy the name to the terminal's clipboard.", Group::Program).when(rules::clipboard),
    view(Id::CopyMenu, "app.copy-menu", "Copy more", "Copy UUID, address, URI, XML or a virsh command.", Group::Program).when(rules::clipboard),
    view(Id::Notices, "app.notices", "Messages", "Show the messages said so far.", Group::Program),
];

/// The spec of an action.
pub fn spec(id: Id) -> &'static ActionSpec {
    // the enum and the table are kept equal by a test; the first entry stands in so that no
    // caller has to handle what cannot happen
    ACTIONS.iter().find(|spec| spec.id == id).unwrap_or(&ACTIONS[0])
}

/// The action with this name.
pub fn by_name(name: &str) -> Option<&'static ActionSpec> {
    ACTIONS.iter().find(|spec| spec.name == name)
}
