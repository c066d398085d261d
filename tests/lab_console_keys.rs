//! Several consoles of real guests at once, driven by keys: `make test-lab`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use common::Console;
use common::lab::{LONG, inventory, lab, running, until, virsh, witness};

const LEADER: &str = "\x1b[24~";
const SIZES: [(u16, u16); 2] = [(24, 80), (50, 160)];

fn start(rows: u16, columns: u16) -> Console {
    let mut console = Console::start(&["--inventory", &inventory()]);
    console.resize(rows, columns);
    console.wait_long("both hosts", LONG, |screen| screen.contents().contains("2 up"));
    console
}

/// Puts the cursor on a VM; a small screen has no details to tell that from.
fn go_to(console: &mut Console, vm: &str) {
    console.press("/\x15");
    console.press(vm);
    console.wait_for(&format!("filter: {vm}"));
    console.press("\r");
    console.wait_for(&format!("› {vm} "));
}

fn command(console: &mut Console, keys: &str) {
    console.press(LEADER);
    console.press(keys);
}

/// Opens the serial line of a VM and gets a prompt of its shell.
fn line(console: &mut Console, vm: &str) {
    go_to(console, vm);
    console.press("s");
    console.wait_for(&format!("{vm} serial"));
    console.wait_for("serial line");
    prompt(console);
}

/// Ctrl-C and Enter until the shell answers: an earlier test may have left half a line.
fn prompt(console: &mut Console) {
    console.press("\x03\r");
    console.wait_long("a prompt", LONG, |screen| screen.contents().contains("/ #"));
}

/// Fills the one field of a form and confirms it.
fn answer(console: &mut Console, title: &str, value: &str) {
    console.wait_for(&format!("┌ {title}"));
    console.press("\x15");
    console.press(value);
    console.press("\r\r");
    console.wait_until_gone(&format!("┌ {title}"));
}

fn leave(mut console: Console) {
    command(&mut console, "q");
    console.wait_for("Help");
    console.press("\x03");
    assert_eq!(console.end(), 0);
    console.is_restored();
}

/// The row and column of a text on the screen.
fn place(console: &Console, text: &str) -> (usize, usize) {
    let screen = console.screen();
    let mut rows = screen.lines().enumerate();
    let found = rows.find_map(|(row, line)| Some((row, line.find(text)?)));
    found.unwrap_or_else(|| panic!("{text} is not in\n{screen}"))
}

fn both_lines(console: &mut Console) {
    console.press("/\x15lab1-vm\r");
    console.wait_for("/lab1-vm 2/6");
    console.press("*");
    console.wait_for("2 marked");
    console.press("s");
    for vm in ["lab1-vm1 serial", "lab1-vm2 serial"] {
        console.wait_for(vm);
    }
}

#[test]
fn what_is_typed_goes_to_every_marked_vm_and_shows_to_which() {
    running("lab1-vm1");
    running("lab1-vm2");
    for (rows, columns) in SIZES {
        let mut console = start(rows, columns);
        both_lines(&mut console);
        command(&mut console, "B");
        console.wait_for("TYPING TO 2 OF 2");
        let marks = console.screen().matches(" TYPED TO ").count();
        assert_eq!(marks, 2, "{}", console.screen());
        console.press("\x03\recho got-$(hostname)-$((6*7))\r");
        console.wait_for("got-lab1-vm1-42");
        console.wait_for("got-lab1-vm2-42");
        let (one, two) = (place(&console, "lab1-vm1 serial"), place(&console, "got-lab1-vm2-42"));
        if columns == 160 {
            assert!(two.1 >= 80, "side by side: {one:?} {two:?}");
        } else {
            assert!(two.0 > rows as usize / 2, "one above the other: {one:?} {two:?}");
        }
        command(&mut console, "B");
        console.wait_until_gone("TYPED TO");
        console.press("echo only-$(hostname)-$((6*7))\r");
        console.wait_for("only-lab1-vm1-42");
        assert!(!console.screen().contains("only-lab1-vm2"));
        // the next one gets the keys
        command(&mut console, "o");
        console.press("echo then-$(hostname)-$((6*7))\r");
        console.wait_for("then-lab1-vm2-42");
        // apart again, and the size that the guest is told follows
        command(&mut console, "|");
        console.wait_until_gone("got-lab1-vm1-42");
        command(&mut console, "=");
        console.press("clear; stty size\r");
        console.wait_for(&format!("{} {columns}", rows - 2));
        command(&mut console, "[");
        console.wait_for("got-lab1-vm1-42");
        command(&mut console, "x");
        console.wait_until_gone("got-lab1-vm1-42");
        assert!(!console.screen().contains("lab1-vm1 serial"));
        leave(console);
    }
}

#[test]
fn one_guest_stops_and_the_others_go_on() {
    running("lab1-vm1");
    running("lab1-vm2");
    let mut console = start(50, 160);
    both_lines(&mut console);
    command(&mut console, "B");
    console.press("\x03\recho up-$(hostname)-$((6*7))\r");
    console.wait_for("up-lab1-vm1-42");
    console.wait_for("up-lab1-vm2-42");
    virsh(&["destroy", "lab1-vm2"]);
    console.wait_for("the VM is not running");
    console.wait_for("TYPING TO 1 OF 2");
    console.wait_for("NOT TYPED TO");
    console.press("echo alone-$(hostname)-$((6*7))\r");
    console.wait_for("alone-lab1-vm1-42");
    virsh(&["start", "lab1-vm2"]);
    console.wait_for("TYPING TO 2 OF 2");
    // its shell is there as soon as its agent is
    running("lab1-vm2");
    console.press("\x03\recho again-$(hostname)-$((6*7))\r");
    console.wait_for("again-lab1-vm1-42");
    console.wait_for("again-lab1-vm2-42");
    virsh(&["reset", "lab1-vm2"]);
    console.press("echo during-$(hostname)-$((6*7))\r");
    console.wait_for("during-lab1-vm1-42");
    running("lab1-vm2");
    leave(console);
}

#[test]
fn a_lost_host_says_so_keys_stay_live_and_it_comes_back() {
    running("lab1-vm1");
    let mut console = start(24, 80);
    line(&mut console, "lab1-vm1");
    console.press("echo before-$((6*7))\r");
    console.wait_for("before-42");
    lab(&["stop-daemon", "lab1"]);
    // typed into nothing: nothing of ours waits for it
    console.press("echo lost-$((6*7))\r");
    command(&mut console, "");
    console.wait_for("To the guest");
    console.press("\x1b");
    console.wait_until_gone("To the guest");
    console.wait_long("the loss", LONG, |screen| {
        screen.contents().contains("the host is not connected")
    });
    assert!(
        console.screen().contains("before-42"),
        "what was there stays to be read"
    );
    command(&mut console, "q");
    console.wait_for("1 up");
    console.press("o");
    console.wait_for("the host is not connected");
    lab(&["cont-daemon", "lab1"]);
    console.wait_long("the line", LONG, |screen| {
        !screen.contents().contains("the host is not connected") && screen.contents().contains("serial line")
    });
    console.press("\x03\recho back-$((6*7))\r");
    console.wait_long("the guest", LONG, |screen| screen.contents().contains("back-42"));
    leave(console);
}

#[test]
fn a_watched_text_is_told_while_nobody_looks() {
    running("lab1-vm1");
    let mut console = start(24, 80);
    line(&mut console, "lab1-vm1");
    command(&mut console, "w");
    answer(&mut console, "Watch for text", "NEEDLE-42");
    console.wait_for("WATCH");
    console.press("(sleep 4; echo needle-$((6*7)) in hay) &\r");
    command(&mut console, "q");
    console.wait_for("› lab1-vm1 ");
    // the prompt stands before it on the line
    console.wait_for("lab1-vm1: / # needle-42 in hay");
    console.press("o");
    console.wait_for("WATCH");
    command(&mut console, "w");
    console.wait_until_gone("WATCH");
    leave(console);
}

#[test]
fn the_log_has_times_and_nothing_of_the_guests_control() {
    running("lab1-vm1");
    let mut console = start(24, 160);
    line(&mut console, "lab1-vm1");
    let path = console.home.path().join("line.log");
    command(&mut console, "l");
    answer(&mut console, "Log to file", path.to_str().unwrap());
    console.wait_for(&format!("logging to {}", path.display()));
    console.wait_for("LOG");
    console.press("clear; printf '\\033[31mred-%s\\033[0m\\033]0;title\\007\\n' $((6*7))\r");
    console.wait_for("red-42");
    console.press("echo half-a-line");
    console.wait_for("echo half-a-line");
    command(&mut console, "l");
    console.wait_for("logging has ended");
    let metadata = std::fs::metadata(&path).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let read = || std::fs::read_to_string(&path).unwrap();
    until("the last line", read, |text| text.contains("echo half-a-line"));
    let text = read();
    assert!(!text.contains('\x1b'), "{text}");
    assert!(text.lines().any(|line| line.ends_with("Z red-42")), "{text}");
    for line in text.lines() {
        let time = line.split(' ').next().unwrap();
        assert!(
            time.ends_with('Z') && time.contains('T') && time.starts_with("20"),
            "{line}"
        );
    }
    // a file that exists is never touched
    command(&mut console, "l");
    answer(&mut console, "Log to file", path.to_str().unwrap());
    console.wait_for("File exists");
    console.wait_until_gone("LOG");
    leave(console);
}

/// Texts that were put on the clipboard.
fn copied(console: &Console) -> Vec<String> {
    let bytes = String::from_utf8_lossy(&console.bytes).into_owned();
    let parts = bytes.split("\x1b]52;c;").skip(1);
    let decode = |part: &str| {
        let coded = part.split('\x1b').next().unwrap();
        let text = base64::engine::general_purpose::STANDARD.decode(coded).unwrap();
        String::from_utf8(text).unwrap()
    };
    parts.map(decode).collect()
}

#[test]
fn the_past_is_searched_and_copied() {
    running("lab1-vm1");
    let mut console = start(24, 80);
    line(&mut console, "lab1-vm1");
    console.press("clear; for i in 1 2 3; do echo mark-$i-x; seq 100 160; done; echo end-$((6*7))\r");
    console.wait_for("end-42");
    command(&mut console, "/");
    answer(&mut console, "Search", "mark-");
    console.wait_for("mark-3-x");
    command(&mut console, "n");
    console.wait_for("mark-2-x");
    // more of the same needs no leader key, and the list of commands is out of the way
    assert!(!console.screen().contains("To the guest"), "{}", console.screen());
    console.press("n");
    console.wait_for("mark-1-x");
    console.press("N");
    console.wait_for("mark-2-x");
    console.wait_for("back ");
    command(&mut console, "y");
    console.wait_for("copied");
    let shown = copied(&console).pop().unwrap();
    assert!(shown.contains("mark-2-x") && !shown.contains("end-42"), "{shown}");
    command(&mut console, "Y");
    console.wait("the copy", |screen| screen.contents().contains(" lines"));
    console.press("echo typed-$((6*7))\r");
    console.wait_for("typed-42");
    let all = copied(&console).pop().unwrap();
    assert!(all.contains("mark-1-x") && all.contains("end-42"), "{all}");
    leave(console);
}

#[test]
fn pasted_text_arrives_whole() {
    running("lab1-vm1");
    let mut console = start(24, 80);
    line(&mut console, "lab1-vm1");
    let text = "a line of a text that is pasted\n".repeat(120);
    console.press("stty -echo; cat > /tmp/pasted; stty echo; wc -c < /tmp/pasted; md5sum /tmp/pasted\r");
    console.press(&format!("\x1b[200~{text}\x1b[201~"));
    console.press("\x04");
    console.wait_long("all of it", LONG, |screen| {
        screen.contents().contains(&text.len().to_string())
    });
    leave(console);
}

#[test]
fn text_and_combinations_reach_the_screens_keyboard() {
    let boots = |host: &str, vm: &str| lab(&["guest-log", host, vm]).matches(" is up").count();
    let mut console = start(50, 160);
    go_to(&mut console, "lab2-vm2");
    console.press("c");
    console.wait_long("the picture", LONG, |screen| {
        screen.contents().contains("VNC through ssh") && screen.contents().contains("/ #")
    });
    console.press("\x1b[200~echo Pasted_{A..z} \"'|~$((6*7))\" > /dev/ttyS0\n\x1b[201~");
    until(
        "the text on the serial line",
        || lab(&["guest-log", "lab2", "lab2-vm2"]),
        |log| log.contains("Pasted_{A..z} '|~42"),
    );
    // zoom and pan, one after the other without the leader key
    // as text it fits, so that there would be nowhere to go
    command(&mut console, "c");
    console.wait_for("shown as pixels");
    command(&mut console, "z");
    console.wait_for("1:1 +0+0");
    console.press("\x1b[C\x1b[B");
    console.wait_for("1:1 +64+64");
    console.press("z");
    console.wait_for("2x");
    console.press("z");
    console.wait_for(" fit");
    console.press("\x1b");
    // an Esc right before another key would be taken for Alt
    console.wait_until_gone("Back to the guest");
    // files
    let home = console.home.path().to_owned();
    let (png, vv) = (home.join("shot.png"), home.join("shot.vv"));
    command(&mut console, "P");
    answer(&mut console, "Save picture", png.to_str().unwrap());
    until(
        "the picture",
        || std::fs::read(&png).map_or_else(|error| error.to_string(), |bytes| format!("{:?}", bytes.get(..4))),
        |said| said.contains("[137, 80, 78, 71]"),
    );
    console.wait_for("shot.png");
    command(&mut console, "V");
    answer(&mut console, "Save .vv file", vv.to_str().unwrap());
    until(
        "the file for remote-viewer",
        || std::fs::read_to_string(&vv).unwrap_or_default(),
        |text| text.starts_with("[virt-viewer]") && text.contains("type=vnc"),
    );
    assert_eq!(std::fs::metadata(&vv).unwrap().permissions().mode() & 0o777, 0o600);
    let before = boots("lab2", "lab2-vm2");
    command(&mut console, "d");
    until(
        "the reboot",
        || boots("lab2", "lab2-vm2").to_string(),
        |count| count.parse::<usize>().unwrap() > before,
    );
    leave(console);
}

#[test]
fn combinations_go_by_libvirt_where_there_are_only_pictures() {
    running("lab1-vm1");
    let boots = || lab(&["guest-log", "lab1", "lab1-vm1"]).matches(" is up").count();
    let before = boots();
    let mut console = start(24, 80);
    go_to(&mut console, "lab1-vm1");
    console.press("c");
    console.wait_for("screenshots");
    command(&mut console, "k");
    console.wait_for("ctrl-alt-delete");
    console.press("g\r");
    until(
        "the reboot",
        || boots().to_string(),
        |count| count.parse::<usize>().unwrap() > before,
    );
    leave(console);
    running("lab1-vm1");
}

#[test]
fn a_vm_that_is_off_refuses_with_the_reason() {
    witness(&["domstate", "lab1-off"], "shut off");
    let mut console = start(24, 80);
    go_to(&mut console, "lab1-off");
    for keys in ["s", "c", "S", ":console.viewer-file x.vv\r", ":console.ticket\r"] {
        console.press(keys);
        console.wait_for("needs an active VM; it is shut off");
        console.press("m");
        console.wait_for("Messages");
        console.press("\x1b");
        console.wait_until_gone("┌ Messages");
    }
    assert!(!console.home.path().join("x.vv").exists());
    console.press("\x03");
    assert_eq!(console.end(), 0);
}
