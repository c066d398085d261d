//! Devices, networks and storage of a host.

use ratatui::text::Line;

use crate::base::text::Text;
use crate::base::units;
use crate::hv::host::Feature;
use crate::hv::storage::{PoolState, VolumeRecord};
use crate::inventory::{PoolEntry, natural};
use crate::ui::content::{Content, bar_spans, fit_columns, table_head, table_text};
use crate::ui::detail::host::View;
use crate::ui::pen::span;
use crate::ui::source;

pub(super) fn devices<'m>(view: &View<'m>, content: &mut Content<'m>) {
    view.banner(content);
    let devices = match &view.host.devices {
        Some(Ok(devices)) => devices.as_ref(),
        Some(Err(error)) => return content.paragraph(&error.to_string(), "danger"),
        None => return content.nothing(view.absent("devices", Some(Feature::NodeDevices))),
    };
    if devices.is_empty() {
        return content.nothing("this host tells of no devices");
    }
    let skin = view.skin;
    let columns = fit_columns(
        &[
            ("DEVICE", 26, false),
            ("KIND", 14, false),
            ("WHAT", 30, false),
            ("DRIVER", 12, false),
            ("IOMMU", 5, true),
        ],
        content.width,
    );
    content.line(table_head(skin, &columns));
    let order = by_name(devices, |device| &device.name);
    content.rows(devices.len(), move |n| {
        let Some(device) = order.get(n).and_then(|n| devices.get(*n)) else {
            return Line::default();
        };
        let kinds: Vec<_> = device.capabilities.iter().map(Text::show).collect();
        let cells = [
            device.name.show().into_owned(),
            kinds.join(","),
            device.summary.show().into_owned(),
            device
                .driver
                .as_ref()
                .map_or_else(String::new, |driver| driver.show().into_owned()),
            device.iommu_group.map_or_else(String::new, |group| group.to_string()),
        ];
        Line::styled(table_text(&columns, &cells), skin.get("text"))
    });
}

pub(super) fn networks<'m>(view: &View<'m>, content: &mut Content<'m>) {
    view.banner(content);
    let skin = view.skin;
    if view.host.networks.is_empty() {
        let why = if view.host.listed && !view.host.is_unsupported(Feature::Networks) {
            "no networks are defined".to_owned()
        } else {
            view.absent("networks", Some(Feature::Networks))
        };
        return content.nothing(why);
    }
    let mut networks: Vec<_> = view.host.networks.values().collect();
    networks.sort_by(|one, other| natural::compare(one.name.raw(), other.name.raw()));
    for network in networks {
        let (sign, scope, word) = if network.active {
            (skin.signs.running, "state.running", "active")
        } else {
            (skin.signs.off, "state.off", "inactive")
        };
        content.heading(format!("Network {}", network.name.show()));
        content.fact_styled("state", format!("{sign} {word}"), skin.get(scope));
        content.fact("forward", network.forward.show());
        if !network.bridge.is_empty() {
            content.fact("bridge", network.bridge.show());
        }
        if !network.addresses.is_empty() {
            let all: Vec<_> = network.addresses.iter().map(Text::show).collect();
            content.fact("addresses", all.join(", "));
        }
        content.fact("kept", kept(network.persistent, network.autostart));
    }
    content.heading(format!(
        "DHCP leases{}",
        source::read_ago(view.host, view.host.leases_read, view.now())
    ));
    let unsupported = view.host.is_unsupported(Feature::DhcpLeases);
    match &view.host.leases {
        Some(Err(_)) if unsupported => content.nothing(view.absent("leases", Some(Feature::DhcpLeases))),
        None => content.nothing(view.absent("leases", Some(Feature::DhcpLeases))),
        Some(Err(error)) => content.paragraph(&error.to_string(), "danger"),
        Some(Ok(leases)) if leases.is_empty() => content.nothing("no leases"),
        Some(Ok(leases)) => {
            let columns = fit_columns(
                &[
                    ("ADDRESS", 20, false),
                    ("MAC", 17, false),
                    ("NETWORK", 12, false),
                    ("NAME", 18, false),
                    ("UNTIL", 17, false),
                ],
                content.width,
            );
            content.line(table_head(skin, &columns));
            let zone = &view.model.options.zone;
            content.rows(leases.len(), move |n| {
                let Some(lease) = leases.get(n) else {
                    return Line::default();
                };
                let cells = [
                    lease.address.show().into_owned(),
                    lease.mac.show().into_owned(),
                    lease.network.show().into_owned(),
                    lease
                        .hostname
                        .as_ref()
                        .map_or_else(String::new, |name| name.show().into_owned()),
                    zone.minute(lease.expiry),
                ];
                Line::styled(table_text(&columns, &cells), skin.get("text"))
            });
        }
    }
}

/// The places of things in the natural order of their names.
fn by_name<T>(things: &[T], name: impl Fn(&T) -> &Text) -> Vec<usize> {
    let mut order: Vec<usize> = (0..things.len()).collect();
    order.sort_by(|one, other| natural::compare(name(&things[*one]).raw(), name(&things[*other]).raw()));
    order
}

fn kept(persistent: bool, autostart: bool) -> String {
    let kept = if persistent { "persistent" } else { "transient" };
    let start = if autostart {
        "started with the host"
    } else {
        "not started with the host"
    };
    format!("{kept}, {start}")
}

pub(super) fn storage<'m>(view: &View<'m>, content: &mut Content<'m>) {
    view.banner(content);
    if view.host.pools.is_empty() {
        let why = if view.host.listed && !view.host.is_unsupported(Feature::StoragePools) {
            "no storage pools are defined".to_owned()
        } else {
            view.absent("storage pools", Some(Feature::StoragePools))
        };
        return content.nothing(why);
    }
    let mut pools: Vec<_> = view.host.pools.values().collect();
    pools.sort_by(|one, other| natural::compare(one.record.name.raw(), other.record.name.raw()));
    for pool in pools {
        one_pool(view, pool, content);
    }
}

fn one_pool<'m>(view: &View<'m>, pool: &'m PoolEntry, content: &mut Content<'m>) {
    let (skin, record) = (view.skin, &pool.record);
    let read = pool.volumes_read.map_or(pool.read, |read| read.max(pool.read));
    let ago = source::read_ago(view.host, Some(read), view.now());
    content.heading(format!("Pool {}{ago}", record.name.show()));
    let (sign, scope) = match record.state {
        PoolState::Running => (skin.signs.running, "state.running"),
        PoolState::Inactive => (skin.signs.off, "state.off"),
        PoolState::Building => (skin.signs.transition, "state.transition"),
        PoolState::Degraded | PoolState::Inaccessible => (skin.signs.crashed, "state.crashed"),
    };
    content.fact_styled("state", format!("{sign} {}", record.state.word()), skin.get(scope));
    let percent = (record.capacity > 0).then(|| {
        let used = record.capacity.saturating_sub(record.available);
        (used as f64 / record.capacity as f64 * 100.0) as f32
    });
    let shown = format!(
        "{} free of {}, {} given to volumes",
        units::bytes(record.available),
        units::bytes(record.capacity),
        units::bytes(record.allocation)
    );
    content.gauge("used", percent, &shown);
    content.fact("type", record.kind.show());
    if !record.path.is_empty() {
        content.fact("path", record.path.show());
    }
    content.fact("kept", kept(record.persistent, record.autostart));
    match &pool.volumes {
        None if record.state == PoolState::Running => content.nothing(view.absent("volumes", None)),
        None => content.nothing("volumes: the pool is not active"),
        Some(Err(error)) => content.paragraph(&error.to_string(), "danger"),
        Some(Ok(volumes)) if volumes.is_empty() => content.nothing("no volumes"),
        Some(Ok(volumes)) => {
            let columns = fit_columns(
                &[
                    ("VOLUME", 24, false),
                    ("KIND", 8, false),
                    ("SIZE", 7, true),
                    ("TAKES", 7, true),
                ],
                content.width.saturating_sub(10),
            );
            content.line(table_head(skin, &columns));
            let order = by_name(volumes, |volume| &volume.name);
            content.rows(volumes.len(), move |n| {
                let Some(volume) = order.get(n).and_then(|n| volumes.get(*n)) else {
                    return Line::default();
                };
                let cells = [
                    volume.name.show().into_owned(),
                    volume.kind.show().into_owned(),
                    units::bytes(volume.capacity),
                    units::bytes(volume.allocation),
                ];
                let mut spans = vec![span(format!("{} ", table_text(&columns, &cells)), skin.get("text"))];
                spans.extend(bar_spans(skin, share(volume), 8));
                Line::from(spans)
            });
        }
    }
}

/// How much of what was promised to a volume it occupies.
fn share(volume: &VolumeRecord) -> Option<f32> {
    (volume.capacity > 0).then(|| (volume.allocation as f64 / volume.capacity as f64 * 100.0) as f32)
}
