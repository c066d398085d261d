//! Questions of `ssh` against real hosts: passwords, passphrases and host keys become forms, and
//! nothing of them is found anywhere else.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use rustix::process::Signal;

mod common;

use common::Console;
use common::lab::{LONG, directory, output, special_uri, until};

const RIGHT: &str = "\x1b[C";

/// A console on one host with a log, its home and temporary directory its own.
fn console(uri: &str) -> Console {
    let home = Rc::new(tempfile::tempdir().unwrap());
    let inventory = home.path().join("inventory.toml");
    std::fs::write(
        &inventory,
        format!("version = 1\n[[host]]\nname = \"locked\"\nuri = \"{uri}\"\n"),
    )
    .unwrap();
    let log = home.path().join("log");
    let arguments = [
        "--inventory",
        &inventory.display().to_string(),
        "--log",
        &log.display().to_string(),
    ];
    Console::start_in(&home, &[("VIRT_DECK_LOG", "trace")], &arguments)
}

fn password() -> String {
    std::fs::read_to_string(directory().join("client/password"))
        .unwrap()
        .trim()
        .to_owned()
}

/// Nothing of a secret on the screen, in the log, in an argument or in an environment.
fn is_nowhere(console: &Console, secret: &str) {
    assert!(!String::from_utf8_lossy(&console.bytes).contains(secret));
    for file in std::fs::read_dir(console.home.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            assert!(
                !std::fs::read_to_string(&path).unwrap().contains(secret),
                "{}",
                path.display()
            );
        }
    }
    for process in std::fs::read_dir("/proc").unwrap() {
        for file in ["cmdline", "environ"] {
            // most of what is there is no process, and a process may be gone
            let read = std::fs::read(process.as_ref().unwrap().path().join(file)).unwrap_or_default();
            let text = String::from_utf8_lossy(&read);
            assert!(!text.contains(secret), "{file} of {process:?}");
        }
    }
}

/// Everything between the first and the last escape of the alternate screen was drawn by us:
/// there is no text outside our frames, which is where other programs' output would be.
fn only_we_have_drawn(console: &Console) {
    let text = String::from_utf8_lossy(&console.bytes);
    let start = text.find("\x1b[?1049h").unwrap();
    let end = text.rfind("\x1b[?1049l").unwrap_or(text.len());
    for part in text[start..end].split("\x1b[?2026h") {
        let outside = part.rsplit("\x1b[?2026l").next().unwrap();
        let outside = if part.contains("\x1b[?2026l") { outside } else { "" };
        let mut rest = outside;
        while let Some(at) = rest.find("\x1b[") {
            assert_eq!(rest[..at].trim(), "", "{outside:?}");
            let body = &rest[at + 2..];
            let last = body.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(body.len() - 1);
            rest = &body[last + 1..];
        }
        assert_eq!(rest.trim(), "", "{outside:?}");
    }
}

/// No socket, script or directory of a run is left.
fn nothing_is_left(home: &Path) {
    let left: Vec<_> = std::fs::read_dir(home)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    let temporary = left
        .iter()
        .filter(|name| name.to_string_lossy().starts_with("virt-deck-"));
    assert_eq!(temporary.count(), 0, "{left:?}");
}

#[test]
fn a_password_is_typed_into_a_form_and_kept_nowhere() {
    let mut console = console(&special_uri("lab1", "password"));
    let secret = password();
    console.wait_for("labuser@");
    console.wait_for("> Password");
    console.press("wrong-word");
    console.wait_for("> Password ••••••••••");
    console.press("\r");
    // ssh asks again by itself
    console.wait_for("What was answered before was not accepted.");
    console.press(&secret);
    console.wait_for(&format!("> Password {}", "•".repeat(secret.len())));
    is_nowhere(&console, &secret);
    console.press("\r");
    console.wait_long("the host", LONG, |screen| screen.contents().contains("1 up"));
    is_nowhere(&console, &secret);
    is_nowhere(&console, "wrong-word");
    only_we_have_drawn(&console);
    let home = Rc::clone(&console.home);
    console.quit();
    nothing_is_left(home.path());
}

#[test]
fn a_test_of_a_connection_says_that_it_asks_for_no_password() {
    let mut console = console(&special_uri("lab1", "tcp"));
    console.wait_for("1 up");
    console.press("Ha");
    console.wait_for("Add host");
    console.press("asked\x1b[B");
    console.press(&special_uri("lab1", "password"));
    console.press(&"\x1b[A".repeat(3));
    console.wait_for("> [ Test connection ]");
    console.press("\r");
    console.wait_long("the outcome", LONG, |screen| {
        let text = screen.contents();
        text.contains("Permission denied") && text.contains("a test asks for no password")
    });
}

#[test]
fn a_cancelled_question_waits_for_the_user() {
    let mut console = console(&special_uri("lab1", "password"));
    console.wait_for("> Password");
    console.press("\x1b");
    console.wait_until_gone("> Password");
    console.wait_for("1 down");
    console.press("G");
    console.wait_for("only when asked (reconnect)");
    console.press("Hc");
    console.wait_for("> Password");
    // killed in the middle of a question it leaves neither the terminal nor files behind
    console.signal(Signal::TERM);
    assert_eq!(console.end(), 143);
    console.is_restored();
    nothing_is_left(console.home.path());
    let script = console.home.path().display().to_string();
    let processes = || output(Command::new("ps").args(["-eo", "args"])).1;
    until("the end of ssh", processes, |all| !all.contains(&script));
}

/// A directory with an `ssh` for the lab's hosts that knows none of their keys and logs in with
/// this key.
fn stranger(key: &str) -> (tempfile::TempDir, String) {
    let home = tempfile::tempdir().unwrap();
    let client = directory().join("client");
    let config = std::fs::read_to_string(client.join("ssh_config")).unwrap();
    let known = home.path().join("known_hosts");
    let lines: String = config
        .lines()
        .filter(|line| {
            !["IdentityFile", "UserKnownHostsFile", "StrictHostKeyChecking"]
                .iter()
                .any(|word| line.contains(word))
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    let text = format!(
        "Host *\n  IdentityFile {}\n  UserKnownHostsFile {}\n  StrictHostKeyChecking ask\n{lines}",
        client.join(key).display(),
        known.display()
    );
    let (config, ssh) = (home.path().join("config"), home.path().join("ssh"));
    std::fs::write(&config, text).unwrap();
    std::fs::write(&ssh, format!("#!/bin/sh\nexec ssh -F {} \"$@\"\n", config.display())).unwrap();
    output(Command::new("chmod").arg("700").arg(&ssh));
    let uri = special_uri("lab2", "ssh");
    let uri = format!("{}?command={}", uri.split('?').next().unwrap(), ssh.display());
    (home, uri)
}

#[test]
fn an_unknown_host_key_is_shown_and_refused_or_accepted() {
    let (home, uri) = stranger("id_ed25519");
    let mut console = console(&uri);
    console.wait_for("The authenticity of host");
    let known = directory().join("client/known_hosts");
    let prints = output(Command::new("ssh-keygen").arg("-lf").arg(known)).1;
    let screen = console.screen();
    let shown = screen
        .split_whitespace()
        .find(|word| word.starts_with("SHA256:"))
        .unwrap();
    let shown = shown.trim_end_matches('.');
    assert!(prints.contains(shown), "{shown} is none of {prints}");
    console.wait_for("< no >");
    console.press("\r");
    console.wait_for("1 down");
    console.press("G");
    console.wait_for("only when asked (reconnect)");
    assert!(!home.path().join("known_hosts").exists());
    console.press("Hc");
    console.wait_for("The authenticity of host");
    console.press(RIGHT);
    console.wait_for("< yes >");
    console.press("\r");
    console.wait_long("the host", LONG, |screen| screen.contents().contains("1 up"));
    assert!(home.path().join("known_hosts").exists());
    only_we_have_drawn(&console);
}

#[test]
fn a_locked_key_asks_for_its_passphrase() {
    let (home, uri) = stranger("id_locked");
    std::fs::copy(directory().join("client/known_hosts"), home.path().join("known_hosts")).unwrap();
    let mut console = console(&uri);
    console.wait_for("Enter passphrase for key");
    let secret = password();
    console.press(&secret);
    console.press("\r");
    console.wait_long("the host", LONG, |screen| screen.contents().contains("1 up"));
    is_nowhere(&console, &secret);
    only_we_have_drawn(&console);
}
