//! Consoles of real guests on a terminal that is far away: `make test-lab`.

mod common;

use std::time::{Duration, Instant};

use common::Console;
use common::lab::{LONG, go_to, inventory, running};

/// Bytes a second to the terminal.
const RATE: u32 = 40_000;

#[test]
#[expect(clippy::disallowed_methods, reason = "it is about time")]
fn an_echo_is_not_behind_seconds_of_old_frames() {
    running("lab1-vm1");
    let mut console = Console::start_behind(RATE, &["--inventory", &inventory()]);
    console.wait_long("both hosts", LONG, |screen| screen.contents().contains("2 up"));
    go_to(&mut console, "lab1-vm1");
    console.press("s");
    console.wait_for("serial line");
    console.press("\r");
    console.wait_for("/ #");
    // every frame is a whole screen in many colours, and far more of them come than the line takes
    console.press("clear; while :; do n=$((n+1)); printf '\\033[4%dm %d of a flood' $((n%7)) $n; done\r");
    console.wait("a screen of it", |screen| {
        let text = screen.contents();
        text.matches("of a flood").count() > 100 && !text.contains("/ #")
    });
    console.rest(Duration::from_secs(10));
    let started = Instant::now();
    console.press("\x03");
    console.wait_for("/ #");
    let took = started.elapsed();
    // one frame of the line, and an emulated guest that is busy
    assert!(
        took < Duration::from_secs(4),
        "the guest's answer was seen after {took:?}"
    );
    console.press("\x1b[24~q");
    console.wait_for("Overview");
    console.press("\x03");
    assert_eq!(console.end(), 0);
    console.is_restored();
}

#[test]
fn a_budget_is_kept_and_used() {
    const BUDGET: usize = 10_000;
    let settings = format!("[consoles]\nbudget = {BUDGET}\n");
    let mut console = Console::start_behind_with(&settings, 1_000_000, &["--inventory", &inventory()]);
    console.wait_long("both hosts", LONG, |screen| screen.contents().contains("2 up"));
    go_to(&mut console, "lab2-vm1");
    console.press("c");
    console.wait_for("VNC through ssh");
    // whatever runs there
    console.press("\x03");
    console.wait_long("the guest's prompt", LONG, |screen| screen.contents().contains("/ #"));
    console.press("while :; do n=$((n+1)); echo $n of a flood; done\r");
    console.wait_for("of a flood");
    // what the first frames took has been waited for by then
    console.rest(Duration::from_secs(5));
    let (before, shown) = (console.bytes.len(), console.screen());
    console.rest(Duration::from_secs(10));
    let sent = console.bytes.len() - before;
    // the frame that is on its way at the end, and status lines
    assert!(sent <= BUDGET * 10 + 8000, "{sent} bytes");
    assert!(sent >= BUDGET * 10 / 8, "the picture stands still: {sent} bytes");
    assert_ne!(console.screen(), shown);
    console.wait_for(" of 9.8K/s");
    console.press("\x03");
    console.press("\x1b[24~q");
    console.wait_for("Overview");
    console.press("\x03");
    assert_eq!(console.end(), 0);
}
