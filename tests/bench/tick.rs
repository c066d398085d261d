//! One reading of counters over libvirt's RPC, beside virsh in the same run.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use virt_deck::backend::libvirt::{Connection, OpenRequest, SampleScope};
use virt_deck::base::time::Clock;
use virt_deck::hv::host::{Feature, HostFacts};
use virt_deck::hv::topology::SshOptions;

use crate::fleet::Fleet;
use crate::proxy::Proxy;
use crate::report::{Goal, Report, Times};

const ROUNDS: usize = 4;
const PER_ROUND: usize = 8;

/// A connection that asks nobody.
pub fn open(uri: &str) -> Result<Connection, String> {
    let request = OpenRequest {
        uri: uri.into(),
        read_only: false,
        ssh: SshOptions::default(),
        askpass: None,
        asker: Arc::new(|_| None),
    };
    Connection::open(&request).map_err(|error| error.to_string())
}

/// Facts as the sampler has them after its first reading: without what the driver refused.
pub fn known(connection: &Connection) -> Result<HostFacts, String> {
    let mut facts = connection.facts().map_err(|error| error.to_string())?;
    let host = connection.host_counters(&facts).map_err(|error| error.to_string())?;
    for (missing, feature) in [
        (host.cpu.is_none(), Feature::NodeCpuStats),
        (host.memory.is_none(), Feature::NodeMemoryStats),
    ] {
        if missing {
            facts.unsupported.insert(feature);
        }
    }
    Ok(facts)
}

fn tick(connection: &Connection, facts: &HostFacts, scope: &SampleScope) -> Result<usize, String> {
    let counters = connection.counters(scope).map_err(|error| error.to_string())?;
    connection.host_counters(facts).map_err(|error| error.to_string())?;
    Ok(counters.len())
}

/// What virsh itself says each command took, in a session that is already open.
fn virsh(uri: &str, command: &str, times: usize) -> Result<Vec<Duration>, String> {
    let mut child = Command::new("virsh")
        .args(["-q", "-t", "-c", uri])
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("virsh: {error}"))?;
    if let Some(input) = &mut child.stdin {
        // the first warms up
        for _ in 0..=times {
            writeln!(input, "{command}").map_err(|error| error.to_string())?;
        }
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let found: Vec<Duration> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("(Time: ")?.strip_suffix(" ms)")?.parse().ok())
        .map(|millis: f64| Duration::from_secs_f64(millis / 1e3))
        .skip(1)
        .collect();
    if found.len() == times {
        Ok(found)
    } else {
        Err(format!("virsh answered {} of {times} times", found.len()))
    }
}

/// Bulk and VM by VM beside virsh, and what goes over the wire.
pub fn measure(fleet: &Fleet, report: &mut Report) -> Result<(), String> {
    let clock = Clock::start();
    let Some(uri) = fleet.uris.first() else {
        return Err("there is no host".to_owned());
    };
    let connection = open(uri)?;
    let facts = known(&connection)?;
    let vms = fleet.vms;
    let command = "domstats --nowait --list-active --state --cpu-total --balloon --interface";
    let bulk = SampleScope::default();
    let single = SampleScope {
        per_vm: true,
        ..SampleScope::default()
    };
    let active = tick(&connection, &facts, &bulk)?;
    let (mut ours, mut ours_all, mut ours_single, mut theirs) =
        (Times::default(), Times::default(), Times::default(), Times::default());
    for _ in 0..ROUNDS {
        for _ in 0..PER_ROUND {
            let start = clock.now();
            connection.counters(&bulk).map_err(|error| error.to_string())?;
            ours.push(clock.now().since(start));
            connection.host_counters(&facts).map_err(|error| error.to_string())?;
            ours_all.push(clock.now().since(start));
        }
        for time in virsh(uri, command, PER_ROUND)? {
            theirs.push(time);
        }
    }
    for _ in 0..PER_ROUND / 2 {
        let start = clock.now();
        tick(&connection, &facts, &single)?;
        ours_single.push(clock.now().since(start));
    }
    connection.close();
    let all = Goal::None;
    report.times(
        "a",
        format!("{vms} VMs ({active} active): bulk reading"),
        &ours,
        0.5,
        all,
    );
    report.times(
        "a",
        format!("{vms} VMs: whole tick (bulk reading + host counters)"),
        &ours_all,
        0.5,
        all,
    );
    report.times("a", format!("{vms} VMs: `virsh {command}`"), &theirs, 0.5, all);
    let ratio = |mine: &Times| mine.median().as_secs_f64() / theirs.median().as_secs_f64();
    report.note(
        format!("{vms} VMs: bulk reading / virsh; whole tick / virsh"),
        format!("{:.2}; {:.2}", ratio(&ours), ratio(&ours_all)),
    );
    report.times(
        "a",
        format!("{vms} VMs: tick VM by VM (drivers without bulk numbers)"),
        &ours_single,
        0.5,
        all,
    );
    wire(fleet, uri, &facts, [&bulk, &single], report)
}

fn wire(
    fleet: &Fleet,
    uri: &str,
    facts: &HostFacts,
    [bulk, single]: [&SampleScope; 2],
    report: &mut Report,
) -> Result<(), String> {
    let proxy = Proxy::to(&fleet.socket(0), Duration::ZERO).map_err(|error| error.to_string())?;
    let connection = open(&proxy.uri(uri))?;
    let vms = fleet.vms;
    proxy.counts.take();
    let active = connection.counters(bulk).map_err(|error| error.to_string())?.len();
    let (bulk_calls, bulk_bytes) = proxy.counts.take();
    connection.host_counters(facts).map_err(|error| error.to_string())?;
    let (host_calls, _) = proxy.counts.take();
    connection.counters(single).map_err(|error| error.to_string())?;
    let (single_calls, single_bytes) = proxy.counts.take();
    connection.vms().map_err(|error| error.to_string())?;
    let (list_calls, list_bytes) = proxy.counts.take();
    connection.close();
    report.add(
        "P12",
        format!("{vms} VMs: requests of one tick, bulk"),
        format!("{bulk_calls} for all VMs + {host_calls} for the host"),
        (bulk_calls + host_calls) as f64,
        Goal::Most(2.0, 3.0),
        "requests",
    );
    report.note(
        format!("{vms} VMs: requests of one tick VM by VM; bytes for each active VM"),
        format!("{}; {}", single_calls + host_calls, single_bytes / active.max(1) as u64),
    );
    report.note(
        format!("{vms} VMs: bulk bytes for each active VM (this driver: states only)"),
        format!("{}", bulk_bytes / active.max(1) as u64),
    );
    report.note(
        format!("{vms} VMs: requests and bytes for each VM of a whole listing"),
        format!("{list_calls}; {}", list_bytes / vms.max(1) as u64),
    );
    Ok(())
}
