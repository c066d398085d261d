//! A host's overview: its connection, what it is, how it is used.

use crate::app::model::Model;
use crate::base::ids::{HostId, NodeId};
use crate::base::text::Text;
use crate::base::time::{Stamp, short};
use crate::base::units;
use crate::hv::host::{ConnState, Feature, HostFacts};
use crate::hv::sample::SampleSource;
use crate::hv::topology::HostEntry;
use crate::inventory::HostState;
use crate::ui::content::Content;
use crate::ui::detail::group;
use crate::ui::source;
use crate::ui::style::Skin;

/// A host and all that is needed to draw it.
#[derive(Clone, Copy)]
pub(super) struct View<'m> {
    pub model: &'m Model,
    pub skin: Skin<'m>,
    pub id: HostId,
    pub host: &'m HostState,
    pub entry: &'m HostEntry,
}

impl<'m> View<'m> {
    pub fn now(&self) -> Stamp {
        self.model.shown_now()
    }

    /// Says that what follows is out of date, since when and why; and that numbers are recorded.
    pub fn banner(&self, content: &mut Content<'m>) {
        let now = self.now();
        if !self.host.conn.is_connected() && self.host.listed {
            let age = self.host.last_live.map_or_else(String::new, |at| {
                format!(", last heard of {} ago", short(now.since(at)))
            });
            content.paragraph(
                &format!("not connected{age}: what follows is the last that is known"),
                "stale",
            );
        } else if let Some(age) = self.host.stale(now) {
            content.paragraph(&format!("numbers are {} old", short(age)), "stale");
        }
        if self.host.source == SampleSource::Recorded {
            content.paragraph("statistics are recorded, replayed from real guests", "recorded");
        }
    }

    /// Why a list is not there: unsupported, not connected, or not read yet.
    pub fn absent(&self, what: &str, feature: Option<Feature>) -> String {
        if feature.is_some_and(|feature| self.host.is_unsupported(feature)) {
            return format!("{what}: not supported by this host's driver");
        }
        if self.host.conn.is_connected() {
            format!("{what}: not read yet")
        } else {
            format!("{what}: the host is {}", self.host.conn.word())
        }
    }
}

pub(super) fn overview<'m>(view: &View<'m>, content: &mut Content<'m>) {
    connection(view, content);
    view.banner(content);
    usage(view, content);
    if let Some(facts) = &view.host.facts {
        machine(view, facts, content);
    } else {
        content.heading("Machine");
        content.nothing(view.absent("facts", None));
    }
    numa(view, content);
    unsupported(view, content);
}

fn connection<'m>(view: &View<'m>, content: &mut Content<'m>) {
    let (skin, host, entry, now) = (view.skin, view.host, view.entry, view.now());
    content.heading("Connection");
    let (sign, letter, scope) = skin.signs.host(&host.conn);
    let mut state = format!("{sign}{letter} {}", host.conn.word());
    match &host.conn {
        ConnState::Live { since }
        | ConnState::Syncing { since }
        | ConnState::Slow { since, .. }
        | ConnState::Asking { since }
        | ConnState::Down { since, .. } => {
            state = format!("{state} for {}", short(now.since(*since)));
        }
        ConnState::Connecting { since, attempt } => {
            state = format!("{state} for {}, attempt {attempt}", short(now.since(*since)));
        }
        ConnState::Disabled | ConnState::Queued => {}
    }
    content.fact_styled("state", state, skin.get(scope));
    if let ConnState::Slow { waiting_for, .. } = &host.conn {
        content.fact("waiting for", *waiting_for);
    }
    if let ConnState::Down {
        retry_at,
        attempt,
        error,
        ..
    } = &host.conn
    {
        error_facts(skin, error, content);
        let when = source::next_attempt(*retry_at, now);
        content.fact("next attempt", format!("{when}, attempt {attempt}"));
    } else if let Some(lost) = &host.lost {
        content.fact("lost", format!("{} ago", short(now.since(lost.since))));
        error_facts(skin, &lost.error, content);
    }
    content.fact("URI", entry.uri.show());
    let mode = match view.model.read_only(view.id) {
        Some(reason) => format!("read-only: {reason}"),
        None => "read and write".to_owned(),
    };
    content.fact("mode", mode);
    if let Some(environment) = &entry.environment {
        content.fact_styled(
            "environment",
            format!(" {} ", environment.word.show()),
            skin.environment(environment),
        );
    }
    if !entry.tags.is_empty() {
        let tags: Vec<_> = entry.tags.iter().map(Text::show).collect();
        content.fact("tags", tags.join(", "));
    }
    if let Some(cadence) = host.cadence {
        let ms = |duration: std::time::Duration| format!("{:.1}s", duration.as_secs_f32());
        let wanted = view.model.options.interval;
        let slower = if cadence.interval > wanted {
            format!(" (wanted {})", ms(wanted))
        } else {
            String::new()
        };
        let took = short(cadence.took);
        content.fact(
            "read every",
            format!("{}{slower}, the last reading took {took}", ms(cadence.interval)),
        );
    }
    if host.abandoned > 0 {
        content.fact_styled("abandoned calls", host.abandoned.to_string(), skin.get("warning"));
    }
}

/// libvirt's words, the class, and what to do.
fn error_facts(skin: Skin<'_>, error: &crate::hv::error::HvError, content: &mut Content<'_>) {
    content.fact_styled("error", error.to_string(), skin.get("danger"));
    content.fact("during", error.during);
    if let Some(hint) = error.hint {
        content.fact_styled("what to do", hint, skin.get("notice"));
    }
}

fn usage<'m>(view: &View<'m>, content: &mut Content<'m>) {
    let (skin, rates) = (view.skin, &view.host.rates);
    let sums = source::rollup(&view.model.store, NodeId::Host(view.id));
    content.heading("Use");
    content.flow("VMs", group::vm_words(skin, &sums));
    let part =
        |word: &str, value: Option<f32>| value.map(|value| format!("{word} {}", units::percent(f64::from(value))));
    let parts: Vec<String> = [
        part("user", rates.cpu_user),
        part("system", rates.cpu_system),
        part("iowait", rates.cpu_iowait),
        part("idle", rates.cpu_idle),
        part("5min", rates.cpu_five_minutes),
    ]
    .into_iter()
    .flatten()
    .collect();
    let shown = if parts.is_empty() {
        view.absent("CPU", Some(Feature::NodeCpuStats))
    } else {
        parts.join("  ")
    };
    content.gauge("CPU", rates.cpu, &shown);
    match rates.memory {
        Some(memory) => {
            let shown = format!(
                "{} used, {} cache, {} buffers, {} free of {}",
                units::bytes(memory.used()),
                units::bytes(memory.cached),
                units::bytes(memory.buffers),
                units::bytes(memory.free),
                units::bytes(memory.total)
            );
            content.gauge("memory", rates.memory_percent(), &shown);
        }
        None => content.gauge("memory", None, &view.absent("memory", Some(Feature::NodeMemoryStats))),
    }
    group::overcommit(&sums, content);
}

fn machine<'m>(view: &View<'m>, facts: &HostFacts, content: &mut Content<'m>) {
    let version = |(major, minor, release): (u64, u64, u64)| format!("{major}.{minor}.{release}");
    content.heading("Machine");
    content.fact("hostname", facts.hostname.show());
    content.fact("driver", facts.driver.show());
    content.fact("libvirt", version(facts.libvirt_version));
    content.fact(
        "hypervisor",
        facts.hypervisor_version.map_or_else(|| "not told".to_owned(), version),
    );
    let safety = match (facts.encrypted, facts.secure) {
        (true, _) => "encrypted",
        (false, true) => "local",
        (false, false) => "NOT encrypted",
    };
    let scope = if facts.secure { "text" } else { "warning" };
    content.fact_styled("transport", safety, view.skin.get(scope));
    let node = &facts.node;
    let mhz = if node.mhz > 0 {
        format!(", {} MHz", node.mhz)
    } else {
        String::new()
    };
    let model = format!(
        "{} {} {}{mhz}",
        facts.cpu_vendor.show(),
        facts.cpu_model.show(),
        node.arch.show()
    );
    content.fact("CPU", model.trim());
    content.fact(
        "CPUs",
        format!(
            "{} ({} cells x {} sockets x {} cores x {} threads)",
            node.cpus, node.nodes, node.sockets, node.cores, node.threads
        ),
    );
    content.fact("memory", units::bytes(node.memory));
    if !facts.host_uuid.is_empty() {
        content.fact("UUID", facts.host_uuid.show());
    }
}

fn numa<'m>(view: &View<'m>, content: &mut Content<'m>) {
    let cells = view
        .host
        .facts
        .as_ref()
        .map(|facts| facts.cells.as_slice())
        .unwrap_or_default();
    if cells.is_empty() {
        return;
    }
    content.heading("NUMA cells");
    for cell in cells {
        let now = view
            .host
            .rates
            .cells
            .iter()
            .find(|(id, _)| *id == cell.id)
            .map(|(_, memory)| *memory);
        let cpus = format!("{} CPUs", cell.cpus.len());
        let (percent, text) = match now {
            Some(memory) => {
                // cells tell free memory only, cache counts as used
                let used = memory.total.saturating_sub(memory.free);
                let percent = (memory.total > 0).then(|| (used as f64 / memory.total as f64 * 100.0) as f32);
                (
                    percent,
                    format!(
                        "{} free of {}, {cpus}",
                        units::bytes(memory.free),
                        units::bytes(memory.total)
                    ),
                )
            }
            None => (None, format!("{}, {cpus}", units::bytes(cell.memory))),
        };
        content.gauge(&format!("cell {}", cell.id), percent, &text);
    }
}

/// Whether there are numbers all the same: a recording brings them for a driver that has none.
pub(super) fn measured(host: &HostState, feature: Feature) -> bool {
    match feature {
        Feature::NodeCpuStats => host.rates.cpu.is_some(),
        Feature::NodeMemoryStats => host.rates.memory.is_some(),
        _ => false,
    }
}

fn unsupported<'m>(view: &View<'m>, content: &mut Content<'m>) {
    let words: Vec<&str> = Feature::ALL
        .into_iter()
        .filter(|feature| view.host.is_unsupported(*feature) && !measured(view.host, *feature))
        .map(Feature::word)
        .collect();
    if !words.is_empty() {
        content.heading("Not supported by this host's driver");
        content.paragraph(&words.join(", "), "text.dim");
    }
}
