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

/// Lines kept for a gap and help.
const BELOW: usize = 2;
/// Lines of the message, at most.
const MESSAGE_LINES: usize = 4;
/// Lines of what is wrong with a field, at most.
const ERROR_LINES: usize = 3;
/// Lines of a note.
const NOTE_LINES: usize = 6;

/// Lines a field takes.
fn height(field: &Field, width: usize) -> usize {
    let own = match field.control {
        Control::Note => wrap(&text::show(&field.label), width).len().min(NOTE_LINES),
        _ => 1,
    };
    own + error_lines(field, width).len()
}

/// What is wrong with a field.
fn error_lines(field: &Field, width: usize) -> Vec<String> {
    let Some(error) = &field.error else {
        return Vec::new();
    };
    let lines = wrap(&text::show(error), width.saturating_sub(4));
    let sign = |n: usize| if n == 0 { "  ! " } else { "    " };
    let lines = lines.iter().take(ERROR_LINES).enumerate();
    lines.map(|(n, line)| format!("{}{line}", sign(n))).collect()
}

/// What there is to say about the form; one line is always kept for it, so that nothing jumps.
fn message_lines(form: &Form, width: usize) -> Vec<String> {
    let Some((_, message)) = &form.message else {
        return vec![String::new()];
    };
    let shown = text::show(message);
    let mut lines = wrap(&shown, width);
    if lines.len() > MESSAGE_LINES {
        let rest = lines.split_off(MESSAGE_LINES - 1).join(" ");
        lines.push(fit(&rest, width));
    }
    lines
}

pub(super) fn draw(pen: &mut Pen<'_, '_>, screen: Rect, form: &Form) {
    let skin = pen.skin;
    let width = room(screen).min(80);
    let total: usize = form.fields.iter().map(|field| height(field, width)).sum();
    let border = skin.get("popup.border");
    let said = message_lines(form, width);
    let below_fields = BELOW + said.len();
    let (frame, inside) = popup(pen, screen, (width, total + below_fields), &form.title, border);
    let width = usize::from(inside.width);
    let rows = usize::from(inside.height).saturating_sub(below_fields);
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
    // switches need little room, their labels may need much
    let switches = !form.fields.iter().any(|field| {
        matches!(
            field.control,
            Control::Text(_) | Control::Secret(_) | Control::Choice { .. }
        )
    });
    let labels = form
        .fields
        .iter()
        .filter(|field| !matches!(field.control, Control::Note | Control::Button))
        .map(|field| text::width(&field.label))
        .max()
        .unwrap_or(0)
        .min(if switches { width.saturating_sub(12) } else { width / 3 });
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
    below(pen, inside, form, &said);
}

/// Help of the field, and what there is to say about the form.
fn below(pen: &mut Pen<'_, '_>, inside: Rect, form: &Form, said: &[String]) {
    let skin = pen.skin;
    let Some(y) = usize::from(inside.height).checked_sub(1) else {
        return;
    };
    let width = usize::from(inside.width);
    let bad = form.message.as_ref().is_some_and(|(bad, _)| *bad);
    let style = skin.get(if bad { "field.error" } else { "success" });
    for (n, line) in said.iter().enumerate() {
        if let Some(y) = (y + n).checked_sub(said.len()) {
            let place = row(inside, y);
            pen.print(place.x, place.y, place.width, line, style);
        }
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
    let place = row(inside, y);
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
    let wrong = error_lines(field, usize::from(area.width));
    let own = usize::from(area.height).saturating_sub(wrong.len());
    for (n, line) in wrong.iter().enumerate() {
        let place = row(area, own + n);
        pen.print(place.x, place.y, place.width, line, skin.get("field.error"));
    }
}
