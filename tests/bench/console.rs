//! Measurements of the console, beside `virsh` where that does the same; ends in a table for
//! README. `cargo bench --bench console -- PART...` with parts of
//! `model picture emulator wire qemu tick start keys idle` measures less.
//!
//! Everything that is started is ended, also after a failure or a signal. Nothing needs a network
//! or root. Without libvirtd, what needs it is left out and said.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a table is printed")]
#![allow(missing_docs, reason = "a program of its own")]

use std::process::{Command, ExitCode};
use std::time::Duration;

use virt_deck::base::time::Clock;

mod emulator;
mod fleet;
mod guest;
mod model;
mod narrow;
mod picture;
mod proxy;
mod pty;
mod qemu;
mod report;
mod tick;
mod viewer;
mod wire;

use fleet::Fleet;
use pty::Console;
use report::{Goal, Report, Times};

const PARTS: [&str; 9] = [
    "model", "picture", "emulator", "wire", "qemu", "tick", "start", "keys", "idle",
];
/// Rows of the tree above the VMs: fleet, data center, cluster.
const ABOVE: usize = 3;
const IDLE: Duration = Duration::from_secs(20);

struct Bench {
    clock: Clock,
    parts: Vec<String>,
    report: Report,
    failures: Vec<String>,
}

fn main() -> ExitCode {
    let parts: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(&part.as_str())) {
        eprintln!("bench: '{unknown}' is no part; there are {}", PARTS.join(", "));
        return ExitCode::from(2);
    }
    end_on_signals();
    virt_deck::backend::libvirt::init();
    let mut bench = Bench {
        clock: Clock::start(),
        parts,
        report: Report::default(),
        failures: Vec::new(),
    };
    eprintln!("{}", machine());
    bench.run();
    println!("\n{}\n", machine());
    println!("{}", bench.report.markdown());
    println!("Targets missed: {}", bench.report.missed());
    for failure in &bench.failures {
        println!("not measured: {failure}");
    }
    if bench.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Ends the fleets before a signal ends this program.
fn end_on_signals() {
    std::thread::spawn(|| {
        use tokio::signal::unix::{SignalKind, signal};
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let (Ok(mut int), Ok(mut term), Ok(mut hup)) = (
                signal(SignalKind::interrupt()),
                signal(SignalKind::terminate()),
                signal(SignalKind::hangup()),
            ) else {
                return;
            };
            tokio::select! {
                _ = int.recv() => {}
                _ = term.recv() => {}
                _ = hup.recv() => {}
            }
        });
        fleet::end_all();
        // consoles go with their terminals
        std::process::exit(130);
    });
}

/// What was measured on.
fn machine() -> String {
    let first = |path: &str, field: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text
            .lines()
            .find(|line| line.starts_with(field))
            .unwrap_or("")
            .to_owned();
        line.split(": ").last().unwrap_or("").trim().to_owned()
    };
    let said = |program: &str, argument: &str| {
        Command::new(program).arg(argument).output().map_or_else(
            |_| "missing".to_owned(),
            |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        )
    };
    format!(
        "Machine: {}, {} CPUs, Linux {}, libvirt {}, load {}; {}x{} terminal, release build",
        first("/proc/cpuinfo", "model name"),
        std::thread::available_parallelism().map_or(0, usize::from),
        said("uname", "-r"),
        said("virsh", "--version"),
        first("/proc/loadavg", "").split(' ').next().unwrap_or("?"),
        pty::SIZE.0,
        pty::SIZE.1,
    )
}

impl Bench {
    fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|wanted| wanted == part)
    }

    fn keep(&mut self, what: &str, outcome: Result<(), String>) {
        if let Err(error) = outcome {
            eprintln!("bench: {what}: {error}");
            self.failures.push(format!("{what}: {error}"));
        }
    }

    fn run(&mut self) {
        if self.wants("model") {
            let outcome = model::measure(self.clock, &mut self.report);
            self.keep("drawing", outcome);
        }
        if self.wants("picture") {
            let outcome = picture::measure(self.clock, &mut self.report);
            self.keep("pictures", outcome);
        }
        if self.wants("emulator") {
            emulator::measure(self.clock, &mut self.report);
        }
        if self.wants("wire") {
            eprintln!("a line of 1 Mbit/s:");
            let outcome = wire::measure(self.clock, &mut self.report);
            self.keep(
                "the wire (Debian: libvirt-daemon-driver-qemu, qemu-system-x86)",
                outcome,
            );
        }
        if self.wants("start") || self.wants("idle") {
            let outcome = self.without_daemon();
            self.keep("empty and demo", outcome);
        }
        if self.wants("qemu") {
            eprintln!("QEMU driver:");
            let outcome = qemu::measure(self.clock, &mut self.report);
            self.keep(
                "the QEMU driver (Debian: libvirt-daemon-driver-qemu, qemu-system-x86)",
                outcome,
            );
        }
        for (hosts, vms) in [(1, 1000), (1, 10_000), (40, 250)] {
            let name = format!("{hosts} hosts with {vms} VMs each");
            let needed = match (hosts, vms) {
                (1, 1000) => ["tick", "start", "idle"].iter().any(|part| self.wants(part)),
                (1, _) => self.wants("tick"),
                _ => ["start", "keys", "idle"].iter().any(|part| self.wants(part)),
            };
            if needed {
                eprintln!("{name}:");
                let outcome = Fleet::up(hosts, vms).and_then(|fleet| self.with_fleet(&fleet, hosts));
                self.keep(&name, outcome);
            }
        }
    }

    fn with_fleet(&mut self, fleet: &Fleet, hosts: usize) -> Result<(), String> {
        if hosts == 1 && self.wants("tick") {
            let outcome = tick::measure(fleet, &mut self.report);
            self.keep("a tick beside virsh (Debian: libvirt-clients)", outcome);
        }
        if fleet.vms > 1000 && hosts == 1 {
            return Ok(());
        }
        let inventory = fleet.inventory();
        let arguments = ["--inventory", inventory.as_str()];
        let rows = ABOVE + hosts + fleet.vms;
        // the daemons read their files when the first client comes
        Console::start(self.clock, &arguments)?.rows(rows)?;
        if self.wants("start") {
            self.start(fleet, &arguments, rows, if hosts == 1 { 9 } else { 4 })?;
        }
        if self.wants("keys") && hosts > 1 {
            self.keys(fleet, &arguments, rows)?;
        }
        if self.wants("idle") {
            let (cpu, rss) = if hosts == 1 {
                (Goal::Most(1.5, 3.0), Goal::Most(30.0, 50.0))
            } else {
                (Goal::Most(5.0, 10.0), Goal::Most(80.0, 150.0))
            };
            let name = format!("{} VMs on {hosts} hosts, VM by VM", fleet.vms);
            let mut console = Console::start(self.clock, &arguments)?;
            console.rows(rows)?;
            self.idle(&name, &mut console, cpu, rss, Goal::None, Goal::None)?;
        }
        Ok(())
    }

    fn without_daemon(&mut self) -> Result<(), String> {
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let empty = directory.path().join("inventory.toml");
        std::fs::write(&empty, "version = 1\n").map_err(|error| error.to_string())?;
        let empty = empty.display().to_string();
        if self.wants("start") {
            let mut times = Times::default();
            for _ in 0..15 {
                times.push(Console::start(self.clock, &["--demo"])?.first_frame()?);
            }
            self.report
                .times("P1", "start to first paint, demo", &times, 0.5, Goal::Most(50.0, 100.0));
        }
        if self.wants("idle") {
            let mut console = Console::start(self.clock, &["--inventory", &empty])?;
            self.idle(
                "no hosts",
                &mut console,
                Goal::Most(0.1, 0.5),
                Goal::Most(15.0, 25.0),
                Goal::Most(0.0, 50.0),
                Goal::Most(2.0, 5.0),
            )?;
            let mut console = Console::start(self.clock, &["--demo"])?;
            self.idle("demo", &mut console, Goal::None, Goal::None, Goal::None, Goal::None)?;
        }
        Ok(())
    }

    fn start(&mut self, fleet: &Fleet, arguments: &[&str], rows: usize, times: usize) -> Result<(), String> {
        let (mut first, mut full, mut after) = (Times::default(), Times::default(), Times::default());
        for _ in 0..times {
            let mut console = Console::start(self.clock, arguments)?;
            let painted = console.first_frame()?;
            let complete = console.rows(rows)?;
            first.push(painted);
            full.push(complete);
            after.push(complete.saturating_sub(painted));
        }
        let vms = fleet.vms;
        let paint = Goal::Most(50.0, 100.0);
        self.report
            .times("P1", format!("start to first paint, {vms} VMs"), &first, 0.5, paint);
        // this driver is listed VM by VM; the QEMU driver has the target
        let name = format!(
            "first paint to the full list, test driver, {vms} VMs on {} hosts",
            fleet.uris.len()
        );
        self.report.times("d", name, &after, 0.5, Goal::None);
        self.report.times(
            "d",
            format!("start to the full list, {vms} VMs"),
            &full,
            0.5,
            Goal::None,
        );
        Ok(())
    }

    fn keys(&mut self, fleet: &Fleet, arguments: &[&str], rows: usize) -> Result<(), String> {
        let mut console = Console::start(self.clock, arguments)?;
        console.rows(rows)?;
        console.rest(Duration::from_secs(8));
        let goal = Goal::Most(8.0, 16.0);
        let tree = console.latency(60)?;
        self.report
            .times("P5", "key to bytes on the terminal, tree of 10,000", &tree, 0.99, goal);
        let stopped = Stopped::stop(fleet)?;
        console.rest(Duration::from_secs(3));
        let hung = console.latency(60)?;
        drop(stopped);
        self.report
            .times("P5", "the same with one daemon stopped (SIGSTOP)", &hung, 0.99, goal);
        console.press("L")?;
        console.rest(Duration::from_secs(2));
        let list = console.latency(60)?;
        self.report
            .times("P5", "key to bytes on the terminal, list of 10,000", &list, 0.99, goal);
        Ok(())
    }

    fn idle(
        &mut self,
        name: &str,
        console: &mut Console,
        cpu: Goal,
        rss: Goal,
        bytes: Goal,
        wakeups: Goal,
    ) -> Result<(), String> {
        console.rest(Duration::from_secs(12));
        let idle = console.idle(IDLE)?;
        let report = &mut self.report;
        report.add(
            "P9",
            format!("CPU, {name}"),
            format!("{:.2} % of a core", idle.cpu_percent),
            idle.cpu_percent,
            cpu,
            "%",
        );
        report.add(
            "P10",
            format!("wakeups of all threads, {name}"),
            format!("{:.1}/s", idle.wakeups),
            idle.wakeups,
            wakeups,
            "/s",
        );
        report.add(
            "P11",
            format!("RSS, {name}"),
            format!("{:.1} MiB ({:.1} of it anonymous)", idle.rss_mib, idle.anonymous_mib),
            idle.rss_mib,
            rss,
            "MiB",
        );
        report.add(
            "P8",
            format!("bytes to the terminal, {name}"),
            format!("{:.0} B/s", idle.bytes),
            idle.bytes,
            bytes,
            "B/s",
        );
        Ok(())
    }
}

/// A daemon that does not answer as long as this lives.
struct Stopped(rustix::process::Pid);

impl Stopped {
    fn stop(fleet: &Fleet) -> Result<Self, String> {
        let pid = fleet
            .pid(7)
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(rustix::process::Pid::from_raw)
            .ok_or("the daemon is not known")?;
        rustix::process::kill_process(pid, rustix::process::Signal::STOP).map_err(|error| error.to_string())?;
        Ok(Self(pid))
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = rustix::process::kill_process(self.0, rustix::process::Signal::CONT);
    }
}
