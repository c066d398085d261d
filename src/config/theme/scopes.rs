//! The scopes a theme gives styles to: what the screen draws, by meaning.

/// Every scope with its meaning. A scope without a style of its own takes that of its parent
/// (`text.dim` of `text`).
pub const SCOPES: &[(&str, &str)] = &[
    ("text", "Plain text, and the background of the whole screen"),
    ("text.dim", "Text of less weight: units, hints, what is greyed out"),
    ("text.strong", "Text that stands out: names, totals"),
    ("text.heading", "Headings inside a pane"),
    ("text.link", "What can be opened or followed"),
    ("border", "Frames of panes"),
    ("border.focus", "Frame of the pane that has the keys"),
    ("header", "The top line"),
    ("header.key", "Labels on the top line"),
    ("header.mode.read-only", "The word for read-only mode on the top line"),
    ("header.environment", "The environment's word on the top line"),
    ("status", "The bottom line"),
    ("status.key", "Keys on the bottom line"),
    ("status.message", "Messages on the bottom line"),
    ("status.filter", "The filter in force"),
    ("cursor", "The selected row in the pane that has the keys"),
    ("cursor.unfocused", "The selected row in other panes"),
    ("mark", "Marked rows"),
    ("state.running", "A VM that runs"),
    ("state.paused", "A VM that is paused"),
    ("state.off", "A VM that is shut off"),
    ("state.crashed", "A VM that crashed"),
    ("state.suspended", "A VM suspended to memory or saved to disk"),
    ("state.transition", "A VM on its way to another state"),
    ("state.unknown", "A VM whose state is not known"),
    ("host.up", "A connected host"),
    ("host.slow", "A host that answers late"),
    ("host.down", "A host that cannot be reached"),
    ("host.connecting", "A host being connected"),
    ("host.disabled", "A host that is not to be connected"),
    ("stale", "Values older than they should be"),
    ("danger", "What destroys or has failed"),
    ("warning", "What needs attention"),
    ("notice", "What is good to know"),
    ("success", "What went well"),
    ("gauge.low", "A bar at low use"),
    ("gauge.medium", "A bar at medium use"),
    ("gauge.high", "A bar at high use"),
    ("chart.1", "First line of a chart"),
    ("chart.2", "Second line of a chart"),
    ("chart.3", "Third line of a chart"),
    ("chart.4", "Fourth line of a chart"),
    ("chart.5", "Fifth line of a chart"),
    ("chart.6", "Sixth line of a chart"),
    ("chart.7", "Seventh line of a chart"),
    ("chart.8", "Eighth line of a chart"),
    ("chart.axis", "Axes and scales of a chart"),
    ("field.label", "Labels of form fields"),
    ("field.value", "Values of form fields"),
    ("field.focus", "The form field that has the keys"),
    ("field.error", "What is wrong with a form field"),
    ("button", "Buttons"),
    ("button.focus", "The button that has the keys"),
    ("popup", "Text and background of dialogs and menus"),
    ("popup.border", "Frames of dialogs and menus"),
    ("popup.danger", "Frames of dialogs that confirm danger"),
    ("palette.match", "Matching letters in the palette"),
    ("search.match", "Hits of a search in text"),
    ("xml.tag", "XML element names"),
    ("xml.attribute", "XML attribute names"),
    ("xml.value", "XML attribute values"),
    ("xml.text", "XML text"),
    ("xml.comment", "XML comments"),
    ("environment.prod", "The word of production"),
    ("environment.staging", "The word of staging"),
    ("environment.test", "The word of test"),
    ("environment.dev", "The word of development"),
    ("task.running", "A task under way"),
    ("task.done", "A task that succeeded"),
    ("task.failed", "A task that failed"),
    ("scrollbar", "Scroll bars"),
    ("recorded", "The label of replayed numbers"),
];

/// Whether a scope is one of [`SCOPES`], or a parent or child of one.
pub fn is_known(scope: &str) -> bool {
    let below = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    SCOPES
        .iter()
        .any(|(known, _)| below(known, scope) || (known.starts_with("environment.") && below(scope, "environment")))
}

/// The scopes that share an unknown scope's first word; with none, the first words of all.
pub(super) fn known_near(scope: &str) -> String {
    let first = |scope: &'static str| scope.split('.').next().unwrap_or(scope);
    let group = scope.split('.').next().unwrap_or(scope);
    let mut near: Vec<&str> = SCOPES
        .iter()
        .map(|(known, _)| *known)
        .filter(|known| first(known) == group)
        .collect();
    if near.is_empty() {
        near = SCOPES.iter().map(|(known, _)| first(known)).collect();
        near.dedup();
    }
    near.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_there_once_and_explained() {
        let mut names: Vec<&str> = SCOPES.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(SCOPES.iter().all(|(_, meaning)| meaning.len() > 5));
    }

    #[test]
    fn parents_and_own_environments_are_known() {
        for known in ["text", "state", "header.mode", "chart", "environment.lab"] {
            assert!(is_known(known), "{known}");
        }
        for unknown in ["txt", "text.dimm", "stat", "", "chart.9"] {
            assert!(!is_known(unknown), "{unknown}");
        }
    }
}
