//! Fleet, data centers and clusters: capacity and use, hosts, who uses most, what is wrong.

use ratatui::text::{Line, Span};

use crate::app::model::Model;
use crate::base::ids::{NodeId, VmKey};
use crate::base::text::{self, fit, pad, pad_left};
use crate::base::time::short;
use crate::base::units;
use crate::hv::vm::VmState;
use crate::inventory::columns::VmColumn;
use crate::inventory::rollup::Rollup;
use crate::inventory::top::{TopMetric, top};
use crate::ui::content::{Content, Linked, bar_spans, fit_columns, table_head, table_text};
use crate::ui::pen::span;
use crate::ui::style::Skin;
use crate::ui::{list, source};

/// Problems listed one by one.
const PROBLEMS: usize = 20;

pub(super) fn overview<'m>(model: &'m Model, skin: Skin<'m>, node: NodeId, content: &mut Content<'m>) {
    let sums = source::rollup(&model.store, node);
    if sums.hosts.total == 0 {
        content.nothing("no hosts here yet");
        return;
    }
    capacity(skin, &sums, content);
    if let Some(age) = source::group_age(&model.store, node, model.shown_now()) {
        content.paragraph(&format!("numbers of some hosts are up to {} old", short(age)), "stale");
    }
    problems(model, skin, node, &sums, content);
    hosts(model, skin, node, content);
    tops(model, skin, node, content);
}

/// The total, and how many there are of each kind, of those that there are.
fn words(skin: Skin<'_>, total: u32, kinds: &[(u32, &str, &str, &str)]) -> Vec<Span<'static>> {
    let mut out = vec![span(total.to_string(), skin.get("text.strong"))];
    let there = kinds.iter().filter(|(count, ..)| *count > 0);
    out.extend(there.map(|(count, sign, word, scope)| span(format!("{sign} {count} {word}"), skin.get(scope))));
    out
}

/// Hosts by the state of their connection.
fn host_words(skin: Skin<'_>, sums: &Rollup) -> Vec<Span<'static>> {
    let (hosts, signs) = (&sums.hosts, skin.signs);
    words(
        skin,
        hosts.total,
        &[
            (hosts.up, signs.host_up, "up", "host.up"),
            (hosts.slow, signs.host_slow, "slow", "host.slow"),
            (hosts.down, signs.host_down, "down", "host.down"),
            (hosts.connecting, signs.host_connecting, "connecting", "host.connecting"),
            (hosts.disabled, signs.host_disabled, "disabled", "host.disabled"),
        ],
    )
}

/// VMs by state.
pub(super) fn vm_words(skin: Skin<'_>, sums: &Rollup) -> Vec<Span<'static>> {
    let (vms, signs) = (&sums.vms, skin.signs);
    let mut out = words(
        skin,
        vms.total,
        &[
            (vms.running, signs.running, "running", "state.running"),
            (vms.paused, signs.paused, "paused", "state.paused"),
            (vms.shut_off, signs.off, "off", "state.off"),
            (vms.crashed, signs.crashed, "crashed", "state.crashed"),
            (vms.suspended, signs.suspended, "suspended", "state.suspended"),
            (vms.other, signs.unknown, "other", "state.unknown"),
        ],
    );
    if vms.stale > 0 {
        out.push(span(format!("({} last known)", vms.stale), skin.get("stale")));
    }
    out
}

fn capacity<'m>(skin: Skin<'m>, sums: &Rollup, content: &mut Content<'m>) {
    content.heading("Capacity and use");
    content.flow("hosts", host_words(skin, sums));
    content.flow("VMs", vm_words(skin, sums));
    let of = if sums.cpus_measured < sums.cpus {
        format!("{} of {} CPUs measured", sums.cpus_measured, sums.cpus)
    } else {
        format!("{} CPUs", sums.cpus)
    };
    content.gauge("CPU", sums.cpu_percent(), &of);
    let measured = if sums.memory_measured == sums.memory {
        ""
    } else {
        " measured"
    };
    let of = format!(
        "{} of {}{measured}",
        units::bytes(sums.memory_used),
        units::bytes(sums.memory_measured)
    );
    content.gauge(
        "memory",
        sums.memory_percent(),
        if sums.memory_measured > 0 { &of } else { "not measured" },
    );
    overcommit(sums, content);
}

/// vCPUs and memory of active VMs against what there is.
pub(super) fn overcommit(sums: &Rollup, content: &mut Content<'_>) {
    let ratio = |value: Option<f32>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}x"));
    let cpu = format!("{} of {} CPUs, {}", sums.vcpus, sums.cpus, ratio(sums.cpu_overcommit()));
    content.fact("vCPUs given", cpu);
    let memory = format!(
        "{} of {}, {}",
        units::bytes(sums.memory_given),
        units::bytes(sums.memory),
        ratio(sums.memory_overcommit())
    );
    content.fact("memory given", memory);
}

fn problems<'m>(model: &'m Model, skin: Skin<'m>, node: NodeId, sums: &Rollup, content: &mut Content<'m>) {
    if sums.problems == 0 && sums.hosts.slow == 0 && sums.hosts.connecting == 0 {
        return;
    }
    let now = model.shown_now();
    let mut lines: Vec<(Line<'static>, NodeId)> = Vec::new();
    let looks = sums.vms.crashed + sums.vms.paused > 0;
    for (entry, host) in source::hosts_below(&model.store, node) {
        if lines.len() > PROBLEMS {
            break;
        }
        if let Some(trouble) = source::trouble(host, now) {
            let (sign, letter, scope) = skin.signs.host(&host.conn);
            let line = Line::from(vec![
                span(format!("{sign}{letter} "), skin.get(scope)),
                span(format!("{}  ", entry.name.fit(24)), skin.get("text.strong")),
                span(trouble, skin.get("text")),
            ]);
            lines.push((line, NodeId::Host(entry.id)));
        }
        if !looks {
            continue;
        }
        for vm in host
            .vms
            .values()
            .filter(|vm| vm.record.status.is_io_error() || vm.record.status.state == VmState::Crashed)
        {
            let status = vm.record.status;
            let (sign, letter, scope) = skin.signs.vm(status, false);
            let why = if status.is_io_error() {
                "paused by an I/O error"
            } else {
                "crashed"
            };
            let line = Line::from(vec![
                span(format!("{sign}{letter} "), skin.get(scope)),
                span(format!("{}  ", vm.record.name.fit(24)), skin.get("text.strong")),
                span(format!("{why} on {}", entry.name.show()), skin.get("text")),
            ]);
            let (host, uuid) = (entry.id, vm.record.uuid);
            lines.push((line, NodeId::Vm(VmKey { host, uuid })));
            if lines.len() > PROBLEMS {
                break;
            }
        }
    }
    if lines.is_empty() {
        return;
    }
    content.heading(format!("Problems ({})", sums.problems));
    let more = lines.len() > PROBLEMS;
    lines.truncate(PROBLEMS);
    for (line, node) in lines {
        content.linked(line, Some(node));
    }
    if more {
        content.nothing("and more");
    }
}

fn hosts<'m>(model: &'m Model, skin: Skin<'m>, node: NodeId, content: &mut Content<'m>) {
    let hosts = source::hosts_below(&model.store, node);
    content.heading(format!("Hosts ({})", hosts.len()));
    let columns = fit_columns(
        &[
            ("HOST", 18, false),
            ("STATE", 12, false),
            ("RUN", 5, true),
            ("VMS", 5, true),
            ("CPU", 6, true),
            ("MEM", 6, true),
            ("CPUS", 5, true),
            ("MEMORY", 7, true),
            ("LIBVIRT", 9, false),
        ],
        content.width,
    );
    content.line(table_head(skin, &columns));
    let now = model.shown_now();
    content.linked_rows(hosts.len(), move |n| {
        let Some((entry, host)) = hosts.get(n) else {
            return (Line::default(), None);
        };
        let sums = source::rollup(&model.store, NodeId::Host(entry.id));
        let (sign, letter, scope) = skin.signs.host(&host.conn);
        let percent = |value: Option<f32>| value.map_or_else(String::new, |value| units::percent(f64::from(value)));
        let facts = host.facts.as_ref();
        let cells = [
            entry.name.show().into_owned(),
            match host.stale(now).filter(|_| host.conn.is_connected()) {
                Some(age) => format!("{sign}{letter} {} {}", host.conn.word(), short(age)),
                None => format!("{sign}{letter} {}", host.conn.word()),
            },
            sums.vms.running.to_string(),
            sums.vms.total.to_string(),
            percent(sums.cpu_percent()),
            percent(sums.memory_percent()),
            host.cpus().map_or_else(String::new, |cpus| cpus.to_string()),
            host.memory().map_or_else(String::new, units::bytes),
            facts.map_or_else(String::new, |facts| {
                let (major, minor, release) = facts.libvirt_version;
                format!("{major}.{minor}.{release}")
            }),
        ];
        let style = if host.conn.is_live() && host.stale(now).is_none() {
            skin.get("text")
        } else {
            skin.get(scope)
        };
        (
            Line::styled(table_text(&columns, &cells), style),
            Some(NodeId::Host(entry.id)),
        )
    });
}

/// Who uses most, two blocks side by side where there is room.
fn tops<'m>(model: &'m Model, skin: Skin<'m>, node: NodeId, content: &mut Content<'m>) {
    const COUNT: usize = 5;
    let two = content.width >= 84;
    let width = if two { (content.width - 2) / 2 } else { content.width };
    let block = |title: &str, metric: TopMetric, unit: fn(f64) -> String| -> Vec<Linked<'static>> {
        let mut lines: Vec<Linked<'static>> = vec![(Line::from(span(title, skin.get("text.heading"))), None)];
        let found = top(&model.store, node, metric, COUNT);
        let greatest = found.first().map_or(1.0, |(_, used)| *used).max(1e-9);
        let names = found
            .iter()
            .map(|(key, _)| text::width(&model.name(NodeId::Host(key.host))));
        let hosts = names.max().unwrap_or(0).min(top_room(width) / 2);
        for (key, used) in &found {
            let line = top_line(model, skin, *key, *used, greatest, unit, (width, hosts));
            lines.push((line, Some(NodeId::Vm(*key))));
        }
        if found.is_empty() {
            lines.push((Line::from(span("no numbers yet", skin.get("text.dim"))), None));
        }
        if two {
            lines.resize_with(COUNT + 1, Linked::default);
        }
        lines
    };
    let blocks = [
        block("Most CPU (100% is one CPU)", TopMetric::Cpu, units::percent),
        block("Most memory", TopMetric::Memory, |used| units::bytes(used as u64)),
        block("Most disk", TopMetric::Disk, units::bytes_per_second),
        block("Most network", TopMetric::Net, units::bytes_per_second),
    ];
    if !two {
        for block in blocks {
            content.blank();
            for (line, node) in block {
                content.linked(line, node);
            }
        }
        return;
    }
    let mut blocks = blocks.into_iter();
    while let (Some(left), Some(right)) = (blocks.next(), blocks.next()) {
        content.blank();
        for (one, other) in left.into_iter().zip(right) {
            content.beside(one, other, width + 2);
        }
    }
}

/// Cells of the bar beside a user.
const BAR: usize = 8;
/// Cells of the number after it.
const NUMBER: usize = 9;

/// Cells for the names of a user and its host.
fn top_room(width: usize) -> usize {
    width.saturating_sub(BAR + NUMBER + 2)
}

fn top_line(
    model: &Model,
    skin: Skin<'_>,
    key: VmKey,
    used: f64,
    greatest: f64,
    unit: fn(f64) -> String,
    (width, host_room): (usize, usize),
) -> Line<'static> {
    let room = top_room(width);
    let host = model.name(NodeId::Host(key.host));
    let name = model
        .store
        .vm(key)
        .map_or_else(String::new, |vm| vm.record.name.fit(room));
    let age = source::vm_age(&model.store, key, model.shown_now());
    let age = age.map_or_else(String::new, |age| format!(" {}", short(age)));
    let name_room = room.saturating_sub(host_room + 1 + text::width(&age));
    let mut spans = vec![
        span(pad(&name, name_room), skin.get("text")),
        span(age, skin.get("stale")),
        span(
            format!(" {} ", pad(&fit(&host, host_room), host_room)),
            skin.get("text.dim"),
        ),
    ];
    spans.extend(bar_spans(skin, Some((used / greatest * 69.0) as f32), BAR));
    spans.push(span(pad_left(&unit(used), NUMBER + 1), skin.get("text")));
    Line::from(spans)
}

/// All VMs below a node, one a row, in the columns of the list.
pub(super) fn vms<'m>(model: &'m Model, skin: Skin<'m>, node: NodeId, content: &mut Content<'m>) {
    let hosts = source::hosts_below(&model.store, node);
    let total: usize = hosts.iter().map(|(_, host)| host.vms.len()).sum();
    if total == 0 {
        let lost = hosts.iter().any(|(_, host)| !host.conn.is_live());
        content.nothing(if lost {
            "no VMs are known; not all hosts have been read"
        } else {
            "no VMs are defined"
        });
        return;
    }
    let one_host = matches!(node, NodeId::Host(_));
    let wanted: Vec<VmColumn> = model
        .list
        .columns
        .iter()
        .copied()
        .filter(|column| !(one_host && *column == VmColumn::Host))
        .collect();
    let columns = list::fitted(&wanted, content.width);
    content.line(Line::styled(
        list::head_text(skin, &columns, None).join(" "),
        skin.get("text.heading"),
    ));
    content.linked_rows(total, move |n| {
        let mut rest = n;
        for (entry, host) in &hosts {
            match host.order().get(rest) {
                Some(uuid) => {
                    let key = VmKey {
                        host: entry.id,
                        uuid: *uuid,
                    };
                    return (list::row_line(model, skin, &columns, key), Some(NodeId::Vm(key)));
                }
                None => rest -= host.vms.len(),
            }
        }
        (Line::default(), None)
    });
}
