//! The details of what is selected: tabs, and below them the content of the chosen one.

mod group;
mod host;
mod host_parts;
mod host_stats;
mod vm;
mod vm_parts;
mod vm_stats;
mod xml;

use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Line;

use crate::app::panel::subject;
use crate::app::view::{Hit, Pane, Tab};
use crate::base::ids::NodeId;
use crate::base::text::{self, fit};
use crate::inventory::Filter;
use crate::ui::content::Content;
use crate::ui::pen::{Pen, span};
use crate::ui::{chrome, has_keys, panel, row, source};

pub(super) fn draw(pen: &mut Pen<'_, '_>, area: Rect) {
    let (model, skin) = (pen.model, pen.skin);
    let node = model.selected();
    let kind = match node {
        NodeId::Fleet => "Fleet",
        NodeId::Datacenter(_) => "Data center",
        NodeId::Cluster(_) => "Cluster",
        NodeId::Host(_) => "Host",
        NodeId::Vm(_) => "VM",
    };
    let room = usize::from(area.width.saturating_sub(8)).saturating_sub(kind.len());
    let mut title = Vec::new();
    if node == NodeId::Fleet {
        title.push(span(kind, skin.get("text.strong")));
    } else {
        let name = fit(&model.name(node), room);
        let left = room.saturating_sub(text::width(&name) + 4);
        title.push(span(format!("{kind} "), skin.get("text.dim")));
        title.push(span(name, skin.get("text.strong")));
        // names repeat from host to host
        if let (NodeId::Vm(key), true) = (node, left >= 8) {
            let host = fit(&model.name(NodeId::Host(key.host)), left);
            title.push(span(format!(" on {host}"), skin.get("text.dim")));
        }
    }
    let inside = chrome::pane(pen, area, Pane::Detail, &Line::from(title));
    if inside.height < 2 || inside.width < 10 {
        return;
    }
    tabs(pen, Rect { height: 1, ..inside }, node);
    let body = Rect {
        x: inside.x + 1,
        y: inside.y + 1,
        width: inside.width - 2,
        height: inside.height - 1,
    };
    let tab = model.detail.tab(node);
    let offset = model.detail.offset(node);
    let content = if let (NodeId::Vm(key), Tab::Xml) = (node, tab) {
        let (content, matches) = xml::content(model, skin, key, body.width);
        pen.sizes().matches = matches;
        content
    } else {
        content(pen, node, tab, body.width)
    };
    let (lines, rows) = (content.len(), usize::from(body.height));
    // the content may have become shorter since it was scrolled
    let offset = offset.min(lines.saturating_sub(rows));
    let pointer = model.detail.pointer(node);
    let style = row::cursor(skin, has_keys(model, Pane::Detail));
    content.draw_pointed(pen, body, offset, pointer.map(|row| (row, style)));
    pen.sizes().detail_lines = lines;
    pen.sizes().detail_rows = body.height;
    pen.scroll_mark(area, offset, rows, lines);
}

fn content<'m>(pen: &Pen<'m, '_>, node: NodeId, tab: Tab, width: u16) -> Content<'m> {
    let (model, skin) = (pen.model, pen.skin);
    let mut content = Content::new(skin, width);
    match (node, tab) {
        (_, Tab::Events) => events(pen, node, &mut content),
        (NodeId::Vm(key), tab) => {
            let found = model.store.host(key.host).zip(model.store.vm(key));
            let Some((host, vm)) = found else {
                content.nothing("this VM is not there any more");
                return content;
            };
            let view = vm::View {
                model,
                skin,
                key,
                host,
                vm,
            };
            view.banner(&mut content);
            match tab {
                Tab::Statistics => vm_stats::draw(&view, &mut content),
                Tab::Devices => vm_parts::devices(&view, &mut content),
                Tab::Guest => vm_parts::guest(&view, &mut content),
                Tab::Snapshots => vm_parts::snapshots(&view, &mut content),
                _ => vm::overview(&view, &mut content),
            }
        }
        (NodeId::Host(id), tab) => {
            let found = model.store.host(id).zip(model.entry(id));
            let Some((host, entry)) = found else {
                content.nothing("this host is not in the inventory any more");
                return content;
            };
            let view = host::View {
                model,
                skin,
                id,
                host,
                entry,
            };
            match tab {
                Tab::Vms => group::vms(model, skin, node, &mut content),
                Tab::Statistics => host_stats::draw(&view, &mut content),
                Tab::Devices => host_parts::devices(&view, &mut content),
                Tab::Networks => host_parts::networks(&view, &mut content),
                Tab::Storage => host_parts::storage(&view, &mut content),
                _ => host::overview(&view, &mut content),
            }
        }
        (group, Tab::Vms) => group::vms(model, skin, group, &mut content),
        (group, _) => group::overview(model, skin, group, &mut content),
    }
    content
}

/// Events of the object and of what is below it.
fn events<'m>(pen: &Pen<'m, '_>, node: NodeId, content: &mut Content<'m>) {
    static ALL: std::sync::OnceLock<Filter> = std::sync::OnceLock::new();
    let (model, skin) = (pen.model, pen.skin);
    let found = source::events(&model.store, ALL.get_or_init(Filter::default), node);
    if found.is_empty() {
        content.nothing("no events since this console was started");
        return;
    }
    let vm = node.vm().is_some();
    let named = !matches!(node, NodeId::Host(_) | NodeId::Vm(_));
    content.linked_rows(found.len(), move |n| {
        let Some(record) = found.get(n) else {
            return (Line::default(), None);
        };
        let host = named.then(|| model.name(NodeId::Host(record.host)));
        let about = subject(record);
        (
            panel::event_line(skin, &model.options.zone, record, host.as_deref(), !vm),
            Some(about).filter(|about| *about != node),
        )
    });
}

/// The titles of the tabs; when not all fit, those around the chosen one.
fn tabs(pen: &mut Pen<'_, '_>, area: Rect, node: NodeId) {
    let tabs = Tab::of(node);
    let chosen = pen.model.detail.tab(node);
    let at = tabs.iter().position(|tab| *tab == chosen).unwrap_or(0);
    let wide = |tab: &Tab| text::width(tab.title()) + 2;
    let mut first = 0;
    let room = usize::from(area.width.saturating_sub(2));
    while first < at && tabs[first..=at].iter().map(wide).sum::<usize>() > room {
        first += 1;
    }
    let (plain, strong) = (pen.skin.get("text.dim"), pen.skin.get("text.strong"));
    let mut x = area.x;
    if first > 0 {
        x += pen.print(x, area.y, 1, "<", plain);
    }
    for (n, tab) in tabs.iter().enumerate().skip(first) {
        let left = area.right().saturating_sub(x);
        if wide(tab) > usize::from(left) {
            pen.print(area.right().saturating_sub(1), area.y, 1, ">", plain);
            break;
        }
        let style = if n == at {
            strong.add_modifier(Modifier::REVERSED)
        } else {
            plain
        };
        // the brackets say it without colours as well
        let title = if n == at {
            format!("[{}]", tab.title())
        } else {
            format!(" {} ", tab.title())
        };
        let used = pen.print(x, area.y, left, &title, style);
        pen.hit(Rect::new(x, area.y, used, 1), Hit::Tab(n));
        x += used;
    }
}
