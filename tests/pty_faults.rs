//! Hosts, terminals and surroundings that misbehave: the whole program in a pseudo terminal.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::time::Duration;

use rustix::process::Signal;

mod common;

use common::Console;

/// A user who waits longer than this for a key calls it frozen; ten times what was ever seen on a
/// busy machine.
const PROMPT: Duration = Duration::from_secs(5);

/// A port that takes connections and then behaves as told.
fn port(then: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            then(stream);
        }
    });
    format!("qemu+tcp://127.0.0.1:{port}/system")
}

/// Keys have their effect at once: the command line opens, takes text and closes.
fn keys_are_live(console: &mut Console) {
    for text in ["abc", "xyz"] {
        console.press(&format!(":{text}"));
        console.wait_long("the command line", PROMPT, |screen| screen.contents().contains(text));
        console.press("\x1b");
        console.wait_long("it to close", PROMPT, |screen| !screen.contents().contains(text));
    }
}

fn quit(mut console: Console) {
    console.press("\x03");
    assert_eq!(console.end(), 0);
    console.is_restored();
}

/// F1: nobody listens, and a name that does not resolve.
#[test]
fn hosts_that_are_down_cost_only_their_rows() {
    let arguments = [
        "-c",
        "qemu+tcp://127.0.0.1:9/system",
        "-c",
        "qemu+tcp://nowhere.invalid/system",
        "-c",
        "test:///default",
    ];
    let mut console = Console::start(&arguments);
    console.wait("the good host", |screen| screen.contents().contains("1 up"));
    keys_are_live(&mut console);
    console.wait("both to be down", |screen| screen.contents().contains("2 down"));
    console.press("j\r");
    console.wait("why, and when it is tried again", |screen| {
        let text = screen.contents();
        text.contains("Connection refused") && text.contains("next attempt")
    });
    console.press("q");
    console.press("j\r");
    console.wait("the other reason", |screen| {
        screen.contents().contains("Unable to resolve")
    });
    quit(console);
}

/// F2: a listener that takes the connection and never says a word.
#[test]
fn a_silent_listener_freezes_nothing() {
    let (keep, kept) = channel();
    let silent = port(move |stream| {
        let _ = keep.send(stream);
    });
    let mut console = Console::start(&["-c", &silent, "-c", "test:///default"]);
    console.wait("the good host", |screen| screen.contents().contains("1 up"));
    kept.recv_timeout(common::PATIENCE).unwrap();
    keys_are_live(&mut console);
    console.wait("the silence to be noticed", |screen| {
        screen.contents().contains("1 down")
    });
    keys_are_live(&mut console);
    quit(console);
}

/// F3: a peer that hangs up in the middle of the first answer.
#[test]
fn a_peer_that_hangs_up_is_said_and_tried_again() {
    let (came, comes) = channel();
    let rude = port(move |mut stream| {
        let mut first = [0; 4];
        let _ = stream.read(&mut first);
        let _ = came.send(());
    });
    let mut console = Console::start(&["-c", &rude, "-c", "test:///default"]);
    console.wait("the reason", |screen| screen.contents().contains("1 down"));
    keys_are_live(&mut console);
    // the second attempt comes by itself
    for _ in 0..2 {
        comes.recv_timeout(common::PATIENCE).unwrap();
    }
    quit(console);
}

/// F14: sizes that no screen has, and many of them.
#[test]
fn any_size_is_survived() {
    let mut console = Console::start(&["--demo"]);
    console.wait_for("fleet");
    for (rows, columns) in [(1, 1), (0, 0), (200, 500), (2, 300), (90, 3)] {
        console.resize(rows.max(1), columns.max(1));
        console
            .master
            .as_ref()
            .unwrap()
            .resize(common::size(rows, columns))
            .unwrap();
        console.press("j");
    }
    for n in 0..200 {
        console.resize(20 + n % 30, 60 + n % 90);
    }
    console.resize(30, 120);
    console.wait("the whole screen", |screen| {
        let text = screen.contents();
        text.contains("virt-deck") && text.contains("Help") && text.contains("fleet")
    });
    keys_are_live(&mut console);
    quit(console);
}

const EVIL: &str = "<node><domain type='test'><name>NAME</name><memory>1024</memory><os><type>hvm</type></os>\
                    <title>TITLE</title></domain></node>";

/// F15: a name that tries to be more than text.
#[test]
fn odd_names_reach_the_terminal_only_escaped() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("evil.xml");
    let name = "evil\u{202e}\u{9b}31m\u{200b}\u{7f}日本e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}-rf";
    let xml = EVIL
        .replace("NAME", name)
        .replace("TITLE", "two\u{2028}lines\u{9d}0;owned\u{9c}");
    std::fs::write(&path, xml).unwrap();
    let mut console = Console::start(&["-c", &format!("test://{}", path.display())]);
    console.wait("the name", |screen| screen.contents().contains("evil<U+202E>\\x9b31m"));
    console.press("G\r");
    console.wait("its details", |screen| screen.contents().contains("VM evil"));
    console.press("}}}}}");
    console.wait("its XML", |screen| screen.contents().contains("<domain"));
    let text = String::from_utf8(console.bytes.clone()).unwrap();
    for c in [
        '\u{202e}', '\u{9b}', '\u{9d}', '\u{9c}', '\u{200b}', '\u{7f}', '\u{2028}',
    ] {
        assert!(!text.contains(c), "{c:?} was written");
    }
    quit(console);
}

/// F20: terminals that can do little.
#[test]
fn poor_terminals_get_what_they_can_show() {
    for variables in [
        &[("TERM", "bogus-term")][..],
        &[("TERM", "linux")],
        &[("TERM", "vt100"), ("NO_COLOR", "1"), ("LANG", "C")],
        &[("TERM", "screen"), ("LANG", "")],
    ] {
        let mut console = Console::start_with(&["--demo"], variables);
        console.wait("a screen", |screen| screen.contents().contains("fleet"));
        keys_are_live(&mut console);
        let text = String::from_utf8_lossy(&console.bytes).into_owned();
        let plain = variables.iter().any(|(name, _)| *name == "NO_COLOR");
        if plain {
            let coloured = ["\x1b[3", "\x1b[4", "\x1b[9", "\x1b[10"]
                .iter()
                .flat_map(|start| (0..8).map(move |n| format!("{start}{n}m")))
                .chain(["38;5;".to_owned(), "38;2;".to_owned()])
                .find(|sequence| text.contains(sequence.as_str()));
            assert_eq!(coloured, None, "{variables:?}");
        }
        if variables.contains(&("LANG", "C")) {
            let beyond: String = text.chars().filter(|c| !c.is_ascii()).collect();
            assert_eq!(beyond, "", "only ASCII where the locale has nothing else");
        }
        quit(console);
    }
    for variables in [[("TERM", "dumb")], [("TERM", "")]] {
        let mut console = Console::start_with(&["--demo"], &variables);
        assert_eq!(console.end(), 2);
        let said = String::from_utf8_lossy(&console.bytes).into_owned();
        assert!(said.contains("TERM") && said.contains("virt-deck list"), "{said}");
        assert!(!said.contains('\x1b'), "{said:?}");
    }
}

/// F21: the terminal takes no output for a while.
#[test]
fn blocked_output_costs_no_memory_and_no_keys() {
    let mut console = Console::start(&["--demo"]);
    console.wait("all hosts", |screen| screen.contents().contains("hosts"));
    console.gate.set_closed(true);
    let before = console.status("VmRSS");
    for n in 0..400 {
        // every size is another whole screen
        let size = common::size(25 + n % 20, 90 + n % 70);
        console.master.as_ref().unwrap().resize(size).unwrap();
        console.press(if n % 2 == 0 { "j" } else { "k" });
    }
    console.press(":kept");
    let after = console.status("VmRSS");
    assert!(after < before + 40_000, "{before} KiB became {after} KiB");
    console.resize(30, 120);
    console.gate.set_closed(false);
    console.wait("the latest screen", |screen| screen.contents().contains("kept"));
    console.press("\x1b");
    // and it can be ended while nothing is taken
    console.gate.set_closed(true);
    console.press("jkjkjk");
    console.signal(Signal::TERM);
    let mut waiter = std::mem::replace(&mut console.child, Box::new(common::Gone));
    let (sender, ended) = channel();
    std::thread::spawn(move || sender.send(waiter.wait().map(|status| status.exit_code())));
    let code = ended.recv_timeout(PROMPT).unwrap().unwrap();
    console.gate.set_closed(false);
    assert_eq!(code, 143);
}

/// F25: what libraries print never reaches the screen.
#[test]
fn errors_of_libraries_stay_off_the_screen() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("broken.xml");
    std::fs::write(&path, "<node><domain type='test'><name>x</name></node>").unwrap();
    let mut console = Console::start(&["-c", &format!("test://{}", path.display()), "-c", "test:///default"]);
    console.wait("the reason", |screen| screen.contents().contains("1 down"));
    let text = String::from_utf8_lossy(&console.bytes).into_owned();
    assert!(!text.contains("libvirt: "), "libvirt printed by itself");
    quit(console);
}

/// Whoever is told to go does not wait for a host that hangs.
#[test]
fn hung_hosts_do_not_delay_the_end() {
    let (keep, kept) = channel();
    let silent = port(move |stream| {
        let _ = keep.send(stream);
    });
    for signal in [None, Some(Signal::TERM), Some(Signal::HUP)] {
        let mut console = Console::start(&["-c", &silent]);
        kept.recv_timeout(common::PATIENCE).unwrap();
        console.wait_for("connecting");
        match signal {
            Some(signal) => console.signal(signal),
            None => console.press("\x03"),
        }
        let mut waiter = std::mem::replace(&mut console.child, Box::new(common::Gone));
        let (sender, ended) = channel();
        std::thread::spawn(move || sender.send(waiter.wait().map(|status| status.exit_code())));
        let code = ended.recv_timeout(PROMPT).unwrap().unwrap();
        assert_eq!(code, signal.map_or(0, |signal| 128 + signal.as_raw() as u32));
    }
}
