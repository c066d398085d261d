//! Devices, guest information and snapshots of a VM.

use std::collections::BTreeSet;

use ratatui::text::Line;

use crate::base::text::{Text, fit};
use crate::base::units;
use crate::hv::guest::SnapshotRecord;
use crate::hv::host::Feature;
use crate::ui::content::{Content, bar_spans, fit_columns, table_head, table_text};
use crate::ui::detail::vm::{View, by_address, read_ago};
use crate::ui::pen::span;

/// How deep snapshots are indented at most.
const DEEPEST: usize = 24;

pub(super) fn devices<'m>(view: &View<'m>, content: &mut Content<'m>) {
    let Some(desc) = &view.vm.desc else {
        return content.nothing(view.absent("XML"));
    };
    let skin = view.skin;
    let head = |content: &mut Content<'m>, title: String| content.heading(title);
    head(content, format!("Disks ({})", desc.disks.len()));
    for disk in &desc.disks {
        let flag = |on: bool, word: &str| {
            if on { format!(", {word}") } else { String::new() }
        };
        let source = if disk.source.is_empty() {
            "empty".into()
        } else {
            disk.source.show()
        };
        content.fact(
            &disk.target.fit(15),
            format!(
                "{} {} {source}{}{}",
                disk.bus.show(),
                disk.device.show(),
                flag(disk.read_only, "read-only"),
                flag(disk.shareable, "shareable")
            ),
        );
        let cache = if disk.cache.is_empty() {
            String::new()
        } else {
            format!(", cache {}", disk.cache.show())
        };
        if !disk.format.is_empty() {
            content.fact("", format!("format {}{cache}", disk.format.show()));
        }
        let counters = view
            .vm
            .counters()
            .and_then(|all| all.disks.iter().find(|found| found.name == disk.target));
        if let Some((capacity, allocation)) = counters.and_then(|found| found.capacity.zip(found.allocation)) {
            content.fact(
                "",
                format!("{} of {} allocated", units::bytes(allocation), units::bytes(capacity)),
            );
        }
        for backing in &disk.backing {
            content.fact("", format!("backed by {}", backing.show()));
        }
    }
    head(content, format!("Network interfaces ({})", desc.nics.len()));
    for nic in &desc.nics {
        let target = if nic.target.is_empty() {
            String::new()
        } else {
            format!(", host side {}", nic.target.show())
        };
        let link = if nic.link_down { ", link down" } else { "" };
        content.fact(
            &nic.kind.fit(15),
            format!(
                "{} {} {}{target}{link}",
                nic.mac.show(),
                nic.source.show(),
                nic.model.show()
            ),
        );
    }
    if !desc.graphics.is_empty() {
        head(content, "Graphics".to_owned());
        for graphics in &desc.graphics {
            let port = graphics
                .port
                .map_or_else(|| "no port".to_owned(), |port| format!("port {port}"));
            content.fact(&graphics.kind.fit(15), format!("{} {port}", graphics.listen.show()));
        }
    }
    if !desc.others.is_empty() {
        head(content, format!("Other devices ({})", desc.others.len()));
        for (kind, summary) in &desc.others {
            content.fact_styled(&kind.fit(15), summary.show(), skin.get("text"));
        }
    }
}

pub(super) fn guest<'m>(view: &View<'m>, content: &mut Content<'m>) {
    let skin = view.skin;
    if let Some(desc) = &view.vm.desc
        && !desc.agent_channel
    {
        content.paragraph("no guest agent channel (org.qemu.guest_agent.0) is defined", "text.dim");
    }
    let Some(guest) = &view.vm.guest else {
        let why = if view.vm.record.status.state.is_active() {
            view.absent("guest information")
        } else {
            format!("guest information: the VM is {}", view.vm.record.status.state.word())
        };
        return content.nothing(why);
    };
    if let Some(error) = &guest.agent_error {
        if view.host.is_unsupported(Feature::GuestInfo) {
            content.nothing("guest agent: not supported by this host's driver");
        } else {
            content.fact_styled("agent", error.show(), skin.get("warning"));
        }
    }
    let ago = read_ago(view, view.vm.guest_read);
    content.heading(format!("System{ago}"));
    let mut any = false;
    for (label, value) in [
        ("hostname", &guest.hostname),
        ("system", &guest.os),
        ("kernel", &guest.kernel),
        ("time zone", &guest.timezone),
    ] {
        if let Some(value) = value {
            content.fact(label, value.show());
            any = true;
        }
    }
    if !guest.users.is_empty() {
        let users: Vec<_> = guest.users.iter().map(Text::show).collect();
        content.fact("users", users.join(", "));
        any = true;
    }
    if !any {
        content.nothing("nothing is known from inside the guest");
    }
    content.heading(format!("Addresses{ago}"));
    if guest.addresses.is_empty() {
        content.nothing("none known, neither by agent nor by lease nor by ARP");
    } else {
        let columns = fit_columns(
            &[
                ("ADDRESS", 20, false),
                ("SOURCE", 17, false),
                ("INTERFACE", 12, false),
                ("MAC", 17, false),
            ],
            content.width,
        );
        content.line(table_head(skin, &columns));
        for (found, sources) in by_address(&guest.addresses) {
            let cells = [
                found.address.show(),
                sources.into(),
                found.interface.show(),
                found.mac.show(),
            ];
            content.line(Line::styled(table_text(&columns, &cells), view.text()));
        }
    }
    if !guest.filesystems.is_empty() {
        content.heading(format!("File systems{ago}"));
        let columns = fit_columns(
            &[
                ("MOUNTED AT", 20, false),
                ("TYPE", 8, false),
                ("USED", 7, true),
                ("SIZE", 7, true),
            ],
            content.width.saturating_sub(12),
        );
        content.line(table_head(skin, &columns));
        for fs in &guest.filesystems {
            let bytes = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), units::bytes);
            let cells = [
                fs.mountpoint.show().into_owned(),
                fs.kind.show().into_owned(),
                bytes(fs.used),
                bytes(fs.total),
            ];
            let mut spans = vec![span(format!("{} ", table_text(&columns, &cells)), view.text())];
            let known = fs.used.zip(fs.total).filter(|(_, total)| *total > 0);
            let percent = known.map(|(used, total)| (used as f64 / total as f64 * 100.0) as f32);
            spans.extend(bar_spans(skin, percent, 10));
            content.line(Line::from(spans));
        }
    }
}

pub(super) fn snapshots<'m>(view: &View<'m>, content: &mut Content<'m>) {
    if view.host.is_unsupported(Feature::Snapshots) {
        return content.nothing("snapshots: not supported by this host's driver");
    }
    let list = match &view.vm.snapshots {
        None if view.vm.record.has_snapshots => return content.nothing(view.absent("snapshots")),
        None => return content.nothing("no snapshots"),
        Some(Err(error)) => return content.paragraph(&error.to_string(), "danger"),
        Some(Ok(list)) => list.as_ref(),
    };
    if list.is_empty() {
        return content.nothing("no snapshots");
    }
    let rows = tree_order(list);
    let skin = view.skin;
    let room = content.width;
    let count = list.len();
    content.heading(format!("Snapshots ({count}){}", read_ago(view, view.vm.snapshots_read)));
    let current = list.iter().any(|snapshot| snapshot.current);
    let zone = &view.model.options.zone;
    content.rows(rows.len(), move |n| {
        let Some((index, depth, last)) = rows.get(n).copied() else {
            return Line::default();
        };
        let Some(snapshot) = list.get(index) else {
            return Line::default();
        };
        let mut lead = "   ".repeat(depth.saturating_sub(1).min(DEEPEST));
        if depth > 0 {
            lead.push_str(if last {
                skin.signs.last_branch
            } else {
                skin.signs.branch
            });
        }
        let name = fit(
            &snapshot.name.show(),
            room.saturating_sub(lead.chars().count() + 20).max(8),
        );
        let mut spans = vec![
            span(lead, skin.get("text.dim")),
            span(name, skin.get("text.strong")),
            span(
                format!("  {}  {}", zone.minute(snapshot.created), snapshot.state.show()),
                skin.get("text"),
            ),
        ];
        if snapshot.external {
            spans.push(span(", external", skin.get("text.dim")));
        }
        if !matches!(snapshot.memory.raw(), "" | "no") {
            spans.push(span(
                format!(", memory {}", snapshot.memory.show()),
                skin.get("text.dim"),
            ));
        }
        if snapshot.current {
            spans.push(span(
                format!("  {} you are here", skin.signs.running),
                skin.get("success"),
            ));
        }
        if let Some(description) = &snapshot.description {
            spans.push(span(format!("  {}", description.show()), skin.get("text.dim")));
        }
        Line::from(spans)
    });
    if !current {
        content.blank();
        content.nothing("the VM is at none of them");
    }
}

/// Snapshots below their parents, by index, with depth and whether each is its parent's last.
/// Those whose parent is not in the list, and whole circles, stand at the top.
fn tree_order(list: &[SnapshotRecord]) -> Vec<(usize, usize, bool)> {
    let names: BTreeSet<&Text> = list.iter().map(|snapshot| &snapshot.name).collect();
    let mut children: std::collections::BTreeMap<Option<&Text>, Vec<usize>> = std::collections::BTreeMap::new();
    for (index, snapshot) in list.iter().enumerate() {
        let parent = snapshot.parent.as_ref().filter(|parent| names.contains(parent));
        children.entry(parent).or_default().push(index);
    }
    for group in children.values_mut() {
        group.sort_by_key(|index| (list[*index].created, *index));
    }
    let mut out = Vec::with_capacity(list.len());
    let mut seen = vec![false; list.len()];
    let mut stack: Vec<(usize, usize, bool)> = Vec::new();
    let push = |stack: &mut Vec<(usize, usize, bool)>, parent: Option<&Text>, depth: usize| {
        let group = children.get(&parent).map(Vec::as_slice).unwrap_or_default();
        for (n, index) in group.iter().enumerate().rev() {
            stack.push((*index, depth, n + 1 == group.len()));
        }
    };
    push(&mut stack, None, 0);
    let mut rest = 0;
    loop {
        while let Some((index, depth, last)) = stack.pop() {
            if std::mem::replace(&mut seen[index], true) {
                continue;
            }
            out.push((index, depth, last));
            push(&mut stack, Some(&list[index].name), depth + 1);
        }
        match seen.iter().skip(rest).position(|seen| !seen) {
            Some(found) => {
                rest += found;
                stack.push((rest, 0, true));
            }
            None => return out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(name: &str, parent: Option<&str>) -> SnapshotRecord {
        SnapshotRecord {
            name: name.into(),
            parent: parent.map(Text::from),
            ..SnapshotRecord::default()
        }
    }

    #[test]
    fn children_stand_below_their_parents() {
        let list = [
            snapshot("b", Some("a")),
            snapshot("a", None),
            snapshot("c", Some("b")),
            snapshot("lost", Some("gone")),
        ];
        let order: Vec<(usize, usize)> = tree_order(&list)
            .into_iter()
            .map(|(index, depth, _)| (index, depth))
            .collect();
        assert_eq!(order, [(1, 0), (0, 1), (2, 2), (3, 0)]);
    }

    #[test]
    fn circles_end() {
        let list = [
            snapshot("a", Some("b")),
            snapshot("b", Some("a")),
            snapshot("c", Some("c")),
        ];
        assert_eq!(tree_order(&list).len(), 3);
    }
}
