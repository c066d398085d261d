//! A question before something is done.

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::app::layers::confirm::Confirmation;
use crate::base::text;
use crate::ui::content::wrap;
use crate::ui::input;
use crate::ui::layers::{popup, room, row};
use crate::ui::pen::Pen;

pub(super) fn draw(pen: &mut Pen<'_, '_>, screen: Rect, question: &Confirmation) {
    let width = room(screen).min(76);
    let skin = pen.skin;
    let body: Vec<String> = question
        .lines
        .iter()
        .flat_map(|line| wrap(&text::show(line), width))
        .collect();
    let explain = match &question.phrase {
        Some(phrase) => wrap(
            &format!("Type {} and press Enter; Esc leaves it.", text::show(phrase)),
            width,
        ),
        None => wrap("y does it. n or Esc leaves it. Enter does nothing.", width),
    };
    let word = question.environment.as_deref().map(text::show);
    let below = explain.len() + 2;
    let above = if word.is_some() { 2 } else { 0 };
    let danger = skin.get("popup.danger");
    let (frame, inside) = popup(
        pen,
        screen,
        (width, above + body.len() + 1 + below),
        &question.title,
        danger,
    );
    let mut y = 0;
    if let Some(word) = word {
        let style = skin.get("danger").add_modifier(Modifier::BOLD | Modifier::REVERSED);
        pen.print(inside.x, inside.y, inside.width, &format!(" {word} "), style);
        y += 2;
    }
    // the answer must always be in view; what is said gives way to it
    let rows = usize::from(inside.height).saturating_sub(y + below + 1);
    let cut = body.len() > rows;
    for (n, line) in body.iter().enumerate().take(rows) {
        let more = cut && n + 1 == rows;
        let place = row(inside, y + n);
        let shown = if more {
            format!("… and {} lines more", body.len() - n).replace('…', skin.signs.ellipsis)
        } else {
            line.clone()
        };
        pen.print(place.x, place.y, place.width, &shown, skin.get("popup"));
    }
    y += body.len().min(rows) + 1;
    for line in &explain {
        let place = row(inside, y);
        pen.print(place.x, place.y, place.width, line, skin.get("text.dim"));
        y += 1;
    }
    let answer = row(inside, y);
    if answer.y >= frame.bottom().saturating_sub(1) {
        return;
    }
    if question.phrase.is_some() {
        let used = pen.print(answer.x, answer.y, answer.width, "> ", skin.get("field.label"));
        let field = Rect {
            x: answer.x + used,
            width: answer.width.saturating_sub(used),
            ..answer
        };
        input::draw(pen, field, &question.input, skin.get("field.focus"), false, true);
    } else {
        pen.print(
            answer.x,
            answer.y,
            answer.width,
            "[y/N]",
            skin.get("danger").add_modifier(Modifier::BOLD),
        );
    }
}
