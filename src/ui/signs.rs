//! Signs and line characters, with their ASCII alternatives. State is always a sign and a letter,
//! never a colour alone.

use ratatui::symbols::border;

use crate::hv::host::ConnState;
use crate::hv::vm::{VmState, VmStatus};

/// The characters of one drawing; each is one cell wide.
pub(super) struct Signs {
    pub unfolded: &'static str,
    pub folded: &'static str,
    pub mark: &'static str,
    pub running: &'static str,
    pub paused: &'static str,
    pub off: &'static str,
    pub crashed: &'static str,
    pub suspended: &'static str,
    pub transition: &'static str,
    pub unknown: &'static str,
    pub host_up: &'static str,
    pub host_slow: &'static str,
    pub host_down: &'static str,
    pub host_connecting: &'static str,
    pub host_disabled: &'static str,
    pub running_count: &'static str,
    pub stopped_count: &'static str,
    pub arrow: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub separator: &'static str,
    pub vertical: &'static str,
    pub branch: &'static str,
    pub last_branch: &'static str,
    pub dot: &'static str,
    pub done: &'static str,
    pub failed: &'static str,
    pub thumb: &'static str,
    pub ellipsis: &'static str,
    pub bar: &'static [&'static str],
    pub bar_empty: &'static str,
    pub levels: &'static [&'static str],
    pub border: border::Set<'static>,
}

/// For terminals that show Unicode.
pub(super) const UNICODE: Signs = Signs {
    unfolded: "▾",
    folded: "▸",
    mark: "✓",
    running: "●",
    paused: "◐",
    off: "○",
    crashed: "✖",
    suspended: "◌",
    transition: "↕",
    unknown: "?",
    host_up: "▲",
    host_slow: "◆",
    host_down: "▼",
    host_connecting: "◇",
    host_disabled: "–",
    running_count: "▲",
    stopped_count: "■",
    arrow: "→",
    up: "↑",
    down: "↓",
    separator: "›",
    vertical: "│",
    branch: "├─ ",
    last_branch: "└─ ",
    dot: "·",
    done: "✔",
    failed: "✖",
    thumb: "┃",
    ellipsis: "…",
    bar: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    bar_empty: "·",
    levels: &["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    border: border::PLAIN,
};

/// For terminals that do not.
pub(super) const ASCII: Signs = Signs {
    unfolded: "-",
    folded: "+",
    mark: "*",
    running: "*",
    paused: "=",
    off: ".",
    crashed: "!",
    suspended: "~",
    transition: ">",
    unknown: "?",
    host_up: "^",
    host_slow: "!",
    host_down: "v",
    host_connecting: "~",
    host_disabled: "-",
    running_count: "^",
    stopped_count: "_",
    arrow: "->",
    up: "^",
    down: "v",
    separator: ">",
    vertical: "|",
    branch: "|- ",
    last_branch: "`- ",
    dot: ".",
    done: "+",
    failed: "!",
    thumb: "#",
    ellipsis: "~",
    bar: &["#"],
    bar_empty: ".",
    levels: &[".", ":", "-", "=", "+", "*", "#"],
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};

/// How a state is shown: sign, letter, scope of the theme.
pub(super) type Mark = (&'static str, &'static str, &'static str);

impl Signs {
    /// A VM's state.
    pub fn vm(&self, status: VmStatus, managed_save: bool) -> Mark {
        match status.state {
            VmState::Running | VmState::Blocked => (self.running, "R", "state.running"),
            VmState::Paused => (self.paused, "P", "state.paused"),
            VmState::ShuttingDown => (self.transition, "T", "state.transition"),
            VmState::ShutOff if managed_save => (self.suspended, "S", "state.suspended"),
            VmState::ShutOff => (self.off, "O", "state.off"),
            VmState::Crashed => (self.crashed, "X", "state.crashed"),
            VmState::PmSuspended => (self.suspended, "S", "state.suspended"),
            VmState::NoState => (self.unknown, "U", "state.unknown"),
        }
    }

    /// A host's connection.
    pub fn host(&self, conn: &ConnState) -> Mark {
        match conn {
            ConnState::Live { .. } => (self.host_up, "U", "host.up"),
            ConnState::Slow { .. } => (self.host_slow, "S", "host.slow"),
            ConnState::Down { .. } => (self.host_down, "D", "host.down"),
            ConnState::Asking { .. } => ("?", "A", "warning"),
            ConnState::Queued | ConnState::Connecting { .. } | ConnState::Syncing { .. } => {
                (self.host_connecting, "C", "host.connecting")
            }
            ConnState::Disabled => (self.host_disabled, "N", "host.disabled"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_ascii() {
        let all = [
            ASCII.unfolded,
            ASCII.folded,
            ASCII.mark,
            ASCII.running,
            ASCII.paused,
            ASCII.off,
            ASCII.crashed,
            ASCII.suspended,
            ASCII.transition,
            ASCII.arrow,
            ASCII.vertical,
            ASCII.branch,
            ASCII.last_branch,
            ASCII.dot,
            ASCII.done,
            ASCII.failed,
            ASCII.thumb,
            ASCII.ellipsis,
            ASCII.bar_empty,
        ];
        assert!(
            all.iter()
                .chain(ASCII.levels)
                .chain(ASCII.bar)
                .all(|sign| sign.is_ascii())
        );
    }

    #[test]
    fn letters_tell_states_apart() {
        let status = |state| VmStatus { state, reason: 0 };
        let letters: std::collections::BTreeSet<_> = [
            VmState::Running,
            VmState::Paused,
            VmState::ShutOff,
            VmState::Crashed,
            VmState::PmSuspended,
            VmState::ShuttingDown,
            VmState::NoState,
        ]
        .into_iter()
        .map(|state| UNICODE.vm(status(state), false).1)
        .collect();
        assert_eq!(letters.len(), 7);
        assert_eq!(UNICODE.vm(status(VmState::ShutOff), true).1, "S");
    }
}
