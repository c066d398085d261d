//! Texts for people that are made of the registry, so that they cannot drift from it.

use std::fmt::Write as _;

use crate::app::actions::{ACTIONS, Group};
use crate::app::keymap::{Call, Context, Keymap};

/// The keys of a keymap as Markdown tables, one for each group of actions.
pub fn key_tables(keymap: &Keymap) -> String {
    let mut out = String::new();
    for group in Group::ALL {
        let mut rows = String::new();
        for spec in ACTIONS.iter().filter(|spec| spec.group == group) {
            let call = Call {
                action: spec.id,
                argument: None,
            };
            let mut keys: Vec<String> = Vec::new();
            for context in Context::ALL {
                for (place, sequence, bound) in keymap.iter() {
                    let text = format!("`{sequence}`");
                    if place == context && *bound == call && !keys.contains(&text) {
                        keys.push(text);
                    }
                }
            }
            let argument = spec.argument.map(|argument| format!(" {argument}")).unwrap_or_default();
            let written = writeln!(
                rows,
                "| {} | `{}{argument}` | {} |",
                keys.join(" "),
                spec.name,
                spec.help
            );
            debug_assert!(written.is_ok(), "writing to a String cannot fail");
        }
        let written = writeln!(
            out,
            "**{}**\n\n| Key | Command | What it does |\n|---|---|---|\n{rows}",
            group.title()
        );
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
    }
    out.trim_end().to_owned()
}
