//! Charts of a VM, and of each of its vCPUs, disks and interfaces.

use ratatui::text::Line;

use crate::base::text::{Text, pad, pad_left};
use crate::base::units;
use crate::inventory::history::VmMetric;
use crate::inventory::history::devices::{DeviceHistory, DiskMetric, NicMetric, VcpuMetric};
use crate::ui::chart::{self, Chart, Points, Series, sparkline};
use crate::ui::content::Content;
use crate::ui::detail::vm::View;
use crate::ui::pen::span;

fn bytes_rate(value: f64) -> String {
    units::bytes_per_second(value)
}

pub(super) fn draw<'m>(view: &View<'m>, content: &mut Content<'m>) {
    if !view.vm.record.status.state.is_active() && view.vm.sampled.is_none() {
        return content.nothing(format!(
            "the VM is {}: there are no numbers",
            view.vm.record.status.state.word()
        ));
    }
    let series = |name: &str, metric, n| Series {
        name: name.to_owned(),
        points: view.model.store.vm_series(view.key, metric).collect(),
        style: view.skin.chart(n),
    };
    let source = view.vm.rates.memory_source;
    let source = source.map_or_else(String::new, |source| format!(" ({})", source.word()));
    let memory = format!("Memory used, of what it was given{source}");
    for (title, top, unit, lines) in [
        (
            "CPU, of its vCPUs",
            Some(100.0),
            units::percent as fn(f64) -> String,
            vec![series("busy", VmMetric::Cpu, 0), series("steal", VmMetric::Steal, 1)],
        ),
        (
            memory.as_str(),
            Some(100.0),
            units::percent,
            vec![series("used", VmMetric::Memory, 2)],
        ),
        (
            "Disks",
            None,
            bytes_rate,
            vec![
                series("read", VmMetric::DiskRead, 0),
                series("write", VmMetric::DiskWrite, 1),
            ],
        ),
        (
            "Disk latency",
            None,
            units::latency,
            vec![series("mean", VmMetric::DiskLatency, 3)],
        ),
        (
            "Network",
            None,
            bytes_rate,
            vec![
                series("received", VmMetric::NetRx, 0),
                series("sent", VmMetric::NetTx, 1),
            ],
        ),
    ] {
        content.blank();
        let chart = Chart {
            title,
            top,
            unit,
            height: 6,
        };
        content.lines(chart::draw(view.skin, &chart, &lines, content.width));
    }
    if let Some(history) = view.model.store.device_history(view.key) {
        devices(view, history, content);
    } else {
        content.heading("Each vCPU, disk and interface");
        content.nothing("being read from now on");
    }
}

fn devices<'m>(view: &View<'m>, history: &'m DeviceHistory, content: &mut Content<'m>) {
    let (skin, rates) = (view.skin, &view.vm.rates);
    let cells = content.width.saturating_sub(32).clamp(8, 120);
    if !rates.vcpus.is_empty() {
        content.heading("Each vCPU: busy, and steal");
        content.rows(rates.vcpus.len(), move |n| {
            let Some(vcpu) = rates.vcpus.get(n) else {
                return Line::default();
            };
            let points: Points = history.vcpu(vcpu.number, VcpuMetric::Busy).collect();
            let percent =
                |value: Option<f32>| value.map_or_else(|| "-".to_owned(), |value| units::percent(f64::from(value)));
            Line::from(vec![
                span(format!("vCPU {:<4} ", vcpu.number), skin.get("field.label")),
                span(sparkline(skin, &points, 100.0, cells), skin.chart(0)),
                span(format!(" {}", pad_left(&percent(vcpu.busy), 5)), skin.get("text")),
                span(
                    format!(" steal {}", pad_left(&percent(vcpu.steal), 5)),
                    skin.get("text.dim"),
                ),
            ])
        });
    }
    if !rates.disks.is_empty() {
        content.heading("Each disk: read, write, requests, latency");
        for (name, disk) in &rates.disks {
            let row = |word, metric, now| (word, history.disk(name, metric).collect(), now);
            let rows = [
                row("read", DiskMetric::Read, rate(disk.read, bytes_rate)),
                row("write", DiskMetric::Write, rate(disk.write, bytes_rate)),
                row(
                    "requests",
                    DiskMetric::Requests,
                    rate(disk.requests(), units::per_second),
                ),
                row("latency", DiskMetric::Latency, rate(disk.latency, units::latency)),
            ];
            device(view, name, rows, cells, content);
        }
    }
    if !rates.nics.is_empty() {
        content.heading("Each interface: received, sent, errors, drops");
        for (name, nic) in &rates.nics {
            let row = |word, metric, now| (word, history.nic(name, metric).collect(), now);
            let rows = [
                row("received", NicMetric::Rx, rate(nic.rx, bytes_rate)),
                row("sent", NicMetric::Tx, rate(nic.tx, bytes_rate)),
                row("errors", NicMetric::Errors, rate(nic.errors, units::per_second)),
                row("drops", NicMetric::Drops, rate(nic.drops, units::per_second)),
            ];
            device(view, name, rows, cells, content);
        }
    }
}

/// A line for each metric of a device: its word, its points and its present value.
fn device<'m>(
    view: &View<'m>,
    name: &Text,
    rows: [(&str, Points, String); 4],
    cells: usize,
    content: &mut Content<'m>,
) {
    for (n, (word, points, now)) in rows.into_iter().enumerate() {
        let name = (n == 0).then_some(name);
        content.line(device_line(view, name, word, &points, &now, n, cells));
    }
}

fn rate(value: Option<f64>, unit: fn(f64) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), unit)
}

fn device_line(
    view: &View<'_>,
    name: Option<&Text>,
    word: &str,
    points: &Points,
    now: &str,
    n: usize,
    cells: usize,
) -> Line<'static> {
    let skin = view.skin;
    let top = points.iter().filter_map(|(_, value)| *value).fold(0f32, f32::max);
    let name = name.map_or_else(String::new, |name| name.fit(8));
    Line::from(vec![
        span(format!("{} ", pad(&name, 8)), skin.get("field.label")),
        span(format!("{} ", pad(word, 8)), skin.get("text.dim")),
        span(sparkline(skin, points, top, cells), skin.chart(n)),
        span(pad_left(now, 11), skin.get("text")),
    ])
}
