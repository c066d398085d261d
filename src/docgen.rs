//! Texts for people that are made of the registry, so that they cannot drift from it.

use std::fmt::Write as _;

use crate::app::actions::{ACTIONS, Group};
use crate::app::keymap::{Call, Context, Keymap};

/// Keys in few words: of many, the first and the last.
fn range(keys: Vec<String>) -> Vec<String> {
    match keys.as_slice() {
        [first, .., last] if keys.len() > 3 => vec![format!("{first} to {last}")],
        _ => keys,
    }
}

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
            let mut with_argument: Vec<String> = Vec::new();
            for context in Context::ALL {
                for (place, sequence, bound) in keymap.iter() {
                    let text = format!("`{sequence}`");
                    let to = if *bound == call { &mut keys } else { &mut with_argument };
                    if place == context && bound.action == spec.id && !to.contains(&text) {
                        to.push(text);
                    }
                }
            }
            keys.extend(range(with_argument));
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
