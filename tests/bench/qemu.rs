//! The QEMU driver of a private unprivileged libvirtd, with definitions that are not started and a
//! few guests that are held: what goes over the wire where bulk statistics are whole.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use virt_deck::backend::libvirt::SampleScope;
use virt_deck::base::time::Clock;

use crate::fleet::Fleet;
use crate::proxy::Proxy;
use crate::pty::Console;
use crate::report::{Goal, Report, Times};
use crate::tick;

const VMS: usize = 1000;
const GUESTS: usize = 4;

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Runs commands in one session of virsh.
fn virsh(uri: &str, commands: &str) -> Result<(), String> {
    let mut child = Command::new("virsh")
        .args(["-q", "-c", uri])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("virsh: {error}"))?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(commands.as_bytes()).map_err(text)?;
    }
    let output = child.wait_with_output().map_err(text)?;
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    if errors.trim().is_empty() {
        Ok(())
    } else {
        Err(errors.lines().next().unwrap_or_default().to_owned())
    }
}

fn definition(number: usize) -> String {
    format!(
        "<domain type='qemu'><name>bench{number:04}</name><memory unit='MiB'>16</memory><vcpu>2</vcpu>\
         <os><type arch='x86_64'>hvm</type></os><devices>\
         <interface type='user'><model type='virtio'/></interface>\
         <memballoon model='virtio'/></devices></domain>"
    )
}

/// Defines the VMs and starts a few, held before their first instruction.
fn prepare(uri: &str) -> Result<(), String> {
    let directory = tempfile::tempdir().map_err(text)?;
    let mut commands = String::new();
    for number in 0..VMS {
        let path = directory.path().join(format!("{number}.xml"));
        std::fs::write(&path, definition(number)).map_err(text)?;
        let _ = writeln!(commands, "define {}", path.display());
    }
    for number in 0..GUESTS {
        let _ = writeln!(commands, "start --paused bench{number:04}");
    }
    virsh(uri, &commands)
}

/// Requests, bytes, and the first list near and far.
pub fn measure(clock: Clock, report: &mut Report) -> Result<(), String> {
    let fleet = Fleet::up(1, 1)?;
    let local = format!("qemu+unix:///session?socket={}", fleet.socket(0).display());
    prepare(&local)?;

    let proxy = Proxy::to(&fleet.socket(0), Duration::ZERO).map_err(text)?;
    let connection = tick::open(&proxy.uri(&local))?;
    let facts = tick::known(&connection)?;
    proxy.counts.take();
    connection.host_counters(&facts).map_err(text)?;
    let (host_calls, _) = proxy.counts.take();
    let scope = SampleScope::default();
    let active = connection.counters(&scope).map_err(text)?.len();
    let (calls, bytes) = proxy.counts.take();
    let listed = connection.vms().map_err(text)?.len();
    let (list_calls, list_bytes) = proxy.counts.take();
    connection.close();
    report.add(
        "P12",
        format!("QEMU driver, {} NUMA cells: requests of one tick", facts.cells.len()),
        format!("{calls} for all VMs + {host_calls} for the host"),
        (calls + host_calls) as f64,
        Goal::Most(2.0, 3.0),
        "requests",
    );
    let each = bytes / active.max(1) as u64;
    report.add(
        "P13",
        format!("QEMU driver, {active} paused guests without NIC counters: bytes of a tick for each"),
        format!("{each} B"),
        each as f64,
        Goal::Most(1400.0, 2500.0),
        "B",
    );
    report.note(
        format!("QEMU driver, {listed} VMs: requests and bytes for each VM of a whole listing"),
        format!("{list_calls}; {}", list_bytes / listed.max(1) as u64),
    );

    // fleet and host
    let rows = 2 + VMS;
    let (mut near, mut whole) = (Times::default(), Times::default());
    for _ in 0..7 {
        let mut console = Console::start(clock, &["-c", &local])?;
        let painted = console.first_frame()?;
        let complete = console.rows(rows)?;
        near.push(complete.saturating_sub(painted));
        whole.push(complete);
    }
    report.times(
        "P2",
        format!("first paint to the full list, QEMU driver, {VMS} VMs (defined, not running)"),
        &near,
        0.5,
        Goal::Most(150.0, 300.0),
    );
    report.times(
        "d",
        format!("start to the full list, QEMU driver, {VMS} VMs (defined, not running)"),
        &whole,
        0.5,
        Goal::None,
    );
    let distant = Proxy::to(&fleet.socket(0), Duration::from_millis(10)).map_err(text)?;
    let far = distant.uri(&local);
    let mut times = Times::default();
    for _ in 0..7 {
        times.push(Console::start(clock, &["-c", &far])?.rows(rows)?);
    }
    report.times(
        "P3",
        format!("start to the full list, QEMU driver, {VMS} VMs, 20 ms round trip added (no ssh)"),
        &times,
        0.5,
        Goal::Most(1000.0, 2000.0),
    );
    Ok(())
}
