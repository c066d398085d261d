//! `config.toml` and the environment, as they show on the screen.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::Command;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

mod common;

use common::Console;

fn home(config: &str) -> Rc<tempfile::TempDir> {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join(".config/virt-deck");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("config.toml"), config).unwrap();
    Rc::new(home)
}

fn on_test(home: &Rc<tempfile::TempDir>, environment: &[(&str, &str)]) -> Console {
    let mut console = Console::start_in(home, environment, &["-c", "test:///default"]);
    console.wait_for("1 up");
    console
}

#[test]
fn columns_hold_until_they_are_changed() {
    let home = home("columns = [\"name\", \"uuid\"]\n");
    let mut console = on_test(&home, &[]);
    console.press("L");
    console.wait("the columns", |screen| {
        let text = screen.contents();
        text.contains("UUID") && !text.contains("VCPU")
    });
    console.press("q");
    console.quit();
    // what was not changed on the screen goes on following the file
    std::fs::write(
        home.path().join(".config/virt-deck/config.toml"),
        "columns = [\"name\", \"vcpus\"]\n",
    )
    .unwrap();
    let mut console = on_test(&home, &[]);
    console.press("L");
    console.wait_for("VCPU");
    console.press("C");
    console.wait_for("Columns");
    // the second one off
    console.press("\x1b[B ");
    console.press("\x1b[A\x1b[A\r");
    console.wait_until_gone("VCPU");
    console.press("q");
    console.quit();
    let mut console = on_test(&home, &[]);
    console.press("L");
    console.wait("the changed columns", |screen| {
        let text = screen.contents();
        text.contains("NAME") && !text.contains("VCPU")
    });
    console.press("q");
    console.quit();
}

#[test]
fn questions_can_be_turned_off() {
    let home = home("clipboard = false\ninterval = 7.5\n[confirm]\ndisruptive = false\nquit = false\ngrace = 60\n");
    let mut console = on_test(&home, &[]);
    console.press("j");
    console.wait_for("Host ");
    console.wait_for("read every      7.5s, the last reading");
    console.press("y");
    console.wait_for("the clipboard is turned off in config.toml");
    console.press("G");
    console.wait_for("VM test");
    console.press("pr");
    console.wait_for("reboot: test in 1m00s");
    console.press("z");
    console.wait_for("called back: reboot test");
    // destruction is asked for all the same
    console.press("pf");
    console.wait_for("Force off test");
    console.press("n");
    console.wait_until_gone("Force off test");
    console.press("q");
    assert_eq!(console.end(), 0);
    console.is_restored();
    assert!(!String::from_utf8_lossy(&console.bytes).contains("\x1b]52;"));
}

#[test]
fn no_grace_sends_at_once() {
    let home = home("[confirm]\ngrace = 0\n");
    let mut console = on_test(&home, &[]);
    console.press("G");
    console.wait_for("VM test");
    console.press("pp");
    console.wait_for("pause: done");
    assert!(!String::from_utf8_lossy(&console.bytes).contains("calls back"));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let home = home("interval = 2\ncolumns = [\"name\", \"nope\"]\nintervall = 3\n");
    let mut console = on_test(&home, &[]);
    console.press("m");
    console.wait_for("config.toml:2:11: 'nope' is no column");
    console.wait_for("config.toml:3:1: 'intervall' is not known");
}

/// `HH:MM` so many minutes east of UTC, now and a minute ago.
#[expect(clippy::disallowed_methods, reason = "the wall clock is what is tested")]
fn local_minutes(east: u64) -> [String; 2] {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 60 + east;
    [now, now - 1].map(|minute| format!("{:02}:{:02}:", minute / 60 % 24, minute % 60))
}

#[test]
fn times_are_those_of_the_zone() {
    let home = home("");
    // POSIX counts west of Greenwich
    let zone = ("TZ", "XYZ-5:30");
    let mut console = on_test(&home, &[zone]);
    console.press("e");
    console.wait_for("connected");
    let minutes = local_minutes(330);
    assert!(
        minutes.iter().any(|minute| console.screen().contains(minute.as_str())),
        "{minutes:?}\n{}",
        console.screen()
    );
    let list = |format: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_virt-deck"))
            .args(["-c", "test:///default", "list", "events", "-o", format])
            .env("HOME", home.path())
            .env(zone.0, zone.1)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let table = list("table");
    assert!(table.contains("+05:30  normal"), "{table}");
    let rows: serde_json::Value = serde_json::from_str(&list("json")).unwrap();
    let millis = rows[0]["time"].as_u64().unwrap();
    let shown = format!("{:02}:{:02}:", millis / 3_600_000 % 24, millis / 60_000 % 60);
    assert!(local_minutes(0).contains(&shown), "{shown}");
}
