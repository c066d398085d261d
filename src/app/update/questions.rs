//! Questions of connections, one at a time.

use crate::app::input::Input;
use crate::app::layers::Layer;
use crate::app::layers::form::{Control, Field, Purpose};
use crate::app::model::Model;
use crate::app::notices::Level;
use crate::app::update::forms::{button, choice, note, open_form, text};
use crate::app::update::say;
use crate::base::ids::NodeId;
use crate::hv::event::PromptKind;

/// Says that a host asks something, when the question cannot be shown because the user is in the
/// middle of typing something else.
pub(super) fn announce(model: &mut Model) {
    let Some((host, _)) = model.questions.back() else {
        return;
    };
    let name = model.name(NodeId::Host(*host));
    if is_busy(model) && !is_asking(model) {
        say(
            model,
            Level::Warning,
            format!("{name} asks something as soon as this is closed"),
        );
    }
}

/// Whether keys have a meaning now that a question must not take from them.
fn is_busy(model: &Model) -> bool {
    !model.layers.is_empty() || model.filtering || model.detail.typing
}

fn is_asking(model: &Model) -> bool {
    let prompt = |layer: &Layer| matches!(layer, Layer::Form(form) if matches!(form.purpose, Purpose::Prompt(..)));
    model.layers.iter().any(prompt)
}

/// Shows the oldest question of a connection, unless the user is busy with something else.
pub(super) fn ask_next(model: &mut Model) {
    if is_busy(model) {
        return;
    }
    let Some((host, prompt)) = model.questions.front().cloned() else {
        return;
    };
    let mut fields: Vec<Field> = prompt
        .question
        .show_lines()
        .into_iter()
        .filter(|line| !line.trim().is_empty())
        .map(note)
        .collect();
    if model.answered.contains(&(host, prompt.question.clone())) {
        fields.push(note("What was answered before was not accepted.".to_owned()));
    }
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
