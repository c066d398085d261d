//! What happens to real hosts and guests without the console's doing.

mod common;

use common::Console;
use common::lab::{LONG, console_on, in_guest, lab, running, uri, virsh, virsh_on};

/// The first percentage in the row of a VM in the tree: its CPU.
fn cpu(console: &Console, vm: &str) -> Option<f64> {
    let screen = console.screen();
    let row = screen
        .lines()
        .find_map(|line| line.split_once(&format!("R {vm}")))?
        .1
        .to_owned();
    let pane = row.split('│').next()?;
    let word = pane.split_whitespace().find(|word| word.ends_with('%'))?;
    word.trim_end_matches('%').parse().ok()
}

#[test]
fn numbers_of_a_working_guest_move() {
    running("lab1-vm1");
    let mut console = console_on("lab1-vm1");
    let work = "for i in 1 2 3 4 5 6 7 8 9; do timeout 1 md5sum /dev/zero; sleep 0.7; done";
    in_guest("lab1-vm1", "/bin/sh", &["-c", work]);
    let mut seen: Vec<f64> = Vec::new();
    for _ in 0..60 {
        let screen = console.screen();
        console.wait("another screen", |now| now.contents() != screen);
        if let Some(now) = cpu(&console, "lab1-vm1").filter(|now| *now > 5.0 && seen.last() != Some(now)) {
            seen.push(now);
        }
        if seen.len() == 3 {
            break;
        }
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert!(seen.iter().all(|percent| *percent <= 110.0), "{seen:?}");
}

/// Moves the first guest of the first host, with its disk, while it runs.
fn migrate(from: u8, to: u8) {
    let words = [
        "migrate",
        "--live",
        "--copy-storage-all",
        "--persistent",
        "--undefinesource",
        "lab1-vm1",
        &uri(to),
    ];
    virsh_on(from, &words);
}

#[test]
fn a_serial_console_goes_with_a_guest_to_another_host() {
    running("lab1-vm1");
    let mut console = console_on("lab1-vm1");
    console.press("s");
    console.wait_for("serial line");
    console.press("\r");
    console.wait_for("/ #");
    console.press("echo before-$((40+2))\r");
    console.wait_for("before-42");
    for (from, to, word) in [(1, 2, "there"), (2, 1, "home")] {
        migrate(from, to);
        // the same guest, so that its shell goes on; the lines from before are still shown
        console.wait_for(&format!("on lab{to} "));
        console.wait_for("serial line");
        console.press(&format!("echo {word}-$((40+3))\r"));
        console.wait_for(&format!("{word}-43"));
        assert!(console.screen().contains("before-42"), "{}", console.screen());
    }
    console.press("\x1b[24~q");
    console.wait_for("Overview");
}

#[test]
fn the_cursor_goes_with_a_guest_to_another_host() {
    running("lab1-vm1");
    let mut console = console_on("lab1-vm1");
    console.wait_for("lab1 › lab1-vm1");
    console.press(" ");
    migrate(1, 2);
    console.wait_for("lab2 › lab1-vm1");
    console.wait_for("running (migrated)");
    // the mark has gone with it
    console.wait_for("1 marked");
    migrate(2, 1);
    console.wait_for("lab1 › lab1-vm1");
    console.wait_for("1 marked");
    assert!(virsh(&["domstate", "lab1-vm1"]).contains("running"));
}

/// A daemon that stands still goes on when the test ends, however it ends.
struct Still;

impl Still {
    fn begin() -> Self {
        lab(&["stop-daemon", "lab1"]);
        Self
    }
}

impl Drop for Still {
    fn drop(&mut self) {
        lab(&["cont-daemon", "lab1"]);
    }
}

#[test]
fn a_host_that_stands_still_for_long_is_down_with_its_rows_and_comes_back() {
    let mut console = console_on("lab1-vm1");
    console.press("\x1b");
    console.wait_until_gone("/lab1-vm1");
    let still = Still::begin();
    // the deadline of a reading, some 15 s, and another try are behind it then
    console.wait_long("the host to be down", LONG, |screen| {
        let text = screen.contents();
        text.contains("1 down") || text.contains("host lab1 is down")
    });
    console.wait_for("attempt 2");
    console.wait_for("what follows is the last that is known");
    for row in ["lab1-vm1", "lab1-vm2", "lab1-off", "lab2-vm1"] {
        console.wait_for(row);
    }
    drop(still);
    console.press("Hc");
    console.wait_long("the host to be back", LONG, |screen| screen.contents().contains("2 up"));
    console.wait_until_gone("what follows is the last that is known");
    console.wait_for("R lab1-vm1");
}
