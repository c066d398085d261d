//! The whole program in a pseudo terminal, its screen read by a terminal parser.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::sync::mpsc::channel;

use portable_pty::CommandBuilder;
use rustix::process::Signal;

mod common;

use common::{Console, Gone, PATIENCE};

#[test]
fn walk_filter_resize_quit() {
    let mut console = Console::start(&["--demo"]);
    console.wait_for("fleet");
    let before = console.screen();
    console.press("jjj");
    console.wait("the cursor to move", |screen| screen.contents() != before);
    console.press("/");
    console.press("zzz-nothing");
    console.wait_for("zzz-nothing");
    console.press("\x1b");
    console.wait("the filter to go", |screen| !screen.contents().contains("zzz-nothing"));
    console.press("/");
    console.press("scratch");
    console.wait_for("filter: scratch");
    console.press("\r");
    console.wait_for("VM scratch");
    console.press("pp");
    console.wait_for("pause: scratch in 5s");
    console.wait_for("pause: done");
    console.wait_for("◐P scratch");
    console.resize(10, 40);
    console.wait_for("needs 60x15");
    console.resize(30, 120);
    console.wait_for("◐P scratch");
    console.press("q");
    console.wait_for("Leave virt-deck?");
    console.press("\r");
    console.press("y");
    assert_eq!(console.end(), 0);
    console.is_restored();
}

#[test]
fn signals_restore_the_terminal() {
    for (signal, code) in [
        (Signal::TERM, 143),
        (Signal::INT, 130),
        (Signal::HUP, 129),
        (Signal::QUIT, 131),
    ] {
        let mut console = Console::start(&["--demo"]);
        console.wait_for("fleet");
        console.signal(signal);
        assert_eq!(console.end(), code);
        console.is_restored();
    }
}

#[test]
fn stop_and_go_on() {
    let mut console = Console::start(&["--demo"]);
    console.wait_for("fleet");
    console.signal(Signal::TSTP);
    console.wait("the main screen", |screen| !screen.alternate_screen());
    console.wait_until_stopped();
    console.signal(Signal::CONT);
    console.wait("the console again", |screen| {
        screen.alternate_screen() && screen.contents().contains("fleet")
    });
    console.signal(Signal::TERM);
    assert_eq!(console.end(), 143);
    console.is_restored();
}

#[test]
fn a_panic_restores_the_terminal_first() {
    let mut console = Console::start(&["--demo", "--panic-test"]);
    assert_eq!(console.end(), 101);
    console.is_restored();
    let text = String::from_utf8_lossy(&console.bytes).into_owned();
    assert!(
        text.rfind("\x1b[?1049l") < text.find("asked for by --panic-test"),
        "{text}"
    );
    assert!(text.contains("--log"));
}

#[test]
fn a_vanished_terminal_ends_the_program() {
    // the leader of the session ignores the hang-up, so that nobody tells the program
    let mut command = CommandBuilder::new("sh");
    command.args([
        "-c",
        concat!("trap '' HUP; ", env!("CARGO_BIN_EXE_virt-deck"), " --demo; exit 0"),
    ]);
    let mut console = Console::spawn(command);
    console.wait_for("fleet");
    // the reader holds the terminal as well; it ends when there is something nobody takes
    console.output = channel().1;
    console.resize(20, 100);
    console.keys = None;
    console.master = None;
    let (sender, ended) = channel();
    let mut waiter = std::mem::replace(&mut console.child, Box::new(Gone));
    std::thread::spawn(move || sender.send(waiter.wait().is_ok()));
    assert!(ended.recv_timeout(PATIENCE).unwrap());
}

fn run(arguments: &[&str]) -> std::process::Output {
    let home = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_virt-deck"))
        .args(arguments)
        .env("HOME", home.path())
        .env("TERM", "xterm")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = run(&["--demo"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("not a terminal") && said.contains("virt-deck list"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1);
    assert!(output.stdout.is_empty());
}

#[test]
fn mistakes_are_one_line_and_code_two() {
    for (arguments, said) in [
        (&["--bogus"][..], "'--bogus' found; virt-deck --help tells"),
        (&["lst"], "'list'"),
        (
            &["list", "--fields", "nope"],
            "'nope' is no field of vms; there are name, state,",
        ),
        (
            &["list", "hosts", "--fields", "steal"],
            "is no field of hosts; there are name,",
        ),
        (&["list", "vmz"], "possible values: vms, hosts"),
        (&["--inventory", "/nonexistent", "list"], "no such file"),
        (&["--theme", "nope", "--demo", "list", "-o", "yaml"], "table, json, csv"),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(line.lines().count(), 1, "{arguments:?}");
        assert!(line.contains(said), "{arguments:?}: {line}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn every_kind_is_listed() {
    for (kind, known) in [
        ("vms", "scratch"),
        ("hosts", "osl-kvm-01"),
        ("clusters", "compute"),
        ("datacenters", "Oslo"),
        ("pools", "images"),
        ("volumes", "web-2.qcow2"),
        ("networks", "virbr0"),
        ("events", "connected"),
    ] {
        let output = run(&["--demo", "list", kind, "-o", "csv"]);
        // one host of the demo is down
        assert_eq!(output.status.code(), Some(1), "{kind}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((said.lines().count(), said.contains("fra-kvm-03")), (1, true), "{said}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.lines().count() > 2 && text.contains(known), "{kind}: {text}");
    }
}

#[test]
fn the_test_driver_is_listed() {
    let output = run(&["-c", "test:///default", "list", "-o", "json", "--fields", "name,state"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let rows: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rows[0]["name"], "test");
    assert_eq!(rows[0]["state"], "running");
}
