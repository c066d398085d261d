//! Questions of connections, one at a time.

use crate::app::input::Input;
use crate::app::layers::Layer;
use crate::app::layers::form::{Control, Field, Purpose};
use crate::app::model::Model;
use crate::app::update::forms::{button, choice, note, open_form, text};
use crate::base::ids::NodeId;
use crate::hv::event::PromptKind;

/// Shows the oldest question of a connection, unless one is shown already.
pub(super) fn ask_next(model: &mut Model) {
    let asking = model
        .layers
        .iter()
        .any(|layer| matches!(layer, Layer::Form(form) if matches!(form.purpose, Purpose::Prompt(..))));
    let Some((host, prompt)) = model.questions.front().cloned().filter(|_| !asking) else {
        return;
    };
    let mut fields: Vec<Field> = prompt
        .question
        .show_lines()
        .into_iter()
        .filter(|line| !line.trim().is_empty())
        .map(note)
        .collect();
    fields.push(match prompt.kind {
        PromptKind::Text => text("answer", "Answer", "", "Kept in memory only. Esc cancels."),
        PromptKind::Secret => Field::new(
            "answer",
            "Password",
            Control::Secret(Input::default()),
            "Kept in memory only, never written or logged. Esc cancels.",
        ),
        PromptKind::YesNo => {
            let options = vec!["no".to_owned(), "yes".to_owned()];
            choice("answer", "Answer", options, "no", "Left and right choose. Esc cancels.")
        }
    });
    fields.push(button("save", "Answer", "Sends the answer."));
    let title = format!("{} asks for {}", prompt.asker, model.name(NodeId::Host(host)));
    open_form(model, &title, Purpose::Prompt(host, prompt.id), fields);
}
