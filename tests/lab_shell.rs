//! Shells of real guests by `S`, through ssh servers of their own: `make test-lab`.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::os::unix::fs::PermissionsExt;
use std::rc::Rc;

use common::Console;
use common::lab::{LONG, agent_answers, directory, go_to, inventory, virsh_on};

/// A home with an `ssh` before the system's that reads the lab's configuration, as an admin's
/// own `~/.ssh/config` would be read.
fn home() -> Rc<tempfile::TempDir> {
    let home = Rc::new(tempfile::tempdir().unwrap());
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let config = directory().join("client/ssh_config");
    let script = format!("#!/bin/sh\nexec /usr/bin/ssh -F {} \"$@\"\n", config.display());
    std::fs::write(bin.join("ssh"), script).unwrap();
    std::fs::set_permissions(bin.join("ssh"), PermissionsExt::from_mode(0o755)).unwrap();
    home
}

fn console_in(home: &Rc<tempfile::TempDir>, vm: &str) -> Console {
    let path = format!("{}/bin:/usr/bin:/bin", home.path().display());
    let mut console = Console::start_in(home, &[("PATH", &path)], &["--inventory", &inventory()]);
    console.wait_long("both hosts", LONG, |screen| screen.contents().contains("2 up"));
    go_to(&mut console, vm);
    console
}

/// Opens the form; the address takes its time where the agent is slow.
fn ask(console: &mut Console, vm: &str, known: &str) {
    console.press("\x0c");
    console.wait_long("the guest's address", LONG, |screen| screen.contents().contains(known));
    console.press("S");
    console.wait_for(&format!("Shell on {vm}"));
}

/// Goes to the button of the form and presses it.
fn open(console: &mut Console, fields: usize) {
    for _ in 0..fields {
        console.press("\x1b[B");
    }
    console.wait("the button", |screen| screen.contents().contains("> [ Open ]"));
    console.press("\r");
}

fn quit(mut console: Console) {
    console.press("\x03");
    assert_eq!(console.end(), 0);
    console.is_restored();
}

/// The address that a guest has from its host's DHCP server.
fn leased(host: u8, vm: &str) -> String {
    let text = virsh_on(host, &["domifaddr", vm]);
    let at = text
        .find("192.168.77.")
        .unwrap_or_else(|| panic!("no lease of {vm}: {text}"));
    text[at..].split('/').next().unwrap().to_owned()
}

#[test]
fn a_guest_on_its_hosts_network_is_reached_through_the_host() {
    let address = leased(2, "lab2-vm1");
    let home = home();
    let mut console = console_in(&home, "lab2-vm1");
    console.resize(24, 80);
    console.wait("the new size", |screen| screen.size() == (24, 80));
    console.press("S");
    console.wait_for("Shell on lab2-vm1");
    // where the address is known from
    console.wait_for(&format!("{address} ("));
    console.wait_for("lease");
    console.wait_for("[x] yes");
    open(&mut console, 4);
    console.wait_for(&format!("ssh to {address} through lab2"));
    console.wait_long("the guest's shell", LONG, |screen| screen.contents().contains("/ #"));
    assert!(
        !console.parser.screen().alternate_screen(),
        "the terminal is the shell's"
    );
    console.press("echo $(hostname)-$((6*7)) $(stty size)\r");
    console.wait_for("lab2-vm1-42 24 80");
    // a terminal that changes is told on
    console.resize(30, 100);
    console.press("sleep 1; stty size\r");
    console.wait_for("30 100");
    // Ctrl-C is the guest's
    console.press("sh -c 'read x; echo got-$x; read y'\rone\r");
    // it runs, and waits for what never comes
    console.wait_for("got-one");
    console.press("\x03");
    console.wait("the prompt", |screen| {
        let text = screen.contents();
        text.contains("^C") && text.trim_end().ends_with("/ #")
    });
    console.press("exit\r");
    console.wait("the console again", |screen| {
        screen.alternate_screen() && screen.contents().contains("› lab2-vm1 ")
    });
    // and it is alive: keys are taken again
    console.press("?");
    console.wait_for("Keys of the");
    console.press("\x1b");
    console.wait_until_gone("Keys of the");
    quit(console);
}

#[test]
fn a_shell_from_an_open_console_comes_back_to_it() {
    let home = home();
    let mut console = console_in(&home, "lab2-vm1");
    console.press("s");
    console.wait_for("serial line");
    console.press("\r");
    console.wait_for("/ #");
    console.press("echo before-$((1+1))\r");
    console.wait_for("before-2");
    console.press("\x1b[24~S");
    console.wait_for("Shell on lab2-vm1");
    open(&mut console, 4);
    console.wait_for("ssh to");
    console.wait_long("the guest's shell", LONG, |screen| screen.contents().contains("/ #"));
    console.press("tty; exit\r");
    console.wait("the serial line again", |screen| {
        screen.contents().contains("before-2") && screen.contents().contains("serial line")
    });
    console.press("echo after-$((1+1))\r");
    console.wait_for("after-2");
    console.press("\x1b[24~q");
    console.wait_for("VM lab2-vm1");
    quit(console);
}

#[test]
fn what_ssh_says_of_a_guest_that_does_not_answer_stays_to_be_read() {
    let address = leased(2, "lab2-vm1");
    let home = home();
    let mut console = console_in(&home, "lab2-vm1");
    ask(&mut console, "lab2-vm1", &address);
    console.press("\x1b[B\x1b[B2");
    open(&mut console, 2);
    console.wait_for("press Enter to go back");
    console.wait_for("port 2");
    assert!(!console.parser.screen().alternate_screen());
    console.press("\r");
    console.wait("the console again", vt100::Screen::alternate_screen);
    console.wait_for("failed");
    quit(console);
}

#[test]
fn one_of_several_addresses_is_chosen() {
    let first = leased(2, "lab2-vm2");
    let order = |verb: &str| {
        let order = serde_json::json!({
            "execute": "guest-exec",
            "arguments": { "path": "/bin/ip", "arg": ["address", verb, "192.168.77.60/24", "dev", "eth0"] }
        });
        virsh_on(2, &["qemu-agent-command", "lab2-vm2", &order.to_string()]);
    };
    order("add");
    let home = home();
    let mut console = console_in(&home, "lab2-vm2");
    ask(&mut console, "lab2-vm2", "192.168.77.60");
    console.wait_for(&format!("{first} (agent+lease"));
    console.press("\x1b[C");
    console.wait_for("192.168.77.60 (agent, eth0)");
    open(&mut console, 4);
    console.wait_for("ssh to 192.168.77.60");
    console.wait_long("the guest's shell", LONG, |screen| screen.contents().contains("/ #"));
    console.press("echo by $SSH_CONNECTION; exit\r");
    console.wait("the console again", vt100::Screen::alternate_screen);
    let seen = String::from_utf8_lossy(&console.bytes).into_owned();
    assert!(
        seen.contains("192.168.77.60 22"),
        "the guest was reached at the other address"
    );
    order("del");
    quit(console);
}

#[test]
fn without_ssh_the_reason_is_said_and_the_screen_comes_back() {
    agent_answers("lab1-vm1");
    let home = home();
    std::fs::remove_file(home.path().join("bin/ssh")).unwrap();
    let path = format!("{}/bin", home.path().display());
    let mut console = Console::start_in(&home, &[("PATH", &path)], &["--inventory", &inventory()]);
    console.wait_long("the host that needs no ssh", LONG, |screen| {
        screen.contents().contains("1 up")
    });
    go_to(&mut console, "lab1-vm1");
    ask(&mut console, "lab1-vm1", "192.168.77.");
    // its host is not reached by ssh, so that there is no way through it
    assert!(!console.screen().contains("Through"), "{}", console.screen());
    open(&mut console, 3);
    console.wait_for("ssh cannot be started");
    assert!(console.parser.screen().alternate_screen());
    quit(console);
}

#[test]
fn a_guest_of_this_machine_is_reached_directly() {
    agent_answers("lab1-vm1");
    let address = leased(1, "lab1-vm1");
    let home = home();
    // inside the host, where its own network is at hand and libvirt's socket too
    let mut command = portable_pty::CommandBuilder::new("/usr/bin/env");
    let (lab_dir, script) = (directory(), concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/lab"));
    command.args([
        format!("LAB_DIR={}", lab_dir.display()),
        script.to_owned(),
        "exec".to_owned(),
        "lab1".to_owned(),
        "env".to_owned(),
        format!("HOME={}", home.path().display()),
        format!("PATH={}/bin:/usr/bin:/bin", home.path().display()),
        env!("CARGO_BIN_EXE_virt-deck").to_owned(),
        "--connect".to_owned(),
        "qemu:///system".to_owned(),
    ]);
    let mut console = Console::spawn(command);
    console.wait_long("the host", LONG, |screen| screen.contents().contains("1 up"));
    go_to(&mut console, "lab1-vm1");
    ask(&mut console, "lab1-vm1", &address);
    open(&mut console, 3);
    console.wait_for(&format!("ssh to {address}"));
    console.wait_long("the guest's shell", LONG, |screen| screen.contents().contains("/ #"));
    console.press("hostname\r");
    console.wait_for("lab1-vm1");
    console.press("exit\r");
    console.wait("the console again", vt100::Screen::alternate_screen);
    console.press("\x03");
    assert_eq!(console.end(), 0);
}
