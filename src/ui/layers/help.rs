//! Help, made of the registry and the keymap, and the legend of signs.

use ratatui::text::Line;

use crate::app::actions::{ACTIONS, Group};
use crate::app::model::Model;
use crate::base::key::KeySequence;
use crate::base::text::{pad, width};
use crate::hv::host::ConnState;
use crate::hv::vm::{VmState, VmStatus};
use crate::ui::content::{Content, wrap};
use crate::ui::pen::span;
use crate::ui::style::Skin;

/// Cells for keys.
const KEYS: usize = 12;
/// Cells for titles.
const TITLE: usize = 20;

pub(super) fn content<'m>(model: &'m Model, skin: Skin<'m>, content: &mut Content<'m>) {
    let context = model.context();
    content.paragraph(
        &format!(
            "Keys of the {} view, keymap '{}'. Every action can also be typed after ':'.",
            context.name(),
            model.keymap.name
        ),
        "text.dim",
    );
    for group in Group::ALL {
        content.heading(group.title());
        for spec in ACTIONS.iter().filter(|spec| spec.group == group) {
            let keys = model.keymap.all_keys_of(context, spec.id);
            let keys: Vec<String> = keys.into_iter().map(KeySequence::to_string).collect();
            entry(skin, content, &keys.join(", "), spec.title, spec.help, spec.name);
        }
        // keys with an argument are no action of their own, but keys all the same
        for (place, keys, call) in model.keymap.iter() {
            let here = place == context || place == crate::app::keymap::Context::Global;
            let spec = crate::app::actions::spec(call.action);
            if let (true, Some(argument), true) = (here, &call.argument, spec.group == group) {
                let title = format!("{} {}", spec.title, crate::base::text::show(argument));
                entry(skin, content, &keys.to_string(), &title, spec.help, spec.name);
            }
        }
    }
    legend(skin, content);
}

fn entry<'m>(skin: Skin<'m>, content: &mut Content<'m>, keys: &str, title: &str, help: &str, name: &str) {
    let keys = if width(keys) > KEYS {
        keys.to_owned()
    } else {
        pad(keys, KEYS)
    };
    let title = if width(title) > TITLE {
        title.to_owned()
    } else {
        pad(title, TITLE)
    };
    let used = width(&keys) + width(&title) + 2;
    let room = content.width.saturating_sub(used).max(20);
    for (n, part) in wrap(&format!("{help}  :{name}"), room).into_iter().enumerate() {
        let spans = if n == 0 {
            vec![
                span(format!("{keys} "), skin.get("status.key")),
                span(format!("{title} "), skin.get("text.strong")),
                span(part, skin.get("popup")),
            ]
        } else {
            vec![span(
                format!("{}{part}", " ".repeat(used.min(content.width.saturating_sub(8)))),
                skin.get("popup"),
            )]
        };
        content.line(Line::from(spans));
    }
}

fn legend<'m>(skin: Skin<'m>, content: &mut Content<'m>) {
    content.heading("Signs of VMs");
    let mut signs = Vec::new();
    for state in [
        VmState::Running,
        VmState::Paused,
        VmState::ShutOff,
        VmState::Crashed,
        VmState::PmSuspended,
        VmState::ShuttingDown,
        VmState::NoState,
    ] {
        signs.push((skin.signs.vm(VmStatus { state, reason: 0 }, false), state.word()));
    }
    signs.push((
        skin.signs.vm(
            VmStatus {
                state: VmState::ShutOff,
                reason: 0,
            },
            true,
        ),
        "off, with a saved state",
    ));
    signs.push((
        (skin.signs.transition, "", "state.transition"),
        "a task is pending; the row says from what to what",
    ));
    signs.push(((skin.signs.mark, "", "mark"), "marked"));
    put(skin, content, &signs);
    content.heading("Signs of hosts and groups");
    let at = crate::base::time::Stamp::default();
    let error = crate::hv::error::HvError::own(crate::hv::error::ErrorKind::Internal, "", "");
    let mut signs = Vec::new();
    for (conn, meaning) in [
        (ConnState::Live { since: at }, "up"),
        (
            ConnState::Slow {
                since: at,
                waiting_for: "",
            },
            "slow: a call is not answered",
        ),
        (
            ConnState::Down {
                since: at,
                retry_at: at,
                attempt: 1,
                error,
            },
            "down: another attempt follows",
        ),
        (ConnState::Queued, "being connected"),
        (ConnState::Asking { since: at }, "asks a question"),
        (ConnState::Disabled, "not to be connected"),
    ] {
        signs.push((skin.signs.host(&conn), meaning));
    }
    signs.push(((skin.signs.running_count, "", "state.running"), "how many VMs run"));
    signs.push(((skin.signs.stopped_count, "", "state.off"), "how many do not"));
    signs.push((("!", "", "danger"), "something below needs attention"));
    put(skin, content, &signs);
    content.heading("Loads");
    let meaning =
        "of a group or host: percent of its CPUs, of its memory; of a VM: percent of its vCPUs, of what it was given";
    for part in wrap(meaning, content.width) {
        content.line(Line::from(span(part, skin.get("popup"))));
    }
    content.heading("Colours");
    for (scope, meaning) in [
        (
            "stale",
            "out of date: older than two readings, or of a lost host; the age is shown",
        ),
        ("gauge.low", "little used: below 70%"),
        ("gauge.medium", "much used: from 70%"),
        ("gauge.high", "nearly full: from 90%"),
        ("recorded", "recorded numbers, replayed"),
    ] {
        content.line(Line::from(vec![
            span(pad("sample", 10), skin.get(scope)),
            span(meaning, skin.get("popup")),
        ]));
    }
}

fn put<'m>(skin: Skin<'m>, content: &mut Content<'m>, signs: &[(crate::ui::signs::Mark, &str)]) {
    for ((sign, letter, scope), meaning) in signs {
        content.line(Line::from(vec![
            span(pad(&format!("{sign}{letter}"), 10), skin.get(scope)),
            span(*meaning, skin.get("popup")),
        ]));
    }
}
