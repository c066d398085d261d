//! What rows of VMs have in common: pending tasks, loads, ages.

use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

use crate::app::model::Model;
use crate::app::tasks::TaskState;
use crate::base::ids::VmKey;
use crate::base::text::pad_left;
use crate::base::time::short;
use crate::base::units;
use crate::hv::vm::VmState;
use crate::ui::content::bar_spans;
use crate::ui::pen::span;
use crate::ui::style::Skin;

/// The pending task of a VM: where it goes, and for how long already or when it begins.
pub(super) fn pending(model: &Model, skin: Skin<'_>, key: VmKey) -> Option<Span<'static>> {
    let now = model.shown_now();
    let Some(task) = model.tasks.pending(key) else {
        let overdue = model.tasks.overdue(key)?;
        let waited = short(now.since(overdue.created));
        let text = format!("{}: not after {waited}", overdue.verb.word());
        return Some(span(text, skin.get("warning")));
    };
    let from = model.store.vm(key).map_or("?", |vm| brief(vm.record.status.state));
    let goal = match task.verb.target() {
        Some(state) => format!("{from} {} {}", skin.signs.arrow, brief(state)),
        None => task.verb.word().to_owned(),
    };
    let text = match task.state {
        TaskState::Grace { until } => {
            format!(
                "{} in {}s",
                task.verb.word(),
                until.since(now).as_secs_f32().ceil() as u64
            )
        }
        _ => format!("{goal} {}", short(now.since(task.created))),
    };
    Some(span(text, skin.get("state.transition")))
}

/// A state in as few letters as can be.
fn brief(state: VmState) -> &'static str {
    match state {
        VmState::Running | VmState::Blocked => "up",
        VmState::Paused => "paused",
        VmState::ShuttingDown => "stopping",
        VmState::ShutOff => "off",
        VmState::Crashed => "crashed",
        VmState::PmSuspended => "asleep",
        VmState::NoState => "?",
    }
}

/// CPU and memory in percent, with bars when there is room.
pub(super) fn load(
    skin: Skin<'_>,
    cpu: Option<f32>,
    memory: Option<f32>,
    bars: bool,
    style: Style,
) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    for percent in [cpu, memory] {
        if bars {
            spans.push(span(" ", style));
            if percent.is_some() {
                spans.extend(bar_spans(skin, percent, 5));
            } else {
                spans.push(span("     ", style));
            }
        }
        let number = percent.map_or_else(String::new, |value| units::percent(f64::from(value)));
        spans.push(span(pad_left(&number, 6), style));
    }
    spans
}

/// The style of a row: greyed when it only leads to hits, is out of date, or cannot be reached.
pub(super) fn faded(skin: Skin<'_>, style: Style, fade: bool) -> Style {
    if fade {
        style.patch(skin.get("stale")).add_modifier(Modifier::DIM)
    } else {
        style
    }
}

/// Lays the cursor's style over a row.
pub(super) fn cursor(skin: Skin<'_>, focused: bool) -> Style {
    let style = skin.get(if focused { "cursor" } else { "cursor.unfocused" });
    let told = style.bg.is_some() || style.add_modifier.intersects(Modifier::REVERSED | Modifier::UNDERLINED);
    // a theme without a style for it must not hide where the cursor is
    match (told, focused) {
        (true, _) => style,
        (false, true) => style.add_modifier(Modifier::REVERSED),
        (false, false) => style.add_modifier(Modifier::UNDERLINED),
    }
}
