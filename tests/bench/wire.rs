//! A guest's scrolling text screen over a line of 1 Mbit/s: the console in a terminal at its far
//! end, and a plain VNC viewer there.

use std::time::Duration;

use virt_deck::base::time::Clock;

use crate::guest::{Guest, NAME};
use crate::narrow::{Flowed, Line, Narrow};
use crate::report::{Goal, Report, Times};
use crate::viewer;

/// 1 Mbit/s, and about as much as an sshd takes before a program feels it.
const SSH: Line = Line {
    rate: 125_000.0,
    ahead: 1 << 20,
};
/// The same without anything in between.
const DIRECT: Line = Line {
    rate: 125_000.0,
    ahead: 0,
};
const BUDGET: u32 = 20_000;
const SECONDS: u32 = 10;
const LEADER: &str = "\x1b[24~";

fn said(flowed: &Flowed) -> String {
    format!(
        "{:.1} kB/s (peak {:.1}), {:.1} frames/s, CPU {:.1} %",
        flowed.bytes / 1e3,
        flowed.peak / 1e3,
        flowed.frames,
        flowed.cpu
    )
}

/// The guest's screen in a console.
fn open(clock: Clock, guest: &Guest, line: Line, settings: &str, text: bool) -> Result<Narrow, String> {
    let mut console = Narrow::start(clock, line, settings, &["-c", &guest.uri])?;
    console.wait_for(NAME)?;
    console.press("/")?;
    console.press(NAME)?;
    console.wait_for(&format!("filter: {NAME}"))?;
    console.press("\r")?;
    console.wait_for(&format!("VM {NAME}"))?;
    console.press("c")?;
    console.wait_for("VNC")?;
    if !text {
        console.press(LEADER)?;
        console.wait_for("COMMAND")?;
        console.press("c")?;
    }
    console.rest(Duration::from_secs(4));
    Ok(console)
}

fn shown(clock: Clock, guest: &Guest, line: Line, settings: &str, text: bool) -> Result<(Flowed, Times), String> {
    let mut console = open(clock, guest, line, settings, text)?;
    let flowed = console.flow(SECONDS)?;
    let latency = console.latency(9)?;
    Ok((flowed, latency))
}

/// All of it.
pub fn measure(clock: Clock, report: &mut Report) -> Result<(), String> {
    let guest = Guest::start()?;
    let plain = viewer::measure(clock, SSH, guest.port, SECONDS);
    match &plain {
        Ok(flowed) => report.note("vncviewer, the same screen and line", said(flowed)),
        Err(error) => report.note("vncviewer (Debian: tigervnc-viewer, xvfb)", error.clone()),
    }
    let none = String::new();
    let budget = format!("[consoles]\nbudget = {BUDGET}\n");
    let parts = [
        ("read as text, through ssh", SSH, &none, true),
        ("half blocks, through ssh", SSH, &none, false),
        ("half blocks, nothing in between", DIRECT, &none, false),
        ("read as text, budget 20 kB/s", SSH, &budget, true),
        ("half blocks, budget 20 kB/s", SSH, &budget, false),
    ];
    for (name, line, settings, text) in parts {
        let (flowed, latency) = shown(clock, &guest, line, settings, text)?;
        report.note(format!("1 Mbit/s, {name}"), said(&flowed));
        if let (Ok(plain), true) = (&plain, settings.is_empty()) {
            report.note(
                format!("1 Mbit/s, {name}: beside vncviewer"),
                format!(
                    "bytes/s {:.2}, bytes a frame {:.2}",
                    flowed.bytes / plain.bytes,
                    flowed.bytes / flowed.frames.max(0.01) / (plain.bytes / plain.frames.max(0.01))
                ),
            );
        }
        if !settings.is_empty() {
            let most = f64::from(BUDGET);
            report.add(
                "C1",
                format!("{name}: kept"),
                format!("{:.1} kB/s", flowed.bytes / 1e3),
                flowed.bytes,
                Goal::Most(most, most * 1.02),
                "B/s",
            );
        }
        report.times(
            "C1",
            format!("1 Mbit/s, {name}: key to its echo"),
            &latency,
            0.5,
            Goal::None,
        );
    }
    Ok(())
}
