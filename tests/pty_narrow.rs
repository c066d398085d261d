//! A terminal that is far away: what is drawn never waits behind what is old.

mod common;

use std::time::{Duration, Instant};

use common::Console;

/// Bytes a second: a screen takes a good part of one.
const RATE: u32 = 16_000;

#[test]
#[expect(clippy::disallowed_methods, reason = "it is about time")]
fn an_answer_waits_for_one_frame_and_not_for_all() {
    let mut console = Console::start_behind(RATE, &["--demo"]);
    console.wait_for("Overview");
    // each of them paints the whole screen again, some 5 kB, as a guest's moving picture would
    for _ in 0..100 {
        console.press("\x0c");
        console.rest(Duration::from_millis(50));
    }
    // more than the line has taken since was never sent
    let started = Instant::now();
    console.press("?");
    console.wait_for("Half page down");
    let took = started.elapsed();
    assert!(took < Duration::from_secs(4), "the help came after {took:?}");
    console.press("\x1b");
    console.wait_until_gone("Half page down");
    console.quit();
}

#[test]
fn nothing_is_typed_by_the_terminals_answers() {
    let mut console = Console::start_behind(1_000_000, &["--demo"]);
    console.wait_for("Overview");
    console.press("/");
    console.wait_for("filter");
    for _ in 0..20 {
        console.press("w");
        console.rest(Duration::from_millis(10));
        console.press("\x7f");
        console.rest(Duration::from_millis(10));
    }
    console.press("web");
    console.wait_for("filter: web");
    let asked = console.bytes.windows(4).filter(|part| part == b"\x1b[5n").count();
    assert!(asked > 0, "the terminal was never asked");
    console.press("\x1b");
    console.wait_until_gone("filter: web");
    console.quit();
}
