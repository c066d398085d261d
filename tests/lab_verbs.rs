//! Power verbs on real guests that need more than one key, or more than one VM.

mod common;

use common::lab::{LONG, agent_answers, go_to, heard, in_guest, listen, quick_console_on, running, virsh, witness};

#[test]
fn guests_reboot_and_the_agent_powers_off() {
    running("lab1-vm1");
    running("lab1-vm2");
    let mut console = quick_console_on("lab1-vm1");
    let listener = listen("lab1-vm1", "reboot");
    console.press("pr");
    console.wait_for("Reboot lab1-vm1 on host lab1?");
    console.press("y");
    console.wait_for("reboot: done");
    heard(listener, "reboot");

    go_to(&mut console, "lab1-vm2");
    let listener = listen("lab1-vm2", "reboot");
    console.press(":vm.reboot-agent\r");
    console.wait_for("Reboot by agent lab1-vm2 on host lab1?");
    console.press("y");
    console.wait_for("reboot (agent): done");
    heard(listener, "reboot");

    agent_answers("lab1-vm2");
    console.wait_long("the agent on the screen", LONG, |screan| {
        screan.contents().contains("guest agent     connected")
    });
    console.press("pg");
    console.wait_long("the guest to be off", LONG, |screen| {
        screen.contents().contains("shut down (agent): done")
    });
    witness(&["domstate", "lab1-vm2", "--reason"], "shut off (shutdown)");
    console.press("ps");
    console.wait_for("start: done");
    witness(&["domstate", "lab1-vm2"], "running");
    // the next test wants them as they were
    running("lab1-vm1");
    running("lab1-vm2");
}

#[test]
fn a_saved_guest_goes_on_where_it_was() {
    running("lab1-vm1");
    let mut console = quick_console_on("lab1-vm1");
    console.press("ph");
    console.wait_for("Suspend to disk lab1-vm1");
    console.press("y");
    console.wait_for("suspend to disk: done");
    witness(&["dominfo", "lab1-vm1"], "Managed save:   yes");
    console.wait_for("shut off (saved)");
    console.press("ps");
    console.wait_for("start: done");
    witness(&["domstate", "lab1-vm1", "--reason"], "running (restored)");
    // it has not booted: its agent is there at once
    agent_answers("lab1-vm1");
}

#[test]
fn many_at_once_end_in_a_summary_with_libvirts_words() {
    let broken = "<domain type='qemu'><name>lab1-broken</name><memory unit='MiB'>16</memory>\
         <os><type arch='x86_64'>hvm</type></os><devices><disk type='file' device='disk'>\
         <source file='/nonexistent.img'/><target dev='vda'/></disk></devices></domain>";
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), broken).unwrap();
    virsh(&["define", &file.path().display().to_string()]);
    let mut console = quick_console_on("lab1-broken");
    console.press("/");
    // both that are off
    console.press("\x15lab1-\r");
    console.wait_for("lab1-off");
    console.press("*");
    console.press("ps");
    console.wait_for("start: 1 done, 1 failed: lab1-broken:");
    console.wait_for("/nonexistent.img");
    witness(&["domstate", "lab1-off"], "running");
    virsh(&["destroy", "lab1-off"]);
    virsh(&["undefine", "lab1-broken"]);
    console.wait_until_gone("lab1-broken ");
    // the words are kept, for reading and copying
    console.press("w");
    console.wait_for("failed: Cannot access storage file");
}

#[test]
fn a_guest_that_does_not_obey_is_forced_off() {
    running("lab1-vm2");
    // nobody listens to the power button any more
    in_guest("lab1-vm2", "/bin/killall", &["acpid"]);
    let mut console = quick_console_on("lab1-vm2");
    console.press(":vm.shutdown-acpi 6\r");
    console.wait_for("shut down (ACPI): lab1-vm2");
    // the state wanted is in the row until libvirt reports it
    console.wait_for("up → off");
    console.press("pp");
    console.wait_for("has a pending task: shut down (ACPI)");
    console.wait_for("lab1-vm2 is still running 6s after shut down (ACPI); p f forces it off");
    witness(&["domstate", "lab1-vm2"], "running");
    console.press("pf");
    console.wait_for("Force off lab1-vm2 on host lab1?");
    console.press("y");
    console.wait_for("force off: done");
    witness(&["domstate", "lab1-vm2", "--reason"], "shut off (destroyed)");
    console.press("ps");
    console.wait_for("start: done");
    running("lab1-vm2");
}
