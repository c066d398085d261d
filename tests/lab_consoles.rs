//! Serial lines and screens of real guests, by keys: `make test-lab`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::Console;
use common::lab::{lab, virsh, witness};

const LEADER: &str = "\x1b[24~";

/// A console on the lab, with the cursor on a VM.
fn console_on(vm: &str) -> Console {
    let mut console = Console::start(&["--inventory", &common::lab::inventory()]);
    console.wait("both hosts", |screen| screen.contents().contains("2 up"));
    console.press("/");
    console.press(vm);
    console.wait_for(&format!("filter: {vm}"));
    console.press("\r");
    console.wait_for(&format!("VM {vm}"));

    console
}

fn shell(console: &mut Console) {
    console.wait_for("serial line");
    console.press("\r");
    console.wait("a prompt", |screen| screen.contents().contains("/ #"));
}

fn leave(mut console: Console) {
    console.press(LEADER);
    console.press("q");
    console.wait_for("Overview");
    console.press("\x03");
    assert_eq!(console.end(), 0);
    console.is_restored();
}

#[test]
fn a_serial_line_takes_keys_and_keeps_the_past() {
    let mut console = console_on("lab1-vm1");
    console.press("s");
    shell(&mut console);
    console.press("echo sum-$((40+2))\r");
    console.wait_for("sum-42");
    // far more than a screen, and keys that still work while it comes
    console.press("i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo row-$i-$i; done\r");
    console.wait_for("row-3000-3000");
    console.press(LEADER);
    console.press("/");
    console.wait_for("Looked for");
    console.press("row-77-77\r\r");
    console.wait_for("row-77-77");
    console.press("echo back-again\r");
    console.wait_for("back-again");
    leave(console);
}

#[test]
fn a_line_that_is_held_can_be_taken_over() {
    let mut first = console_on("lab1-vm1");
    first.press("s");
    shell(&mut first);
    let mut second = console_on("lab1-vm1");
    second.press("s");
    second.wait_for("held by another client");
    second.press(LEADER);
    second.press("T");
    shell(&mut second);
    second.press("echo mine-$((1+1))\r");
    second.wait_for("mine-2");
    leave(second);
    leave(first);
}

#[test]
fn a_serial_line_comes_back_with_its_vm() {
    let mut console = console_on("lab1-vm2");
    console.press("s");
    shell(&mut console);
    virsh(&["destroy", "lab1-vm2"]);
    console.wait_for("the VM is not running");
    virsh(&["start", "lab1-vm2"]);
    console.wait("the line again", |screen| {
        !screen.contents().contains("the VM is not running")
    });
    console.wait("the guest's own words", |screen| screen.contents().contains("/ #"));
    leave(console);
    witness(&["domstate", "lab1-vm2"], "running");
}

#[test]
fn keys_through_the_screen_arrive_in_the_guest() {
    let mut console = console_on("lab2-vm1");
    console.press("c");
    console.wait_for("VNC through ssh");
    // the text of the guest's text screen is read out of its pixels
    console.wait("the guest's prompt", |screen| screen.contents().contains("/ #"));
    console.press("echo Through_VNC-$((2*21)) > /dev/ttyS0; echo Done_$((1+1))\r");
    console.wait_for("Done_2");
    assert!(lab(&["guest-log", "lab2", "lab2-vm1"]).contains("Through_VNC-42"));
    leave(console);
}

#[test]
fn without_a_way_to_vnc_there_are_screenshots_and_a_reason() {
    let mut console = console_on("lab1-vm1");
    console.press("c");
    console.wait_for("screenshots");
    console.wait_for("the VM's VNC listens on 127.0.0.1");
    console.wait("the picture", |screen| {
        screen.contents().contains("SeaBIOS") || screen.contents().contains("/ #")
    });
    leave(console);
}

#[test]
fn the_wall_shows_every_running_vm() {
    let mut console = console_on("lab1-vm1");
    console.press("W");
    console.wait("both of the host's screens", |screen| {
        let text = screen.contents();
        text.contains("lab1-vm1") && text.contains("lab1-vm2") && text.contains("taken")
    });
    console.press("q");
    console.wait_for("Overview");
    console.press("\x03");
    assert_eq!(console.end(), 0);
}

/// A VM takes tickets only when it was started with a password.
fn start_with_password() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("vm.xml");
    let xml = virsh(&["dumpxml", "--inactive", "lab1-off"]);
    assert!(xml.contains("<graphics type='vnc'"));
    std::fs::write(directory.path().join("before.xml"), &xml).unwrap();
    let xml = xml.replace("<graphics type='vnc'", "<graphics type='vnc' passwd='before'");
    std::fs::write(&path, xml).unwrap();
    virsh(&["define", path.to_str().unwrap()]);
    virsh(&["start", "lab1-off"]);
    directory
}

#[test]
fn a_ticket_is_set_and_the_password_before_it_put_back() {
    let directory = start_with_password();
    let mut console = console_on("lab1-off");
    console.press(":console.ticket 60\r");
    console.wait_for("VNC ticket of lab1-off");
    console.wait_for("Lets in for");
    let secrets = || virsh(&["dumpxml", "--security-info", "lab1-off"]);
    let xml = secrets();
    assert!(xml.contains("passwdValidTo="), "{xml}");
    let password = xml.split("passwd='").nth(1).unwrap().split('\'').next().unwrap();
    assert_ne!(password, "before");
    assert!(
        console.screen().contains(password),
        "the password is shown to whoever asked for it"
    );
    console.press("q");
    console.press(":console.ticket-clear\r");
    console.wait_for("the ticket is cleared");
    let xml = secrets();
    assert!(
        xml.contains("passwd='before'") && !xml.contains("passwdValidTo="),
        "{xml}"
    );
    console.press("\x03");
    assert_eq!(console.end(), 0);
    virsh(&["destroy", "lab1-off"]);
    virsh(&["define", directory.path().join("before.xml").to_str().unwrap()]);
}
