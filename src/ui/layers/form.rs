//! Fields to fill in.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::app::layers::form::{Control, Field, Form};
use crate::app::view::Hit;
use crate::base::text::{self, fit, pad};
use crate::ui::content::wrap;
use crate::ui::input;
use crate::ui::layers::{popup, room, row};
use crate::ui::pen::Pen;

/// Lines kept for help and message.
const BELOW: usize = 3;
/// Lines of a note.
const NOTE_LINES: usize = 6;

/// Lines a field takes.
fn height(field: &Field, width: usize) -> usize {
    let own = match field.control {
        Control::Note => wrap(&text::show(&field.label), width).len().min(NOTE_LINES),
        _ => 1,
    };
    own + usize::from(field.error.is_some())
}

pub(super) fn draw(pen: &mut Pen<'_, '_>, screen: Rect, form: &Form) {
    let skin = pen.skin;
    let width = room(screen).min(80);
    let total: usize = form.fields.iter().map(|field| height(field, width)).sum();
    let border = skin.get("popup.border");
    let (frame, inside) = popup(pen, screen, (width, total + BELOW), &form.title, border);
    let rows = usize::from(inside.height).saturating_sub(BELOW);
    let width = usize::from(inside.width);
    // the field with the keys is always in view
    let mut first = form.offset.min(form.index);
    let lines_to = |first: usize| -> usize {
        form.fields
            .iter()
            .take(form.index + 1)
            .skip(first)
            .map(|field| height(field, width))
            .sum()
    };
    while first < form.index && lines_to(first) > rows {
        first += 1;
    }
    let labels = form
        .fields
        .iter()
        .filter(|field| !matches!(field.control, Control::Note | Control::Button))
        .map(|field| text::width(&field.label))
        .max()
        .unwrap_or(0)
        .min(width / 3);
    let mut y = 0;
    let mut shown = 0;
    for (n, field) in form.fields.iter().enumerate().skip(first) {
        let lines = height(field, width);
        if y + lines > rows {
            break;
        }
        let place = Rect {
            height: lines as u16,
            ..row(inside, y)
        };
        draw_field(pen, place, field, labels, n == form.index);
        pen.hit(place, Hit::LayerRow(n));
        y += lines;
        shown += 1;
    }
    pen.sizes().layer_rows = shown;
    pen.sizes().layer_lines = form.fields.len();
    pen.scroll_mark(frame, first, usize::from(shown), form.fields.len());
    below(pen, inside, form);
}

/// Help of the field, and what there is to say about the form.
fn below(pen: &mut Pen<'_, '_>, inside: Rect, form: &Form) {
    let skin = pen.skin;
    let Some(y) = usize::from(inside.height).checked_sub(2) else {
        return;
    };
    let width = usize::from(inside.width);
    if let Some((bad, message)) = &form.message {
        let style = skin.get(if *bad { "field.error" } else { "success" });
        let lines = wrap(&text::show(message), width);
        let line = if lines.len() > 1 {
            fit(&text::show(message), width)
        } else {
            lines.concat()
        };
        let place = row(inside, y);
        pen.print(place.x, place.y, place.width, &line, style);
    }
    let help = form.fields.get(form.index).map_or("", |field| field.help);
    let keys = "Tab: next field  Enter: accept  Esc: cancel";
    let both = if help.is_empty() {
        keys.to_owned()
    } else {
        format!("{help}  {keys}")
    };
    let shown = if text::width(&both) <= width || help.is_empty() {
        both
    } else {
        help.to_owned()
    };
    let place = row(inside, y + 1);
    pen.print(place.x, place.y, place.width, &fit(&shown, width), skin.get("text.dim"));
}

fn draw_field(pen: &mut Pen<'_, '_>, area: Rect, field: &Field, labels: usize, active: bool) {
    let skin = pen.skin;
    let label = text::show(&field.label);
    let line = row(area, 0);
    let value: Style = skin.get(if active { "field.focus" } else { "field.value" });
    let value = if active && value.bg.is_none() {
        value.add_modifier(Modifier::UNDERLINED)
    } else {
        value
    };
    // the sign says where the keys go without colours as well
    let lead = if active { ">" } else { " " };
    let field_area = Rect {
        x: line.x + (labels as u16 + 3).min(line.width),
        width: line.width.saturating_sub(labels as u16 + 3),
        ..line
    };
    if !matches!(field.control, Control::Note | Control::Button) {
        let shown = format!("{lead} {} ", pad(&label, labels));
        pen.print(line.x, line.y, line.width, &shown, skin.get("field.label"));
    }
    match &field.control {
        Control::Text(typed) => input::draw(pen, field_area, typed, value, false, active),
        Control::Secret(typed) => input::draw(pen, field_area, typed, value, true, active),
        Control::Toggle(on) => {
            let shown = if *on { "[x] yes" } else { "[ ] no" };
            pen.print(field_area.x, field_area.y, field_area.width, shown, value);
        }
        Control::Choice { options, index } => {
            let chosen = options
                .get(*index)
                .map_or_else(|| "".into(), |option| text::show(option));
            let shown = if chosen.is_empty() { "(none)".into() } else { chosen };
            let place = if options.len() > 1 {
                format!("< {shown} >  {}/{}", index + 1, options.len())
            } else {
                shown.into_owned()
            };
            pen.print(
                field_area.x,
                field_area.y,
                field_area.width,
                &fit(&place, usize::from(field_area.width)),
                value,
            );
        }
        Control::Button => {
            let style = skin.get(if active { "button.focus" } else { "button" });
            let style = if active {
                style.add_modifier(Modifier::REVERSED)
            } else {
                style
            };
            let used = pen.print(line.x, line.y, 2, &format!("{lead} "), skin.get("field.label"));
            pen.print(
                line.x + used,
                line.y,
                line.width.saturating_sub(used),
                &format!("[ {label} ]"),
                style,
            );
        }
        Control::Note => {
            for (n, part) in wrap(&label, usize::from(area.width))
                .iter()
                .enumerate()
                .take(NOTE_LINES)
            {
                let place = row(area, n);
                pen.print(place.x, place.y, place.width, part, skin.get("popup"));
            }
        }
    }
    if let Some(error) = &field.error {
        let place = row(area, usize::from(area.height.saturating_sub(1)));
        let shown = format!("  ! {}", text::show(error));
        let shown = fit(&shown, usize::from(place.width));
        pen.print(place.x, place.y, place.width, &shown, skin.get("field.error"));
    }
}
