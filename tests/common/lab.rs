//! The lab of real hosts, asked by a second `virsh` and by its own script.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use super::Console;

/// Emulated guests take their time.
pub const LONG: Duration = Duration::from_mins(1);

/// The lab's files.
pub fn directory() -> PathBuf {
    std::env::var_os("LAB_DIR").unwrap().into()
}

pub fn inventory() -> String {
    directory().join("inventory.toml").display().to_string()
}

/// A host of the lab over tcp, which asks nothing.
pub fn uri(host: u8) -> String {
    let net = std::env::var("LAB_NET").unwrap_or_else(|_| "10.77.0".to_owned());
    format!("qemu+tcp://{net}.{host}/system")
}

/// What a command says, and whether it succeeded.
pub fn output(command: &mut Command) -> (bool, String) {
    let done = command.output().unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    (done.status.success(), text)
}

pub fn virsh_on(host: u8, arguments: &[&str]) -> String {
    let (done, text) = output(Command::new("virsh").args(["-c", &uri(host)]).args(arguments));
    assert!(done, "virsh {arguments:?}: {text}");
    text
}

/// The first host's virsh.
pub fn virsh(arguments: &[&str]) -> String {
    virsh_on(1, arguments)
}

pub fn lab(arguments: &[&str]) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/lab/lab");
    let (done, text) = output(Command::new(script).args(arguments));
    assert!(done, "lab {arguments:?}: {text}");
    text
}

/// A URI that `lab uris` gives for a host.
pub fn special_uri(host: &str, kind: &str) -> String {
    let all = lab(&["uris"]);
    let line = all
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{host} {kind} ")));
    line.unwrap_or_else(|| panic!("no {kind} of {host} in {all}"))
        .to_owned()
}

pub fn deck(arguments: &[&str]) -> (bool, String) {
    output(Command::new(env!("CARGO_BIN_EXE_virt-deck")).args(arguments))
}

/// Asks until the answer is as wanted.
#[expect(clippy::disallowed_methods, reason = "a deadline for the witness")]
pub fn until(what: &str, mut answer: impl FnMut() -> String, wanted: impl Fn(&str) -> bool) {
    let start = Instant::now();
    loop {
        let said = answer();
        if wanted(&said) {
            return;
        }
        assert!(start.elapsed() < LONG, "{what} never happened: {said}");
    }
}

/// Asks virsh until the answer is as wanted.
pub fn witness(arguments: &[&str], wanted: &str) {
    until(
        &format!("{wanted} by virsh {arguments:?}"),
        || virsh(arguments),
        |said| said.contains(wanted),
    );
}

/// Lets a guest run that an earlier test may have left otherwise, and its agent answer.
pub fn running(vm: &str) {
    let state = virsh(&["domstate", vm]);
    if state.contains("paused") {
        virsh(&["resume", vm]);
    } else if state.contains("shut off") {
        virsh(&["start", vm]);
    }
    agent_answers(vm);
}

pub fn agent_answers(vm: &str) {
    let (host, ping) = (uri(1), r#"{"execute":"guest-ping"}"#);
    let ask = || output(Command::new("virsh").args(["-c", &host, "qemu-agent-command", vm, ping])).1;
    until(&format!("the agent of {vm}"), ask, |said| said.contains("return"));
}

/// A console on the lab with the cursor on a VM.
pub fn console_on(vm: &str) -> Console {
    let mut console = Console::start(&["--inventory", &inventory()]);
    console.wait_long("both hosts", LONG, |screen| screen.contents().contains("2 up"));
    go_to(&mut console, vm);
    console
}

/// Puts the cursor on a VM by the filter.
pub fn go_to(console: &mut Console, vm: &str) {
    // whatever was in the filter before goes
    console.press("/\x15");
    console.press(vm);
    console.wait_for(&format!("filter: {vm}"));
    console.press("\r");
    console.wait_for(&format!("VM {vm}"));
}

/// The same for a home whose settings let nothing be called back, so that verbs go at once.
pub fn quick_console_on(vm: &str) -> Console {
    let home = std::rc::Rc::new(tempfile::tempdir().unwrap());
    let directory = home.path().join(".config/virt-deck");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("config.toml"), "[confirm]\ngrace = 0\n").unwrap();
    let mut console = Console::start_in(&home, &[], &["--inventory", &inventory()]);
    console.wait_long("both hosts", LONG, |screen| screen.contents().contains("2 up"));
    go_to(&mut console, vm);
    console
}

/// Starts a program in a guest by its agent.
pub fn in_guest(vm: &str, program: &str, arguments: &[&str]) {
    let order = serde_json::json!({
        "execute": "guest-exec", "arguments": { "path": program, "arg": arguments }
    });
    virsh(&["qemu-agent-command", vm, &order.to_string()]);
}

/// Starts listening, by virsh, to an event of a VM of the first host.
pub fn listen(vm: &str, event: &str) -> std::process::Child {
    Command::new("virsh")
        .args(["-c", &uri(1), "event", vm, event, "--timeout", "60"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap()
}

/// The event came.
pub fn heard(listener: std::process::Child, event: &str) {
    let output = listener.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(&format!("event '{event}'")), "{said}");
}
