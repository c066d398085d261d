//! A VM's overview.

use ratatui::style::Style;

use crate::app::model::Model;
use crate::app::tasks::TaskState;
use crate::base::ids::{NodeId, VmKey};
use crate::base::text::Text;
use crate::base::time::{Stamp, short};
use crate::base::units;
use crate::hv::guest::GuestAddress;
use crate::hv::host::ConnState;
use crate::hv::sample::SampleSource;
use crate::hv::vm::VmDesc;
use crate::inventory::{HostState, VmEntry};
use crate::ui::content::Content;
use crate::ui::row;
use crate::ui::source;
use crate::ui::style::Skin;

/// A VM and all that is needed to draw it.
#[derive(Clone, Copy)]
pub(super) struct View<'m> {
    pub model: &'m Model,
    pub skin: Skin<'m>,
    pub key: VmKey,
    pub host: &'m HostState,
    pub vm: &'m VmEntry,
}

impl<'m> View<'m> {
    pub fn now(&self) -> Stamp {
        self.model.shown_now()
    }

    pub fn text(&self) -> Style {
        self.skin.get("text")
    }

    /// Says that what follows is out of date, since when and why; and that numbers are recorded.
    pub fn banner(&self, content: &mut Content<'m>) {
        let now = self.now();
        if !self.host.conn.is_connected() {
            let name = self.model.name(NodeId::Host(self.key.host));
            let why = source::trouble(self.host, now).unwrap_or_else(|| self.host.conn.word().to_owned());
            content.paragraph(&format!("host {name} is {why}"), "stale");
            content.paragraph("what follows is the last that is known", "stale");
            if let ConnState::Down { retry_at, .. } = &self.host.conn {
                let when = source::next_attempt(*retry_at, now);
                content.paragraph(&format!("next attempt {when}"), "text.dim");
            }
        } else if let Some(age) = source::vm_age(&self.model.store, self.key, now) {
            content.paragraph(&format!("numbers are {} old", short(age)), "stale");
        }
        if self.host.source == SampleSource::Recorded {
            content.paragraph("statistics are recorded, replayed from real guests", "recorded");
        }
    }

    /// Why something that must be asked for is not there.
    pub fn absent(&self, what: &str) -> String {
        if self.host.conn.is_connected() {
            format!("{what}: not read yet")
        } else {
            format!("{what}: the host is {}", self.host.conn.word())
        }
    }
}

pub(super) fn overview<'m>(view: &View<'m>, content: &mut Content<'m>) {
    state(view, content);
    usage(view, content);
    let Some(desc) = &view.vm.desc else {
        content.heading("Definition");
        content.nothing(view.absent("XML"));
        return identity(view, content);
    };
    definition(view, desc, content);
    addresses(view, content);
    identity(view, content);
}

fn state<'m>(view: &View<'m>, content: &mut Content<'m>) {
    let (record, skin, now) = (&view.vm.record, view.skin, view.now());
    let (sign, letter, scope) = skin.signs.vm(record.status, record.managed_save);
    let reason = record
        .status
        .reason_word()
        .map_or_else(String::new, |reason| format!(" ({reason})"));
    let since = short(now.since(view.vm.state_since));
    // before this console was started the state may have been the same
    let at_least = if view.vm.state_since == view.vm.first_seen {
        "at least "
    } else {
        ""
    };
    content.fact_styled(
        "state",
        format!(
            "{sign}{letter} {}{reason}, for {at_least}{since}",
            record.status.state.word()
        ),
        skin.get(scope),
    );
    if record.status.is_io_error() {
        content.fact_styled(
            "attention",
            "paused because the host could not read or write for it",
            skin.get("danger"),
        );
    }
    if let Some(task) = row::pending(view.model, skin, view.key) {
        content.fact_styled("task", task.content, task.style);
    }
    if let Some(task) = view.model.tasks.iter().find(|task| task.key == view.key)
        && let TaskState::Failed(error) = &task.state
    {
        let ago = task
            .finished
            .map_or_else(String::new, |at| format!("{} ago: ", short(now.since(at))));
        content.fact_styled(
            "last task",
            format!("{} failed {ago}{error}", task.verb.word()),
            skin.get("task.failed"),
        );
    }
    if record.managed_save {
        content.fact("saved state", "yes; start goes on from it");
    }
    let keep = if record.persistent {
        "persistent"
    } else {
        "transient: gone when it stops"
    };
    content.fact("kept", keep);
    content.fact("autostart", if record.autostart { "on" } else { "off" });
}

fn usage<'m>(view: &View<'m>, content: &mut Content<'m>) {
    let (record, rates) = (&view.vm.record, &view.vm.rates);
    content.heading("Use");
    let vcpus = match (record.vcpus, record.vcpus_max) {
        (Some(now), Some(most)) if most != now => format!("of {now} vCPUs (at most {most})"),
        (Some(1), _) => "of 1 vCPU".to_owned(),
        (Some(now), _) => format!("of {now} vCPUs"),
        (None, _) => "vCPUs unknown".to_owned(),
    };
    let percent = |value: Option<f32>| value.map_or_else(|| "-".to_owned(), |value| units::percent(f64::from(value)));
    let detail = if record.status.state.is_active() {
        format!(
            "{vcpus}, {} of the host, steal {}",
            percent(rates.cpu_host),
            percent(rates.steal)
        )
    } else {
        vcpus
    };
    content.gauge("CPU", rates.cpu, &detail);
    let given = record.memory.map_or_else(|| "?".to_owned(), units::bytes);
    let most = match (record.memory, record.memory_max) {
        (Some(now), Some(most)) if most != now => format!(", at most {}", units::bytes(most)),
        _ => String::new(),
    };
    // a recorded guest was given less than the VM it stands for; the share is of its own
    let of = match rates.memory_given {
        Some(measured) if record.memory.is_some_and(|given| given != measured) => {
            format!("{}, given {given}", units::bytes(measured))
        }
        _ => given,
    };
    let by = rates
        .memory_source
        .map_or_else(String::new, |source| format!(" (source: {})", source.word()));
    let shown = match rates.memory {
        Some(used) => format!("{} of {of}{most}{by}", units::bytes(used)),
        None => format!("given {of}{most}"),
    };
    content.gauge("memory", rates.memory_percent, &shown);
    let rate = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), units::bytes_per_second);
    let count = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), units::per_second);
    let latency = rates.disk.latency.map_or_else(|| "-".to_owned(), units::latency);
    content.fact(
        "disks",
        format!(
            "read {}, write {}, {} requests, latency {latency}",
            rate(rates.disk.read),
            rate(rates.disk.write),
            count(rates.disk.requests())
        ),
    );
    let net = format!("received {}, sent {}", rate(rates.net.rx), rate(rates.net.tx));
    content.fact("network", net);
    let lost = [rates.net.errors, rates.net.drops];
    let style = if lost.iter().flatten().any(|value| *value > 0.0) {
        view.skin.get("warning")
    } else {
        view.text()
    };
    let lost = format!("errors {}, drops {}", count(lost[0]), count(lost[1]));
    content.fact_styled("", lost, style);
}

fn definition<'m>(view: &View<'m>, desc: &VmDesc, content: &mut Content<'m>) {
    content.heading("Definition");
    if let Some(title) = &desc.title {
        content.fact("title", title.show());
    }
    if let Some(description) = &desc.description {
        for (n, line) in description.show_lines().iter().take(12).enumerate() {
            content.fact(if n == 0 { "description" } else { "" }, line);
        }
    }
    content.fact(
        "type",
        format!("{} {} {}", desc.virt_type.show(), desc.arch.show(), desc.machine.show()),
    );
    content.fact("firmware", desc.firmware.show());
    if !desc.boot.is_empty() {
        let order: Vec<_> = desc.boot.iter().map(Text::show).collect();
        content.fact("boot", order.join(", "));
    }
    let topology = desc.topology.map_or_else(String::new, |(sockets, cores, threads)| {
        format!(", {sockets} sockets x {cores} cores x {threads} threads")
    });
    let cpu = if desc.cpu.is_empty() {
        "the hypervisor's default".into()
    } else {
        desc.cpu.show()
    };
    content.fact("CPU model", format!("{cpu}{topology}"));
    if let Some(os) = &desc.os_id {
        content.fact("system", os.show());
    }
    let agent = match (desc.agent_channel, desc.agent_connected) {
        (false, _) => "no channel defined",
        (true, Some(true)) => "connected",
        (true, Some(false)) => "not connected",
        (true, None) => "channel defined, connection not known",
    };
    content.fact("guest agent", agent);
    for graphics in &desc.graphics {
        let port = |word: &str, port: Option<u16>| port.map_or_else(String::new, |port| format!("{word}{port}"));
        let shown = format!(
            "{} {}{}{}",
            graphics.kind.show(),
            graphics.listen.show(),
            port(":", graphics.port),
            port(" tls ", graphics.tls_port)
        );
        content.fact("graphics", shown);
    }
    for warning in &desc.warnings {
        content.fact_styled("not understood", warning.show(), view.skin.get("warning"));
    }
}

/// How long ago something was read, for its heading, once that is worth saying.
pub(super) fn read_ago(view: &View<'_>, read: Option<Stamp>) -> String {
    source::read_ago(view.host, read, view.now())
}

/// Addresses with all sources that know each of them.
pub(super) fn by_address(addresses: &[GuestAddress]) -> Vec<(&GuestAddress, String)> {
    let mut out: Vec<(&GuestAddress, String)> = Vec::new();
    for found in addresses {
        let same = out
            .iter_mut()
            .find(|(known, _)| known.address == found.address && known.mac == found.mac);
        match same {
            Some((_, sources)) if sources.split(", ").all(|word| word != found.source.word()) => {
                sources.push_str(", ");
                sources.push_str(found.source.word());
            }
            Some(_) => {}
            None => out.push((found, found.source.word().to_owned())),
        }
    }
    out
}

/// Addresses with where each was learnt.
fn addresses<'m>(view: &View<'m>, content: &mut Content<'m>) {
    let Some(guest) = &view.vm.guest else { return };
    if guest.addresses.is_empty() {
        return;
    }
    content.heading(format!("Addresses{}", read_ago(view, view.vm.guest_read)));
    for (found, sources) in by_address(&guest.addresses) {
        content.fact(
            &found.interface.fit(15),
            format!("{} (source: {sources})", found.address.show()),
        );
    }
}

fn identity<'m>(view: &View<'m>, content: &mut Content<'m>) {
    content.heading("Identity");
    content.fact("name", view.vm.record.name.show());
    content.fact("UUID", view.key.uuid.to_string());
    if let Some(id) = view.vm.record.id {
        content.fact("id", id.to_string());
    }
    content.fact("host", view.model.name(NodeId::Host(view.key.host)));
}
