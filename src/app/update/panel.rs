//! What can be done with a row of tasks or events.

use crate::app::layers::Layer;
use crate::app::layers::viewer::{Subject, Viewer};
use crate::app::model::Model;
use crate::app::panel;
use crate::app::tasks::TaskState;
use crate::app::update::{go, open};
use crate::app::view::{Pane, Panel};
use crate::base::ids::NodeId;

/// What can be copied of the panel's row, when the panel has the keys: the message first.
pub(super) fn copies(model: &Model) -> Vec<(&'static str, String)> {
    if model.pane != Pane::Panel {
        return Vec::new();
    }
    let mut items = Vec::new();
    match model.shown_panel() {
        Some(Panel::Tasks) => {
            if let Some(task) = model.panel_task() {
                let what = format!(
                    "{} {} on {}: {}",
                    task.verb.word(),
                    task.vm,
                    task.host,
                    task.state.word()
                );
                if let TaskState::Failed(error) = &task.state {
                    items.push(("Message", error.message.show_lines().join("\n")));
                    items.push(("Task", format!("{what}: {error}")));
                } else {
                    items.push(("Task", what));
                }
                items.push(("Name", task.vm.to_string()));
            }
        }
        Some(Panel::Events) => {
            if let Some(record) = model.panel_event() {
                let entry = &record.entry;
                items.push(("Message", entry.message.to_string()));
                let host = model.name(NodeId::Host(record.host));
                items.push(("Event", format!("{host} {}: {}", entry.name, entry.message)));
                items.push(("Name", entry.name.to_string()));
            }
        }
        None => {}
    }
    items
}

/// Enter in the panel: a task's whole story, or the object of an event.
pub(super) fn open_entry(model: &mut Model) {
    match model.shown_panel() {
        Some(Panel::Tasks) => {
            let Some(task) = model.panel_task().cloned() else {
                return;
            };
            let mut lines = vec![
                format!("{} {} on {}", task.verb.word(), task.vm, task.host),
                format!("state    {}", task.state.word()),
                format!(
                    "ordered  {} ago",
                    crate::base::time::short(model.now.since(task.created))
                ),
            ];
            if let Some(finished) = task.finished {
                lines.push(format!(
                    "took     {}",
                    crate::base::time::short(finished.since(task.created))
                ));
            }
            if let TaskState::Failed(error) = &task.state {
                lines.push(String::new());
                lines.push(format!("{} ({}, code {})", error.kind.word(), error.during, error.code));
                lines.extend(error.message.show_lines());
                lines.extend(error.hint.map(|hint| format!("what to do: {hint}")));
            }
            let title = "Task".to_owned();
            open(
                model,
                Layer::Viewer(Viewer {
                    title,
                    subject: Subject::Text,
                    lines,
                    offset: 0,
                }),
            );
        }
        Some(Panel::Events) => {
            let Some(node) = model.panel_event().map(panel::subject) else {
                return;
            };
            go::jump(model, node);
        }
        None => {}
    }
}
