//! Against real libvirt hosts with real QEMU guests: `make test-lab`. A second `virsh` is the witness.

mod common;

use std::process::Command;
use std::time::{Duration, Instant};

use common::Console;
use common::lab::{console_on, deck, inventory, lab, uri, virsh, witness};

fn leave(mut console: Console) {
    console.press("q");
    console.wait_for("Leave virt-deck?");
    console.press("y");
    assert_eq!(console.end(), 0);
    console.is_restored();
}

#[test]
fn check_and_list_over_tcp_and_ssh() {
    let inventory = inventory();
    let (ok, text) = deck(&["check", "--inventory", &inventory]);
    assert!(ok, "{text}");
    assert_eq!(text.matches("driver QEMU").count(), 2, "{text}");
    let (ok, text) = deck(&["list", "vms", "-o", "json", "--inventory", &inventory]);
    assert!(ok, "{text}");
    for name in ["\"lab1-vm1\"", "\"lab2-vm1\"", "\"lab1-off\"", "\"shut off\""] {
        assert!(text.contains(name), "{name} is missing in {text}");
    }
    let (ok, text) = deck(&["check", "-c", &uri(1), "-c", "qemu+tcp://127.0.0.1:9/system"]);
    assert!(
        !ok && text.contains("Connection refused") && text.contains("is libvirtd or sshd running"),
        "{text}"
    );
}

#[test]
fn verbs_take_effect_and_the_witness_sees_them() {
    let mut console = console_on("lab1-vm1");
    console.press("pp");
    console.wait_for("pause: done");
    witness(&["domstate", "lab1-vm1"], "paused");
    console.press("pu");
    console.wait_for("resume: done");
    witness(&["domstate", "lab1-vm1"], "running");
    console.press("pt");
    console.wait_for("autostart on: done");
    witness(&["dominfo", "lab1-vm1"], "Autostart:      enable");
    console.press("pT");
    console.wait_for("autostart off: done");
    witness(&["dominfo", "lab1-vm1"], "Autostart:      disable");
    console.press("pR");
    console.wait_for("Reset lab1-vm1 on host lab1?");
    console.press("y");
    console.wait_for("reset: done");
    console.press("pn");
    console.wait_for("Send NMI lab1-vm1");
    console.press("y");
    console.wait_for("send NMI: done");
    console.press(":vm.send-keys ctrl-alt-f1\r");
    console.wait_for("send keys: done");
    console.press(":vm.core-dump /var/lib/libvirt/test.core\r");
    console.wait_for("core dump: done");
    assert!(lab(&["exec", "lab1", "ls", "/var/lib/libvirt"]).contains("test.core"));
    lab(&["exec", "lab1", "rm", "-f", "/var/lib/libvirt/test.core"]);
    console.press("ph");
    console.wait_for("Suspend to disk lab1-vm1");
    console.press("y");
    console.wait_for("suspend to disk: done");
    witness(&["domstate", "lab1-vm1"], "shut off");
    console.press("px");
    console.wait_for("Type lab1-vm1");
    console.press("lab1-vm1\r");
    console.wait_for("discard saved state: done");
    console.press("pS");
    console.wait_for("start paused: done");
    witness(&["domstate", "lab1-vm1"], "paused");
    console.press("pf");
    console.wait_for("Force off lab1-vm1 on host lab1?");
    // neither Enter nor the opening key answers
    console.press("\r");
    console.press("y");
    console.wait_for("force off: done");
    witness(&["domstate", "lab1-vm1"], "shut off");
    console.press("ps");
    console.wait_for("start: done");
    witness(&["domstate", "lab1-vm1"], "running");
    leave(console);
}

#[test]
fn the_guest_shuts_down_when_asked() {
    if virsh(&["domstate", "lab1-vm2"]).contains("shut off") {
        virsh(&["start", "lab1-vm2"]);
    }
    let mut console = console_on("lab1-vm2");
    console.wait_for("running");
    console.press(":vm.shutdown-acpi 60\r");
    console.wait_for("shut down (ACPI): lab1-vm2 in 5s");
    console.wait_long("the guest to be off or overdue", Duration::from_mins(3), |screen| {
        let text = screen.contents();
        text.contains("shut down (ACPI): done") || text.contains("forces it off")
    });
    witness(&["list", "--all"], "lab1-vm2");
    if virsh(&["domstate", "lab1-vm2"]).contains("running") {
        console.press("pf");
        console.wait_for("Force off lab1-vm2");
        console.press("y");
    }
    witness(&["domstate", "lab1-vm2"], "shut off");
    console.press("ps");
    console.wait_for("start: done");
    witness(&["domstate", "lab1-vm2"], "running");
    leave(console);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "an event has to be on the screen within a second"
)]
fn an_event_from_outside_is_seen_at_once() {
    let mut console = console_on("lab1-vm2");
    let mut took = Vec::new();
    for _ in 0..3 {
        console.wait_for("●R lab1-vm2");
        virsh(&["suspend", "lab1-vm2"]);
        let done = Instant::now();
        console.wait_for("◐P lab1-vm2");
        took.push(done.elapsed());
        virsh(&["resume", "lab1-vm2"]);
    }
    console.wait_for("●R lab1-vm2");
    leave(console);
    // the first one may meet the readings that follow a connect
    took.sort_unstable();
    assert!(took[1] < Duration::from_secs(1), "it took {took:?}");
}

#[test]
fn a_stopped_host_delays_nothing_and_comes_back() {
    let mut console = console_on("lab2-vm1");
    console.press("\x1b");
    lab(&["stop-daemon", "lab1"]);
    console.wait("the host to be slow or down", |screen| {
        let text = screen.contents();
        text.contains("slow") || text.contains("down")
    });
    // keys are answered and rows stay
    for _ in 0..5 {
        let before = console.screen();
        console.press("k");
        console.wait("the cursor to move", |screen| screen.contents() != before);
        console.press("j");
    }
    console.wait_for("lab1-vm1");
    lab(&["cont-daemon", "lab1"]);
    console.wait("the host to be back", |screen| screen.contents().contains("2 up"));
    leave(console);
}

#[test]
fn a_killed_daemon_keeps_its_rows_and_comes_back() {
    let mut console = console_on("lab1-vm1");
    console.press("\x1b");
    lab(&["kill-daemon", "lab1"]);
    console.wait("the host to be down", |screen| screen.contents().contains("1 down"));
    console.wait_for("lab1-vm1");
    lab(&["start-daemon", "lab1"]);
    console.press("Hc");
    console.wait("the host to be back", |screen| screen.contents().contains("2 up"));
    console.wait_for("VM lab1-vm1");
    leave(console);
}

#[test]
fn libvirts_own_warnings_stay_out_of_what_scripts_read() {
    // a host whose name has no address, of which libvirt warns at every look
    let listed = |debug: &str| {
        let script = format!("hostname nowhere-at-all; {debug} exec \"$0\" -c test:///default list hosts");
        Command::new("unshare")
            .args(["--uts", "sh", "-c", &script, env!("CARGO_BIN_EXE_virt-deck")])
            .output()
            .unwrap()
    };
    let quiet = listed("");
    assert!(quiet.status.success(), "{quiet:?}");
    assert_eq!(String::from_utf8_lossy(&quiet.stderr), "");
    let asked = listed("LIBVIRT_DEBUG=warning");
    assert!(
        String::from_utf8_lossy(&asked.stderr).contains("nowhere-at-all"),
        "{asked:?}"
    );
}
